"""The book of a package auction, in an order that row positions do not change.

A place is an (instrument, region) at which something may be taken or given; it has one price.
A link is a row too: it takes a lot where it begins, gives it where it ends, and asks its cost.
"""

import numpy as np
from msgspec import Struct

from yaosu.kernel.canonical import digest, encode
from yaosu.kernel.columns import Integers, Text
from yaosu.kernel.compiled import compiled
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.kernel.sorting import order_of
from yaosu.markets.mechanisms.package_algebra import Places
from yaosu.markets.mechanisms.package_smooth import Rows
from yaosu.markets.network import Network
from yaosu.markets.packages import Packages

PLACES_MAX = 4096  # prices in one auction: the work grows with their cube
PRIME = 2_147_483_629  # below 2^31, so that products of remainders stay in 64 bits
FACTORS = (48_271, 1_103_515_245)
LEGS_SORTED_HERE = 32


class Book(Struct, frozen=True):
    """What is cleared.

    Attributes:
        rows: links first, then packages in canonical order.
        links: how many of the rows are links.
        order: for each package row (after the links) its row in the packages given.
        instrument, region: names of the places, sorted by both.
        source, target: for each link row the place where it begins and where it ends.
        digest: SHA-256, hex, of packages in canonical order.
    """

    rows: Rows
    links: int
    order: Integers
    instrument: Text
    region: Text
    source: Integers
    target: Integers
    digest: str

    @property
    def places(self) -> int:
        """How many prices there are."""
        return self.rows.places


def book_of(packages: Packages, network: Network) -> Book:
    """Packages and links as rows over places.

    Raises:
        Refusal: `markets.unknown_region`, `markets.too_many_places`, `markets.bad_leg`.

    Cost: one sort of the packages by a fingerprint of what they say.
    """
    keys, regions = _leg_keys(packages, network)
    instruments = packages.legs.text("instrument").values
    links = _link_keys(network, instruments, len(regions))
    place_of, places = _places(keys, links, len(instruments) * len(regions))
    refuse_unless(
        len(places) <= PLACES_MAX, "markets.too_many_places", places=len(places), limit=PLACES_MAX
    )
    place = place_of[keys].astype(np.int32)
    amount = packages.legs["amount"].copy()
    starts = _starts(packages)
    if not sort_legs(starts, place, amount):
        by = order_of([packages.legs["order"], place.astype(np.int64)])
        place, amount = place[by], amount[by]
    twice = same_leg_twice(starts, place)
    if twice >= 0:
        refuse("markets.bad_leg", row=twice, reason="its package has another leg at the same place")
    order = _canonical_order(packages, starts, place, amount)
    starts, place, amount = take_rows(order, starts, place, amount)
    source, target = place_of[links[0]], place_of[links[1]]
    width, many = len(regions), len(links[0])
    limit, quantity = packages.limit[order], packages.quantity[order]
    named = places // width
    instrument = Text(instruments, named.astype(np.int32))
    region = Text(regions, (places % width).astype(np.int32))
    own = (limit, quantity, starts, amount, *(mark[order] for mark in _marks(packages)))
    said = digest(
        b"".join(
            (
                digest(encode([instrument.tolist(), region.tolist()])),
                digest(b"".join(np.ascontiguousarray(column).tobytes() for column in own)),
                digest(place.astype("<i4").tobytes()),
                digest(encode(list(packages.party.sorted().values) if packages.party else [])),
            )
        )
    ).hex()
    rows = Rows(
        np.concatenate([2 * np.arange(many, dtype=np.int64), 2 * many + starts]),
        np.concatenate([_both(source, target).astype(np.int32), place]),
        np.concatenate([np.tile(np.array([1, -1], np.int64), many), amount]),
        np.concatenate([-links[3], limit]),
        np.concatenate([links[2], quantity]).astype(np.float64),
        len(places),
    )
    return Book(rows, many, order, instrument, region, source, target, said)


def _leg_keys(packages: Packages, network: Network) -> tuple[Integers, tuple[str, ...]]:
    """One number a leg for its (instrument, region), and the names of the regions."""
    region = packages.legs.text("region")
    number = {name: at for at, name in enumerate(network.regions)}
    for name in region.values:
        refuse_unless(name in number, "markets.unknown_region", where="a leg", region=name)
    table = np.array([number[name] for name in region.values] or [0], np.int64)
    codes = packages.legs.text("instrument").codes.astype(np.int64)
    return codes * len(network.regions) + table[region.codes], network.regions


