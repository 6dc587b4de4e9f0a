"""Plain orders: one instrument, one side, one limit; and those that trade as they arrive."""

from typing import Any

from msgspec import structs

from yaosu.kernel.columns import Columns
from yaosu.markets.blocks import BLOCK_TERMS, blocks_of, in_blocks
from yaosu.markets.form import PRICED, TEXT, WHOLE, Form, Term, as_they_came, nothing_more
from yaosu.markets.mechanisms.call_block_clearing import digest_with
from yaosu.markets.mechanisms.call_block_orders import OrdersWithBlocks
from yaosu.markets.mechanisms.call_curves import book_of as sorted_book
from yaosu.markets.mechanisms.call_curves import orders_digest
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders
from yaosu.markets.terms import Trading


def plain_orders(book: Columns, _: Columns) -> Orders:
    """The plain orders of the round as the call auction takes them."""
    book = book.take(~in_blocks(book))
    return Orders.from_columns(
        book.text("instrument"),
        book.text("region"),
        side=book["side"],
        price=book["price"],
        quantity=book["quantity"],
        party=book.text("party"),
        sequence=book["sequence"],
    )


def _with_blocks(book: Columns, facts: Columns) -> Orders | OrdersWithBlocks:
    orders, blocks = plain_orders(book, facts), blocks_of(book)
    return orders if blocks is None else OrdersWithBlocks(orders, blocks)


def _digest(orders: Orders | OrdersWithBlocks, network: Network) -> str:
    if isinstance(orders, OrdersWithBlocks):
        return digest_with(orders.orders, network, orders.blocks)
    return orders_digest(orders, sorted_book(orders, network))


def _parameters(trading: Trading, _: str) -> dict[str, Any]:
    return {"price_rule": trading.price_rule}


PLAIN = Form(
    terms=PRICED,
    complete=as_they_came,
    check=nothing_more,
    orders_of=_with_blocks,
    block_terms={
        name: Term(TEXT if isinstance(default, str) else WHOLE, default)
        for name, default in BLOCK_TERMS.items()
    },
    digest_of=_digest,
    parameters_of=_parameters,
)
TIMED = structs.replace(
    PLAIN,
    orders_of=plain_orders,
    block_terms={},
    terms={
        **PRICED,
        "type": Term(TEXT, "limit"),
        "time_in_force": Term(TEXT, "gtc"),
        "stop": Term(WHOLE, 0),
        "expiry": Term(WHOLE, 0),
    },
)
