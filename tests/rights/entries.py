"""Commands of the register in short, for its tests."""

from typing import Any

from tests.floors import DOCUMENT, Floors
from tests.rights.samples import registration
from yaosu.ledger import book
from yaosu.parties.commands import IssueAttestation
from yaosu.rights.commands import (
    AssessUnit,
    CancelRight,
    ChangeUse,
    ConfirmEntry,
    CorrectRight,
    FreezeRight,
    GiveConsent,
    GrantUse,
    MergeUnits,
    PledgeRight,
    RecordExpiry,
    ReleaseRight,
    RenewRight,
    SplitUnit,
    TransferTitle,
    UnitPart,
)
from yaosu.rights.values import Correction


def freeze(right: str, entry: str = "F1", actor: str = "reg") -> FreezeRight:
    return FreezeRight(actor=actor, key="k", entry=entry, right=right, reason="court order 7")


def pledge(right: str, entry: str = "P1", actor: str = "anna", **rest: Any) -> PledgeRight:
    fields: dict[str, Any] = {"creditor": "bao", **rest}
    return PledgeRight(actor=actor, key="k", entry=entry, right=right, **fields)


def release(entry: str, actor: str) -> ReleaseRight:
    return ReleaseRight(actor=actor, key="k", entry=entry)


def transfer(
    right: str, target: str = "bao", lots: int | None = None, actor: str = "anna"
) -> TransferTitle:
    return TransferTitle(actor=actor, key="k", right=right, target=target, lots=lots)


def grant(
    name: str, right: str, lots: int, actor: str = "anna", target: str = "bao", **rest: Any
) -> GrantUse:
    fields: dict[str, Any] = {"target": target, **rest}
    return GrantUse(actor=actor, key="k", granted=name, right=right, lots=lots, **fields)


def cancel(right: str, actor: str = "anna", source: str = "") -> CancelRight:
    return CancelRight(actor=actor, key="k", right=right, reason="given up", source=source)


def expire(right: str, actor: str = "bao") -> RecordExpiry:
    return RecordExpiry(actor=actor, key="k", right=right)


def correct(
    right: str, correction: Correction, entry: str = "C1", actor: str = "reg"
) -> CorrectRight:
    return CorrectRight(
        actor=actor, key="k", entry=entry, right=right, correction=correction, source=DOCUMENT
    )


def confirm(entry: str, actor: str) -> ConfirmEntry:
    return ConfirmEntry(actor=actor, key="k", entry=entry)


def consent(about: str, to: str, actor: str = "anna", until: int = 0) -> GiveConsent:
    return GiveConsent(actor=actor, key="k", about=about, to=to, until=until)


def split(unit: str, *parts: UnitPart, actor: str = "reg") -> SplitUnit:
    return SplitUnit(actor=actor, key="k", unit=unit, parts=parts)


def merge(unit: str, *units: str, actor: str = "reg", **rest: Any) -> MergeUnits:
    return MergeUnits(actor=actor, key="k", unit=unit, units=units, **rest)


def plot(
    floors: Floors, name: str, quantity: int = 900, floor_area: int = 300, **changes: Any
) -> None:
    """A plot of so many square metres, with a use right ``R-<name>`` of anna's."""
    attributes = {"use": "industrial", "land_title": "state", "floor_area_m2": floor_area}
    fields: dict[str, Any] = {
        "right": f"R-{name}", "unit": name, "quantity": quantity, "unit_attributes": attributes,
        **changes,
    }  # fmt: skip
    floors.when(registration("land", **fields))


def renew(right: str, term_to: int, actor: str = "reg", **rest: Any) -> RenewRight:
    return RenewRight(actor=actor, key="k", right=right, term_to=term_to, **rest)


def change_use(unit: str, use: str, **rest: Any) -> ChangeUse:
    return ChangeUse(actor="reg", key="k", unit=unit, use=use, **rest)


def assess(
    name: str, unit: str, method: str, actor: str = "agency", use: str = "", **inputs: int
) -> AssessUnit:
    return AssessUnit(
        actor=actor, key="k", assessment=name, unit=unit, method=method, inputs=inputs, use=use
    )


def plan(floors: Floors, unit: str, use: str) -> None:
    """The agency states that the plan permits a use of a unit."""
    floors.when(
        IssueAttestation(
            actor="agency", key="k", attestation=f"plan-{unit}-{use}", about=unit,
            kind="plan_permits", scope={"use": use},
        )
    )  # fmt: skip


def fund(floors: Floors, party: str, amount: int) -> None:
    """Money into the books of the lower floors, which have no bank."""
    for event in book.issue(floors, f"m-{party}-{floors.number}", party, "CNY", amount):
        floors.take(event)
