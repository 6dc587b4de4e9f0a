"""Listings: one side offers, the other bids; eight forms by one table.

At each place (an instrument in a region) the orders to sell are what is offered, their highest
price is the starting price, and the orders to buy are the bids; the sequence of a bid is when it
came. Which bids stand (`listing_standing`), who wins and what it pays (`listing_award`,
`listing_score` in a tender), the public tables and the check (here).

Source: W. Vickrey, "Counterspeculation, auctions, and competitive sealed tenders" (1961);
P. Milgrom, "Putting auction theory to work" (2004), ch. 1-2 and 4; the auction of allowances by
one price with ties in random order after the rules of the European and United Kingdom auctions;
checked against a naive oracle in tests/markets/mechanisms/listing.
"""

from collections.abc import Iterator

import numpy as np

from yaosu.kernel.canonical import digest, encode
from yaosu.kernel.columns import Columns, Maybe, Text
from yaosu.kernel.numbers import VALUE_MAX
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.markets.clearing import NO_TRADE, TRADED, Certificate, Clearing
from yaosu.markets.mechanisms.listing_award import Award, award_of, worth_of
from yaosu.markets.mechanisms.listing_bids import Bid, places_of
from yaosu.markets.mechanisms.listing_parameters import ListingParameters
from yaosu.markets.mechanisms.listing_refusals import REFUSALS
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders
from yaosu.markets.packages import Packages

__all__ = ["REFUSALS", "clear_listing", "verify_listing"]

RULE = "listing/1"
PROVED = ("standing", "ranking", "award", "payment")
Trade = tuple[int, int, int, int]  # rows of bid and offer, lots, price


def clear_listing(
    orders: Orders | Packages, network: Network, parameters: ListingParameters
) -> Clearing:
    """Find who wins and what each pays, at every place by itself; the links carry nothing.

    Returns:
        Clearing: ``fills`` of bids at what each pays and of offers at the lowest price paid.
        ``details``: *outcome*, one row a place: instrument, region, reason, bidders, ends (empty
        where no end was set), onsite (1: there was an on-site round); *ranking*, one row a bid by
        its row: row, standing, rank (1 the best; empty where it does not stand), points (exact,
        as text; empty but in a tender); *awards*: bid, offer (rows), lots, price.

    Raises:
        Refusal: `markets.unknown_region`, `markets.too_many_orders`, `markets.bad_score`,
            `markets.scores_missing`, `markets.value_overflow`.

    Cost: O(n log n) time, O(n) space.
    """
    assert isinstance(orders, Orders)  # the table of mechanisms lets no packages in
    awards = [award_of(place, parameters) for place in places_of(orders, network)]
    trades = [trade for award in awards for trade in _trades(award)]
    welfare = sum(worth_of(award) for award in awards)
    most = sum(award.most for award in awards)
    fits = max(abs(welfare), abs(most)) < VALUE_MAX
    limit = str(VALUE_MAX)
    refuse_unless(fits, "markets.value_overflow", what="welfare", value=str(welfare), limit=limit)
    none = np.zeros(0, np.int64)
    certificate = Certificate(
        rule=RULE,
        orders_digest=digest(encode([award.place.digest for award in awards])).hex(),
        network_digest=digest(encode(network)).hex(),
        parameters_digest=digest(encode(parameters)).hex(),
        primal=welfare,
        dual=most,
        proved=PROVED,
        not_proved=(),
        regions=Columns({"region": Text.of([])}),
        links=Columns({"source": Text.of([])}),
    )
    return Clearing(
        mechanism="listing",
        prices=_prices(awards),
        fills=_fills(trades),
        decremented=Columns({"row": none, "lots": none}),
        flows=NO_FLOWS,
        welfare=welfare,
        volume=sum(lots for _, _, lots, _ in trades),
        certificate=certificate,
        details={
            "awards": _columns(("bid", "offer", "lots", "price"), sorted(trades)),
            "outcome": _outcome(awards),
            "ranking": _ranking(awards),
            **({"related": _related(awards, parameters)} if parameters.groups else {}),
        },
    )


