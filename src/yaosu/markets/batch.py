"""Reading a batch of orders: which rows are sound, what each party must hold for them.

Works on columns; what is looked up by name (an admission, a right) is looked up once for each
distinct name, never once a row. Rows are put in canonical order first, so the order in which they
were sent changes nothing.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from yaosu.access.decide import is_admitted
from yaosu.kernel.columns import Column, Columns, Integers, Text
from yaosu.kernel.numbers import INT64_MAX
from yaosu.kernel.refusal import Refusal, refuse_unless
from yaosu.kernel.sorting import order_of
from yaosu.kernel.wide import sum_of_products
from yaosu.markets.alternatives import held_once
from yaosu.markets.form import TEXT, WHOLE, Form, Term
from yaosu.markets.forms import FORMS
from yaosu.markets.orders import NUMBER_MAX
from yaosu.markets.state import Market, MarketsReach, factors_of, may_cost, worth_of
from yaosu.parties.decide import has_role
from yaosu.rights.offering import not_offerable
from yaosu.rights.register import blocking_entry, current_rights, is_transferable
from yaosu.rights.values import Right

ORDERS_PER_BOOK_MAX = 50_000_000
PRICE_MAX = 2**44
QUANTITY_MAX = 2**44
VALUE_MINOR_MAX = 2**62
ORDERLY = ("instrument", "region", "side", "price", "quantity")
ROLES = {1: "bidder", -1: "holder"}  # the role an order to buy, an order to sell needs
COMMON = {
    "instrument": Term(TEXT),
    "region": Term(TEXT),
    "side": Term(WHOLE),
    "party": Term(TEXT, ""),
    "right": Term(TEXT, ""),
}
Mask = NDArray[np.bool_]
RightOf = Callable[[str], Right | None]


class Batch:
    """A batch in canonical order, and the first fault of each row (-1 none).

    Attributes:
        rows: instrument, region, side, party, right, the terms of the form, and number: which
            order of the batch a row belongs to.
        place: row number as sent, of each row.
        fault: index into ``faults``.
        faults: the refusals met.
    """

    def __init__(self, rows: Columns, place: Integers) -> None:
        self.rows = rows
        self.place = place
        self.fault = np.full(rows.rows, -1, np.int32)
        self.faults: list[Refusal] = []

    def mark(self, rows: Mask | Integers, code: str, *facts: str, **given: str | int) -> None:
        """Give the rows (a mask or their numbers) that have no fault yet this one.

        ``facts`` name columns whose value in the first such row goes into the refusal, and
        ``row`` its number as sent.
        """
        numbers = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        hit = numbers[self.fault[numbers] < 0]
        if not hit.size:
            return
        first = hit[np.argmin(self.place[hit])]
        for name in facts:
            given[name] = self.value(name, int(first))
        number = self.rows["number"]
        if int(number[-1]) + 1 < self.rows.rows:  # orders of several rows fall as a whole
            hit = np.flatnonzero(np.isin(number, number[hit]) & (self.fault < 0))
        self.fault[hit] = len(self.faults)
        self.faults.append(Refusal(code, **given))

    def value(self, name: str, row: int) -> str | int:
        """The value of a column in a row; ``row`` is the number as sent."""
        if name == "row":
            return int(self.place[row])
        column = self.rows.column(name)
        if isinstance(column, Text):
            return column.values[int(column.codes[row])]
        return int(self.rows[name][row])

    @property
    def sound(self) -> Mask:
        """Rows without a fault."""
        return self.fault < 0

    def first_refusal(self) -> Refusal | None:
        """The fault of the row that was sent first among the faulty ones."""
        bad = np.flatnonzero(~self.sound)
        if not bad.size:
            return None
        first = int(bad[np.argmin(self.place[bad])])
        return self.faults[int(self.fault[first])]


def read_batch(
    reach: MarketsReach, market: Market, actor: str, orders: Columns, right_of: RightOf
) -> Batch:
    """The batch in canonical order with every row checked but for funds.

    Args:
        right_of: looks a right up; sees the ones registered by the same command, too.
    """
    form = FORMS[market.trading.mechanism]
    batch = _canonical(market, form, actor, orders)
    _check_words(market, batch)
    _check_numbers(batch)
    for fault in form.check(batch.rows, market.trading):
        batch.mark(fault.rows, fault.code, *fault.columns, **fault.facts)
    _check_parties(reach, market, actor, batch)
    _name_rights(reach, batch)
    _check_rights(reach, market, batch, right_of)
    return batch


def money_needed(market: Market, orders: Columns) -> dict[str, int]:
    """Party -> minor units that its orders may cost at most."""
    ticks = held_once(orders, may_cost(orders))
    return _sums(orders.text("party"), ticks * market.trading.tick_minor)


def lots_needed(orders: Columns) -> dict[tuple[str, str], int]:
    """(party, instrument) -> lots that its orders sell."""
    needed: dict[tuple[str, str], int] = {}
    sold = held_once(orders, np.where(orders["side"] < 0, orders["quantity"], 0), "instrument")
    for instrument in orders.text("instrument").sorted().values:
        name = orders.text("instrument")
        mask = (orders["side"] < 0) & (name.codes == name.code_of(instrument))
        sums = _sums(orders.text("party").take(mask), sold[mask])
        needed.update({(party, instrument): lots for party, lots in sums.items()})
    return needed


def _canonical(market: Market, form: Form, actor: str, orders: Columns) -> Batch:
    more = form.block_terms if "block" in orders else {}
    terms = {**COMMON, **form.terms, **more, "party": Term(TEXT, actor)}
    _check_columns(orders, terms)
    refuse_unless(orders.rows, "markets.no_orders")
    rows_after = orders.rows + market.rows
    refuse_unless(
        rows_after <= ORDERS_PER_BOOK_MAX,
        "markets.too_many_orders_in_book",
        market=market.market,
        rows=rows_after,
        limit=ORDERS_PER_BOOK_MAX,
    )
    by_kind = sorted(terms, key=lambda name: terms[name].kind != TEXT)  # texts first
    rows = Columns({name: _column(orders, name, terms[name]) for name in by_kind})
    first = [form.groups_by] if form.groups_by else []
    keys = [*first, "instrument", "region", "side", "price", "quantity", "party", "right"]
    keys += [name for name in sorted({*form.terms, *more}) if name not in keys]
    order = order_of([_key(rows.column(name)) for name in keys])
    rows = form.complete(rows.take(order))
    return Batch(rows.with_columns(number=numbers_of(rows, form)), order.astype(np.int64))


def numbers_of(rows: Columns, form: Form) -> Integers:
    """Which order of the batch each row belongs to, from 0; rows of one order stand together."""
    starts = np.ones(rows.rows, bool)
    if form.groups_by:
        name = rows.text(form.groups_by)
        starts[1:] = (name.codes[1:] != name.codes[:-1]) | (name.codes[1:] == name.code_of(""))
    return np.cumsum(starts) - 1


def _key(column: Column) -> Integers:
    return column.codes.astype(np.int64) if isinstance(column, Text) else np.asarray(column)


def _check_columns(orders: Columns, terms: dict[str, Term]) -> None:
    needed = ", ".join(name for name in ORDERLY if name in terms and terms[name].default is None)
    more = [name for name in terms if terms[name].default is not None]
    words = {"needed": needed, "more": ", ".join(more[:-1]) + f" and {more[-1]}"}
    for name, term in terms.items():
        given = name in orders or term.default is not None
        refuse_unless(given, "markets.missing_order_column", column=name, **words)
    for name in orders.names:
        refuse_unless(name in terms, "markets.unknown_order_column", column=name, **words)
        _check_column(orders, name, terms[name].kind)


def _check_column(orders: Columns, column: str, kind: str) -> None:
    values = orders.column(column)
    is_text = isinstance(values, Text)
    fits = is_text if kind == TEXT else isinstance(values, np.ndarray) and values.dtype.kind == "i"
    refuse_unless(
        fits,
        "markets.wrong_order_column",
        column=column,
        found="text" if is_text else "numbers or missing values",
        expected="text" if kind == TEXT else "whole numbers, none missing",
    )


def _column(orders: Columns, name: str, term: Term) -> Text | Integers:
    """A column as it came, or its default in every row."""
    if name in orders:
        return orders.text(name).sorted() if term.kind == TEXT else orders[name].astype(np.int64)
    if isinstance(term.default, str):
        return Text.repeat(term.default, orders.rows)
    assert term.default is not None, name
    return np.full(orders.rows, term.default, np.int64)


def _check_words(market: Market, batch: Batch) -> None:
    for column, known, code in (
        ("instrument", market.instruments, "markets.unknown_instrument"),
        ("region", market.regions, "markets.region_outside"),
    ):
        text = batch.rows.text(column)
        foreign = np.array([value not in known for value in text.values] or [False])
        batch.mark(foreign[text.codes], code, "row", column, market=market.market)


def _check_numbers(batch: Batch) -> None:
    rows = batch.rows
    batch.mark(np.abs(rows["side"]) != 1, "markets.bad_side", "row", "side")
    bad_price = (rows["price"] < 0) | (rows["price"] > PRICE_MAX)
    batch.mark(bad_price, "markets.bad_price", "row", "price", limit=PRICE_MAX)
    bad_quantity = (rows["quantity"] < 1) | (rows["quantity"] > QUANTITY_MAX)
    batch.mark(bad_quantity, "markets.bad_quantity", "row", "quantity", limit=QUANTITY_MAX)


def check_value(market: Market, orders: Columns) -> None:
    """Prove that no sum of lots, or of price times quantity, leaves what a clearing can take."""
    value = market.value + worth_of(orders)
    refuse_unless(
        value * market.trading.tick_minor < VALUE_MINOR_MAX,
        "markets.batch_too_valuable",
        limit=VALUE_MINOR_MAX,
    )
    lots = market.lots + sum_of_products(np.ones(orders.rows, np.int64), orders["quantity"])
    refuse_unless(
        lots < NUMBER_MAX,
        "markets.too_many_lots_in_book",
        market=market.market,
        lots=str(lots),
        limit=NUMBER_MAX,
    )


def _check_parties(reach: MarketsReach, market: Market, actor: str, batch: Batch) -> None:
    party = batch.rows.text("party")
    others = np.array([name != actor for name in party.values] or [False])
    if others.any() and not may_order_for_others(reach, actor):
        batch.mark(others[party.codes], "markets.not_for_others", "row", "party", actor=actor)
    for factor, of_factor in _by_factor(reach, market, batch.rows):
        for side, role in ROLES.items():
            barred = [not is_admitted(reach, name, factor, role) for name in party.values]
            outside = np.array(barred or [False])[party.codes] & (batch.rows["side"] == side)
            batch.mark(
                outside & of_factor, "markets.not_admitted", "party", factor=factor, role=role
            )


def _by_factor(reach: MarketsReach, market: Market, rows: Columns) -> Iterator[tuple[str, Mask]]:
    """The factors of a market, each with the rows whose instrument is of it.

    Of which factor an instrument is the register says; one of which it knows no right counts as
    the market's first.
    """
    if not market.more_factors:
        yield market.factor, np.ones(rows.rows, bool)
        return
    name = rows.text("instrument")
    of = [factor_of(reach, market, instrument) for instrument in name.values]
    for factor in factors_of(market):
        yield factor, np.array([one == factor for one in of] or [False])[name.codes]


def factor_of(reach: MarketsReach, market: Market, instrument: str) -> str:
    """The factor that an instrument of a market is of."""
    known = current_rights(reach, instrument=instrument)
    return known[0].factor if known else market.factor


def may_order_for_others(reach: MarketsReach, actor: str) -> bool:
    """Operators and agencies bring orders for other parties; everybody else orders for itself."""
    return has_role(reach, actor, "operator") or has_role(reach, actor, "agency")


def _name_rights(reach: MarketsReach, batch: Batch) -> None:
    """Sales that name no right get the seller's only right in that instrument and region."""
    rows = batch.rows
    values, codes = list(rows.text("right").values), rows.text("right").codes.copy()
    unnamed = (rows["side"] < 0) & batch.sound & (_codes_of(rows.text("right"), "") >= 0)
    for names, members in _groups(rows, ("party", "instrument", "region"), unnamed):
        party, instrument, region = names
        held = [
            r.id
            for r in current_rights(reach, holder=party, instrument=instrument)
            if reach.rights.units[r.unit].region == region
        ]
        facts = {"party": party, "instrument": instrument, "region": region}
        if not held:
            batch.mark(members, "markets.nothing_to_sell", **facts)
        elif len(held) > 1:
            some = ", ".join(held[:5])
            batch.mark(members, "markets.name_the_right", rights=some, **facts)
        else:
            codes[members] = len(values)
            values.append(held[0])
    batch.rows = rows.with_columns(right=Text(tuple(values), codes).sorted())
    on_buy = (batch.rows["side"] > 0) & (_codes_of(batch.rows.text("right"), "") < 0)
    batch.mark(on_buy, "markets.right_on_a_buy", "row", "right")


