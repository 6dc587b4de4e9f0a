"""The commands by which a venue adopts institutions, named by shelf or given as files."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yaosu.kernel.refusal import refuse

if TYPE_CHECKING:
    from yaosu.cases.commands import FileCase
    from yaosu.core import State
    from yaosu.kernel.words import Command

ORDER = (  # what is read first by what comes later
    "regions", "zones", "calendars", "factors", "rules", "recognition", "learning", "grades",
    "procedures",
)  # fmt: skip


def adopting(names: Sequence[str], folder: Path, actor: str, key: str) -> "list[Command]":
    """The commands that adopt institutions, in an order in which each finds what it reads.

    Args:
        names: such as ``factors/land`` for what is shipped, or ``factors/own.toml`` for a file of
            the folder. All regions named make one tree; overlays come after other rule packs.
        key: the keys of the commands begin with it.

    Raises:
        Refusal: ``cli.not_adopted`` for a shelf that is not adopted, ``cli.file_missing``, and what
            the parser of each says.
    """
    from yaosu.cli.scenario import institution_text

    by_shelf: dict[str, list[tuple[str, str]]] = {}
    for name in names:
        shelf, _, bare = name.partition("/")
        if shelf not in ORDER or not bare:
            refuse("cli.not_adopted", name=name, shelves=", ".join(ORDER))
        text = institution_text(folder, shelf, bare)
        by_shelf.setdefault(shelf, []).append((bare.removesuffix(".toml"), text))
    made: list[Command] = []
    for shelf in ORDER:
        known = by_shelf.get(shelf, [])
        if known:
            made += _of_shelf(shelf, known, {"actor": actor}, key)
    return made


def proposal_of(state: "State | None", command: "Command", reason: str) -> "tuple[FileCase, str]":
    """The case by which a rule pack is proposed, and its id; other commands are refused.

    What could not be adopted today is not proposed.

    Args:
        state: of the venue; None of one that a server keeps: there the shipped procedure is named.
    """
    from yaosu.cases.needed import procedure_needed
    from yaosu.cases.proposals import BY_TWO, case_for, proposal
    from yaosu.core.commands import adopt_rules
    from yaosu.kernel.words import tag_of
    from yaosu.rules.commands import AdoptRules

    known = BY_TWO if state is None else procedure_needed(state, tag_of(AdoptRules), "")
    if not isinstance(command, AdoptRules) or not known:
        refuse("cli.not_proposed", command=tag_of(command))
    if state is not None:
        adopt_rules(state, command)
    case = case_for(() if state is None else state.cases.cases, command.pack)
    return proposal(command, case, known, reason or "-"), case


def _of_shelf(
    shelf: str, known: list[tuple[str, str]], who: dict[str, Any], key: str
) -> "Iterator[Command]":
    from yaosu.places.commands import DefineRegions, DefineZone
    from yaosu.rules.parse_places import parse_regions, parse_zones

    if shelf == "regions":
        name = "+".join(stem for stem, _ in known)
        regions = tuple(region for _, text in known for region in parse_regions(text))
        yield DefineRegions(**who, key=f"{key}-regions", version=name, regions=regions)
    elif shelf == "zones":
        for zone in (zone for _, text in known for zone in parse_zones(text)):
            yield DefineZone(
                **who,
                key=f"{key}-{zone.id}",
                zone=zone.id,
                regions=zone.regions,
                term_from=zone.term_from,
                term_to=zone.term_to,
                name=zone.name,
                name_zh=zone.name_zh,
            )
    else:
        kind, field, parse = _row(shelf)
        values = [(stem, parse(text)) for stem, text in known]
        if shelf == "rules":
            values.sort(key=lambda value: bool(value[1].pack.base))
        for stem, value in values:
            yield kind(**who, key=f"{key}-{shelf}-{stem}", **{field: value})


def _row(shelf: str) -> tuple[Any, str, Callable[[str], Any]]:
    """By what command a shelf is adopted, in which field, read by what."""
    from yaosu.access.commands import AdoptLearning, AdoptRecognition, AdoptScale
    from yaosu.access.parse import parse_learning, parse_recognition, parse_scale
    from yaosu.cases.commands import AdoptProcedure
    from yaosu.cases.parse import parse_procedure
    from yaosu.places.commands import DefineCalendar
    from yaosu.rights.commands import AdoptProfile
    from yaosu.rights.profiles import parse_profile
    from yaosu.rules.commands import AdoptRules
    from yaosu.rules.parse import parse_pack
    from yaosu.rules.parse_places import parse_calendar

    rows: dict[str, tuple[Any, str, Callable[[str], Any]]] = {
        "calendars": (DefineCalendar, "calendar", parse_calendar),
        "factors": (AdoptProfile, "profile", parse_profile),
        "rules": (AdoptRules, "pack", parse_pack),
        "recognition": (AdoptRecognition, "table", parse_recognition),
        "learning": (AdoptLearning, "table", parse_learning),
        "grades": (AdoptScale, "scale", parse_scale),
        "procedures": (AdoptProcedure, "procedure", parse_procedure),
    }
    return rows[shelf]
