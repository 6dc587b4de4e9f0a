"""A venue with land to list: a district, three bidders, and the commands of a listing in short."""

import re
from typing import Any

from tests.markets.sealed_bids import Entropy
from tests.stories import EXCHANGE, MINISTRY, Story, shipped
from yaosu.engine.receipt import Receipt
from yaosu.journal.keys import MEMORY, KeyStore
from yaosu.journal.store import Store
from yaosu.journal.wrapping import WrappingKey
from yaosu.kernel.columns import Columns
from yaosu.kernel.instant import DAY, MINUTE
from yaosu.kernel.words import Event
from yaosu.markets.commands import (
    EnterListing,
    LeaveListing,
    OpenListing,
    PayAward,
    PlaceBid,
    SealBid,
)
from yaosu.markets.listing_state import Listing
from yaosu.rules.commands import AdoptRules
from yaosu.rules.parse import parse_pack

BIDDERS = ("ann", "bo", "cy")
MONEY = 1_000_000
SEED = "5e" * 32


class ListingStory(Story):
    """A parcel ``p1`` of 15,000 lots is the district's; bidders have a million each."""

    def __init__(self, store: Store | None = None, factor: str = "land") -> None:
        super().__init__(store, keys=KeyStore(MEMORY, WrappingKey(b"w" * 32), Entropy()))
        self.found(factors=(factor,))
        self.party("district", (factor,))
        for name in BIDDERS:
            self.party(name, (factor,), money=MONEY)
        self.right("p1", "district", 15_000, factor=factor)
        self.start = self.clock()

    def list_right(self, terms: str = "land_listing", /, **fields: Any) -> list[Event]:
        """Put ``p1`` up from 10,000 on; sealed reserve and seed where given."""
        items = {name: fields.pop(name) for name in ("reserve", "seed") if name in fields}
        begins = self.clock() + (20 * DAY if terms in ("land_listing", "land_auction") else 0)
        given: dict[str, Any] = {
            "listing": "l1",
            "right": "p1",
            "terms": terms,
            "price": 10_000,
            "begins": begins,
            "ends": begins + 20 * DAY,
            **fields,
        }
        command = OpenListing(actor="district", key=self.key(), **given)
        return list(self.venue.submit(command, sealed=items or None).accepted().events)

    def enter(self, *parties: str, listing: str = "l1") -> None:
        """Let them in."""
        for party in parties or BIDDERS:
            self.ask(EnterListing, party, listing=listing)

    def to(self, days: float, minutes: int = 0) -> None:
        """Go on to so long after the announcement."""
        self.clock.forward(self.start + int(days * DAY) + minutes * MINUTE - self.clock())

    def bid(self, party: str, price: int, quantity: int = 1) -> list[Event]:
        """Bid openly."""
        return self.ask(PlaceBid, party, listing="l1", price=price, quantity=quantity)

    def seal(self, party: str, *rows: tuple[int, int]) -> Receipt:
        """Bid sealed: rows of price and quantity."""
        table = Columns.of(price=[row[0] for row in rows], quantity=[row[1] for row in rows])
        command = SealBid(actor=party, key=self.key(), listing="l1")
        return self.venue.submit(command, sealed={"bid": table}).accepted()

    def leave(self, party: str) -> list[Event]:
        """Go away."""
        return self.ask(LeaveListing, party, listing="l1")

    def pay(self, party: str) -> list[Event]:
        """Pay what was won."""
        return self.ask(PayAward, party, listing="l1")

    def tick(self) -> int:
        """Let what is due happen."""
        return self.venue._writer.tick()

    def listing(self, name: str = "l1") -> Listing:
        """How it stands."""
        return self.venue.state.markets.listings.listings[name]

    def held(self, party: str, listing: str = "l1") -> int:
        """Money held for a listing."""
        return self.money(party, f"listing:{listing}")

    def total(self) -> int:
        """All money there is of those who take part, wherever it is held."""
        return sum(
            self.money(party, purpose)
            for party in (*BIDDERS, "district", EXCHANGE)
            for purpose in ("free", "listing:l1", "listing:l2")
        )

    def other_terms(self, **columns: str | int) -> None:
        """Adopt national rules in which every row of listing terms has these values."""
        text = shipped("rules/national.toml").replace('"2026.1"', '"2026.2"', 1)
        text = text.replace("2025-01-01", "2025-01-02", 1)
        for name, value in columns.items():
            told = f'"{value}"' if isinstance(value, str) else str(value)
            cell = rf'(?<=[, ]){name} = (?!"text"|"int")("[a-z_]*"|\d+)'
            text = re.sub(cell, f"{name} = {told}", text)
        self.ask(AdoptRules, MINISTRY, pack=parse_pack(text))
