"""What the tests of secrets share: a person, an erasure, a venue on a file with its keys."""

from collections.abc import Callable
from pathlib import Path

import pytest

import yaosu as ys
from tests.stories import MORNING
from yaosu.door import Venue
from yaosu.engine.clock import StepClock
from yaosu.journal.wrapping import WrappingKey
from yaosu.kernel.refusal import Refusal
from yaosu.parties.commands import EraseKey, FoundVenue, RegisterParty

PERSON = {"name": "张三", "id_number": "11010519491231002X"}
WRAPPING = WrappingKey(b"w" * 32)


def register(key: str = "r-1", party: str = "anna") -> RegisterParty:
    return RegisterParty(actor="op", key=key, party=party, kind="person", name="")


def erase(actor: str = "anna", key: str = "e-1", data_key: str = "person/anna") -> EraseKey:
    return EraseKey(
        actor=actor,
        key=key,
        data_key=data_key,
        reason="asked by the person",
        legal_basis="PIPL art. 47",
    )


def founding() -> FoundVenue:
    return FoundVenue(
        actor="founder", key="f", venue="v", operator="op", authority="gov", currency="CNY"
    )


def refused(ask: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        ask()
    return str(caught.value)


def open_at(path: Path, wrapping_file: Path) -> Venue:
    return ys.open(path, clock=StepClock(MORNING), wrapping_key=wrapping_file)
