"""The linter: what should not stand in a rule pack, told before adoption refuses it.

A region may not have entry conditions of its own; what its file adds, leaves out or words
differently is listed. So are conditions that nobody can meet, fields an item may not read, items
without an authority or an end where they need one, and figures that do not say where they are from.
"""

from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from yaosu.kernel.instant import format_instant
from yaosu.kernel.refusal import Refusal
from yaosu.rules.check import check_pack, merged, protected_fields
from yaosu.rules.evaluate import AnyItem, Items
from yaosu.rules.methods.finding import Finding
from yaosu.rules.methods.meeting import meeting_findings
from yaosu.rules.pack import ENTRY_PURPOSES, Condition, Pack

CONFIDENCES = ("statute", "public page", "assumed")


def lint(pack: Pack, national: Pack) -> list[Finding]:
    """How the entry conditions of a pack differ from the national ones, by item.

    An overlay that leaves a national condition alone does not lack it; a pack of its own that has
    entry conditions does.
    """
    ours = {item.id: item for item in pack.condition if item.purpose in ENTRY_PURPOSES}
    theirs = {item.id: item for item in national.condition if item.purpose in ENTRY_PURPOSES}
    findings = []
    for item in sorted(ours.keys() | theirs.keys()):
        if item not in theirs:
            findings.append(_extra(pack, ours[item]))
        elif item not in ours:
            if ours and not pack.pack.base:
                findings.append(_place(pack, "missing", item, "lacks the national condition"))
        elif _bare(ours[item]) != _bare(theirs[item]):
            findings.append(_place(pack, "changed", item, "words the national condition anew"))
    return findings


def lint_pack(pack: Pack, national: Pack | None = None) -> list[Finding]:
    """Everything the linter finds in a pack as it was read, faults first.

    Args:
        pack: it need not be one that could be adopted.
        national: the national pack; an overlay on it is read together with it.
    """
    base = national if national is not None and pack.pack.base == national.pack.id else None
    findings = _of_head(pack)
    if national is not None and pack.pack.id != national.pack.id:
        findings += lint(pack, national)
    try:
        check_pack(_mended(pack), base)
        items = dict(merged(base, pack)) if base else {item.id: item for item in pack.items}
    except Refusal as refusal:
        findings.append(_finding(pack, "refused", "", f"it would not load: {refusal}"))
        return sorted(findings, key=lambda one: not one.is_fault)
    kinds = {**(base.facts if base else {}), **pack.facts}
    for item in sorted(pack.items, key=lambda item: item.id):
        findings += _of_item(pack, items, item)
    if base is None and pack.pack.base:
        sentence = f"not decided what can be met: read it together with {pack.pack.base}"
        findings.append(_finding(pack, "not_decided", "", sentence))
    else:
        findings += meeting_findings(items, kinds, pack)
    return sorted(findings, key=lambda one: not one.is_fault)


def _mended(pack: Pack) -> Pack:
    """The pack with what the linter tells by itself filled in, so that the other checks run."""
    head = pack.pack
    head = replace(
        head,
        authority=head.authority.strip() or "nobody",
        legal_basis=head.legal_basis.strip() or "nothing",
        expiry=head.expiry or (head.effective + 1 if head.base else 0),
    )
    parts: dict[str, Any] = {
        kind: tuple(
            replace(item, authority=item.authority or "nobody", expiry=item.expiry or 1)
            for item in getattr(pack, kind)
        )
        for kind in ("condition", "table", "formula", "scorecard", "parameter")
    }
    return replace(pack, pack=head, **parts)


def _of_head(pack: Pack) -> list[Finding]:
    head = pack.pack
    findings = []
    if not head.authority.strip():
        findings.append(_finding(pack, "no_authority", "", "nobody answers for the pack"))
    if not head.legal_basis.strip():
        findings.append(_finding(pack, "no_authority", "", "the pack names no legal basis"))
    if head.base and not head.expiry:
        findings.append(_finding(pack, "no_expiry", "", "an overlay without an end"))
    return findings


def _of_item(pack: Pack, items: Items, item: AnyItem) -> Iterator[Finding]:
    """What is wrong with one item taken by itself."""
    for field, path in protected_fields(items, item):
        lacks = [
            name
            for name, given in (("authority", item.authority.strip()), ("expiry", item.expiry))
            if not given
        ]
        of = f"it reads the applicant's {field} ({path})"
        if lacks:
            sentence = f"{of} and names no {' and no '.join(lacks)}"
            yield _finding(pack, "forbidden_field", item.id, sentence)
        else:
            sentence = f"{of}; {item.authority} answers for it until {format_instant(item.expiry)}"
            yield _finding(pack, "dated_exception", item.id, sentence)
    if item.expiry and item.expiry <= pack.pack.effective:
        sentence = f"it ends at {format_instant(item.expiry)}, before the pack takes effect"
        yield _finding(pack, "unreachable", item.id, sentence)
    if not item.source.strip() or item.confidence not in CONFIDENCES:
        sentence = f"it lacks a source, or how sure it is ({', '.join(CONFIDENCES)})"
        yield _finding(pack, "no_source", item.id, sentence)


def _extra(pack: Pack, item: Condition) -> Finding:
    owner = item.authority or "nobody named"
    return _place(pack, "extra", item.id, f"asks more than the nation does ({owner} answers)")


def _place(pack: Pack, kind: str, item: str, words: str) -> Finding:
    place = pack.pack.region or pack.pack.zone or pack.pack.id
    return _finding(pack, kind, item, f"{place} {words}: {item}")


def _finding(pack: Pack, kind: str, item: str, sentence: str) -> Finding:
    return Finding(kind=kind, pack=pack.name, item=item, sentence=sentence)


def _bare(item: Condition) -> Condition:
    """A condition without the words around it: what it decides."""
    return replace(
        item,
        text=None,
        authority="",
        legal_basis="",
        source="",
        confidence="",
        exemption=None,
        example=(),
    )
