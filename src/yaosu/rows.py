"""Whose rows an entry holds: what each party may be shown of it, and how many those are. Pure.

One literal table says for each event which field or column names the party. A row is a row of a
table (an order, a posting), one of several things in an event (a right), or the event itself; the
command belongs to whoever asked. A row that names two parties is a row of each.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any

import msgspec
import numpy as np

from yaosu import quarantine
from yaosu.access import events as access
from yaosu.kernel import canonical
from yaosu.kernel.columns import Columns
from yaosu.kernel.splitting import split_by
from yaosu.kernel.words import Event, tag_of
from yaosu.ledger.events import Posted
from yaosu.markets import events as markets
from yaosu.parties import events as parties
from yaosu.returns import events as returns
from yaosu.rights import events as rights
from yaosu.settlement import events as settlement

ASKED = ("command", "actor")  # the row of whoever asked; what was asked the header holds
MANY = "[]."  # "orders[].party": the column party of the table orders, or of each of several things

# event -> where it names the party a row belongs to; who is not named here has no row of it
OWNERS: dict[type[Event], tuple[str, ...]] = {
    Posted: ("postings[].party",),
    parties.VenueFounded: ("venue.operator", "venue.authority"),
    parties.PartyRegistered: ("party.id",),
    parties.RoleGranted: ("party",),
    parties.RoleEnded: ("party",),
    parties.AttestationIssued: ("attestation.issuer", "attestation.about"),
    parties.DataSealed: ("party",),
    parties.KeyErased: ("party",),
    rights.RightRegistered: ("right.holder",),
    rights.TitleMoved: ("rights[].holder", "entries[].made_by", "entries[].beneficiary"),
    rights.RightBurdened: ("entry.made_by", "entry.beneficiary"),
    rights.BurdenReleased: ("released_by",),
    access.PartyAdmitted: ("admission.party",),
    access.AdmissionSuspended: ("admission.party",),
    access.AdmissionReinstated: ("admission.party",),
    access.MarketLeft: ("party",),
    markets.OrdersAccepted: ("orders[].party", "refused[].party"),
    markets.SealedOrdersAccepted: ("bid.party",),
    markets.SealedOrdersWithdrawn: ("bid.party",),
    markets.SealedOrdersOpened: ("bid.party",),
    markets.BidsForfeited: ("bids[].party",),
    settlement.MoneyRecorded: ("party",),
    settlement.ContractMade: ("trades[].seller", "trades[].buyer", "money[].party"),
    settlement.LotsDelivered: ("trades[].seller", "trades[].buyer"),
    returns.IncomeShared: ("payer", "payouts[].party"),
    quarantine.CommandQuarantined: ("party",),
    quarantine.CommandReleased: ("released_by",),
}


Piece = tuple[int, str, str, Any]


@lru_cache(maxsize=1 << 16)
def party_key(party: str) -> bytes:
    """SHA-256 of a party's id: what stands for the party where others can see."""
    return sha256(party.encode()).digest()


def count_rows(counts: dict[str, int], asked_by: bytes | None, events: Sequence[Event]) -> None:
    """Add the rows of an entry to what each party has so far.

    Args:
        counts: key of a party, hex -> its rows up to here; changed in place.
        asked_by: key of who asked; None where it was the engine.
        events: all of the entry.
    """
    if asked_by is not None:
        _add(counts, asked_by, 1)
    for _, _, place, event in _places(events):
        for party, rows in _counted(place, event):
            if party:
                _add(counts, party_key(party), rows)


def rows_by_party(
    asked_by: bytes | None, events: Sequence[Event]
) -> dict[bytes, tuple[int, bytes]]:
    """Of each party that an entry has rows of, by key: how many, and their canonical bytes.

    The bytes are a list of pieces [number in the entry (0 the command), tag, place, content]: the
    content is a table of the party's rows, one thing, or nil for the command.
    """
    counts: dict[bytes, int] = {}
    pieces: dict[bytes, list[Any]] = {}
    if asked_by is not None:
        counts[asked_by] = 1
        pieces[asked_by] = [(0, *ASKED, None)]
    for number, tag, place, event in _places(events):
        for party, rows, content in _split(place, event):
            if party:
                key = party_key(party)
                counts[key] = counts.get(key, 0) + rows
                pieces.setdefault(key, []).append((number, tag, place, content))
    return {key: (counts[key], canonical.encode(mine)) for key, mine in pieces.items()}


def read_rows(data: bytes) -> tuple[int, list[Piece]]:
    """How many rows these canonical bytes hold, and the pieces, with tables as columns.

    Raises:
        Refusal: ``kernel.malformed``.
    """
    pieces = canonical.decode(data, list[Piece])
    rows = sum(piece[3].rows if isinstance(piece[3], Columns) else 1 for piece in pieces)
    return rows, pieces


def _add(counts: dict[str, int], key: bytes, rows: int) -> None:
    name = key.hex()
    counts[name] = counts.get(name, 0) + rows


def _places(events: Sequence[Event]) -> Iterator[tuple[int, str, str, Event]]:
    for number, event in enumerate(events, 1):
        for place in OWNERS.get(type(event), ()):
            yield number, tag_of(event), place, event


def _counted(place: str, event: Event) -> Iterator[tuple[str, int]]:
    """Party and number of rows, for each party that is named there."""
    many, field = _named(place, event)
    if not isinstance(many, Columns):
        yield from ((_at(thing, field), 1) for thing in many)
    elif many.rows:
        column = many.text(field)
        totals = np.bincount(column.codes, minlength=len(column.values)).tolist()
        yield from ((name, rows) for name, rows in zip(column.values, totals, strict=True) if rows)


def _split(place: str, event: Event) -> Iterator[tuple[str, int, Any]]:
    """Party, number of rows, and the rows as they are encoded, for each party named there."""
    many, field = _named(place, event)
    if not isinstance(many, Columns):
        yield from ((_at(thing, field), 1, thing) for thing in many)
    elif many.rows:
        for party, rows, data in split_by(many, field):
            yield party, rows, msgspec.msgpack.Ext(canonical.EXTENSION_COLUMNS, data)


def _named(place: str, event: Event) -> tuple[Any, str]:
    """The rows of a place (a table, or things), and the field or column that names the party."""
    collection, several, field = place.partition(MANY)
    return (_at(event, collection), field) if several else ([event], place)


def _at(thing: Any, path: str) -> Any:
    for name in path.split("."):
        thing = getattr(thing, name)
    return thing
