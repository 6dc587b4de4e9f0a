"""Orders read as listings: at each place what is offered, and the bids in the order they came."""

from collections import defaultdict

from msgspec import Struct

from yaosu.kernel.canonical import digest, encode
from yaosu.kernel.refusal import refuse_unless
from yaosu.markets.mechanisms.listing_parameters import ROWS_MAX
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders


class Bid(Struct, frozen=True):
    """One order of a listing.

    Attributes:
        row: in the orders given. at: its sequence: when it came.
    """

    row: int
    at: int
    price: int
    quantity: int
    party: str


class Place(Struct, frozen=True):
    """What is offered of one instrument in one region, and the bids for it.

    Attributes:
        offers: orders to sell, the cheapest first. bids: orders to buy, the earliest first.
        digest: SHA-256, hex, of all of them: row positions make no difference.
    """

    instrument: str
    region: str
    offers: tuple[Bid, ...]
    bids: tuple[Bid, ...]
    digest: str

    @property
    def supply(self) -> int:
        """Lots on offer."""
        return sum(offer.quantity for offer in self.offers)

    @property
    def start(self) -> int:
        """The starting price: no offer sells below its own."""
        return max(offer.price for offer in self.offers)

    @property
    def sellers(self) -> set[str]:
        """Who offers; for membership only."""
        return {offer.party for offer in self.offers}


def places_of(orders: Orders, network: Network) -> list[Place]:
    """Every place with offers or bids, by instrument and region.

    Raises:
        Refusal: `markets.too_many_orders`, `markets.unknown_region`.

    Cost: O(n log n).
    """
    refuse_unless(
        orders.rows <= ROWS_MAX, "markets.too_many_orders", rows=orders.rows, limit=ROWS_MAX
    )
    for region in orders.region.values:
        is_known = region in network.regions
        refuse_unless(is_known, "markets.unknown_region", where="the book", region=region)
    found: dict[tuple[str, str], list[tuple[int, Bid]]] = defaultdict(list)
    rows = orders.rows
    party = [""] * rows if orders.party is None else orders.party.tolist()
    sequence = [0] * rows if orders.sequence is None else orders.sequence.tolist()
    columns = (
        orders.instrument.tolist(),
        orders.region.tolist(),
        orders.side.tolist(),
        orders.price.tolist(),
        orders.quantity.tolist(),
    )
    for row, (instrument, region, side, price, quantity) in enumerate(zip(*columns, strict=True)):
        bid = Bid(row, sequence[row], price, quantity, party[row])
        found[instrument, region].append((side, bid))
    return [
        _place(instrument, region, found[instrument, region], has_parties=orders.party is not None)
        for instrument, region in sorted(found)
    ]


def _place(
    instrument: str, region: str, rows: list[tuple[int, Bid]], *, has_parties: bool
) -> Place:
    bids = sorted((bid for side, bid in rows if side > 0), key=_by_time)
    offers = sorted((bid for side, bid in rows if side < 0), key=_by_price)
    told = digest(
        encode([instrument, region, *([_content(bid) for bid in part] for part in (offers, bids))])
    )
    if not has_parties:  # each is a party of its own, named by its place in canonical order
        offers = [_named(bid, f"offer {number}") for number, bid in enumerate(offers)]
        bids = [_named(bid, f"bid {number}") for number, bid in enumerate(bids)]
    return Place(instrument, region, tuple(offers), tuple(bids), told.hex())


def _named(bid: Bid, party: str) -> Bid:
    return Bid(bid.row, bid.at, bid.price, bid.quantity, party)


def _by_time(bid: Bid) -> tuple[int, int, str, int]:
    return bid.at, bid.price, bid.party, bid.quantity


def _by_price(bid: Bid) -> tuple[int, int, str, int]:
    return bid.price, bid.at, bid.party, bid.quantity


def _content(bid: Bid) -> list[int | str]:
    return [bid.at, bid.price, bid.quantity, bid.party]
