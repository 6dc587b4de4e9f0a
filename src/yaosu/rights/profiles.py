"""Read a factor's profile from its TOML text; one that leaves something open does not load."""

from collections.abc import Mapping
from typing import Any

from yaosu.kernel.ids import check_id
from yaosu.kernel.refusal import refuse_unless
from yaosu.rights import refusals
from yaosu.rights.methods.outline import DECIMALS_MAX
from yaosu.rights.methods.term import is_duration
from yaosu.rights.outline_index import OUTLINE
from yaosu.rights.profile import (
    LEGAL_EFFECTS,
    ON_SPLIT,
    PRICE_NOTIONS,
    SHARE_CHECKS,
    Profile,
)
from yaosu.rules.facts import NAME_FORM
from yaosu.rules.toml import convert, read_toml

__all__ = ["refusals"]

WHAT = "factor profile"
DECLARED = (  # what every factor must say, and where it is said
    ("unit of measure", "factor", "measurement"),
    ("divisibility", "nature", "divisible"),
    ("rivalry", "nature", "rival"),
    ("exclusivity", "nature", "exclusive"),
    ("term", "nature", "term_max"),
    ("permitted derived rights", "rights", "derived"),
)
ATTRIBUTE_KINDS = ("text", "int", "truth", "level", "place", "interval", "date", "digest")
TABLE = "table:"
OUTLINE_CHECKS = ("", "refuse", "note")
DECIMALS = tuple(str(digits) for digits in range(DECIMALS_MAX + 1))
QUORUM_CHARACTERS_MAX = 20


def parse_profile(text: str) -> Profile:
    """The profile a TOML text describes, checked.

    Raises:
        Refusal: ``rights.profile_incomplete`` naming the field, ``rights.profile_wrong``,
            ``rules.malformed``.
    """
    raw = read_toml(text, WHAT)
    factor = _part(raw, "factor").get("name")
    for field, part, name in DECLARED:
        refuse_unless(
            name in _part(raw, part),
            "rights.profile_incomplete",
            factor=factor if isinstance(factor, str) else "a factor without a name",
            field=field,
            place=f"{part}.{name}",
        )
    profile = convert(raw, Profile, WHAT)
    check_profile(profile)
    return profile


def check_profile(profile: Profile) -> None:
    """Refuse a profile whose fields contradict each other or name what is not known."""
    check_id(profile.name, "factor")
    check_id(profile.version, "version")
    reason = _fault_in(profile)
    refuse_unless(not reason, "rights.profile_wrong", factor=profile.name, reason=reason)


