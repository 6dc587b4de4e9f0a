"""Whatever is asked of the register, in whatever order: what may never be, never is.

A machine of hypothesis asks commands of every kind against a small register and checks after each
step; a second one would find a planted fault, which a test below plants.
"""

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.floors import DOCUMENT, Floors, settled
from tests.rights import entries as ask
from yaosu.kernel.instant import DAY
from yaosu.kernel.numbers import Share
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Command
from yaosu.parties.commands import GrantRole, RegisterParty
from yaosu.rights.commands import HolderShare, UnitPart
from yaosu.rights.events import RegisterChanged, TitleMoved
from yaosu.rights.register import pledges_on
from yaosu.rights.restructuring import debt_of
from yaosu.rights.values import Correction, Right
from yaosu.rights.views import pledges

PARTIES = ("anna", "bao", "watch")
pick = st.integers(0, 50)
party = st.sampled_from(PARTIES)


class Register(RuleBasedStateMachine):
    """Two plots, three parties, and every command that touches a title."""

    def __init__(self) -> None:
        super().__init__()
        self.floors = settled(regions=1)
        self.number = 0
        second = {"party": "reg2", "kind": "organisation", "name": "2"}
        self.floors.when(RegisterParty(actor="op", key="r", **second))
        self.floors.when(GrantRole(actor="gov", key="r", party="reg2", role="registrar"))
        half = HolderShare(right="R-A2", holder="bao", share=Share(1, 2))
        ask.plot(
            self.floors, "A", quantity=720, floor_area=60, share=Share(1, 2), co_holders=(half,)
        )
        ask.plot(self.floors, "B", quantity=360, floor_area=12, holder="watch")

    def name(self, kind: str) -> str:
        self.number += 1
        return f"{kind}{self.number}"

    def right(self, chosen: int) -> Right:
        """A right; of six, five times one that has not ended, where there is one."""
        rights = self.floors.rights.rights
        current = [name for name, right in sorted(rights.items()) if not right.end]
        known = current if current and chosen % 6 else sorted(rights)
        return rights[known[chosen % len(known)]]

    def do(self, command: Command) -> None:
        """Ask; where it is accepted, nothing frozen changed hands."""
        frozen = {name for name in self.floors.rights.rights if self.is_frozen(name)}
        self.floors.now += 1
        before = {name: right.holder for name, right in self.floors.rights.rights.items()}
        try:
            events = self.floors.when(command)
        except Refusal:
            return
        for event in events:
            if isinstance(event, TitleMoved | RegisterChanged):
                for moved in event.rights:
                    was = before.get(moved.id, moved.holder)
                    is_moved = moved.holder != was or moved.end
                    by_office = command.actor == "gov"
                    assert not (is_moved and moved.id in frozen) or by_office, command

    def is_frozen(self, name: str) -> bool:
        state = self.floors.rights
        return any(
            state.entries[one].kind == "freeze" and state.entries[one].is_standing(self.floors.now)
            for one in state.burdens.get(name, [])
        )

    @rule(chosen=pick, to=party, lots=st.none() | st.integers(1, 60))
    def transfers(self, chosen: int, to: str, lots: int | None) -> None:
        right = self.right(chosen)
        self.do(ask.transfer(right.id, to, lots, actor=right.holder))

    @rule(chosen=pick, to=party, lots=st.integers(1, 400))
    def leases(self, chosen: int, to: str, lots: int) -> None:
        right = self.right(chosen)
        self.do(ask.grant(self.name("L"), right.id, lots, actor=right.holder, target=to))

    @rule(chosen=pick, creditor=party, rank=st.integers(1, 3), amount=st.integers(0, 99))
    def pledges(self, chosen: int, creditor: str, rank: int, amount: int) -> None:
        right = self.right(chosen)
        fields: dict[str, Any] = {"creditor": creditor, "rank": rank, "amount_minor": amount}
        self.do(ask.pledge(right.id, self.name("P"), actor=right.holder, **fields))

    @rule(chosen=pick)
    def freezes(self, chosen: int) -> None:
        self.do(ask.freeze(self.right(chosen).id, self.name("F")))

    @rule(chosen=pick)
    def releases(self, chosen: int) -> None:
        known = sorted(one for ids in self.floors.rights.burdens.values() for one in ids)
        if known:
            entry = self.floors.rights.entries[known[chosen % len(known)]]
            self.do(ask.release(entry.id, entry.beneficiary or entry.made_by))

    @rule(chosen=pick, office=st.booleans(), seldom=st.integers(0, 3))
    def cancels(self, chosen: int, office: bool, seldom: int) -> None:
        if seldom:
            return
        right = self.right(chosen)
        actor, source = ("gov", DOCUMENT) if office else (right.holder, "")
        self.do(ask.cancel(right.id, actor, source))

    @rule(chosen=pick, to=party)
    def corrects(self, chosen: int, to: str) -> None:
        entry = self.name("C")
        self.do(ask.correct(self.right(chosen).id, Correction(holder=to), entry))
        self.do(ask.confirm(entry, "reg2"))

    @rule(chosen=pick, cut=st.integers(1, 5))
    def splits(self, chosen: int, cut: int) -> None:
        units = sorted(name for name, unit in self.floors.rights.units.items() if not unit.end)
        unit = self.floors.rights.units[units[chosen % len(units)]]
        area = unit.attributes["floor_area_m2"]
        assert isinstance(area, int)
        first = unit.quantity * cut // 6
        parts = (
            UnitPart(unit=self.name("U"), quantity=first, attributes={"floor_area_m2": area}),
            UnitPart(
                unit=self.name("U"), quantity=unit.quantity - first,
                attributes={"floor_area_m2": 0},
            ),
        )  # fmt: skip
        self.agree("split", unit.id)
        self.do(ask.split(unit.id, *parts))

    @precondition(lambda self: sum(not u.end for u in self.floors.rights.units.values()) > 1)
    @rule(chosen=pick, other=pick)
    def merges(self, chosen: int, other: int) -> None:
        units = sorted(name for name, unit in self.floors.rights.units.items() if not unit.end)
        one, two = units[chosen % len(units)], units[other % len(units)]
        for name in (one, two):
            self.agree("merge", name)
        self.do(ask.merge(self.name("M"), one, two))

    def agree(self, to: str, unit: str) -> None:
        for name in PARTIES:
            self.do(ask.consent(unit, to, name))

    @rule(days=st.integers(1, 9_000))
    def waits(self, days: int) -> None:
        self.floors.now += days * DAY
        for name, right in sorted(self.floors.rights.rights.items()):
            if not right.end and 0 < right.term_to <= self.floors.now:
                self.do(ask.expire(name))

    @invariant()
    def no_lot_has_two_holders(self) -> None:
        """Shares of a kind on a unit are never more than one; the books hold as many lots."""
        state = self.floors.rights
        sums: dict[tuple[str, str], Share] = {}
        for right in state.rights.values():
            if right.end == 0 and not right.based_on:
                key = (right.unit, right.kind)
                sums[key] = sums.get(key, Share(0, 1)).plus(right.share)
                assert not state.units[right.unit].end, "a right on a historic unit"
        assert all(share.fraction <= 1 for share in sums.values()), sums
        self.floors.assert_whole()

    @invariant()
    def quantities_are_conserved(self) -> None:
        """Issued is held and retired: area is never made or lost by a split or merger."""
        units = [unit for unit in self.floors.rights.units.values() if not unit.end]
        assert sum(unit.quantity for unit in units) == 1_080
        assert sum(int(unit.attributes["floor_area_m2"]) for unit in units) == 72

    @invariant()
    def no_pledge_counts_twice(self) -> None:
        """On one right a debt stands once, and ranks are in order of time."""
        for name in self.floors.rights.burdens:
            standing = pledges_on(self.floors, name)
            debts = [debt_of(self.floors, entry) for entry in standing]
            assert len(set(debts)) == len(debts)
            assert [entry.at for entry in standing] == sorted(entry.at for entry in standing)
            assert self.floors.rights.rights[name].end == 0 or not standing
        table = pledges(self.floors)
        assert table.rows == len(set(table.text("entry").tolist()))


