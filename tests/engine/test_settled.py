"""A command that is not read again is exactly what reading it again would give."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct, structs

from tests.engine.test_writer import newcomer
from yaosu.core import COMMANDS
from yaosu.engine.recovery import command_of, read_command
from yaosu.engine.settled import is_settled
from yaosu.journal.sqlite import open_sqlite
from yaosu.kernel import canonical
from yaosu.kernel.columns import Columns, Text
from yaosu.kernel.words import Command
from yaosu.markets.commands import SubmitOrders
from yaosu.parties.commands import RegisterParty

RECORDED = Path(__file__).parents[1] / "fixtures" / "recorded"
CELLS = st.one_of(
    st.text(max_size=6),
    st.integers(-(2**64), 2**64),
    st.booleans(),
    st.none(),
)


def form_of(value: object) -> object:
    """A value with the kinds of all its parts, and the order of its columns."""
    if isinstance(value, Columns):
        return value.rows, [(name, form_of(column)) for name, column in value.items()]
    if isinstance(value, Text):
        return "text", None if value.texts is None else list(value.texts), value.tolist()
    if isinstance(value, Struct):
        return type(value), [form_of(getattr(value, name)) for name in value.__struct_fields__]
    if isinstance(value, list | tuple):
        return type(value), [form_of(one) for one in value]
    if isinstance(value, dict):
        return type(value), [(key, form_of(one)) for key, one in value.items()]
    if isinstance(value, np.ndarray):
        return value.dtype.name, value.tolist()
    return type(value), value


def batch(**orders: object) -> SubmitOrders:
    return SubmitOrders(
        actor="anna", key="k", market="call", batch="b", orders=Columns.of(**orders)
    )


def test_every_recorded_command_that_is_settled_reads_as_it_is() -> None:
    kinds: set[type[Command]] = set()
    for path in sorted(RECORDED.glob("*.db")):
        with open_sqlite(path, readonly=True) as store:
            for entry in store.read():
                command = command_of(entry)
                if is_settled(command):
                    kinds.add(type(command))
                    canonical.check(command)
                    data = canonical.encode(command)
                    assert form_of(read_command(data)) == form_of(command)
    assert SubmitOrders in kinds
    assert 20 < len(kinds) < len(COMMANDS)


@given(st.dictionaries(st.text(max_size=3), st.tuples(CELLS, CELLS), max_size=4), CELLS, CELLS)
@settings(deadline=None, max_examples=300)
def test_whatever_is_settled_is_sound_and_reads_as_it_is(
    cells: dict[str, tuple[object, object]], market: object, atomic: object
) -> None:
    """Held against checking, writing and reading, which is its oracle."""
    kept = {
        name: Text.short(list(pair)) if isinstance(pair[0], str) else list(pair)
        for name, pair in cells.items()
    }
    table = Columns.short(kept, 2 if kept else 0)  # type: ignore[arg-type]  # also what may not be
    command = structs.replace(batch(price=[1]), orders=table, market=market, atomic=atomic)
    if is_settled(command):
        canonical.check(command)
        assert form_of(read_command(canonical.encode(command))) == form_of(command)


def test_an_order_as_it_comes_over_http_is_settled() -> None:
    assert is_settled(batch(instrument=["gpu"], price=[5], quantity=[1], region=["east"], side=[1]))


@pytest.mark.parametrize(
    "command",
    [
        batch(side=[1], price=[5]),  # not in order
        batch(price=np.array([5], np.int64)),  # an array, which its owner may change
        batch(price=list(range(100))),  # which is kept as one
        batch(region=["é"]),  # may have to be told of its form
        batch(),
        structs.replace(batch(price=[5]), atomic=1),
        structs.replace(batch(price=[5]), market=3),
        structs.replace(batch(price=[5]), key="k" * 1_000_001),
        structs.replace(batch(price=[5]), orders=Columns({"price": [2**63]})),
        structs.replace(batch(price=[5]), orders=Columns({"price": [True]})),
        newcomer("li"),  # has facts, a map
        Command(actor="anna", key="k"),
        "hello",
    ],
)
def test_what_may_be_read_otherwise_is_read(command: Command) -> None:
    assert not is_settled(command)


def test_a_command_whose_fields_are_no_plain_kinds_is_read() -> None:
    assert any(field.type is not str for field in structs.fields(RegisterParty))
    assert not is_settled(newcomer("wang"))