def _part(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = raw.get(name)
    return part if isinstance(part, dict) else {}


def _fault_in(profile: Profile) -> str:
    """Why a profile does not hold together, or nothing."""
    nature, rights = profile.nature, profile.rights
    kinds = profile.all_kinds
    choices = (
        ("nature.legal_effect", nature.legal_effect, LEGAL_EFFECTS),
        ("rights.share_check", rights.share_check, SHARE_CHECKS),
        ("register.pledge_on_split", profile.register.pledge_on_split, ON_SPLIT),
        ("market.price_notion", profile.market.price_notion, PRICE_NOTIONS),
    )
    for place, value, allowed in choices:
        if value not in allowed:
            return f"{place} is {value!r}, not one of {', '.join(allowed)}"
    if not is_duration(nature.term_max):
        return f"nature.term_max is {nature.term_max!r}, not like P5Y or unlimited"
    if not profile.factor.measurement.strip():
        return "factor.measurement is empty"
    if len(set(kinds)) < len(kinds):
        return "a kind of right is there twice"
    for kind in kinds:
        if not NAME_FORM.fullmatch(kind):
            return f"{kind!r} is not a name for a kind of right"
    if not nature.rival and not rights.derived:
        return "a factor that is not rival is granted, so it needs a derived kind of right"
    if profile.market.lot < 1:
        return f"market.lot is {profile.market.lot}"
    return _register_fault(profile) or _attributes_fault(profile)


def _register_fault(profile: Profile) -> str:
    part, rights = profile.register, profile.rights
    for name in part.additive:
        if profile.attributes.get(name, "").removesuffix("?") != "int":
            return f"register.additive names {name}, which is not a whole-number attribute"
    if part.use and part.use not in profile.attributes:
        return f"register.use names {part.use}, which is not an attribute"
    if part.plot and part.plot not in profile.attributes:
        return f"register.plot names {part.plot}, which is not an attribute"
    if part.conversions and not part.use:
        return "register.conversions needs register.use, the attribute that names the use"
    if not _is_quorum(part.merge_quorum):
        return f"register.merge_quorum is {part.merge_quorum!r}, not 1 or a share like 2/3"
    for kind in part.made_under:
        if kind not in profile.all_kinds:
            return f"register.made_under names {kind}, which is not a kind of right"
    needs = part.market_entry
    if needs is not None and needs.owner not in profile.kinds:
        return f"register.market_entry names {needs.owner}, which is not a kind of right"
    if needs is not None and {needs.attribute, part.use} - set(profile.attributes):
        return "register.market_entry needs its attribute, and register.use"
    for name, label in sorted(part.classes.items()):
        if profile.attributes.get(name, "").removesuffix("?") != "truth":
            return f"register.classes names {name}, which is not true or false"
        if not NAME_FORM.fullmatch(label):
            return f"{label!r} is not a name for a class of the ledger"
    fault = _outline_fault(profile)
    if fault:
        return fault
    for kind in rights.inalienable:
        if kind not in profile.all_kinds:
            return f"rights.inalienable names {kind}, which is not a kind of right"
    for kind, below in sorted(rights.sub_grants.items()):
        for name in (kind, *below):
            if name not in rights.derived:
                return f"rights.sub_grants names {name}, which is not a derived kind"
    return ""


def _outline_fault(profile: Profile) -> str:
    part = profile.register.outline
    if part is None:
        return ""
    if OUTLINE not in profile.attributes:
        return f"register.outline needs the attribute {OUTLINE}"
    for name in ("overlap", "outside", "area"):
        if getattr(part, name) not in OUTLINE_CHECKS:
            return f"register.outline.{name} is {getattr(part, name)!r}, not refuse or note"
    for name in ("overlap_cm2", "outside_cm2", "area_permille"):
        if getattr(part, name) < 0:
            return f"register.outline.{name} is below zero"
    if part.m2_in_lot < 1:
        return f"register.outline.m2_in_lot is {part.m2_in_lot}"
    for name in part.apart:
        if name not in profile.attributes:
            return f"register.outline.apart names {name}, which is not an attribute"
    return ""


def _is_outline(kind: str) -> bool:
    """Whether a kind of attribute is ``outline:N``, N decimals of a metre."""
    digits = kind.removeprefix(f"{OUTLINE}:")
    return digits < kind and digits in DECIMALS


def _is_quorum(text: str) -> bool:
    top, _, bottom = text.partition("/")
    if not (top.isascii() and top.isdigit() and len(text) <= QUORUM_CHARACTERS_MAX):
        return False
    if text == top:
        return text == "1"
    return bottom.isascii() and bottom.isdigit() and 0 < int(top) <= int(bottom)


def _attributes_fault(profile: Profile) -> str:
    for name, kind in sorted(profile.attributes.items()):
        if not NAME_FORM.fullmatch(name):
            return f"{name!r} is not a name for an attribute"
        bare = kind.removesuffix("?")
        if (name == OUTLINE) != _is_outline(bare):
            return f"attribute {name} is of kind {kind!r}: {OUTLINE} is of kind {OUTLINE}:0 to 6"
        is_known = bare in ATTRIBUTE_KINDS or _is_outline(bare)
        if not is_known and not bare.removeprefix(TABLE) < bare:
            return f"attribute {name} is of kind {kind!r}"
    return ""
