"""Do the tables of access hold together? Names, levels, bounds, order, and no gain in a circle."""

from itertools import pairwise

from yaosu.access import refusals
from yaosu.access.tables import (
    AnyTable,
    EntitlementTable,
    LearningTable,
    RecognitionTable,
    Scale,
)
from yaosu.kernel.ids import check_id
from yaosu.kernel.instant import check_instant
from yaosu.kernel.numbers import INT64_MAX
from yaosu.kernel.refusal import refuse_unless
from yaosu.parties.decide import LEVEL_MAX
from yaosu.rules.facts import NAME_FORM

ROWS_MAX = 2_000
DAYS_MAX = 36_525
__all__ = ["refusals"]


def check_table(table: AnyTable) -> None:
    """Refuse a table that could not be read as it stands.

    Raises:
        Refusal: ``access.bad_table`` naming what does not fit.
    """
    check_id(table.id, "table")
    check_id(table.version, "version")
    check_instant(table.effective, "the effect")
    check_instant(table.expiry, "the expiry")
    reason = ""
    if not table.authority.strip() or not table.legal_basis.strip():
        reason = "its authority or legal basis is not named"
    elif table.expiry and table.expiry <= table.effective:
        reason = "it expires before it takes effect"
    elif isinstance(table, RecognitionTable):
        reason = _fault_in_recognition(table)
    elif isinstance(table, LearningTable):
        reason = _fault_in_learning(table)
    elif isinstance(table, EntitlementTable):
        reason = _fault_in_entitlements(table)
    else:
        reason = _fault_in_scale(table)
    refuse_unless(not reason, "access.bad_table", table=table.name, reason=reason)


def _fault_in_recognition(table: RecognitionTable) -> str:
    if not 0 < len(table.rows) <= ROWS_MAX:
        return f"it has {len(table.rows)} rows, 1 to {ROWS_MAX} are allowed"
    if not table.appeal:
        return "it names no procedure for what is not listed"
    for number, row in enumerate(table.rows, 1):
        if not NAME_FORM.fullmatch(row.kind) or not NAME_FORM.fullmatch(row.gives):
            return f"row {number} names {row.kind!r} and {row.gives!r}, which are no two names"
        if not (1 <= row.level <= LEVEL_MAX and 1 <= row.gives_level <= LEVEL_MAX):
            return f"row {number} has a level that is not from 1 to {LEVEL_MAX}"
        if not (0 <= row.term_days <= DAYS_MAX and 0 <= row.supervision_days <= DAYS_MAX):
            return f"row {number} has days that are not from 0 to {DAYS_MAX}"
    return ""


def _fault_in_learning(table: LearningTable) -> str:
    if not 0 < len(table.conversions) <= ROWS_MAX or not 0 < len(table.awards) <= ROWS_MAX:
        return f"it has no conversions or no awards, or more than {ROWS_MAX}"
    for row in table.conversions:
        if not NAME_FORM.fullmatch(row.kind):
            return f"it converts {row.kind!r}, which is no name"
        if not (1 <= row.per <= LEVEL_MAX and 1 <= row.credits <= LEVEL_MAX):
            return f"{row.kind} gives {row.credits} per {row.per}"
        if not 0 <= row.credits_max <= INT64_MAX:
            return f"{row.kind} gives at most {row.credits_max}"
    awards = [award.id for award in table.awards]
    for row in table.conversions:
        unknown = sorted(set(row.awards) - set(awards))
        if unknown:
            return f"{row.kind} counts for {unknown[0]}, which is no award of it"
    for one in awards:
        kinds = [r.kind for r in table.conversions if not r.awards or one in r.awards]
        if len(set(kinds)) < len(kinds):
            return f"one kind of outcome is converted twice for award {one}"
    if len(set(awards)) < len(awards):
        return "two of its awards have one id"
    for award in table.awards:
        check_id(award.id, "award")
        if not NAME_FORM.fullmatch(award.kind) or not 1 <= award.level <= LEVEL_MAX:
            return f"award {award.id} gives {award.kind!r} of level {award.level}"
        if award.credits < 1 or any(least < 1 for least in award.needs.values()):
            return f"award {award.id} asks for {award.credits} credits, or for none of a kind"
    return ""


def _fault_in_entitlements(table: EntitlementTable) -> str:
    names = [one.id for one in table.entitlements]
    if not 0 < len(names) <= ROWS_MAX or len(set(names)) < len(names):
        return f"it has no entitlements, more than {ROWS_MAX}, or two of one id"
    for one in table.entitlements:
        check_id(one.id, "entitlement")
        if not one.scheme or not 0 <= one.months <= LEVEL_MAX:
            return f"{one.id} is for {one.months} months of {one.scheme!r}"
    return ""


def _fault_in_scale(scale: Scale) -> str:
    grades = scale.grades
    if not NAME_FORM.fullmatch(scale.kind):
        return f"its kind {scale.kind!r} is not a name"
    if [one.grade for one in grades] != list(range(1, len(grades) + 1)) or not grades:
        return "its grades are not 1, 2, 3 and so on"
    for lower, upper in pairwise(grades):
        tops = [one.pay_max or INT64_MAX for one in (lower, upper)]
        if upper.pay_min < lower.pay_min or tops[1] < tops[0]:
            return f"grade {upper.grade} is paid less than grade {lower.grade}"
    for one in grades:
        if one.pay_min < 0 or (one.pay_max and one.pay_max < one.pay_min):
            return f"grade {one.grade} is paid from {one.pay_min} to {one.pay_max}"
        if not 0 <= one.years <= 100:
            return f"grade {one.grade} asks for {one.years} years"
        asked = {**one.needs, **one.leap}
        bad = sorted(k for k, v in asked.items() if not NAME_FORM.fullmatch(k) or v < 1)
        if bad:
            return f"grade {one.grade} asks for {bad[0]!r}, which is no kind with a level from 1"
        if scale.kind in asked:
            return f"grade {one.grade} asks for {scale.kind}, which its grades give"
    return ""
