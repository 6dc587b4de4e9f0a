"""Verify the tie chain: each step's multipliers narrow the face, and the fills lie on it."""

from fractions import Fraction

import numpy as np

from yaosu.kernel.columns import Array, Integers
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.markets.mechanisms.call_claim import Claim
from yaosu.markets.mechanisms.call_curves import Book
from yaosu.markets.mechanisms.call_face import Face, decide_links, face_at
from yaosu.markets.mechanisms.call_flows import flow_weights, single_lot_cycle
from yaosu.markets.mechanisms.call_margin import margin_lots
from yaosu.markets.mechanisms.call_parameters import CallParameters
from yaosu.markets.mechanisms.call_ties import (
    Shares,
    share_gains,
    volume_decided,
    whole_lots_decided,
    whole_lots_face,
)
from yaosu.markets.orders import Orders


def verify_ties(
    claim: Claim, orders: Orders, book: Book, lots: Integers, parameters: CallParameters
) -> None:
    """Walk the chain. After each step the published fills must lie on the face."""
    problem, regions = claim.problem, claim.regions
    for name in ("volume", "whole_lots", "least_flow", "even_flow"):
        _refuse_regions(claim, name, problem.is_taker & (regions[name] != 0))
    face = face_at(problem, claim.positions, claim.prices)
    face = volume_decided(problem, face, regions["volume"])
    _verify_on_face(claim, face, "volume")
    shares = Shares(
        regions["share_numerator"],
        regions["share_denominator"],
        claim.links["share_whole"],
        claim.links["share_rest"],
    )
    _verify_shares(claim, face, shares)
    face = decide_links(problem, face, share_gains(problem, shares, regions["volume"]))
    face, weight = whole_lots_face(face, shares)
    _verify_on_face(claim, face, "pro_rata_regions")
    face = whole_lots_decided(problem, face, weight, regions["whole_lots"])
    _verify_on_face(claim, face, "whole_lots")
    least = regions["least_flow"]
    face = decide_links(problem, face, least[problem.target] - least[problem.source] - 1)
    _verify_on_face(claim, face, "least_flow")
    _verify_even(claim, face)
    _verify_margin(claim, orders, book, lots, parameters)


def _refuse_regions(claim: Claim, step: str, wrong: Array) -> None:
    for r in np.flatnonzero(wrong)[:1].tolist():
        refuse(
            "markets.certificate_step",
            step=step,
            instrument=claim.problem.instrument,
            where=claim.table.text("region").tolist()[r],
        )


def _refuse_links(claim: Claim, step: str, wrong: Array) -> None:
    names = claim.table.text("region").tolist()
    for k in np.flatnonzero(wrong)[:1].tolist():
        source, target = int(claim.problem.source[k]), int(claim.problem.target[k])
        refuse(
            "markets.certificate_step",
            step=step,
            instrument=claim.problem.instrument,
            where=f"{names[source]} to {names[target]}",
        )


def _verify_on_face(claim: Claim, face: Face, step: str) -> None:
    for filled, decided, room in (
        (claim.sold, face.sold, face.sell_room),
        (claim.bought, face.bought, face.buy_room),
    ):
        _refuse_regions(claim, step, (filled < decided) | (filled > decided + room))
    # capacities were cut to what can flow at all, which no flow reaches
    wrong = (claim.flow < face.flow) | (claim.flow > face.flow + face.room)
    _refuse_links(claim, step, wrong)


def _verify_shares(claim: Claim, face: Face, shares: Shares) -> None:
    """Exact shares balance with the given flows, and links are full or empty as shares differ.

    With these two no other shares have a smaller sum of squares (the problem is convex).
    """
    problem, step = claim.problem, "pro_rata_regions"
    top, bottom = shares.numerator, shares.denominator
    _refuse_regions(claim, step, (bottom < 1) | (top < 0) | (top > bottom))
    is_open = (face.sell_room > 0) | (face.buy_room > 0)
    both = (face.sell_room > 0) & (face.buy_room > 0)
    sign = np.where(face.sell_room > 0, -1, 1)
    wrong = both | (is_open & (claim.regions["volume"] != sign))
    _refuse_regions(claim, step, wrong)
    gains = share_gains(problem, shares, claim.regions["volume"])
    left = [Fraction(n) for n in face.net.tolist()]
    rooms = (face.sell_room - face.buy_room).tolist()
    for r in np.flatnonzero(is_open).tolist():
        left[r] += Fraction(int(top[r]), int(bottom[r])) * rooms[r]
    bad = np.zeros(len(problem.source), bool)
    for k in np.flatnonzero(face.room > 0).tolist():
        source, target = int(problem.source[k]), int(problem.target[k])
        sent = Fraction(int(claim.flow[k]))
        if shares.whole[k] >= 0:
            sent = int(shares.whole[k]) + Fraction(int(shares.rest[k]), int(bottom[source]))
        room = int(face.room[k])
        forced = {1: room, -1: 0}.get(int(gains[k]), sent)
        bad[k] = not (0 <= sent <= room and sent == forced)
        left[source] -= sent
        left[target] += sent
    _refuse_links(claim, step, bad)
    uneven = np.array([amount != 0 for amount in left], bool)
    _refuse_regions(claim, step, uneven & ~problem.is_taker)


def _verify_even(claim: Claim, face: Face) -> None:
    """No lot can move to make the flows more even, nor, at no cost, off an earlier link."""
    problem, step = claim.problem, "even_flow"
    is_open = np.flatnonzero(face.room > 0)
    if not is_open.size:
        return
    flow, room = claim.flow[is_open], face.room[is_open]
    place = np.where(problem.is_taker, 0, np.arange(len(face.net)) + 1)
    source, target = place[problem.source[is_open]], place[problem.target[is_open]]
    level = np.zeros(len(face.net) + 1, np.int64)
    level[place] = claim.regions["even_flow"]
    weight = flow_weights(claim.capacity[is_open])
    rise = level[target] - level[source]
    wrong = np.zeros(len(claim.flow), bool)
    wrong[is_open] = ((flow < room) & (rise > (2 * flow + 1) * weight)) | (
        (flow > 0) & (rise < (2 * flow - 1) * weight)
    )
    _refuse_links(claim, step, wrong)
    for k in range(len(is_open)):
        wrong[is_open[k]] = bool(single_lot_cycle(k, flow, room, weight, source, target, level))
    _refuse_links(claim, step, wrong)


def _verify_margin(
    claim: Claim, orders: Orders, book: Book, lots: Integers, parameters: CallParameters
) -> None:
    """Each region's marginal lots go to its marginal orders as the rule says: recomputed."""
    is_pro_rata = "pro_rata_parties" in parameters.tie_chain
    party = None if orders.party is None else orders.party.codes
    at = claim.positions
    for r in range(len(claim.prices)):
        for rows, filled in ((at.buy_rows[r], claim.bought[r]), (at.sell_rows[r], claim.sold[r])):
            places = slice(int(rows[0]), int(rows[1]))
            own = book.order[places]
            codes = None if party is None else party[own]
            expected = (
                margin_lots(int(filled), book.lots[places], codes, is_pro_rata)
                if filled
                else np.zeros(len(own), np.int64)
            )
            wrong = own[lots[own] != expected]
            refuse_unless(
                not wrong.size,
                "markets.certificate_fill",
                row=int(wrong[0]) if wrong.size else 0,
                reason="the margin is not shared as the tie chain says",
            )
