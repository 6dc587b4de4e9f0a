"""Posted prices: whoever comes takes at the price that stands, in order of arrival.

Prices are posted by a tariff (administered: cost recovery and fair profit, see `posted_revenue`),
by group of party and by the number of the lot a party takes; where an instrument has no tariff,
each offer is itself the price its seller posts. Nothing is auctioned: who comes first is served
first, from the offer that asks least; who would not pay the price takes nothing.

Source: National Development and Reform Commission and National Data Administration, notice Fagai
Jiage (2025) No. 65 on prices for the authorised operation of public data (ceilings inside a
greatest permitted revenue; free for public governance and the public good); block tariffs by number
of units: S. J. Brown, D. S. Sibley, "The Theory of Public Utility Pricing" (1986), ch. 4. Worked in
tests/markets/mechanisms/posted/test_examples.py.
"""

from bisect import bisect_right
from typing import Any, Self

from msgspec import Struct

from yaosu.kernel.refusal import refuse_unless
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms.arrivals import (
    Fill,
    Row,
    arrived,
    clearing_of,
    prices_table,
    typed_rows,
    verify_alike,
)
from yaosu.markets.network import Network
from yaosu.markets.orders import NUMBER_MAX, Orders

RULE = "posted/1"
ANYBODY = ""  # the group of who is in none
TIERS_MAX = 10_000
PROVED = ("posted_price", "order_of_arrival")


class Tier(Struct, frozen=True, order=True):
    """A price of the tariff.

    Attributes:
        instrument: what is taken.
        group: for whom; empty: for anybody who is in no group that the instrument has prices for.
        begin: lots that a party has taken before this price holds; the first tier begins at 0.
        price: ticks a lot; 0 is free.
    """

    instrument: str
    group: str
    begin: int
    price: int


class Member(Struct, frozen=True, order=True):
    """The group a party is in."""

    party: str
    group: str


class Taken(Struct, frozen=True, order=True):
    """Lots that a party took of an instrument before these orders."""

    party: str
    instrument: str
    lots: int


class PostedParameters(Struct, frozen=True, kw_only=True):
    """What is posted.

    Attributes:
        tariff: the prices; an instrument without any is sold at the limits of its offers.
        members: parties in a group; nobody is in two.
        taken: what counts towards the tiers already.
    """

    tariff: tuple[Tier, ...] = ()
    members: tuple[Member, ...] = ()
    taken: tuple[Taken, ...] = ()

    @classmethod
    def of(cls, tariff: Any = (), members: Any = (), taken: Any = ()) -> Self:
        """Checked parameters.

        Args:
            tariff: rows of `Tier`, or (instrument, group, begin, price).
            members: {party: group}, or rows of `Member`.
            taken: {(party, instrument): lots}, or rows of `Taken`, or (party, instrument, lots).

        Raises:
            Refusal: `markets.bad_parameter`.
        """
        form = "rows of (instrument, group, begin, price)"
        rows = typed_rows("tariff", tariff, (str, str, int, int), form)
        tiers = tuple(sorted(Tier(*row) for row in rows))
        of_group: dict[tuple[str, str], list[Tier]] = {}
        for tier in tiers:
            of_group.setdefault((tier.instrument, tier.group), []).append(tier)
            _expect(_is_count(tier.price), "tariff", tier.price, "whole prices from 0")
        _expect(len(tiers) <= TIERS_MAX, "tariff", len(tiers), f"at most {TIERS_MAX} prices")
        for (instrument, group), steps in sorted(of_group.items()):
            begins = [tier.begin for tier in steps]
            rising = all(_is_count(b) for b in begins) and len(set(begins)) == len(begins)
            named = f"{instrument} for {group or 'anybody'}"
            first = "tiers that begin at 0 and then at different lots"
            _expect(rising and begins[0] == 0, "tariff", named, first)
        pairs = typed_rows("members", members, (str, str), "{party: group}")
        groups = tuple(sorted(Member(*pair) for pair in pairs))
        parties = [member.party for member in groups]
        _expect(len(set(parties)) == len(parties), "members", "a party in two groups", "one group")
        counts = typed_rows("taken", taken, (str, str, int), "rows of (party, instrument, lots)")
        before = tuple(sorted(Taken(*row) for row in counts))
        for count in before:
            _expect(_is_count(count.lots), "taken", count.lots, "whole lots from 0")
        return cls(tariff=tiers, members=groups, taken=before)


class Schedule(Struct, frozen=True):
    """The prices of one instrument for one group, by lots taken before."""

    begins: tuple[int, ...]
    prices: tuple[int, ...]

    def at(self, taken: int) -> tuple[int, int | None]:
        """The price of the next lot, and how many lots it holds for (None: all that follow)."""
        k = bisect_right(self.begins, taken) - 1
        rest = self.begins[k + 1] - taken if k + 1 < len(self.begins) else None
        return self.prices[k], rest


def schedule_for(parameters: PostedParameters, instrument: str, group: str) -> Schedule | None:
    """The prices for a group; those for anybody where it has none; None where there are neither."""
    for wanted in (group, ANYBODY):
        tiers = [
            tier
            for tier in parameters.tariff
            if tier.instrument == instrument and tier.group == wanted
        ]
        if tiers:
            return Schedule(tuple(t.begin for t in tiers), tuple(t.price for t in tiers))
    return None


