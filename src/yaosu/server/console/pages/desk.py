"""My desk: what a party has, has on offer, owes and is owed."""

from collections.abc import Sequence

from msgspec import Struct

from yaosu.core import State
from yaosu.ledger.views import balances
from yaosu.rights.methods.moves import lots_in
from yaosu.server.console.names import Names
from yaosu.server.console.pages.admissions import AdmissionRow, admissions_of
from yaosu.server.console.pages.orders import OwnOrder, orders_in
from yaosu.server.console.pages.todo import Bidding, Todo, bidding_of, todo_of

FREE = "free"
ROWS_MAX = 200


class Balance(Struct, frozen=True):
    """One asset of a party: free, and held for something. Money in minor units, else lots."""

    asset: str
    free: int
    held: tuple[tuple[str, int], ...]
    is_money: bool


class OwnRight(Struct, frozen=True):
    """One right held."""

    right: str
    factor: str
    kind: str
    share: str
    lots: int
    region: str
    term_to: int
    encumbered: bool


class DeskPage(Struct, frozen=True):
    """The desk of one party; ``parties``: those the reader may act for.

    Attributes:
        due: what waits for it, what is due first in front. bidding: listings it takes part in.
    """

    party: str
    name: str
    parties: tuple[tuple[str, str], ...]
    balances: tuple[Balance, ...]
    orders: tuple[OwnOrder, ...]
    rights: tuple[OwnRight, ...]
    due: tuple[Todo, ...]
    bidding: tuple[Bidding, ...]
    admissions: tuple[AdmissionRow, ...]
    currency: str
    digits: int


def desk_page(state: State, names: Names, parties: Sequence[str], chosen: str = "") -> DeskPage:
    """What stands for one of the parties; the first, where none of them is chosen."""
    party = chosen if chosen in parties else (parties[0] if parties else "")
    venue = state.parties.venue
    currency = venue.currency if venue is not None else ""
    return DeskPage(
        party=party,
        name=names.party(party) if party else "",
        parties=tuple((known, names.party(known)) for known in parties),
        balances=_balances(state, party, currency),
        orders=tuple(_orders(state, party, names))[:ROWS_MAX],
        rights=tuple(_rights(state, party, names))[:ROWS_MAX],
        due=tuple(todo_of(state, names, party))[:ROWS_MAX],
        bidding=tuple(bidding_of(state, party))[:ROWS_MAX],
        admissions=tuple(admissions_of(state, names, party)) if party else (),
        currency=currency,
        digits=names.digits,
    )


def _balances(state: State, party: str, currency: str) -> tuple[Balance, ...]:
    found: dict[str, dict[str, int]] = {}
    for row in balances(state.ledger, party).iterate():
        found.setdefault(row["asset"], {})[row["purpose"]] = row["balance"]
    order = sorted(found, key=lambda asset: (asset != currency, asset))
    return tuple(
        Balance(
            asset,
            found[asset].get(FREE, 0),
            tuple(sorted((p, n) for p, n in found[asset].items() if p != FREE and n)),
            asset == currency,
        )
        for asset in order
    )


def _orders(state: State, party: str, names: Names) -> list[OwnOrder]:
    return [
        order
        for _, market in sorted(state.markets.markets.items())
        for order in orders_in(state, market, (party,), names)
    ]


def _rights(state: State, party: str, names: Names) -> list[OwnRight]:
    register = state.rights
    found = []
    for right_id in sorted(register.by_holder.get(party, {})):
        right = register.rights[right_id]
        unit = register.units[right.unit]
        found.append(
            OwnRight(
                right=right.id,
                factor=names.factor(right.factor),
                kind=right.kind,
                share=str(right.share),
                lots=lots_in(right, unit.quantity),
                region=names.region(unit.region),
                term_to=right.term_to,
                encumbered=bool(register.burdens.get(right.id)),
            )
        )
    return found