def verify_listing(
    orders: Orders | Packages, network: Network, clearing: Clearing, parameters: ListingParameters
) -> None:
    """Return if the clearing is what the rule makes of these bids, else refuse.

    A listing is small and its rule direct, so the check applies the rule to the bids and compares
    every published number; there is no solver to be spared. O(n log n).

    Raises:
        Refusal: `markets.certificate_*`.
    """
    certificate = clearing.certificate
    refuse_unless(
        certificate.rule == RULE and clearing.mechanism == "listing",
        "markets.certificate_rule",
        found=certificate.rule,
        expected=RULE,
    )
    expected = clear_listing(orders, network, parameters)
    for what in ("orders", "network", "parameters"):
        name = f"{what}_digest"
        same = getattr(certificate, name) == getattr(expected.certificate, name)
        refuse_unless(same, "markets.certificate_digest", what=what)
    for row in _differing_fills(clearing.fills, expected.fills):
        refuse(
            "markets.certificate_fill", row=row, reason="the rule gives it other lots or a price"
        )
    for name in ("prices", "flows", "fills", "decremented"):
        same = _is_same(getattr(clearing, name), getattr(expected, name))
        _refuse_table(same, name)
    _refuse_table(sorted(clearing.details) == sorted(expected.details), "details")
    for name, table in sorted(expected.details.items()):
        _refuse_table(_is_same(clearing.details[name], table), name)
    for what in ("welfare", "volume", "certificate"):
        said, found = getattr(clearing, what), getattr(expected, what)
        if said != found:
            facts = ("differs", "another") if what == "certificate" else (str(said), str(found))
            refuse("markets.certificate_total", what=what, published=facts[0], found=facts[1])


def _trades(award: Award) -> Iterator[Trade]:
    """Lots handed from the cheapest offer on to the best bid on."""
    offers = [[offer.row, offer.quantity] for offer in award.place.offers]
    for won in award.won:
        lots = won.lots
        while lots:
            taken = min(lots, offers[0][1])
            yield won.bid.row, offers[0][0], taken, won.price
            lots -= taken
            offers[0][1] -= taken
            if not offers[0][1]:
                offers.pop(0)


def _fills(trades: list[Trade]) -> Columns:
    lots: dict[int, int] = {}
    price: dict[int, int] = {}
    for bid, offer, taken, paid in trades:
        for row in (bid, offer):
            lots[row] = lots.get(row, 0) + taken
            price[row] = min(price.get(row, paid), paid)
    rows = sorted(lots)
    return _columns(("row", "lots", "price"), [(row, lots[row], price[row]) for row in rows])


def _prices(awards: list[Award]) -> Columns:
    paid = [[won.price for won in award.won] for award in awards]
    low = [min(prices, default=None) for prices in paid]
    high = [max(prices, default=None) for prices in paid]
    return Columns(
        {
            "instrument": Text.of([award.place.instrument for award in awards]),
            "region": Text.of([award.place.region for award in awards]),
            "price": _maybe(low),
            "price_low": _maybe(low),
            "price_high": _maybe(high),
            "status": Text.of([TRADED if prices else NO_TRADE for prices in paid]),
            "best_buy": _maybe([_best(award.place.bids, max) for award in awards]),
            "best_sell": _maybe([_best(award.place.offers, min) for award in awards]),
        }
    )


def _best(bids: tuple[Bid, ...], choose: object) -> int | None:
    prices = [bid.price for bid in bids]
    if not prices:
        return None
    return max(prices) if choose is max else min(prices)


def _outcome(awards: list[Award]) -> Columns:
    return Columns(
        {
            "instrument": Text.of([award.place.instrument for award in awards]),
            "region": Text.of([award.place.region for award in awards]),
            "reason": Text.of([award.reason for award in awards]),
            "bidders": np.array([award.bidders for award in awards], np.int64),
            "ends": _maybe([award.stands.ends for award in awards]),
            "onsite": np.array([int(award.stands.is_onsite) for award in awards], np.int64),
        }
    )


