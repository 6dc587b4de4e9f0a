"""Fair-competition review: a rule pack held against a checklist, article by article.

The checklist is data (``institutions/checklists``): each article says by which signs an item of a
rule pack touches it. A sign is something a program can see in the file: what kind of item it is,
for what purpose, which facts it reads, what it is called. So the review finds what a file says
openly; what a rule does in the world, and articles without a sign, are for people.
"""

import re
from collections.abc import Mapping

from msgspec import Struct

from yaosu.kernel.ids import check_id
from yaosu.kernel.refusal import refuse_unless
from yaosu.rules import refusals
from yaosu.rules.check import protected_fields
from yaosu.rules.evaluate import AnyItem, Items, names_read
from yaosu.rules.methods.predicate import COMPARISONS, Part, read_predicate
from yaosu.rules.pack import ENTRY_PURPOSES, Condition, Pack, Scorecard, Text
from yaosu.rules.toml import convert, read_toml

__all__ = ["refusals"]

WHAT = "checklist"
PASS, BREACH, CLAIMED, NOT_SCREENED = "pass", "breach", "exemption_claimed", "not_screened"
VERDICTS = (PASS, BREACH, CLAIMED, NOT_SCREENED)
FIELDS = ("region", "ownership", "sector", "size")
KINDS = ("condition", "table", "formula", "scorecard", "parameter")
NAMES = ("party", "applicant", "holder", "supplier", "operator", "company", "enterprise", "firm")