Register.TestCase.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
TestWhateverIsAskedOfTheRegister = Register.TestCase
"""S0-26 S0-50 S2-33 S2-59 S2-61: shares, freezes, pledges and quantities under any sequence."""


def test_a_title_moved_past_a_freeze_would_be_found() -> None:
    """S0-50: the guard is guarded: with the freeze ignored, the machine stops."""
    machine = Register()
    machine.do(ask.freeze("R-B"))
    assert machine.is_frozen("R-B")
    state = machine.floors.rights
    hidden = state.burdens.pop("R-B")
    original = machine.is_frozen
    planted = {"is_frozen": lambda name: name == "R-B" or original(name)}
    vars(machine).update(planted)
    with pytest.raises(AssertionError, match="TransferTitle"):
        machine.do(ask.transfer("R-B", "bao", actor="watch"))
    state.burdens["R-B"] = hidden


def test_a_share_that_is_counted_twice_would_be_found() -> None:
    """S0-26: the guard is guarded."""
    machine = Register()
    right = machine.floors.rights.rights["R-B"]
    machine.floors.rights.rights["X"] = type(right)(
        id="X", unit="B", factor="land", instrument="B", holder="bao", kind="use_right",
        share=Share(1, 2), term_from=0, begin=0, entry=right.entry,
    )  # fmt: skip
    with pytest.raises(AssertionError):
        machine.no_lot_has_two_holders()