def _ranking(awards: list[Award]) -> Columns:
    rows: list[tuple[int, str, int | None, str]] = []
    for award in awards:
        rank = {bid.row: number for number, bid in enumerate(award.ranked, 1)}
        points = dict(zip((bid.row for bid in award.ranked), award.points, strict=False))
        for bid in award.place.bids:
            told = str(points.get(bid.row, ""))
            rows.append((bid.row, award.standing[bid.row], rank.get(bid.row), told))
    rows.sort(key=lambda row: row[0])
    return Columns(
        {
            "row": np.array([row[0] for row in rows], np.int64),
            "standing": Text.of([row[1] for row in rows]),
            "rank": _maybe([row[2] for row in rows]),
            "points": Text.of([row[3] for row in rows]),
        }
    )


def _related(awards: list[Award], parameters: ListingParameters) -> Columns:
    """Parties under one control that came to one place: those who bid, and those who offer."""
    group_of = dict(parameters.groups)
    rows: list[tuple[str, str, str, str, int, int, int]] = []
    for award in awards:
        place = award.place
        members_of: dict[str, list[str]] = {}
        for party in sorted({*(bid.party for bid in place.bids), *place.sellers}):
            members_of.setdefault(group_of.get(party, party), []).append(party)
        for group, members in sorted(members_of.items()):
            if len(members) < 2:
                continue
            for party in members:
                bids = [bid.price for bid in place.bids if bid.party == party]
                lots = sum(won.lots for won in award.won if won.bid.party == party)
                told = (place.instrument, place.region, group, party)
                rows.append((*told, len(bids), max(bids, default=0), lots))
    texts = ("instrument", "region", "group", "party")
    return Columns(
        {
            **{name: Text.of([str(row[at]) for row in rows]) for at, name in enumerate(texts)},
            **{
                name: np.array([row[at] for row in rows], np.int64)
                for at, name in enumerate(("bids", "highest", "won"), len(texts))
            },
        }
    )


def _maybe(numbers: list[int | None]) -> Maybe:
    values = np.array([0 if number is None else number for number in numbers], np.int64)
    return Maybe(values, np.array([number is not None for number in numbers], np.bool_))


def _columns(names: tuple[str, ...], rows: list[tuple[int, ...]]) -> Columns:
    table = np.array(rows, np.int64).reshape(len(rows), len(names))
    return Columns({name: table[:, at].copy() for at, name in enumerate(names)})


def _differing_fills(published: Columns, expected: Columns) -> list[int]:
    """Rows of the orders whose fill is not the one expected; none where the form is wrong."""
    if sorted(published.names) != sorted(expected.names) or not all(
        isinstance(published.column(name), np.ndarray) for name in published.names
    ):
        return []
    pairs = [
        dict(zip(table["row"].tolist(), _fill_rows(table), strict=True))
        for table in (published, expected)
    ]
    rows = sorted({**pairs[0], **pairs[1]})
    return [row for row in rows if pairs[0].get(row) != pairs[1].get(row)]


def _fill_rows(table: Columns) -> list[tuple[int, int]]:
    return list(zip(table["lots"].tolist(), table["price"].tolist(), strict=True))


def _is_same(published: Columns, expected: Columns) -> bool:
    return published == expected and all(
        type(published.column(name)) is type(expected.column(name)) for name in expected.names
    )


def _refuse_table(is_right: bool, table: str) -> None:
    reason = "it is not what the rule makes of the bids"
    refuse_unless(is_right, "markets.certificate_shape", table=table, reason=reason)


NO_FLOWS = Columns(
    {
        "instrument": Text.of([]),
        "source": Text.of([]),
        "target": Text.of([]),
        "lots": np.zeros(0, np.int64),
        "shadow_price": np.zeros(0, np.int64),
        "cost": np.zeros(0, np.int64),
        "rent": np.zeros(0, np.int64),
    }
)
