"""``yaosu rules``: what a rule pack changes, what is wrong with it, and which rule decided."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from yaosu.cli.at_server import PLACE_OR_SERVER, AtServer, ServerPlace, answered
from yaosu.cli.opening import open_journal
from yaosu.cli.output import CHECK_FAILED, DONE, PATH, json_option, say, say_json, say_table
from yaosu.kernel.instant import format_instant
from yaosu.kernel.refusal import Refusal, refuse

if TYPE_CHECKING:
    from yaosu.journal.opening import Place
    from yaosu.rules.fair_competition import Verdict
    from yaosu.rules.pack import Pack

PACK_HELP = "A rule pack: a file that ends in .toml, or the name of a shipped one."


@click.group()
def rules() -> None:
    """Compare rule packs, find what is wrong with one, and tell which rule decided."""


@rules.command(cls=AtServer)
@click.argument("before")
@click.argument("after")
@click.option("--journal", type=PLACE_OR_SERVER, help="Names are those of packs adopted there.")
@json_option
def diff(before: str, after: str, journal: "Place | ServerPlace | None", as_json: bool) -> None:
    """Tell what pack AFTER changes against pack BEFORE, item by item.

    A pack is a file that ends in .toml, or the name of a shipped one; with --journal or --server
    the name of one that was adopted there, such as national or national@2026.1. An overlay set
    beside its base tells what it changes there, for its place and until its end.
    """
    from yaosu.rules.differences import differences

    old, new = (
        read_pack(name) if journal is None or name.endswith(".toml") else _adopted(journal, name)
        for name in (before, after)
    )
    changes = differences(old, new)
    head = new.pack
    place = head.zone or head.region
    if as_json:
        say_json(
            "rules-diff/1",
            before=old.name,
            after=new.name,
            base=head.base or None,
            place=place or None,
            until=format_instant(head.expiry) if head.expiry else None,
            changes=[msgspec.to_builtins(change) for change in changes],
        )
        return
    say(f"{old.name} -> {new.name}" + (f", an overlay for {place}" if head.base else ""))
    if head.expiry:
        say(f"until {format_instant(head.expiry)}")
    for change in changes:
        say(f"  {change.sentence}")
    say(f"{len(changes)} changes" if changes else "nothing differs")


@rules.command()
@click.argument("pack")
@click.option("--national", default="national", help=f"The national pack. {PACK_HELP}")
@click.option("--checklist", default="fair_competition", help="A file, or a shipped checklist.")
@json_option
def lint(pack: str, national: str, checklist: str, as_json: bool) -> int:
    """Find what should not stand in a rule PACK, also in one that would not load.

    Conditions that nobody can meet, or only together with others cannot; fields an item may not
    read; what lacks an authority, an end or a source; what a region asks beyond the nation; and
    the fair-competition checklist, article by article. Ends with 3 where something is at fault.
    """
    from yaosu.rules.fair_competition import BREACH, parse_checklist, review
    from yaosu.rules.lint import lint_pack

    read, nation = read_pack(pack), read_pack(national)
    findings = lint_pack(read, nation)
    review_of: list[Verdict] = []
    if not any(finding.kind == "refused" for finding in findings):
        base = nation if read.pack.base == nation.pack.id else None
        known = {item.id: item for source in (base, read) if source for item in source.items}
        text = _shipped("checklists", checklist)
        review_of = review(read, known, parse_checklist(text), nation)
    breaches = sum(verdict.verdict == BREACH for verdict in review_of)
    faults = sum(finding.is_fault for finding in findings)
    is_clean = not faults and not breaches
    if as_json:
        say_json(
            "rules-lint/1",
            pack=read.name,
            clean=is_clean,
            findings=[
                {**msgspec.to_builtins(finding), "fault": finding.is_fault} for finding in findings
            ],
            review=[msgspec.to_builtins(verdict) for verdict in review_of],
        )
        return DONE if is_clean else CHECK_FAILED
    say(f"{read.name}: {faults} faults, {len(findings) - faults} notices")
    for finding in findings:
        mark = "fault " if finding.is_fault else "notice"
        at = f" {finding.item}:" if finding.item else ""
        say(f"  {mark} {finding.kind}:{at} {finding.sentence}")
    if review_of:
        _say_review(review_of)
    return DONE if is_clean else CHECK_FAILED


def _say_review(review_of: "list[Verdict]") -> None:
    say("\nfair-competition checklist")
    lines: list[tuple[str, ...]] = [
        (one.article, one.group, one.verdict, one.text.en) for one in review_of
    ]
    say_table(("article", "group", "verdict", "what it asks"), lines, set())
    for one in review_of:
        for touched in one.touched:
            claim = f"claims {touched.ground}" if touched.ground else "claims no exemption"
            lacks = f"; {touched.lacks}" if touched.lacks and touched.ground else ""
            say(f"  {one.article} {touched.item}: {touched.why}; {claim}{lacks}")


@rules.command(cls=AtServer)
@click.argument("journal", metavar="[JOURNAL]", type=PLACE_OR_SERVER)
@click.argument("entry", type=click.IntRange(min=0), required=False)
@click.option("--command", "asked", type=PATH, help="A command as JSON that was not asked yet.")
@json_option
def explain(
    journal: "Place | ServerPlace", entry: int | None, asked: Path | None, as_json: bool
) -> None:
    """Tell which rule items decided the command of an ENTRY of the JOURNAL, from which facts.

    With --command, how one would come out now that nobody has asked yet: a JSON object with the
    command's tag under `command`, its `actor` and its fields. Nothing is written.
    """
    if (entry is None) == (asked is None):
        raise click.UsageError("name an ENTRY, or a command with --command")
    command = None if asked is None else _command_in(asked)
    if entry is not None and not isinstance(journal, ServerPlace):
        with open_journal(journal) as store:
            if entry >= store.size:
                raise Refusal("cli.no_such_entry", path=str(journal), first=entry, size=store.size)
    told = answered(journal, "rules.explain", entry=entry, command=command)
    if as_json:
        say_json("rules-explain/1", journal=str(journal), **told)
    else:
        _say_explained(told)


def _say_explained(told: dict[str, Any]) -> None:
    at = "not asked yet" if told["sequence"] is None else f"entry {told['sequence']}"
    say(f"{at}, {told['instant']}: {told['actor']} asks {told['command']}")
    refusal = told["refusal"]
    if refusal is None:
        say("accepted: nothing stood in the way")
    else:
        say(f"refused: {Refusal(refusal['code'], **refusal['facts'])}")
        if not told["deciding"]:
            say(f"decided by the check {refusal['code']} itself, not by a rule item; it read:")
            for name, fact in refusal["facts"].items():
                say(f"  {name} = {fact}")
    if told["recorded"] not in (None, "accepted" if refusal is None else "refused"):
        say(f"notice: recorded as {told['recorded']}; another version decided it then")
    for item in told["deciding"]:
        one = next(one for one in told["asked"] if one["item"] == item)
        say(f"\ndecided by {item} of {', '.join(one['packs'])}")
        _say_heard(one, "  ")
    others = [one for one in told["asked"] if one["item"] not in told["deciding"]]
    if others:
        say("\nalso asked, in order")
        for one in others:
            say(f"{'  ' * (one['depth'] + 1)}{one['item']}")
            _say_heard(one, "  " * (one["depth"] + 2))


def _say_heard(one: dict[str, Any], margin: str) -> None:
    if one["text"]:
        say(f"{margin}{one['text']}")
    if one["expression"]:
        say(f"{margin}asks: {one['expression']}")
    for name, fact in one["facts"].items():
        say(f"{margin}read: {name} = {_told(fact)}")
    reason = f" ({one['reason']})" if one["reason"] else ""
    say(f"{margin}said: {one['fault'] or _told(one['result'])}{reason}")
    if one["basis"] or one["confidence"]:
        sure = one["confidence"] or "not said how sure"
        say(f"{margin}from: {one['basis'] or 'no source'} ({sure})")


def _told(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def read_pack(name: str) -> "Pack":
    """A rule pack as it is written, not checked: a file, or a shipped one."""
    from yaosu.rules.parse import read_pack as read

    return read(_shipped("rules", name))


def _adopted(place: "Place | ServerPlace", name: str) -> "Pack":
    """A pack that a journal or a server has."""
    from yaosu.kernel import canonical
    from yaosu.rules.pack import Pack

    return canonical.decode(bytes.fromhex(answered(place, "rules.pack", pack=name)), Pack)


def _shipped(shelf: str, name: str) -> str:
    from yaosu.cli.scenario import institution_text

    return institution_text(Path(), shelf, name)


def _command_in(path: Path) -> dict[str, Any]:
    """The command a JSON file holds, as plain values; the key may be left out."""
    from yaosu.cli.files import read_text
    from yaosu.core import AnyCommand
    from yaosu.kernel import canonical

    try:
        fields = msgspec.json.decode(read_text(path))
        given = {"key": "explain", **fields} if isinstance(fields, dict) else fields
        command = msgspec.convert(given, AnyCommand)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        refuse("cli.bad_command", path=str(path), reason=str(error))
    canonical.check(command)
    assert isinstance(given, dict), given
    return given
