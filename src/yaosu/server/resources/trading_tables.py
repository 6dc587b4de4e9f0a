"""Tables of the markets and of what was traded in them that no floor has."""

from typing import Any

from yaosu.core import State
from yaosu.kernel.columns import Columns, Text
from yaosu.markets.mechanisms import continuous_codes
from yaosu.markets.state import Market, book_of

Level = tuple[str, str, str, int, int]  # market, instrument, region, side, price


def markets_table(state: State) -> Columns:
    """Every market."""
    rows = [market for _, market in sorted(state.markets.markets.items())]
    return Columns.of(
        market=Text.of([row.market for row in rows]),
        factor=Text.of([row.factor for row in rows]),
        mechanism=Text.of([row.trading.mechanism for row in rows]),
        phase=Text.of([row.phase if row.session is None else row.session.phase for row in rows]),
        round=[row.round for row in rows],
        currency=Text.of([row.currency for row in rows]),
        tick_minor=[row.trading.tick_minor for row in rows],
        instruments=Text.of([" ".join(row.instruments) for row in rows]),
        regions=Text.of([" ".join(row.regions) for row in rows]),
        orders=[row.rows for row in rows],
        lots=[row.lots for row in rows],
    )


def prices_table(state: State) -> Columns:
    """The last price of each instrument in each region."""
    rows = [
        (market, instrument, region, price)
        for market, instruments in sorted(state.markets.last_prices.items())
        for instrument, regions in sorted(instruments.items())
        for region, price in sorted(regions.items())
    ]
    return Columns.of(
        market=Text.of([row[0] for row in rows]),
        instrument=Text.of([row[1] for row in rows]),
        region=Text.of([row[2] for row in rows]),
        price=[row[3] for row in rows],
    )


def levels_table(state: State) -> Columns:
    """Lots at each price of each book: nobody's name."""
    rows = [row for _, market in sorted(state.markets.markets.items()) for row in levels_of(market)]
    return Columns.of(
        market=Text.of([key[0] for key, _ in rows]),
        instrument=Text.of([key[1] for key, _ in rows]),
        region=Text.of([key[2] for key, _ in rows]),
        side=[key[3] for key, _ in rows],
        price=[key[4] for key, _ in rows],
        quantity=[level[0] for _, level in rows],
        orders=[level[1] for _, level in rows],
    )


def levels_of(market: Market) -> list[tuple[Level, list[int]]]:
    """The book of a market, price by price: lots and orders at each."""
    totals: dict[Level, list[int]] = {}
    for key, lots in _standing(market.market, market):
        level = totals.setdefault(key, [0, 0])
        level[0] += lots
        level[1] += 1
    return sorted(totals.items())


def _standing(name: str, market: Market) -> list[tuple[Level, int]]:
    if market.session is not None:
        return [
            ((name, book.instrument, book.region, order.side, order.price), order.open)
            for _, book in sorted(market.session.books.items())
            for order in book.orders.values()
            if order.place == continuous_codes.IN_BOOK and order.type in LIMITED
        ]
    book = book_of(market)
    if not {"price", "quantity", "side", "instrument", "region"} <= set(book.names):
        return []
    texts = (book.text("instrument").tolist(), book.text("region").tolist())
    numbers = (book[column].tolist() for column in ("side", "price", "quantity"))
    return [
        ((name, instrument, region, side, price), lots)
        for instrument, region, side, price, lots in zip(*texts, *numbers, strict=True)
    ]


def orders_table(state: State) -> Columns:
    """Every order that stands, also a package's or a person's ranked choices, by its name."""
    columns: dict[str, list[Any]] = {name: [] for name in ORDERS}
    for name, market in sorted(state.markets.markets.items()):
        batches = {place: batch for batch, place in market.batches.items()}
        if market.session is not None:
            pieces = [("", book_of(market))]
        else:
            pieces = [(batches.get(place, ""), piece) for place, piece in enumerate(market.book)]
        for batch, piece in pieces:
            for row in piece.iterate():
                columns["market"].append(name)
                columns["batch"].append(row.get("batch", batch))
                for column in ORDERS[2:]:
                    cell = row.get(column)
                    empty: Any = "" if column in TEXTS else 0
                    columns[column].append(empty if cell is None else cell)
    return Columns.of(
        **{n: Text.of(cells) if n in TEXTS else cells for n, cells in columns.items()}
    )


def contracts_table(state: State) -> Columns:
    """What is to be delivered and paid: one row a contract and party to it."""
    rows = []
    for name, contract in sorted(state.settlement.contracts.items()):
        made = contract.made
        sides = zip(
            made.trades.text("seller").tolist(), made.trades.text("buyer").tolist(), strict=True
        )
        people = {party for pair in sides for party in pair}
        people |= set(made.money.text("party").tolist())
        due = state.settlement.waiting.get(name, 0)
        rows += [(name, party, made, contract.state, due) for party in sorted(people)]
    paid: list[int] = []
    for _, party, made, _, _ in rows:
        amounts = made.money["amount"].tolist()
        texts = made.money.text("party").tolist()
        paid.append(sum(a for p, a in zip(texts, amounts, strict=True) if p == party))
    return Columns.of(
        contract=Text.of([row[0] for row in rows]),
        party=Text.of([row[1] for row in rows]),
        template=Text.of([row[2].template for row in rows]),
        market=Text.of([row[2].market for row in rows]),
        round=[row[2].round for row in rows],
        instrument=Text.of([row[2].instrument for row in rows]),
        currency=Text.of([row[2].currency for row in rows]),
        money=paid,
        state=Text.of([row[3] for row in rows]),
        gates_until=[row[4] for row in rows],
    )


def listings_table(state: State) -> Columns:
    """Every listing, as announced, and where it stands."""
    rows = [listing for _, listing in sorted(state.markets.listings.listings.items())]
    return Columns.of(
        listing=Text.of([row.head.listing for row in rows]),
        factor=Text.of([row.head.factor for row in rows]),
        instrument=Text.of([row.head.instrument for row in rows]),
        region=Text.of([row.head.region for row in rows]),
        lots=[row.head.lots for row in rows],
        price=[row.head.price for row in rows],
        currency=Text.of([row.head.currency for row in rows]),
        begins=[row.head.begins for row in rows],
        ends=[row.head.ends for row in rows],
        deposit_minor=[row.head.deposit_minor for row in rows],
        phase=Text.of([row.phase for row in rows]),
        until=[row.until for row in rows],
        best=[0 if row.leader is None else row.leader.price for row in rows],
    )


LIMITED = (continuous_codes.LIMIT, continuous_codes.STOP_LIMIT)  # others have no price to show
ORDERS = (
    "market", "batch", "number", "party", "instrument", "region", "side", "price", "quantity",
    "right",
)  # fmt: skip
TEXTS = ("market", "batch", "party", "instrument", "region", "right")
