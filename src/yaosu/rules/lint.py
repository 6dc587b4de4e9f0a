"""The linter: entry conditions of a region set beside the national ones.

A region may not have entry conditions of its own. What its file adds, leaves out or words
differently is listed here, before adoption refuses it.
"""

from msgspec import Struct
from msgspec.structs import replace

from yaosu.rules.pack import ENTRY_PURPOSES, Condition, Pack


class Finding(Struct, frozen=True, kw_only=True):
    """One thing the linter found.

    Attributes:
        kind: ``extra``, ``missing`` or ``changed``.
        item: id of the condition.
        sentence: what it means, in words.
    """

    kind: str
    pack: str
    item: str
    sentence: str


def lint(pack: Pack, national: Pack) -> list[Finding]:
    """How the entry conditions of a pack differ from the national ones, by item.

    An overlay that leaves a national condition alone does not lack it; a pack of its own does.
    """
    ours = {item.id: item for item in pack.condition if item.purpose in ENTRY_PURPOSES}
    theirs = {item.id: item for item in national.condition if item.purpose in ENTRY_PURPOSES}
    findings = []
    for item in sorted(ours.keys() | theirs.keys()):
        if item not in theirs:
            findings.append(_extra(pack, ours[item]))
        elif item not in ours:
            if not pack.pack.base:
                findings.append(_finding(pack, "missing", item, "lacks the national condition"))
        elif _bare(ours[item]) != _bare(theirs[item]):
            findings.append(_finding(pack, "changed", item, "words the national condition anew"))
    return findings


def _extra(pack: Pack, item: Condition) -> Finding:
    owner = item.authority or "nobody named"
    return _finding(pack, "extra", item.id, f"asks more than the nation does ({owner} answers)")


def _finding(pack: Pack, kind: str, item: str, words: str) -> Finding:
    place = pack.pack.region or pack.pack.zone or pack.pack.id
    return Finding(kind=kind, pack=pack.name, item=item, sentence=f"{place} {words}: {item}")


def _bare(item: Condition) -> Condition:
    """A condition without the words around it: what it decides."""
    return replace(
        item, text=None, authority="", legal_basis="", source="", confidence="", example=()
    )
