"""The steps by which an exchange is set up: each a draft of its own, each on record."""

from collections.abc import Sequence

from yaosu.kernel.words import Command
from yaosu.parties.commands import FoundVenue, GrantRole, NameKey, RegisterParty
from yaosu.places.commands import DefineCalendar, DefineRegions
from yaosu.places.values import Region
from yaosu.rights.commands import AdoptProfile
from yaosu.rights.profiles import parse_profile
from yaosu.rules.parse_places import parse_calendar, parse_regions
from yaosu.server.console.drafts.draft import Drafting, Step
from yaosu.server.console.drafts.market import Sentence
from yaosu.server.console.drafts.shipped import names_in, text_of

OFFICES = ("registrar", "supervisor")
TREES = {"cn": ("cn",), "cn_pilots": ("cn", "pilots"), "own": ()}
OWN = "own"
DIGITS_MAX = 6


def read_venue(drafting: Drafting) -> list[Step]:
    """The founding: who runs the market, who makes its rules, in which currency prices are."""
    fields = drafting.fields
    return [
        Step(
            FoundVenue(
                actor=drafting.actor(FoundVenue),
                key="",
                venue=fields.text("venue", needed=True),
                operator=fields.text("operator", needed=True),
                authority=fields.text("authority", needed=True),
                currency=fields.text("currency", needed=True).upper(),
                minor_digits=fields.whole("minor_digits", 2, 0, DIGITS_MAX),
                operator_name=fields.text("operator_name", needed=True),
                authority_name=fields.text("authority_name", needed=True),
            )
        )
    ]


def tell_venue(drafting: Drafting, steps: Sequence[Step]) -> list[Sentence]:
    """The founding in words."""
    found, say = steps[0].command, drafting.fields.say
    assert isinstance(found, FoundVenue)
    return [
        Sentence(say("setup.venue"), say("setup.told_venue", name=found.venue)),
        Sentence(
            say("role.operator"),
            say("setup.told_operator", name=found.operator_name, party=found.operator),
        ),
        Sentence(
            say("role.authority"),
            say("setup.told_authority", name=found.authority_name, party=found.authority),
        ),
        Sentence(
            say("open.currency"),
            say("setup.told_currency", currency=found.currency, digits=found.minor_digits),
        ),
    ]


def read_key(drafting: Drafting) -> list[Step]:
    """The key that signs checkpoints, put on record."""
    if not drafting.vkey:
        drafting.fields.fault("", "setup.no_key")
        return []
    return [Step(NameKey(actor=drafting.actor(NameKey), key="", vkey=drafting.vkey))]


def tell_key(drafting: Drafting, steps: Sequence[Step]) -> list[Sentence]:
    """The key in words."""
    say = drafting.fields.say
    return [Sentence(say("setup.key"), say("setup.told_key", key=drafting.vkey))]


def read_regions(drafting: Drafting) -> list[Step]:
    """The tree of regions: one that comes along, or typed line by line."""
    fields = drafting.fields
    tree = fields.choice("tree", tuple(TREES), "cn")
    if tree == OWN:
        regions, version = _typed_regions(drafting), fields.text("version", "1")
    else:
        shelves = TREES[tree]
        regions = tuple(one for name in shelves for one in parse_regions(text_of("regions", name)))
        version = "+".join(shelves)
    actor = drafting.actor(DefineRegions)
    return [Step(DefineRegions(actor=actor, key="", version=version, regions=regions))]


def _typed_regions(drafting: Drafting) -> tuple[Region, ...]:
    """``id | name | 名称``, one region a line; a line that begins with > lies below those above."""
    fields = drafting.fields
    found: list[Region] = []
    above: list[str] = []
    for line in fields.long_text("regions").splitlines():
        bare = line.strip()
        depth = len(bare) - len(bare.lstrip(">"))
        cells = [cell.strip() for cell in bare[depth:].split("|")]
        if not cells[0]:
            continue
        if depth > len(above):
            fields.fault("regions", "setup.region_depth", line=line.strip()[:60])
            return ()
        above = [*above[:depth], cells[0]]
        found.append(
            Region(
                id=cells[0],
                name=cells[1] if len(cells) > 1 and cells[1] else cells[0],
                name_zh=cells[2] if len(cells) > 2 else "",
                parent=above[depth - 1] if depth else "",
                level="region" if depth else "country",
            )
        )
    if not found:
        fields.fault("regions", "draft.missing")
    return tuple(found)


