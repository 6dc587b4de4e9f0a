"""What can be read: one literal table of resources, each a view of the state with its key.

A resource with ``owners`` shows a caller the rows that name a party it acts for in one of those
columns; offices see all of them. One without is shown to whoever is signed in.
"""

import types
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from yaosu.access import views as access
from yaosu.cases import views as cases
from yaosu.core import State
from yaosu.kernel.columns import Columns, Text
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.ledger import views as ledger
from yaosu.markets.mechanisms import continuous_codes
from yaosu.markets.state import Market, book_of
from yaosu.parties import views as parties
from yaosu.places import views as places
from yaosu.rights import views as rights
from yaosu.rules import views as rules

OFFICES = ("authority", "operator", "registrar", "supervisor")
PAGE = 100  # rows, where nothing is said
Level = tuple[str, str, str, int, int]  # market, instrument, region, side, price
PLAIN = ("after", "at_least", "fields", "limit")  # parameters that are no filters


class Resource(Struct, frozen=True, kw_only=True):
    """One thing that can be read.

    Attributes:
        make: the table, from the state.
        key: columns that together name a row; rows are given in their order.
        columns: name -> what it holds; ``#`` before it says whole number.
        owners: columns that name whom a row concerns; empty: shown to whoever is signed in.
        what: one sentence.
    """

    make: Callable[[State], Columns]
    key: tuple[str, ...]
    columns: dict[str, str]
    what: str
    owners: tuple[str, ...] = ()


class Rows(Struct, frozen=True):
    """A published table: its rows in order of their keys, and those keys."""

    rows: list[dict[str, Any]]
    keys: list[tuple[Any, ...]]


def rows_of(resource: Resource, table: Columns) -> Rows:
    """The rows of a resource, sorted."""
    keyed = sorted(
        ((tuple(row[name] for name in resource.key), row) for row in table.iterate()),
        key=lambda pair: pair[0],
    )
    return Rows([row for _, row in keyed], [key for key, _ in keyed])


class Page(Struct, frozen=True, kw_only=True):
    """Some rows of a resource.

    Attributes:
        entries: how many entries of the journal the rows take in.
        instant: of the last of them, microseconds UTC.
        next: to be sent as ``after`` for the rows that follow; null where there are none.
    """

    entries: int
    instant: int
    rows: list[dict[str, Any]]
    next: str | None


def page_of(
    resource: Resource,
    table: Rows,
    query: Mapping[str, str],
    shown_to: Sequence[str] | None,
    limit_max: int,
) -> tuple[list[dict[str, Any]], str | None]:
    """The rows asked for, and the cursor for those that follow.

    Args:
        query: filters by column, ``limit``, ``after``, ``fields``.
        shown_to: only rows that concern one of these parties; None is all.

    Raises:
        Refusal: ``server.bad_query``.
    """
    limit = number_of(query, "limit", PAGE, 1, limit_max)
    begin = bisect_right(table.keys, _key_of(resource, query["after"])) if "after" in query else 0
    filters = _filters(resource, query)
    fields = _fields(resource, query.get("fields"))
    found: list[dict[str, Any]] = []
    last: tuple[Any, ...] = ()
    for key, row in zip(table.keys[begin:], table.rows[begin:], strict=True):
        if not all(row[name] == value for name, value in filters):
            continue
        if shown_to is not None and not any(row[name] in shown_to for name in resource.owners):
            continue
        if len(found) == limit:
            return found, _cursor(last)
        found.append(row if fields is None else {name: row[name] for name in fields})
        last = key
    return found, None


