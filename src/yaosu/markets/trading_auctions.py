"""The auctions of a continuous market as events tell them, and what anyone checks them with."""

import numpy as np

from yaosu.kernel.columns import Columns
from yaosu.markets.clearing import Clearing
from yaosu.markets.events import AuctionHeld
from yaosu.markets.mechanisms.call_parameters import TIE_CHAIN_BY_TIME, CallParameters
from yaosu.markets.mechanisms.continuous_cross import NETWORK, Auction
from yaosu.markets.network import Network
from yaosu.markets.orders import ONLY, Orders


def auction_held(market: str, instrument: str, region: str, auction: Auction) -> AuctionHeld:
    """What a book made of its orders, for the record."""
    given, references = auction.orders, auction.parameters.reference_prices
    table = Columns.of(
        order=auction.ids,
        side=given.columns["side"],
        price=given.columns["price"],
        quantity=given.columns["quantity"],
    )
    if "party" in given.columns:
        owner = given.columns.text("party")
        codes = np.array([int(name) for name in owner.values] or [0], np.int64)
        table = table.with_columns(owner=codes[owner.codes])
    return AuctionHeld(
        market=market,
        instrument=instrument,
        region=region,
        purpose=auction.purpose,
        price=auction.price,
        lots=auction.lots,
        orders=table,
        reference=references[0].price if references else None,
        clearing=auction.clearing,
    )


def proof_of(event: AuctionHeld) -> tuple[Orders, Network, Clearing, CallParameters]:
    """What `verify_clearing` takes to check an auction: ``verify_clearing(*proof_of(event))``."""
    table = event.orders
    has_owners = "owner" in table.names
    orders = Orders.from_columns(
        side=table["side"],
        price=table["price"],
        quantity=table["quantity"],
        party=table["owner"] if has_owners else None,
        sequence=np.arange(table.rows),
    )
    near = event.reference
    parameters = CallParameters.of(
        price_rule="mid" if near is None else "nearest",
        tie_chain=TIE_CHAIN_BY_TIME,
        reference_prices=None if near is None else {ONLY: near},
    )
    return orders, NETWORK, event.clearing, parameters
