"""A round of a market, to be checked in the reader's browser as far as it can be there."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from yaosu.core import State
from yaosu.journal.store import Store
from yaosu.kernel.refusal import found
from yaosu.markets.blocks import in_blocks
from yaosu.server.console.names import Names
from yaosu.server.console.pages.market import CALL, book_behind, clearing_of
from yaosu.server.console.record import MarketRecord, Record

TIES = ("tied", "signed")
CHECKS = (
    "form",
    "prices",
    "fills",
    "fills_exact",
    "balance",
    "limits",
    "gaps",
    "circles",
    "welfare",
    "welfare_exact",
    "welfare_blocks",
    "interval",
    "money",
    "own",
)
LEFT = ("orders", "margin", "fractions", "blocks", "size", "rule")  # what is not checked there


class ResultPage(Struct, frozen=True, kw_only=True):
    """The page.

    Attributes:
        is_checkable: whether the browser can check results of this mechanism.
        sequence, instant: of the entry that holds the round.
        names: of the market's regions.
        own: what the reader's parties had in the book, less what met orders of their own.
    """

    market: str
    round: int
    mechanism: str
    is_checkable: bool
    factor_name: str
    currency: str
    digits: int
    sequence: int
    instant: int
    names: dict[str, str]
    own: tuple[dict[str, Any], ...] = ()
    ties: tuple[str, ...] = TIES
    checks: tuple[str, ...] = CHECKS
    left: tuple[str, ...] = LEFT


def result_page(
    state: State,
    record: Record,
    names: Names,
    market_id: str,
    number: int,
) -> ResultPage:
    """The page of one round, without what is the reader's own.

    Raises:
        Refusal: ``markets.unknown_market``, ``server.unknown_row``.
    """
    market = found(state.markets.markets.get(market_id), "markets.unknown_market", market=market_id)
    rounds = record.markets.get(market_id, MarketRecord()).rounds
    chosen = next((one for one in rounds if one.number == number), None)
    name = f"{market_id[:100]} {number}"
    shown = found(chosen, "server.unknown_row", what="rounds", name=name)
    return ResultPage(
        market=market.market,
        round=number,
        mechanism=market.trading.mechanism,
        is_checkable=market.trading.mechanism == CALL,
        factor_name=names.factor(market.factor),
        currency=market.currency,
        digits=names.digits,
        sequence=shown.sequence,
        instant=shown.instant,
        names={region: names.region(region) for region in market.regions},
    )


def own_levels(
    record: Record, store: Store, market: str, number: int, parties: Sequence[str]
) -> tuple[dict[str, Any], ...]:
    """The plain orders of these parties in a past round, in lots by price (ticks); side +1 buys."""
    shown = next(one for one in record.markets[market].rounds if one.number == number)
    book = book_behind(store, market, shown)
    if book is None:
        return ()
    plain = book.take(~in_blocks(book))
    met = clearing_of(store, shown).decremented
    taken = dict(zip(met["row"].tolist(), met["lots"].tolist(), strict=True))
    sums: dict[tuple[str, str, int, int], int] = {}
    for row, order in enumerate(plain.iterate()):
        lots = order["quantity"] - taken.get(row, 0)
        if order["party"] in parties and lots:
            place = (order["instrument"], order["region"], order["side"], order["price"])
            sums[place] = sums.get(place, 0) + lots
    names = ("instrument", "region", "side", "price", "lots")
    return tuple(dict(zip(names, (*at, lots), strict=True)) for at, lots in sorted(sums.items()))