def blocks_of(schedule: Schedule, taken: int, lots: int) -> list[tuple[int, int]]:
    """What the next lots of a party cost: (lots, price) of each tier they reach into."""
    blocks: list[tuple[int, int]] = []
    while lots:
        price, rest = schedule.at(taken)
        part = lots if rest is None else min(lots, rest)
        blocks.append((part, price))
        taken, lots = taken + part, lots - part
    return blocks


def clear_posted(orders: Orders, network: Network, parameters: PostedParameters) -> Clearing:
    """Serve the orders to buy one after the other.

    Returns:
        Clearing: several fills of a row where its lots have several prices. ``price`` in the table
        of prices is what anybody pays for a first lot: of the tariff, or the least limit of the
        offers; empty where neither is there.

    Raises:
        Refusal: `markets.unknown_region`.

    Cost: O(n log n) time for n orders, and a step for each fill; O(n) space.
    """
    orders.check()
    rows = arrived(orders, network)
    shelf = _Shelf(rows)
    served = _Served(parameters)
    fills: list[Fill] = []
    for row in rows:
        if row.side > 0:
            fills += served.serve(row, shelf.offers.get(row.place, []))
    return clearing_of(
        RULE,
        orders,
        network,
        parameters,
        fills,
        _prices(orders, rows, served, fills),
        proved=PROVED,
    )


def verify_posted(
    orders: Orders, network: Network, clearing: Clearing, parameters: PostedParameters
) -> None:
    """Return if everybody was served in order at the posted prices, else refuse.

    Raises:
        Refusal: `markets.certificate_*`.
    """
    verify_alike(orders, clearing, clear_posted(orders, network, parameters))


class _Offer(Struct):
    row: Row
    left: int


class _Shelf:
    """What is on offer, by instrument and region: least limit first, then who came first."""

    def __init__(self, rows: list[Row]) -> None:
        self.offers: dict[tuple[str, str], list[_Offer]] = {}
        for row in sorted((r for r in rows if r.side < 0), key=lambda r: r.price):
            self.offers.setdefault(row.place, []).append(_Offer(row, row.quantity))
        for offers in self.offers.values():
            offers.reverse()  # the next to be taken stands last, where it is cheap to take away


class _Served:
    """Who has taken how much, while orders are served."""

    def __init__(self, parameters: PostedParameters) -> None:
        self.group_of = {member.party: member.group for member in parameters.members}
        self.taken = {(t.party, t.instrument): t.lots for t in parameters.taken}
        self.has_tariff = {tier.instrument for tier in parameters.tariff}
        self.parameters = parameters
        self.schedules: dict[tuple[str, str], Schedule | None] = {}

    def schedule(self, instrument: str, party: str) -> Schedule | None:
        """The prices for a party."""
        key = (instrument, self.group_of.get(party, ANYBODY))
        if key not in self.schedules:
            self.schedules[key] = schedule_for(self.parameters, *key)
        return self.schedules[key]

    def serve(self, buy: Row, offers: list[_Offer]) -> list[Fill]:
        """What one order gets; offers are taken away as they are used up."""
        fills: list[Fill] = []
        own: list[_Offer] = []
        schedule = self.schedule(buy.instrument, buy.party)
        if schedule is None and buy.instrument in self.has_tariff:
            return fills
        left, key = buy.quantity, (buy.party, buy.instrument)
        while left and offers:
            offer = offers[-1]
            if offer.row.party == buy.party:
                own.append(offers.pop())
                continue
            lots, price = min(left, offer.left), offer.row.price
            if schedule is not None:
                price, rest = schedule.at(self.taken.get(key, 0))
                lots = lots if rest is None else min(lots, rest)
            if price > buy.price or price < offer.row.price:
                break
            fills += [Fill(buy.row, lots, price), Fill(offer.row.row, lots, price)]
            self.taken[key] = self.taken.get(key, 0) + lots
            left, offer.left = left - lots, offer.left - lots
            if not offer.left:
                offers.pop()
        offers.extend(reversed(own))
        return fills


def _prices(orders: Orders, rows: list[Row], served: _Served, fills: list[Fill]) -> Any:
    by_row = {row.row: row.place for row in rows}
    paid: dict[tuple[str, str], list[int]] = {place: [] for place in by_row.values()}
    for fill in fills:
        paid[by_row[fill.row]].append(fill.price)
    least: dict[tuple[str, str], int] = {}
    for row in rows:
        if row.side < 0:
            least[row.place] = min(row.price, least.get(row.place, row.price))
    table = []
    for place in sorted(paid):
        schedule = schedule_for(served.parameters, place[0], ANYBODY)
        is_free = place[0] not in served.has_tariff
        price = least.get(place) if is_free else None if schedule is None else schedule.prices[0]
        table.append((*place, price, paid[place]))
    return prices_table(orders, table)


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value < NUMBER_MAX


def _expect(condition: object, name: str, value: object, expected: str) -> None:
    refuse_unless(
        condition, "markets.bad_parameter", name=name, value=str(value), expected=expected
    )
