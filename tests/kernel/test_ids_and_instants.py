"""Names and times."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yaosu.kernel.ids import check_id, derive_id, new_id
from yaosu.kernel.instant import date_of, format_instant, instant_of, parse_instant
from yaosu.kernel.refusal import Refusal


def test_ids_of_a_kind_sort_by_time() -> None:
    early = new_id("order", 1_700_000_000_000_000, bytes(10))
    late = new_id("order", 1_700_000_000_001_000, bytes(10))
    assert early < late
    assert check_id(early) == early


@given(st.lists(st.text("ab", max_size=3), min_size=1, max_size=3))
def test_parts_of_a_natural_key_do_not_run_into_each_other(parts: list[str]) -> None:
    joined = derive_id("right", "cause", "".join(parts))
    apart = derive_id("right", "cause", *parts)
    assert (joined == apart) == (len(parts) == 1)
    assert derive_id("right", "cause", *parts) == apart


@pytest.mark.parametrize("value", ["", "-a", "a b", "名", "a" * 97, 7, None])
def test_what_is_no_id_is_refused(value: object) -> None:
    with pytest.raises(Refusal) as caught:
        check_id(value, "party")
    assert caught.value.code == "kernel.bad_id"
    assert str(caught.value).startswith("kernel.bad_id: party ")


def test_instants_are_read_and_written() -> None:
    noon = parse_instant("2025-04-01T12:00:00+02:00")
    assert format_instant(noon) == "2025-04-01T10:00:00Z"
    assert parse_instant("2025-04-01") == instant_of(date_of(noon))


@pytest.mark.parametrize("text", ["yesterday", "", "2025-13-01"])
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        parse_instant(text)
    assert caught.value.code == "kernel.bad_instant"
