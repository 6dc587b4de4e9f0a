"""The journal over HTTP: entries, proofs, and its log as C2SP tlog-tiles."""

import asyncio
from http import HTTPStatus
from typing import Any

from yaosu.engine.keys import prove_keys
from yaosu.engine.party_proof import prove_rows
from yaosu.engine.recovery import command_of, events_of
from yaosu.journal.chain import ACCEPTED, Entry, actor_digest
from yaosu.journal.checkpoint import parse_checkpoint
from yaosu.journal.live_log import LiveLog
from yaosu.journal.merkle import consistency_proof, inclusion_proof
from yaosu.journal.proof_files import continuation_proof, entry_proof
from yaosu.kernel.refusal import found, refuse, refuse_unless
from yaosu.kernel.words import tag_of
from yaosu.server.house import Answer, Call, House
from yaosu.server.problems import as_json
from yaosu.server.reads import SIZE_MAX, with_etag
from yaosu.server.resources import PAGE, number_of
from yaosu.server.words import check_acts_for

LOOKED_AT_MAX = 10_000  # entries that are looked through for one page
PLAIN_TEXT = "text/plain"
FOR_EVER = "public, max-age=31536000, immutable"


async def list_entries(house: House, call: Call) -> Answer:
    """Entries in order: of offices all, of others those that they asked for."""
    limit = number_of(call.query, "limit", PAGE, 1, house.settings.number("page_max"))
    first = number_of(call.query, "from", 0, 0, SIZE_MAX)
    known = {"from", "limit"}
    unknown = sorted(set(call.query) - known)
    if unknown:
        name = unknown[0]
        value, reason = call.query[name], "from and limit are taken"
        refuse("server.bad_query", name=name[:100], value=value[:100], reason=reason)
    is_office = await asyncio.to_thread(house.has_office, call.caller)
    own = None if is_office else {actor_digest(party) for party in call.caller.parties}
    rows, then = await asyncio.to_thread(_page, house, first, limit, own)
    return Answer(body=as_json({"entries": house.venue.size, "rows": rows, "next": then}))


def _page(
    house: House, first: int, limit: int, own: set[bytes] | None
) -> tuple[list[dict[str, Any]], int | None]:
    """Rows, and the number from which to go on; None at the end."""
    end = house.venue.size
    if first >= end:
        return [], None
    rows: list[dict[str, Any]] = []
    last = min(end, first + (limit if own is None else LOOKED_AT_MAX)) - 1
    with house.reading_store:
        for entry in house.store.read(first, last):
            if own is None or entry.header.actor in own:
                rows.append(told_entry(entry))
            if len(rows) == limit:
                last = entry.header.sequence
                break
    return rows, last + 1 if last + 1 < end else None


def told_entry(entry: Entry) -> dict[str, Any]:
    """What a list says of an entry."""
    command = command_of(entry)
    return {
        "sequence": entry.header.sequence,
        "instant": entry.header.instant,
        "actor": command.actor,
        "command": tag_of(command),
        "outcome": "accepted" if entry.header.outcome == ACCEPTED else "refused",
        "events": [tag_of(event) for event in events_of(entry)],
        "hash": entry.hash.hex(),
    }


async def one_entry(house: House, call: Call) -> Answer:
    """An entry with all it says: for offices, and for who asked for it."""
    sequence = _sequence(call)
    entry = await asyncio.to_thread(_entry, house, sequence)
    await _check_own(house, call, entry)
    body = as_json({**told_entry(entry), "body": command_of(entry), "came": events_of(entry)})
    return with_etag(call, body, body)


async def prove_entry(house: House, call: Call) -> Answer:
    """A proof that an entry stands in the journal, under a signed checkpoint; no payload in it."""
    sequence = _sequence(call)

    def prove() -> str:
        with house.reading_store:
            log = _log(house)
            note = log.checkpoint()
            size = parse_checkpoint(note).size
            entry = next(iter(house.store.read(sequence, sequence)), None)
            known = found(entry, "server.unknown_row", what="entries", name=str(sequence))
            path = inclusion_proof(house.store, sequence, size)
            return entry_proof(known, path, note)

    refuse_unless(
        sequence < house.venue.size, "server.unknown_row", what="entries", name=str(sequence)
    )
    return _text(await asyncio.to_thread(prove))


