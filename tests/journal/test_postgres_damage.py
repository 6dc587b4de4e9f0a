"""Every row of a journal in PostgreSQL that was changed behind its back is found and named."""

from collections.abc import Iterator

import pytest

from tests.journal.build import grow
from tests.postgres import journal_url, run_sql
from yaosu.journal import open_postgres, verify
from yaosu.journal.chain import FIELDS
from yaosu.journal.postgres_url import parse_postgres_url
from yaosu.kernel.refusal import Refusal

TABLES = ("entries", "head", "notes", "keys", "indexed")


@pytest.fixture(scope="module")
def damaged() -> Iterator[tuple[str, str]]:
    """A journal of five entries with a note and an index, and its schema."""
    with journal_url() as made:
        with open_postgres(made) as store:
            grow(store, 5)
            store.note("venue", b"test-venue")
            store.index([b"%016d" % number for number in range(3)])
        yield made, parse_postgres_url(made).schema


@pytest.fixture
def kept(damaged: tuple[str, str]) -> Iterator[tuple[str, str]]:
    """The same, all its rows put back afterwards."""
    url, schema = damaged
    run_sql("".join(f"CREATE TABLE public.{schema}_{t} AS TABLE {schema}.{t};" for t in TABLES))
    yield url, schema
    run_sql(
        "SET synchronous_commit = off;"
        + "".join(
            f"TRUNCATE {schema}.{t}; INSERT INTO {schema}.{t} TABLE public.{schema}_{t};"
            f"DROP TABLE public.{schema}_{t};"
            for t in TABLES
        )
    )


def refusal_at(url: str) -> Refusal:
    with pytest.raises(Refusal) as refusal, open_postgres(url, readonly=True) as store:
        verify(store)
    return refusal.value


def test_a_flipped_bit_of_every_field_of_a_header_is_found_and_named(
    damaged: tuple[str, str],
) -> None:
    url, schema = damaged
    with open_postgres(url, readonly=True) as store:
        for name, first, _ in FIELDS:
            for sequence in (0, 2, 4):
                flip = (
                    f"SET synchronous_commit = off; UPDATE {schema}.entries SET header = "
                    f"set_bit(header, {first * 8 + 1}, 1 - get_bit(header, {first * 8 + 1})) "
                    f"WHERE sequence = {sequence}"
                )
                run_sql(flip)
                with pytest.raises(Refusal) as refusal:
                    verify(store)
                run_sql(flip)
                assert refusal.value.code == "journal.damaged"
                assert refusal.value.facts["entry"] == sequence
                what = f"header field {name} (bit 1 of byte {first})"
                assert refusal.value.facts["what"] == what
        assert verify(store).entries == 5


@pytest.mark.parametrize(
    ("byte", "what"),
    [(16, "payload command"), (30, "payload events"), (44, "payload sealed"), (3, "payload")],
)
def test_a_changed_payload_is_found_and_named(kept: tuple[str, str], byte: int, what: str) -> None:
    url, schema = kept
    run_sql(
        f"UPDATE {schema}.entries SET payloads = set_byte(payloads, {byte}, "
        f"255 - get_byte(payloads, {byte})) WHERE sequence = 3"
    )
    found = refusal_at(url)
    assert (found.code, found.facts["entry"]) == ("journal.damaged", 3)
    assert str(found.facts["what"]).startswith(what)


@pytest.mark.parametrize(
    ("change", "position"),
    [
        ("DELETE FROM {s}.entries WHERE sequence = 2", "entry 2"),
        ("DELETE FROM {s}.entries WHERE sequence = 4", "entry 4"),
        ("UPDATE {s}.entries SET sequence = 9 WHERE sequence = 2", "entry 2"),
        ("INSERT INTO {s}.entries SELECT 5, header, payloads FROM {s}.entries WHERE sequence = 4",
         "the entries"),
        ("INSERT INTO {s}.entries VALUES (-1, '', '')", "the entries"),
        ("UPDATE {s}.entries SET header = '' WHERE sequence = 1", "entry 1"),
        ("UPDATE {s}.entries SET payloads = '' WHERE sequence = 1", "entry 1"),
        ("UPDATE {s}.head SET size = 4", "the head row"),
        ("UPDATE {s}.head SET size = -4", "the head row"),
        ("UPDATE {s}.head SET last_hash = set_bit(last_hash, 7, 1 - get_bit(last_hash, 7))",
         "the head row"),
        ("UPDATE {s}.head SET peaks = set_bit(peaks, 7, 1 - get_bit(peaks, 7))", "the head row"),
        ("UPDATE {s}.head SET root = set_bit(root, 7, 1 - get_bit(root, 7))", "the head row"),
        ("DELETE FROM {s}.head", "the head row"),
        ("UPDATE {s}.head SET id = 2", "the head row"),
        ("UPDATE {s}.notes SET value = 'other'", "note 'venue'"),
        ("UPDATE {s}.notes SET name = '\\xff'", "note '\ufffd'"),
        ("UPDATE {s}.indexed SET size = 2", "the index of keys"),
        ("DELETE FROM {s}.indexed", "the index of keys"),
        ("DELETE FROM {s}.keys", "the index of keys"),
    ],
)  # fmt: skip
def test_a_changed_row_is_found_and_named(
    kept: tuple[str, str], change: str, position: str
) -> None:
    url, schema = kept
    run_sql(change.format(s=schema))
    found = refusal_at(url)
    assert (found.code, found.facts["position"]) == ("journal.damaged", position)