class Sign(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By what an item touches an article: all that is given must be there.

    Attributes:
        kinds: of item; empty is any.
        purposes: of a condition, ``entry`` for all of entry; empty is any item.
        fields: the item reads one of these of the applicant: region, ownership, sector, size.
        words: one of these stands in its id or in the facts it reads.
        names_party: it compares a fact that names a party with a fixed text.
        beyond_national: it is an entry condition of a region that the nation has not, or words
            otherwise.
        without_basis: neither the item nor a law it names answers for it.
    """

    kinds: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    names_party: bool = False
    beyond_national: bool = False
    without_basis: bool = False


class Article(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One point of the checklist; without a sign it is for people alone."""

    id: str
    group: str
    text: Text
    sign: tuple[Sign, ...] = ()


class Checklist(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole checklist.

    Attributes:
        grounds: on which an exemption may be claimed.
    """

    id: str
    version: str
    title: Text
    authority: str
    legal_basis: str
    source: str
    confidence: str
    grounds: dict[str, Text]
    article: tuple[Article, ...]


class Touched(Struct, frozen=True, kw_only=True):
    """An item that touches an article: the words of why, and the ground it claims, or empty."""

    item: str
    why: str
    ground: str = ""
    lacks: str = ""


class Verdict(Struct, frozen=True, kw_only=True):
    """What the review says of one article."""

    article: str
    group: str
    text: Text
    verdict: str
    touched: tuple[Touched, ...] = ()


def parse_checklist(text: str) -> Checklist:
    """The checklist a TOML text describes.

    Raises:
        Refusal: ``rules.malformed``.
    """
    checklist = convert(read_toml(text, WHAT), Checklist, WHAT)
    check_id(checklist.id, WHAT)
    for article in checklist.article:
        check_id(article.id, "article")
        for sign in article.sign:
            unknown = sorted({*sign.fields} - {*FIELDS}) + sorted({*sign.kinds} - {*KINDS})
            is_empty = sign == Sign()
            reason = f"article {article.id} has {unknown[0] if unknown else 'an empty sign'}"
            refuse_unless(not unknown and not is_empty, "rules.malformed", what=WHAT, reason=reason)
    return checklist


def review(
    pack: Pack, items: Items, checklist: Checklist, national: Pack | None = None
) -> list[Verdict]:
    """The verdict on each article, in the order of the checklist.

    Args:
        pack: whose own items are looked at.
        items: those with what they read.
        national: entry conditions that are not in it count as a region's own; None for none.
    """
    known: Mapping[str, Condition] = (
        {} if national is None else {item.id: item for item in national.condition}
    )
    is_compared = national is not None and pack.pack.id != national.pack.id
    verdicts = []
    for article in checklist.article:
        touched = [
            _touched(pack, checklist, item, why)
            for item in sorted(pack.items, key=lambda item: item.id)
            for why in [_why(items, item, article, known, is_compared)]
            if why
        ]
        verdict = NOT_SCREENED if not article.sign else PASS
        if touched:
            verdict = BREACH if any(one.lacks for one in touched) else CLAIMED
        verdicts.append(
            Verdict(
                article=article.id,
                group=article.group,
                text=article.text,
                verdict=verdict,
                touched=tuple(touched),
            )
        )
    return verdicts


def _touched(pack: Pack, checklist: Checklist, item: AnyItem, why: str) -> Touched:
    """An item with the exemption it claims, and what the claim lacks."""
    exemption = item.exemption
    if exemption is None:
        return Touched(item=item.id, why=why, lacks="no exemption is claimed")
    lacks = ""
    if exemption.ground not in checklist.grounds:
        lacks = f"{exemption.ground} is no ground of an exemption"
    elif not exemption.no_milder_way.strip():
        lacks = "it does not say why no milder way would do"
    elif not item.expiry and not pack.pack.expiry:
        lacks = "it has no end"
    return Touched(item=item.id, why=why, ground=exemption.ground, lacks=lacks)


def _why(
    items: Items,
    item: AnyItem,
    article: Article,
    national: Mapping[str, Condition],
    is_compared: bool,
) -> str:
    """By what an item touches an article, in words; empty where it does not."""
    for sign in article.sign:
        seen = [
            _by_kind(item, sign),
            _by_fields(items, item, sign),
            _by_words(item, sign),
            _by_name(item, sign),
            _by_nation(item, sign, national, is_compared),
            _by_basis(item, sign),
        ]
        if None not in seen:
            return ", ".join(why for why in seen if why)
    return ""


def _by_kind(item: AnyItem, sign: Sign) -> str | None:
    kind = type(item).__name__.lower()
    if sign.kinds and kind not in sign.kinds:
        return None
    if not sign.purposes:
        return ""
    wanted = {w for p in sign.purposes for w in (ENTRY_PURPOSES if p == "entry" else (p,))}
    if not isinstance(item, Condition) or item.purpose not in wanted:
        return None
    return f"it is a condition of {item.purpose}"


def _by_fields(items: Items, item: AnyItem, sign: Sign) -> str | None:
    if not sign.fields:
        return ""
    read = [path for found, path in protected_fields(items, item) if found in sign.fields]
    return read[0] if read else None


def _by_words(item: AnyItem, sign: Sign) -> str | None:
    if not sign.words:
        return ""
    said = re.findall(r"[a-z]+", " ".join((item.id, *names_read(item))).lower())
    found = [word for word in said if word in sign.words]
    return f"it speaks of {found[0]}" if found else None


def _by_name(item: AnyItem, sign: Sign) -> str | None:
    if not sign.names_party:
        return ""
    trees: list[Part] = []
    if isinstance(item, Condition):
        trees = [read_predicate(item.expression, item.id)]
    elif isinstance(item, Scorecard):
        trees = [read_predicate(line.when, item.id) for line in item.points]
    for tree in trees:
        named = _party_named(tree)
        if named:
            return f"it names {named}"
    return None


def _party_named(part: Part) -> str:
    """A fixed text that a party-naming fact is compared with, or nothing."""
    if part.op in (*COMPARISONS, "in"):
        sides = [*part.parts, *(inner for side in part.parts for inner in side.parts)]
        names = [side for side in sides if side.op == "name"]
        texts = [s for s in sides if s.op == "literal" and isinstance(s.value, str)]
        is_party = any({*NAMES} & {*str(name.value).split("_")} for name in names)
        is_kind = any(str(name.value).endswith("_kind") for name in names)
        if is_party and texts and not is_kind:
            return str(texts[0].value)
    return next((found for inner in part.parts if (found := _party_named(inner))), "")


def _by_nation(
    item: AnyItem, sign: Sign, national: Mapping[str, Condition], is_compared: bool
) -> str | None:
    if not sign.beyond_national:
        return ""
    if not is_compared or not isinstance(item, Condition) or item.purpose not in ENTRY_PURPOSES:
        return None
    before = national.get(item.id)
    if before is None:
        return "the nation does not ask for it"
    return None if before.expression == item.expression else "the nation words it otherwise"


def _by_basis(item: AnyItem, sign: Sign) -> str | None:
    if not sign.without_basis:
        return ""
    return None if item.legal_basis.strip() else "no law is named for it"
