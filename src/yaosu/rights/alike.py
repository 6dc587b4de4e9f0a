"""Rows of one command that are alike: what they share is asked of the register once.

:func:`yaosu.rights.decide.decide_register_right` decides any registration and is the rule. Most
rows of a batch are of one form: one holder of the whole of a new unit. For these the same answers
are put together here from parts that rows share; a row of another form, or one that any check does
not pass, is left to the rule, which decides or refuses it. So a quick answer is never another one
(tests/rights/test_alike.py holds the two against each other, event for event).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from yaosu.kernel.ids import DIGEST_FORM, ID_FORM, derive_id
from yaosu.kernel.numbers import VALUE_MAX, WHOLE
from yaosu.kernel.packed import Packed
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Event
from yaosu.ledger import book
from yaosu.parties.decide import facts_of
from yaosu.places.decide import region_of
from yaosu.rights.commands import RegisterRight
from yaosu.rights.events import RightRegistered, UnitRegistered
from yaosu.rights.methods.term import years_in
from yaosu.rights.outline_index import OUTLINE
from yaosu.rights.profile import Profile
from yaosu.rights.register import profile_of
from yaosu.rights.registration import TAKEN_OVER, check_instrument, check_kind, check_term
from yaosu.rights.state import RightsReach
from yaosu.rights.title_transfers import effect_of
from yaosu.rights.units import fault_in
from yaosu.rights.values import Attribute, RegisterEntry, Right, Unit
from yaosu.rules import listening
from yaosu.rules.decide import ask, conditions_for, rules_in_force
from yaosu.rules.evaluate import names_behind
from yaosu.rules.overlay import RulesInForce
from yaosu.rules.pack import Condition, Value

Key = tuple[Any, ...]
Read = tuple[tuple[type, Value | None], ...]  # facts with their kinds: true is not 1
UNIT_FACT = "unit_"


class Form(Struct, frozen=True):
    """What rows of one factor, kind, region and term share.

    Attributes:
        kind: of right.
        needed: attributes that no unit may lack.
        suffix: of the instrument's name behind that of the unit.
        begin, effective: of the term, and from when the entry counts.
        conditions: of registration; ``names``: every fact that they read, by way of others too;
            ``of_unit``: those that are attributes of the unit, by the attribute's name.
        years: that the term lasts.
        of_holders: what of these facts is known of a holder; ``met``: whether the conditions are
            met for what was read of holder and unit, with a source or without; filled as asked.
    """

    profile: Profile
    kind: str
    needed: frozenset[str]
    suffix: str
    begin: int
    effective: int
    conditions: tuple[Condition, ...]
    names: tuple[str, ...]
    of_unit: tuple[str, ...]
    years: int
    of_holders: dict[str, Read] = {}
    met: dict[tuple[Read, Read, bool], bool] = {}


class Quick(Struct, frozen=True):
    """A row that is decided: its two events, and its lines in the books in their order."""

    unit: UnitRegistered
    right: RightRegistered
    lines: tuple[book.Line, book.Line]

    @property
    def events(self) -> tuple[Event, Event]:
        """What is registered."""
        return self.unit, self.right


class Alike:
    """Answers that rows share, for one command; nothing is kept beyond it."""

    def __init__(self, reach: RightsReach, actor: str, rows: Sequence[RegisterRight]) -> None:
        self._reach = reach
        self._actor = actor
        self._known_rights = _known(reach.rights.rights, [row.right for row in rows])
        self._known_units = _known(reach.rights.units, [row.unit for row in rows])
        self._rules: RulesInForce | None = rules_in_force(reach)
        self._forms: dict[Key, Form | None] = {}
        self._holders: dict[str, dict[str, Value] | None] = {}
        self._values: dict[Key, bool] = {}
        self._is_heard = listening.is_heard()  # who listens is to hear every question
        self._instruments: dict[Key, bool] = {}

    def decided(self, row: RegisterRight, cause: str) -> Quick | None:
        """What the row comes to, where it is of the common form and passes; None: ask the rule."""
        if (
            row.co_holders
            or row.made_from
            or row.turns
            or row.producer
            or row.share != WHOLE
            or OUTLINE in row.unit_attributes  # each is held against all that lie near
            or self._is_heard
        ):
            return None
        form = self._form(row)
        holder = self._holder(row.holder)
        if form is None or holder is None or not self._is_in_order(row, form):
            return None
        instrument = self._instrument(row, form)
        if not instrument or not self._meets(row, form, holder):
            return None
        return self._made(row, form, instrument, cause)

    def _form(self, row: RegisterRight) -> Form | None:
        key = (row.factor, row.kind, row.region, row.term_from, row.term_to, row.effective_from)
        try:
            return self._forms[key]
        except KeyError:
            pass
        try:
            form = self._new_form(row)
        except Refusal:
            form = None
        self._forms[key] = form
        return form

    def _new_form(self, row: RegisterRight) -> Form:
        reach = self._reach
        profile = profile_of(reach, row.factor)
        region_of(reach, row.region)
        kind = row.kind or profile.rights.primary
        check_kind(profile, kind, profile.all_kinds)
        begin = reach.now if row.term_from is None else row.term_from
        check_term(row.right, begin, row.term_to, profile.nature.term_max)
        rules = self._rules
        conditions = conditions_for(reach, "registration", row.factor) if rules else []
        names = (
            {name for one in conditions for name in names_behind(rules.items, one)} if rules else ()
        )
        attributes = profile.attributes.items()
        return Form(
            profile=profile,
            kind=kind,
            needed=frozenset(name for name, of in attributes if not of.endswith("?")),
            suffix="" if kind == profile.rights.primary else f"/{kind}",
            begin=begin,
            effective=effect_of(reach, profile, row.effective_from),
            conditions=tuple(conditions),
            names=tuple(sorted(names)),
            of_unit=tuple(
                sorted(n.removeprefix(UNIT_FACT) for n in names if n.startswith(UNIT_FACT))
            ),
            years=years_in(begin, row.term_to),
        )

    def _holder(self, holder: str) -> dict[str, Value] | None:
        """The facts of a holder; None where it is not registered, or not any more."""
        if holder not in self._holders:
            try:
                self._holders[holder] = dict(facts_of(self._reach, holder))
            except Refusal:
                self._holders[holder] = None
        return self._holders[holder]

    def _is_in_order(self, row: RegisterRight, form: Form) -> bool:
        """Ids, quantity, source and attributes are as the rule wants them; unit and right new."""
        if not (
            row.right not in self._known_rights
            and row.unit not in self._known_units
            and ID_FORM.fullmatch(row.unit)
            and ID_FORM.fullmatch(row.right)
            and 1 <= row.quantity <= VALUE_MAX
            and (row.source == "" or DIGEST_FORM.fullmatch(row.source))
            and (row.old_number == "" or ID_FORM.fullmatch(row.old_number))
            and form.needed <= row.unit_attributes.keys()
        ):
            return False
        kinds = form.profile.attributes
        for name, value in row.unit_attributes.items():
            kind = kinds.get(name)
            if kind is None or not self._is_value(kind, value):
                return False
        return True

    def _is_value(self, kind: str, value: Attribute) -> bool:
        key = (kind, type(value), value)
        is_value = self._values.get(key)
        if is_value is None:
            is_value = not fault_in(self._reach, kind.removesuffix("?"), value)
            self._values[key] = is_value
        return is_value

    def _instrument(self, row: RegisterRight, form: Form) -> str:
        """The instrument; empty where the rule is to name it, or to refuse it."""
        if not row.instrument and not form.profile.register.classes:
            name = row.unit + form.suffix
            venue = self._reach.parties.venue
            is_free = (venue is None or name != venue.currency) and ID_FORM.fullmatch(name)
            return name if is_free and not self._reach.rights.by_instrument.get(name) else ""
        if form.profile.register.classes:
            return ""
        key = (row.instrument, row.factor, form.kind)
        if key not in self._instruments:
            try:
                check_instrument(self._reach, *key)
                self._instruments[key] = True
            except Refusal:
                self._instruments[key] = False
        return row.instrument if self._instruments[key] else ""

    def _meets(self, row: RegisterRight, form: Form, holder: dict[str, Value]) -> bool:
        """Whether the conditions are met, asked once for facts that they cannot tell apart."""
        if not form.conditions:
            return True
        of_holder = form.of_holders.get(row.holder)
        if of_holder is None:
            values = [holder.get(name) for name in form.names]
            of_holder = form.of_holders[row.holder] = tuple([(type(one), one) for one in values])
        given = [row.unit_attributes.get(name) for name in form.of_unit]
        key = (of_holder, tuple([(type(one), one) for one in given]), row.source != "")
        if key not in form.met:
            facts: dict[str, Value] = {
                **holder,
                **{UNIT_FACT + name: value for name, value in row.unit_attributes.items()},
                "has_source": row.source != "",
                "term_years": form.years,
            }
            assert self._rules is not None
            outcomes = (ask(self._rules, one.id, facts) for one in form.conditions)
            form.met[key] = not any(outcome.reason for outcome in outcomes)
        return form.met[key]

    def _made(self, row: RegisterRight, form: Form, instrument: str, cause: str) -> Quick:
        now = self._reach.now
        entry = derive_id("entry", cause, row.right)
        unit = Unit(
            id=row.unit,
            factor=form.profile.name,
            region=row.region,
            quantity=row.quantity,
            attributes=dict(sorted(row.unit_attributes.items())),
            profile_version=form.profile.version,
            since=now,
            old_number=row.old_number,
        )
        right = Right(
            id=row.right,
            unit=row.unit,
            factor=row.factor,
            instrument=instrument,
            holder=row.holder,
            kind=form.kind,
            share=WHOLE,
            scope=dict(sorted(row.scope.items())) if row.scope else {},
            term_from=form.begin,
            term_to=row.term_to,
            source=row.source,
            begin=now,
            entry=entry,
        )
        first = RegisterEntry(
            id=entry,
            kind="first",
            right=row.right,
            made_by=self._actor,
            beneficiary=row.holder,
            lots=row.quantity,
            source=row.source,
            reason=TAKEN_OVER if row.old_number else "",
            at=now,
            effective=form.effective,
        )
        issued = (book.REGISTER, instrument, book.ISSUED, -row.quantity)
        held = (row.holder, instrument, book.FREE, row.quantity)
        lines = (issued, held) if issued[:3] < held[:3] else (held, issued)
        return Quick(UnitRegistered(unit=unit), RightRegistered(right=right, entry=first), lines)


def _known(table: Mapping[str, object], names: Sequence[str]) -> dict[str, bool]:
    """Those of the names that are in a table of the register."""
    assert isinstance(table, Packed)
    rows = table.rows_of(names)
    return {name: True for name, row in zip(names, rows, strict=True) if row >= 0}
