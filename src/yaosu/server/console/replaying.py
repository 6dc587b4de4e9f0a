"""Replays as answers to requests: begun, followed, stopped, compared, downloaded, thrown away."""

import asyncio
import re
from typing import Any

from msgspec import Struct

from yaosu.kernel.refusal import found, refuse_unless
from yaosu.rules.parse import parse_pack, read_pack
from yaosu.server.console.drafts.shipped import names_in, text_of
from yaosu.server.console.moving import FORGET, STOP, errands_of
from yaosu.server.console.names import Names
from yaosu.server.console.pages.replays import FILES, POLICIES, replay_page, replays_page
from yaosu.server.console.rooms import answer_page, look_of
from yaosu.server.errands import Errand
from yaosu.server.folder import place_in
from yaosu.server.house import Answer, Call, House
from yaosu.server.problems import as_json
from yaosu.server.words import JSON, convert, read_json

KIND, RUN = "replay", "replay"
OFFICES = ("operator", "supervisor")
NAME_MAX, BOUND_MAX = 60, 40
UNKEPT = {"Cache-Control": "no-store"}
TYPES = {"html": "text/html", "json": JSON, "parquet": "application/vnd.apache.parquet"}


class NewReplay(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be replayed.

    Attributes:
        name: for people.
        pack: name of a pack that comes along; or empty, with ``text``: one as TOML.
        since, until: first and last entry of the period: a number, an instant, a date; empty: all.
        policy: how responses to the market are made.
    """

    name: str
    pack: str = ""
    text: str = ""
    since: str = ""
    until: str = ""
    policy: str = "prompt"


class ReplayOn(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be done with a replay: ``stop`` it, or ``forget`` it."""

    act: str
    fields: dict[str, str] = {}


async def replays_room(house: House, call: Call) -> Answer:
    """Choose a period and other rules; the replays there are."""
    await _check(house, call)
    errands, language = errands_of(house), look_of(call).language

    def see() -> Any:
        kept = [(one, errands.result(one.errand)) for one in errands.all(KIND)]
        with house.venue.reading() as state:
            return replays_page(state, Names(state, language), kept, house.venue.size)

    page = await asyncio.to_thread(see)
    return await answer_page(house, call, "replays.html", "operate", page)


async def replay_room(house: House, call: Call) -> Answer:
    """One replay beside what was recorded."""
    await _check(house, call)
    errands, language = errands_of(house), look_of(call).language

    def see() -> Any:
        errand = errands.get(call.path["id"], KIND)
        told, path = errands.result(errand.errand), errands.path(errand.errand)
        with house.venue.reading() as state:
            names = Names(state, language)
        return replay_page(errand, path, told, names)

    page = await asyncio.to_thread(see)
    return await answer_page(house, call, "replay.html", "operate", page)


async def replay_file(house: House, call: Call) -> Answer:
    """The report of a replay, or one of its tables."""
    await _check(house, call)
    errands, name = errands_of(house), call.path["name"]

    def read() -> bytes | None:
        errand = errands.get(call.path["id"], KIND)
        path = errands.path(errand.errand) / "out" / name
        return path.read_bytes() if name in FILES and path.is_file() else None

    body = found(await asyncio.to_thread(read), "server.not_here", path=call.address_path[:200])
    shown = f'attachment; filename="{call.path["id"]}-{name}"'
    headers = UNKEPT | {"Content-Disposition": shown}
    return Answer(body=body, media_type=TYPES[name.rpartition(".")[2]], headers=headers)


async def pack_text(house: House, call: Call) -> Answer:
    """A rule pack that comes along, as text to begin from."""
    name = call.path["name"]
    refuse_unless(name in names_in("rules"), "server.not_here", path=call.address_path[:200])
    return Answer(body=text_of("rules", name).encode(), media_type="text/plain", headers=UNKEPT)


async def new_replay(house: House, call: Call) -> Answer:
    """Begin a replay in a process of its own."""
    await _check(house, call)
    asked: NewReplay = convert(read_json(call.body, "NewReplay"), NewReplay)
    return _told(await asyncio.to_thread(_begin, house, call, asked), 201)


async def told_replay(house: House, call: Call) -> Answer:
    """How far a replay is."""
    await _check(house, call)
    return _told(await asyncio.to_thread(errands_of(house).get, call.path["id"], KIND))


async def replay_on(house: House, call: Call) -> Answer:
    """Stop a replay, or throw it away."""
    await _check(house, call)
    act = act_in(call)
    return _told(await asyncio.to_thread(act_on, house, call.path["id"], KIND, act))


def act_in(call: Call) -> str:
    """What is to be done with an errand: stop it, or forget it."""
    asked: ReplayOn = convert(read_json(call.body, "ReplayOn"), ReplayOn)
    known = asked.act in (STOP, FORGET)
    refuse_unless(known, "server.bad_body", what="ReplayOn", reason="no such act")
    return asked.act


def act_on(house: House, name: str, kind: str, act: str) -> Errand:
    """Stop an errand, or throw it away."""
    errands = errands_of(house)
    errand = errands.get(name, kind)
    if act == STOP:
        errands.stop(errand.errand)
        return errands.get(errand.errand, kind)
    errands.forget(errand)
    return errand


async def _check(house: House, call: Call) -> None:
    """Replays are for who runs the market and who watches it."""
    able = await asyncio.to_thread(house.has_office, call.caller, OFFICES)
    refuse_unless(able, "server.office_needed", what="replay", offices=" or ".join(OFFICES))


def _begin(house: House, call: Call, asked: NewReplay) -> Errand:
    text = _text_of(asked)
    known = asked.policy in POLICIES
    refuse_unless(known, "server.bad_body", what="NewReplay", reason="no such policy")
    bounds = (("since", asked.since.strip()), ("until", asked.until.strip()))
    for field, bound in bounds:
        fits = len(bound) <= BOUND_MAX and bound.isprintable()
        refuse_unless(fits, "server.bad_body", what="NewReplay", reason=f"{field}: too long")
    pack = _parsed(house, text)
    errands = errands_of(house)
    facts = {"name": asked.name.strip()[:NAME_MAX] or pack, "pack": pack, "policy": asked.policy}
    facts |= dict(bounds)
    errand = errands.new(KIND, call.caller.login, facts)
    folder = errands.path(errand.errand).resolve()
    file = folder / f"{_plain(facts['name'])}.toml"
    file.write_text(text, "utf-8")
    assert house.folder is not None
    words = ["replay", place_in(house.folder.resolve(), house.settings), f"--rules={file}"]
    words += [f"--policy={asked.policy}", f"--out={folder / 'out'}"]
    options = zip(("--from", "--to"), (bound for _, bound in bounds), strict=True)
    words += [f"{option}={bound}" for option, bound in options if bound]
    try:
        errands.run_process(errand, RUN, words, house.venue.size)
    except BaseException:
        errands.forget(errand)
        raise
    return errands.get(errand.errand, KIND)


def _text_of(asked: NewReplay) -> str:
    known = not asked.pack or asked.pack in names_in("rules")
    refuse_unless(known, "server.bad_body", what="NewReplay", reason="no such pack")
    text = text_of("rules", asked.pack) if asked.pack else asked.text
    refuse_unless(text.strip(), "server.bad_body", what="NewReplay", reason="a pack is wanted")
    return text


def _parsed(house: House, text: str) -> str:
    """The name of a pack that reads well; an overlay is read on the base that is in force."""
    head = read_pack(text).pack
    base = None
    if head.base:
        with house.venue.reading() as state:
            held = state.rules.packs.get(head.base)
            base = held[-1].pack if held else None
    return parse_pack(text, base).name


def _plain(name: str) -> str:
    """A name as a file may have it."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.") or "rules"


def _told(errand: Errand, status: int = 200) -> Answer:
    return Answer(body=as_json(errand), status=status, media_type=JSON, headers=UNKEPT)