def _link_keys(
    network: Network, instruments: tuple[str, ...], width: int
) -> tuple[Integers, Integers, Integers, Integers]:
    """Keys of both ends, capacity and cost of each link for each instrument that it carries."""
    number = {name: at for at, name in enumerate(network.regions)}
    own = network.instrument
    names = own.tolist() if own is not None else [None] * network.links.rows
    found: list[tuple[int, int, int, int]] = []
    for source, target, capacity, cost, name in zip(
        network.source.tolist(),
        network.target.tolist(),
        network.capacity.tolist(),
        network.cost.tolist(),
        names,
        strict=True,
    ):
        for code, instrument in enumerate(instruments):
            if name in (None, instrument) and capacity > 0:
                begin = code * width
                found.append((begin + number[source], begin + number[target], capacity, cost))
    columns = np.array(sorted(found), np.int64).reshape(-1, 4)
    return columns[:, 0], columns[:, 1], columns[:, 2], columns[:, 3]


def _places(keys: Integers, links: tuple[Integers, ...], size: int) -> tuple[Integers, Integers]:
    """Number of the place of each key, and the keys that have one."""
    used = np.zeros(max(size, 1), bool)
    for some in (keys, links[0], links[1]):
        used[some] = True
    return np.cumsum(used) - 1, np.flatnonzero(used)


def _starts(packages: Packages) -> Integers:
    starts = np.zeros(packages.rows + 1, np.int64)
    np.cumsum(np.bincount(packages.legs["order"], minlength=packages.rows), out=starts[1:])
    return starts


def _canonical_order(
    packages: Packages, starts: Integers, place: Places, amount: Integers
) -> Integers:
    """Rows by a fingerprint of what they say; rows that say the same stay as they are."""
    marks = np.column_stack([packages.limit, packages.quantity, *_marks(packages)]).astype(np.int64)
    return np.argsort(fingerprints(marks, starts, place, amount), kind="stable")


def _marks(packages: Packages) -> list[Integers]:
    """The columns that may be there: party and group by code, sequence, minimum."""
    found: list[Integers] = []
    for text in (packages.party, packages.group):
        if text is not None:
            found.append(text.sorted().codes.astype(np.int64))
    for numbers in (packages.sequence, packages.minimum):
        if numbers is not None:
            found.append(numbers)
    return found


def _both(one: Integers, two: Integers) -> Integers:
    return np.column_stack([one, two]).reshape(-1)


@compiled
def sort_legs(starts: Integers, place: Places, amount: Integers) -> bool:
    """Put the legs of each row in order of place; False where a row is too long for this."""
    for row in range(len(starts) - 1):
        first, end = starts[row], starts[row + 1]
        if end - first > LEGS_SORTED_HERE:
            return False
        for at in range(first + 1, end):
            here, lots = place[at], amount[at]
            to = at
            while to > first and place[to - 1] > here:
                place[to], amount[to] = place[to - 1], amount[to - 1]
                to -= 1
            place[to], amount[to] = here, lots
    return True


@compiled
def same_leg_twice(starts: Integers, place: Places) -> int:
    """A leg that stands at the place of the leg before it in its row, or -1."""
    for row in range(len(starts) - 1):
        for leg in range(starts[row] + 1, starts[row + 1]):
            if place[leg] == place[leg - 1]:
                return int(leg)
    return -1


@compiled
def fingerprints(marks: Integers, starts: Integers, place: Places, amount: Integers) -> Integers:
    """62 bits a row that follow from its marks and legs alone."""
    rows = len(starts) - 1
    found = np.empty(rows, np.int64)
    for row in range(rows):
        one, two = 1, 1
        for at in range(marks.shape[1]):
            value = marks[row, at] % PRIME
            one = (one * FACTORS[0] + value) % PRIME
            two = (two * FACTORS[1] + value) % PRIME
        for leg in range(starts[row], starts[row + 1]):
            value = ((amount[leg] % PRIME) * 8192 + place[leg]) % PRIME
            one = (one * FACTORS[0] + value) % PRIME
            two = (two * FACTORS[1] + value) % PRIME
        found[row] = one * 2_147_483_648 + two
    return found


@compiled
def take_rows(
    order: Integers, starts: Integers, place: Places, amount: Integers
) -> tuple[Integers, Places, Integers]:
    """The rows in another order, or some of them."""
    rows = len(order)
    begins = np.zeros(rows + 1, np.int64)
    for at in range(rows):
        begins[at + 1] = begins[at] + starts[order[at] + 1] - starts[order[at]]
    places, amounts = np.empty(begins[rows], np.int32), np.empty(begins[rows], np.int64)
    for at in range(rows):
        first = starts[order[at]]
        for leg in range(begins[at + 1] - begins[at]):
            places[begins[at] + leg] = place[first + leg]
            amounts[begins[at] + leg] = amount[first + leg]
    return begins, places, amounts


def tables_of_places(book: Book) -> dict[str, Text]:
    """Names of the places, as columns."""
    return {"instrument": book.instrument.sorted(), "region": book.region.sorted()}