def _check_rights(reach: MarketsReach, market: Market, batch: Batch, right_of: RightOf) -> None:
    rows = batch.rows
    sales = (rows["side"] < 0) & batch.sound
    for names, members in _groups(rows, ("right", "party", "instrument", "region"), sales):
        right = right_of(names[0])
        fault = fault_of(reach, right, *names)
        if right is not None and fault is None and right.factor not in factors_of(market):
            fault = Refusal(
                "markets.wrong_factor",
                right=right.id,
                factor=right.factor,
                market=market.market,
                expected=" or ".join(factors_of(market)),
            )
        if fault is not None:
            batch.mark(members, fault.code, **fault.facts)


def fault_of(
    reach: MarketsReach, right: Right | None, name: str, party: str, instrument: str, region: str
) -> Refusal | None:
    """Why a party may not sell from a right in an instrument and region, or None."""
    if right is None:
        return Refusal("markets.unknown_right", right=name)
    if right.holder != party:
        return Refusal("markets.not_holder", right=name, holder=right.holder, party=party)
    if right.instrument != instrument:
        return Refusal(
            "markets.wrong_instrument",
            right=name,
            expected=right.instrument,
            instrument=instrument,
        )
    unit = reach.rights.units.get(right.unit)
    if unit is not None and unit.region != region:
        return Refusal("markets.wrong_region", right=name, expected=unit.region, region=region)
    in_term = right.term_from <= reach.now and (right.term_to == 0 or reach.now < right.term_to)
    if right.end or not in_term:
        return Refusal("markets.right_expired", right=name)
    entry = blocking_entry(reach, name)
    if entry is not None:
        return Refusal("markets.right_blocked", right=name, entry=entry)
    if not is_transferable(reach, right):
        return Refusal("rights.not_transferable", right=name, kind=right.kind)
    return not_offerable(reach, right)