async def prove_continuation(house: House, call: Call) -> Answer:
    """A proof that the journal of today continues that of ``since`` entries."""
    since = number_of(call.query, "since", 0, 1, max(1, house.venue.size))

    def prove() -> str:
        with house.reading_store:
            note = _log(house).checkpoint()
            size = parse_checkpoint(note).size
            return continuation_proof(since, consistency_proof(house.store, since, size), note)

    refuse_unless(
        since, "server.bad_query", name="since", value="", reason="a number of entries is wanted"
    )
    return _text(await asyncio.to_thread(prove))


async def prove_party(house: House, call: Call) -> Answer:
    """A proof of all rows of a party: for those who act for it; behind ``from``, up to ``to``."""
    party = call.path["id"]
    check_acts_for(call.caller, party)
    first, last = (
        number_of(call.query, name, 0, 0, SIZE_MAX) if name in call.query else None
        for name in ("from", "to")
    )

    def prove() -> str:
        with house.reading_store:
            note = _log(house).checkpoint()
            size = parse_checkpoint(note).size
            return prove_rows(house.store, party, note, size, first, last)

    return _text(await asyncio.to_thread(prove))


async def prove_venue_keys(house: House, call: Call) -> Answer:
    """A proof of which signing key of the venue followed which: for anybody, as the log is.

    Made once for as long as no other key is named: it takes one reading of the journal.
    """
    house.checks.take(call.address)

    def prove() -> str:
        with house.venue.reading() as state:
            count = len(state.parties.keys)
        with house.reading_store:
            made = house.keys_proven
            if made is None or made[0] != count:
                made = count, prove_keys(house.store, _log(house).checkpoint())
                house.keys_proven = made
            return made[1]

    return _text(await asyncio.to_thread(prove))


async def checkpoint(house: House, call: Call) -> Answer:
    """The signed checkpoint over all that is there now."""

    def sign() -> str:
        with house.reading_store:
            return _log(house).checkpoint()

    headers = {"Cache-Control": "no-cache"}
    note = await asyncio.to_thread(sign)
    return Answer(body=note.encode(), media_type=PLAIN_TEXT, headers=headers)


async def tile(house: House, call: Call) -> Answer:
    """A tile or bundle of the log."""
    path = f"tile/{call.path['tile'].strip('/')}"

    def read() -> bytes | None:
        with house.reading_store:
            return _log(house).file(path) if len(path) <= 200 else None

    data = await asyncio.to_thread(read)
    if data is None:
        refuse("server.not_here", path=f"/{path}"[:200])
    return Answer(
        body=data,
        status=HTTPStatus.OK,
        media_type="application/octet-stream",
        headers={"Cache-Control": FOR_EVER},
    )


def _log(house: House) -> LiveLog:
    return found(house.log, "server.no_signing_key")


def _sequence(call: Call) -> int:
    return number_of(call.path, "sequence", 0, 0, SIZE_MAX)


def _entry(house: House, sequence: int) -> Entry:
    known = sequence < house.venue.size
    refuse_unless(known, "server.unknown_row", what="entries", name=str(sequence))
    with house.reading_store:
        return next(iter(house.store.read(sequence, sequence)))


async def _check_own(house: House, call: Call, entry: Entry) -> None:
    own = {actor_digest(party) for party in call.caller.parties}
    is_shown = entry.header.actor in own or await asyncio.to_thread(house.has_office, call.caller)
    sequence = str(entry.header.sequence)
    refuse_unless(is_shown, "server.unknown_row", what="entries", name=sequence)


def _text(text: str) -> Answer:
    return Answer(body=text.encode(), media_type=PLAIN_TEXT)
