"""Links that lose on the way, or whose flow is held to that of the period before.

Periods are the instruments of the auction in the order of their names (of their numbers, where
all names are whole numbers). A ramp holds the net flow of a link, less what its reverse carries,
to within so many lots of the net flow of the period before.
"""

import itertools
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from yaosu.markets.mechanisms.call_exact_program import magnitude
from yaosu.markets.mechanisms.call_problem import Problem
from yaosu.markets.network import PARTS, Network

Number = int | Fraction
NO_LINK = -1


class Ramp(NamedTuple):
    """One bound: on - back - (prior_on - prior_back) lies within -lots..lots; rows of links."""

    on: int
    back: int
    prior_on: int
    prior_back: int
    lots: int

    def factors(self) -> list[tuple[int, int]]:
        """(link, 1 or -1): what the links add to the change of the net flow."""
        rows = ((self.on, 1), (self.back, -1), (self.prior_on, -1), (self.prior_back, 1))
        return [(link, sign) for link, sign in rows if link != NO_LINK]

    def change(self, flow: Sequence[Number]) -> Number:
        """The change of the net flow."""
        return sum(sign * flow[link] for link, sign in self.factors())


class Ways(NamedTuple):
    """The links of a problem as lists.

    Attributes:
        source, target: nodes. capacity, charge: as the network states them; charge with any fee.
        lost: parts of a million of what is sent.
        ramps: bounds from period to period. ramps_of: of each link, (ramp, factor).
        into, out_of: links by node.
    """

    source: list[int]
    target: list[int]
    capacity: list[int]
    charge: list[int]
    lost: list[int]
    ramps: list[Ramp]
    ramps_of: list[list[tuple[int, int]]]
    into: list[list[int]]
    out_of: list[list[int]]

    def kept(self, link: int) -> Fraction:
        """The share that arrives."""
        return Fraction(PARTS - self.lost[link], PARTS)

    def arrives(self, link: int, sent: Number) -> Number:
        """What arrives of what is sent, to the last part of a lot."""
        return sent * self.kept(link) if self.lost[link] else sent

    def arrives_whole(self, link: int, sent: Number) -> int:
        """Whole lots that arrive: of a loss that is no whole lot, the rest is lost too."""
        return int(sent) - -(-int(sent) * self.lost[link] // PARTS)


def ways_of(problem: Problem, network: Network) -> Ways:
    """The links of all instruments."""
    rows = problem.links
    plain = np.zeros(network.links.rows, np.int64)
    loses = "loss_ppm" in network.links
    lost = network.links["loss_ppm"] if loses else plain
    source, target = problem.source.tolist(), problem.target.tolist()
    ramps = _ramps(problem, network) if "ramp" in network.links else []
    ramps_of: list[list[tuple[int, int]]] = [[] for _ in source]
    for number, ramp in enumerate(ramps):
        for link, sign in ramp.factors():
            ramps_of[link].append((number, sign))
    nodes = len(problem.is_taker)
    into: list[list[int]] = [[] for _ in range(nodes)]
    out_of: list[list[int]] = [[] for _ in range(nodes)]
    for link, (s, t) in enumerate(zip(source, target, strict=True)):
        out_of[s].append(link)
        into[t].append(link)
    return Ways(
        source,
        target,
        network.capacity[rows].tolist(),
        network.charge[rows].tolist(),
        lost[rows].tolist(),
        ramps,
        ramps_of,
        into,
        out_of,
    )


def periods_of(instruments: tuple[str, ...]) -> list[int]:
    """Places of the instruments in the order of time."""
    if all(name.isdecimal() for name in instruments):
        return sorted(range(len(instruments)), key=lambda i: (int(instruments[i]), i))
    return list(range(len(instruments)))


def _ramps(problem: Problem, network: Network) -> list[Ramp]:
    regions = max(problem.regions, 1)
    limits = network.links["ramp"][problem.links].tolist()
    room = network.capacity[problem.links].tolist()
    place: dict[tuple[int, int, int], int] = {}
    ends = zip(problem.source.tolist(), problem.target.tolist(), strict=True)
    for link, (s, t) in enumerate(ends):
        place[s // regions, s % regions, t % regions] = link
    periods = periods_of(problem.instruments)
    ramps = []
    for before, now in itertools.pairwise(periods):
        for (period, s, t), on in place.items():
            back = place.get((now, t, s), NO_LINK)
            if period != now or NO_LINK < back < on:
                continue
            prior = place.get((before, s, t), NO_LINK), place.get((before, t, s), NO_LINK)
            lots = min(limits[on], limits[back] if back != NO_LINK else limits[on])
            most = [room[k] if k != NO_LINK else 0 for k in (on, back, *prior)]
            if lots < max(most[0] + most[3], most[1] + most[2]):
                ramps.append(Ramp(on, back, *prior, lots))
    return ramps


def shortened(
    flow: Sequence[int],
    ways: Ways,
    gives: Sequence[Number | None],
    takes: Sequence[Number | None],
    arrives: Callable[[int, int], Number],
) -> list[int]:
    """Flows cut until each node can make up for what is left over, and each ramp is kept.

    Args:
        gives, takes: what each node can supply and take in, net, at most; None: any quantity.
        arrives: what arrives over a link of what is sent.

    Cutting goes on until nothing is left to cut; without flows every node is content.
    """
    sent = list(flow)
    for ramp in ways.ramps:
        for one, other in ((ramp.on, ramp.back), (ramp.prior_on, ramp.prior_back)):
            if NO_LINK not in (one, other):
                both = min(sent[one], sent[other])
                sent[one] -= both
                sent[other] -= both
    is_done = False
    while not is_done:
        is_done = True
        for node, (most_out, most_in) in enumerate(zip(gives, takes, strict=True)):
            came = sum(arrives(k, sent[k]) for k in ways.into[node])
            left = came - sum(sent[k] for k in ways.out_of[node])
            if most_in is not None and left > most_in:
                is_done = not _cut(sent, ways.into[node], left - most_in) and is_done
            if most_out is not None and -left > most_out:
                is_done = not _cut(sent, ways.out_of[node], -left - most_out) and is_done
        for ramp in ways.ramps:
            change = ramp.change(sent)
            rising = [ramp.on, ramp.prior_back] if change > 0 else [ramp.back, ramp.prior_on]
            over = magnitude(change) - ramp.lots
            if over > 0:
                is_done = not _cut(sent, [k for k in rising if k != NO_LINK], over) and is_done
    return sent


def _cut(sent: list[int], links: list[int], over: Number) -> bool:
    """Take so many lots, rounded up, off the last of these links that carry any."""
    left = -(-over // 1)
    for link in reversed(links):
        less = min(sent[link], int(left))
        sent[link] -= less
        left -= less
    return left < -(-over // 1)


def whole_flows(
    exact: Sequence[Number], ways: Ways, gives: Sequence[int | None], takes: Sequence[int | None]
) -> list[int]:
    """Exact flows as whole lots: rounded down, then shortened where that leaves too much."""
    down = [int(flow // 1) for flow in exact]
    return shortened(down, ways, gives, takes, ways.arrives_whole)