def _groups(
    rows: Columns, names: tuple[str, ...], mask: Mask
) -> Iterator[tuple[tuple[str, ...], Integers]]:
    """The distinct combinations of text columns among the rows under a mask, and their rows."""
    at = np.flatnonzero(mask)
    key, distinct = np.zeros(at.size, np.int64), 1
    for name in names:
        text = rows.text(name)
        names_here = max(len(text.values), 1)
        if distinct * names_here > INT64_MAX:  # keys renumbered, so that none leaves 64 bits
            key = np.unique(key, return_inverse=True)[1]
            distinct = at.size
        key = key * names_here + text.codes[at]
        distinct *= names_here
    by_key = np.argsort(key, kind="stable")
    cuts = np.flatnonzero(np.diff(key[by_key])) + 1
    for group in np.split(at[by_key], cuts) if at.size else ():
        first = int(group[0])
        texts = [rows.text(name) for name in names]
        yield tuple(text.values[text.codes[first]] for text in texts), group


def _codes_of(text: Text, value: str) -> Integers:
    """0 where a row has the value, -1 elsewhere."""
    return np.where(text.codes == text.code_of(value), 0, -1).astype(np.int64)


def _sums(text: Text, amounts: Integers) -> dict[str, int]:
    totals = np.zeros(max(len(text.values), 1), np.int64)
    np.add.at(totals, text.codes, amounts)
    return {v: n for v, n in zip(text.values, totals.tolist(), strict=False) if n}