def tell_regions(drafting: Drafting, steps: Sequence[Step]) -> list[Sentence]:
    """The regions in words: how many, and the first of them."""
    command, say = steps[0].command, drafting.fields.say
    assert isinstance(command, DefineRegions)
    zh = drafting.names.is_chinese
    names = [(zh and one.name_zh) or one.name for one in command.regions]
    shown = ("、" if zh else ", ").join(names[:40])
    return [
        Sentence(say("setup.regions"), say("setup.told_regions", n=len(names))),
        Sentence(say("setup.region_names"), shown + ("…" if len(names) > 40 else "")),
    ]


def read_calendar(drafting: Drafting) -> list[Step]:
    """The working days: a calendar that comes along, or the text of one."""
    fields = drafting.fields
    chosen = fields.choice("calendar", (*names_in("calendars"), OWN), "cn")
    text = fields.long_text("text") if chosen == OWN else text_of("calendars", chosen)
    if not text.strip():
        fields.fault("text", "draft.missing")
        return []
    calendar = parse_calendar(text)
    return [Step(DefineCalendar(actor=drafting.actor(DefineCalendar), key="", calendar=calendar))]


def tell_calendar(drafting: Drafting, steps: Sequence[Step]) -> list[Sentence]:
    """The calendar in words."""
    command, say = steps[0].command, drafting.fields.say
    assert isinstance(command, DefineCalendar)
    calendar = command.calendar
    return [
        Sentence(
            say("setup.calendar"),
            say(
                "setup.told_calendar",
                name=calendar.id,
                first=str(calendar.first_day),
                last=str(calendar.last_day),
                holidays=len(calendar.holidays),
            ),
        )
    ]


def read_factors(drafting: Drafting) -> list[Step]:
    """The factors to be traded: each profile adopted by a command of its own."""
    fields = drafting.fields
    chosen = fields.lines("factors", needed=True)
    known = names_in("factors")
    if any(one not in known for one in chosen):
        fields.fault("factors", "draft.not_offered")
        return []
    held = drafting.state.rights.profiles
    profiles = [parse_profile(text_of("factors", one)) for one in chosen if one not in held]
    if not profiles and chosen:
        fields.fault("factors", "setup.factors_held")
    actor = drafting.actor(AdoptProfile)
    return [Step(AdoptProfile(actor=actor, key="", profile=one)) for one in profiles]


def tell_factors(drafting: Drafting, steps: Sequence[Step]) -> list[Sentence]:
    """Each factor in words: what one lot is, and how it is traded unless a market says else."""
    say, told = drafting.fields.say, []
    for step in steps:
        command = step.command
        assert isinstance(command, AdoptProfile)
        part, zh = command.profile.factor, drafting.names.is_chinese
        told.append(
            Sentence(
                (zh and part.zh) or part.name.capitalize(),
                say(
                    "setup.told_factor",
                    unit=part.measurement,
                    mechanism=say(f"mechanism.{command.profile.market.mechanism}"),
                ),
            )
        )
    return told


def read_offices(drafting: Drafting) -> list[Step]:
    """Who keeps the register and who watches: each registered, then given the role."""
    fields, steps = drafting.fields, []
    registers, grants = drafting.actor(RegisterParty), drafting.actor(GrantRole)
    grants = _authority(drafting) or grants
    for role in OFFICES:
        party, name = fields.text(f"{role}_id"), fields.text(f"{role}_name")
        if not party and not name:
            continue
        if not party or not name:
            fields.fault(f"{role}_id" if not party else f"{role}_name", "draft.missing")
            continue
        register: Command = RegisterParty(
            actor=registers, key="", party=party, kind="organisation", name=name
        )
        steps.append(Step(register))
        grant = GrantRole(actor=grants, key="", party=party, role=role)
        steps.append(Step(grant, follows=True))
    if not steps and not fields.faults:
        fields.fault("registrar_id", "draft.missing")
    return steps


def _authority(drafting: Drafting) -> str:
    venue = drafting.state.parties.venue
    return venue.authority if venue is not None else ""


def tell_offices(drafting: Drafting, steps: Sequence[Step]) -> list[Sentence]:
    """Each office in words."""
    say, told = drafting.fields.say, []
    names: dict[str, str] = {}
    for step in steps:
        match step.command:
            case RegisterParty(party=party, name=name):
                names[party] = name
            case GrantRole(party=party, role=role):
                text = say(f"setup.told_{role}", name=names[party], party=party)
                told.append(Sentence(say(f"role.{role}"), text))
    return told