def number_of(query: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    """A parameter that is a whole number."""
    text = query.get(name)
    if text is None:
        return default
    fits = text.isascii() and text.isdecimal() and len(text) <= 18 and least <= int(text) <= most
    reason = f"a whole number from {least} to {most} is wanted"
    refuse_unless(fits, "server.bad_query", name=name, value=text[:100], reason=reason)
    return int(text)


def _filters(resource: Resource, query: Mapping[str, str]) -> list[tuple[str, Any]]:
    filters: list[tuple[str, Any]] = []
    for name, text in query.items():
        if name in PLAIN:
            continue
        reason = f"columns are {', '.join(resource.columns)}"
        known = name in resource.columns
        refuse_unless(known, "server.bad_query", name=name[:100], value=text[:100], reason=reason)
        value: Any = text
        if resource.columns[name].startswith("#"):
            sign = text.removeprefix("-")
            fits = sign.isascii() and sign.isdecimal() and len(sign) <= 18
            reason = "a whole number is wanted"
            refuse_unless(fits, "server.bad_query", name=name, value=text[:100], reason=reason)
            value = int(text)
        filters.append((name, value))
    return filters


def _fields(resource: Resource, text: str | None) -> list[str] | None:
    if text is None:
        return None
    names = text.split(",")
    unknown = next((name for name in names if name not in resource.columns), None)
    if unknown is not None:
        reason = f"columns are {', '.join(resource.columns)}"
        refuse("server.bad_query", name="fields", value=unknown[:100], reason=reason)
    return names


def _cursor(key: tuple[Any, ...]) -> str:
    return urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def _key_of(resource: Resource, cursor: str) -> tuple[Any, ...]:
    kinds = tuple(int if resource.columns[name].startswith("#") else str for name in resource.key)
    wanted: Any = types.GenericAlias(tuple, kinds)
    try:
        padded = cursor[:2000] + "=" * (-len(cursor[:2000]) % 4)
        key: tuple[Any, ...] = msgspec.json.decode(
            urlsafe_b64decode(padded.encode("ascii")), type=wanted
        )
    except (ValueError, msgspec.DecodeError, RecursionError):
        reason = "take it from the field next of the page before"
        refuse("server.bad_query", name="after", value=cursor[:100], reason=reason)
    return key


# ---- tables that no floor has


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
            for _, order in sorted(book.orders.items())
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

RESOURCES: dict[str, Resource] = {
    "parties": Resource(
        make=lambda state: parties.parties(state.parties),
        key=("party",),
        columns={
            "party": "its id",
            "kind": "person, organisation or group",
            "name": "as everybody may read it; of a person it may be empty",
            "roles": "held now, joined by spaces",
            "since": "# instant of its registration",
        },
        what="Who is registered, and which roles they hold.",
    ),
    "attestations": Resource(
        make=lambda state: parties.attestations(state.parties),
        key=("attestation",),
        columns={
            "attestation": "its id",
            "issuer": "who states it",
            "about": "of whom or what",
            "kind": "what is stated",
            "level": "# how much of it",
            "term_from": "# instant",
            "term_to": "# instant; 0 is open",
            "withdrawn_at": "# instant; 0 while it stands",
        },
        owners=("issuer", "about"),
        what="What is stated of whom, by licensed issuers.",
    ),
    "regions": Resource(
        make=lambda state: places.regions(state.places, state.now),
        key=("id",),
        columns={
            "id": "of the region",
            "parent": "the region it lies in",
            "level": "of the tree",
            "name": "in English",
            "name_zh": "in Chinese",
        },
        what="The region tree in force.",
    ),
    "zones": Resource(
        make=lambda state: places.zones(state.places),
        key=("zone", "region"),
        columns={
            "zone": "its id",
            "region": "that belongs to it",
            "term_from": "# instant",
            "term_to": "# instant; 0 is open",
        },
        what="Sets of regions that carry an overlay for a time.",
    ),
    "packs": Resource(
        make=lambda state: rules.packs(state.rules),
        key=("pack", "version"),
        columns={
            "pack": "its id",
            "version": "its version",
            "base": "the pack it overlays, or empty",
            "effective": "# instant from which it counts",
            "expiry": "# instant; 0 is none",
            "adopted": "# instant",
            "items": "# how many",
            "digest": "SHA-256, hex",
        },
        what="Rule packs adopted, every version.",
    ),
    "rights": Resource(
        make=lambda state: rights.rights(state.rights),
        key=("right",),
        columns={
            "right": "its id",
            "unit": "what it is in",
            "factor": "of which factor",
            "instrument": "as what it trades",
            "holder": "whose it is",
            "kind": "of right",
            "share": "of the unit, as a ratio",
            "lots": "# as many lots",
            "region": "where the unit lies",
            "version": "# counted from 1",
            "begin": "# instant of this version",
            "term_from": "# instant",
            "term_to": "# instant; 0 is open",
        },
        owners=("holder",),
        what="Rights as they stand in the register.",
    ),
    "register-entries": Resource(
        make=lambda state: rights.register_entries(state.rights),
        key=("at", "entry"),
        columns={
            "entry": "its id",
            "number": "its number in the register",
            "kind": "of change",
            "right": "it concerns",
            "target": "right received, or empty",
            "made_by": "who asked",
            "beneficiary": "whom it protects, or empty",
            "lots": "# moved or granted",
            "at": "# instant",
            "released_at": "# instant; 0 while it stands",
        },
        owners=("made_by", "beneficiary"),
        what="Changes of the register.",
    ),
    "admissions": Resource(
        make=lambda state: access.admissions(state.access),
        key=("party", "factor", "role"),
        columns={
            "party": "who is admitted",
            "factor": "to which factor",
            "role": "to do what",
            "standing": "admitted, suspended or left",
            "rules": "whose conditions were met",
            "since": "# instant of this standing",
        },
        owners=("party",),
        what="Who is admitted to what.",
    ),
    "accounts": Resource(
        make=lambda state: ledger.balances(state.ledger),
        key=("party", "asset", "purpose"),
        columns={
            "party": "whose",
            "asset": "what is counted",
            "purpose": "what it is set aside for; free is not",
            "balance": "# in the asset's smallest unit",
        },
        owners=("party",),
        what="Balances by party, asset and purpose.",
    ),
    "markets": Resource(
        make=markets_table,
        key=("market",),
        columns={
            "market": "its id",
            "factor": "of which factor",
            "mechanism": "that prices it; empty is that of the factor's profile",
            "phase": "open, opening, closed, cleared, halted; of continuous trading its phase",
            "round": "# counted from 1",
            "currency": "that is paid",
            "tick_minor": "# minor units a tick",
            "instruments": "joined by spaces",
            "regions": "joined by spaces",
            "orders": "# in the book",
            "lots": "# in the book",
        },
        what="Markets and where each stands.",
    ),
    "prices": Resource(
        make=prices_table,
        key=("market", "instrument", "region"),
        columns={
            "market": "where",
            "instrument": "of what",
            "region": "in which region",
            "price": "# ticks, the last",
        },
        what="The last price of every instrument in every region.",
    ),
    "levels": Resource(
        make=levels_table,
        key=("market", "instrument", "region", "side", "price"),
        columns={
            "market": "where",
            "instrument": "of what",
            "region": "in which region",
            "side": "# +1 buy, -1 sell",
            "price": "# ticks",
            "quantity": "# lots wanted or offered at it",
            "orders": "# how many",
        },
        what="The open books, price by price, without names. Sealed orders are not in it.",
    ),
    "orders": Resource(
        make=orders_table,
        key=("market", "batch", "number", "party", "instrument", "region"),
        columns={
            "market": "where",
            "batch": "of the client",
            "number": "# within the batch",
            "party": "whose",
            "instrument": "of what",
            "region": "where",
            "side": "# +1 buy, -1 sell",
            "price": "# ticks",
            "quantity": "# lots that are open",
            "right": "that a sale is from, or empty",
        },
        owners=("party",),
        what="Orders that stand.",
    ),
    "listings": Resource(
        make=listings_table,
        key=("listing",),
        columns={
            "listing": "its id",
            "factor": "of which factor",
            "instrument": "what is offered",
            "region": "where",
            "lots": "# offered",
            "price": "# starting price, minor units",
            "currency": "that is paid",
            "begins": "# instant",
            "ends": "# instant",
            "deposit_minor": "# of each bidder",
            "phase": "bidding, onsite, opening, scoring, awarded or ended",
            "until": "# instant at which the phase ends",
            "best": "# the leading bid where bids rise openly, else 0",
        },
        what="Rights put up in listings.",
    ),
    "contracts": Resource(
        make=contracts_table,
        key=("contract", "party"),
        columns={
            "contract": "its id",
            "party": "one of its parties",
            "template": "spot or notice",
            "market": "where it was traded",
            "round": "# in which",
            "instrument": "of what; empty where of several",
            "currency": "that is paid",
            "money": "# minor units the party receives, or pays where negative",
            "state": "waiting, due, performed or voided",
            "gates_until": "# instant at which its gates open; 0 where none is shut",
        },
        owners=("party",),
        what="Contracts, once for each party to them.",
    ),
    "cases": Resource(
        make=lambda state: cases.cases_table(state.cases),
        key=("case",),
        columns={
            "case": "its id",
            "procedure": "that it runs",
            "applicant": "whose",
            "phase": "where it stands",
            "filed": "# instant",
            "flags": "# how many",
        },
        owners=("applicant",),
        what="Cases.",
    ),
    "charges": Resource(
        make=lambda state: cases.charges_table(state.cases),
        key=("charge",),
        columns={
            "charge": "its id",
            "kind": "fee, fine or inspection",
            "tariff": "under which",
            "party": "who pays",
            "payee": "who is paid",
            "amount": "# minor units",
            "at": "# instant",
            "paid": "# instant; 0 while open",
        },
        owners=("party", "payee"),
        what="Fees, fines and inspections.",
    ),
}