def metamorphic(order: list[str]) -> tuple[bytes, ...]:
    """The register after independent registrations in an order, without instants."""
    floors: Floors = settled(regions=1)
    for name in order:
        ask.plot(floors, name, quantity=10, floor_area=1)
    state = floors.rights
    rows = sorted(
        (right.id, right.holder, right.unit, str(right.share), floors.free("anna", right.unit))
        for right in state.rights.values()
    )
    return tuple(repr(row).encode() for row in rows)


def test_the_order_of_independent_registrations_does_not_matter() -> None:
    """S0-27: every order of four gives the same register."""
    from itertools import permutations

    assert len({metamorphic(list(order)) for order in permutations("ABCD")}) == 1


@pytest.mark.parametrize(
    "facts",
    [
        {"region": "R02"}, {"ownership": "private"}, {"ownership": "state"}, {"sector": "steel"},
        {"size": 3},
    ],
)  # fmt: skip
def test_who_owns_changes_no_register_entry(facts: dict[str, Any]) -> None:
    """S0-27 S2-24: split, pledge, freeze and release are the same for every class of owner."""

    def outcome(of: dict[str, Any]) -> list[str]:
        floors = settled(regions=2)
        known = floors.parties.parties["anna"]
        floors.parties.parties["anna"] = type(known)(
            id="anna", kind="organisation", name="a", facts=of
        )
        ask.plot(floors, "A", quantity=10, floor_area=2)
        said: list[str] = []
        for command in (
            ask.pledge("R-A", amount_minor=5),
            ask.freeze("R-A"),
            ask.transfer("R-A"),
            ask.release("F1", "reg"),
            ask.consent("A", "split"),
            ask.consent("A", "split", "bao"),
            ask.split(
                "A",
                UnitPart(unit="A1", quantity=4, attributes={"floor_area_m2": 2}),
                UnitPart(unit="A2", quantity=6, attributes={"floor_area_m2": 0}),
            ),
            ask.cancel("R-A"),
        ):
            try:
                said += [type(event).__name__ for event in floors.when(command)]
            except Refusal as refusal:
                said.append(str(refusal))
        return said

    assert outcome(facts) == outcome({})
