"""Questions about the register."""

from typing import Any

import msgspec

from yaosu.kernel.instant import parse_instant
from yaosu.kernel.refusal import found, refuse_unless
from yaosu.rights.assessing import age_days, assessments_of, recomputed
from yaosu.rights.outline_index import outline_text
from yaosu.rights.title_chain import rights_of_number, rights_of_unit, title_chain
from yaosu.rights.views import ledger_classes, outline_notes, rights_by, title_history
from yaosu.rights.views import pledges as all_pledges
from yaosu.rights.views import rights as all_rights
from yaosu.server.questions.looking import Asked, Look, Question, is_own, own_rows


class Titles(Asked, frozen=True, kw_only=True):
    """Rights, filtered."""

    at: str | None = None
    holder: str = ""
    unit: str = ""
    kind: str = ""
    region: str = ""


class Title(Asked, frozen=True, kw_only=True):
    """A right by its id, rights of a unit, or those of a registration number."""

    name: str
    at: str | None = None


class Pledges(Asked, frozen=True, kw_only=True):
    """Pledges, filtered."""

    at: str | None = None
    holder: str | None = None
    creditor: str | None = None


class Nothing(Asked, frozen=True, kw_only=True):
    """Nothing more is to be said."""


class OfUnit(Asked, frozen=True, kw_only=True):
    """A unit."""

    unit: str


class OfFactor(Asked, frozen=True, kw_only=True):
    """A factor; empty: all."""

    factor: str = ""


def titles(look: Look, asked: Titles) -> Any:
    """Rows of rights."""
    named = {"holder": asked.holder, "unit": asked.unit, "kind": asked.kind,
             "region": asked.region}  # fmt: skip
    with look.state(_instant(asked.at)) as state:
        if look.parties is not None:
            own = look.parties if not asked.holder else look.parties & {asked.holder}
            tables = [rights_by(state.rights, **named | {"holder": one}) for one in sorted(own)]
        elif any(named.values()):
            tables = [rights_by(state.rights, **named)]
        else:
            tables = [all_rights(state.rights)]
    return [row for table in tables for row in table.iterate()]


def title(look: Look, asked: Title) -> Any:
    """Chains of titles, each of which was a party's of who asks at some time."""
    name = asked.name
    with look.state(_instant(asked.at)) as state:
        rights = state.rights
        if name in rights.rights:
            known = [name]
        elif name in rights.units:
            known = rights_of_unit(rights, name)
        else:
            known = rights_of_number(rights, name)
            refuse_unless(known, "rights.unknown_thing", about=name)
        seen = [
            one
            for one in known
            if look.parties is None
            or is_own(look, [step.right.holder for step in title_history(rights, one)])
        ]
        refuse_unless(seen or not known, "rights.unknown_thing", about=name)
        return [title_chain(state, one) for one in seen]


def pledges(look: Look, asked: Pledges) -> Any:
    """Rows of pledges that stand."""
    with look.state(_instant(asked.at)) as state:
        table = all_pledges(state)
    return [
        row
        for row in own_rows(look, table.iterate(), "holder", "creditor")
        if asked.holder in (None, row["holder"]) and asked.creditor in (None, row["creditor"])
    ]


def classes(look: Look, _: Nothing) -> Any:
    """Rows of assets by their class in the ledger."""
    with look.state() as state:
        return list(ledger_classes(state).iterate())


def values(look: Look, asked: OfUnit) -> Any:
    """Assessments of a unit, each computed again."""
    unit = asked.unit
    with look.state() as state:
        known = found(state.rights.units.get(unit), "rights.unknown_unit", unit=unit)
        holders = [state.rights.rights[one].holder for one in rights_of_unit(state.rights, unit)]
        refuse_unless(is_own(look, holders), "rights.unknown_unit", unit=unit)
        return [
            {
                **msgspec.to_builtins(one),
                "recomputed": recomputed(one),
                "age_days": age_days(one, state.now),
            }
            for one in assessments_of(state.rights, known.id)
        ]


def outlines(look: Look, asked: OfFactor) -> Any:
    """Units that have an outline, what of the outlines does not fit, and the instant."""
    factor = asked.factor
    with look.state() as state:
        now, rights = state.now, state.rights
        notes = [row for row in outline_notes(rights).iterate() if factor in ("", row["factor"])]
        units = sorted(
            (
                unit
                for unit in rights.units.values()
                if unit.end == 0 and outline_text(unit) and factor in ("", unit.factor)
            ),
            key=lambda unit: unit.id,
        )
    return {"notes": notes, "units": units, "instant": now}


def _instant(text: str | None) -> int | None:
    return None if text is None else parse_instant(text)


RIGHTS: dict[str, Question] = {
    "rights.list": Question(
        asked=Titles, answer=titles, shown="own", what="Rights that stand, now or at an instant."
    ),
    "rights.show": Question(
        asked=Title, answer=title, shown="own", what="The chain of a right, a unit or a number."
    ),
    "rights.pledges": Question(
        asked=Pledges, answer=pledges, shown="own", what="Pledges that stand, with their rank."
    ),
    "rights.classes": Question(
        asked=Nothing, answer=classes, shown="office", what="Assets by their class in the ledger."
    ),
    "rights.values": Question(
        asked=OfUnit,
        answer=values,
        shown="own",
        what="What was found of the value of a unit, computed again.",
    ),
    "rights.outlines": Question(
        asked=OfFactor,
        answer=outlines,
        shown="office",
        what="Units with an outline, and what does not fit.",
    ),
}
