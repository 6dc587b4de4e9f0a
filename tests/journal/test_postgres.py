"""The store in PostgreSQL: what it refuses, what it promises, and what stops it.

What it shares with all stores is in tests/conformance/test_stores.py; how its rows are damaged in
test_postgres_damage.py.
"""

import os
import re
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journal.build import grow, next_entries
from tests.postgres import journal_url, run_sql, server_url, with_parameters
from yaosu.journal import MemoryStore, Store, open_postgres, verify
from yaosu.journal.postgres_server import SERVER_VERSION_MIN, judge_settings
from yaosu.journal.postgres_url import parse_postgres_url
from yaosu.kernel.refusal import Refusal

GOOD = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "zero_damaged_pages": "off",
    "ignore_checksum_failure": "off",
    "unlogged_tables": "none",
}


@pytest.fixture
def url() -> Iterator[str]:
    with journal_url() as made:
        yield made


def schema_of(url: str) -> str:
    return parse_postgres_url(url).schema


def as_login(url: str, login: str) -> str:
    """The same address for another login."""
    return re.sub("//([^@/]*@)?", f"//{login}@", url, count=1)


def grow_from(store: Store, size: int) -> None:
    """Append one entry where ``size`` there are, without asking the store."""
    twin = MemoryStore()
    grow(twin, size)
    store.append(next_entries(twin, 1))


def refusal_of_opening(url: str, *, readonly: bool = False) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        open_postgres(url, readonly)
    traced = "".join(traceback.format_exception(refusal.value))
    assert "s3cr3t" not in traced  # the password of these tests
    return refusal.value


def test_a_journal_is_there_after_it_was_closed(url: str) -> None:
    with open_postgres(url) as store:
        entries = grow(store, 3) + grow(store, 1)
        store.note("venue", b"test-venue")
    with open_postgres(url) as store:
        assert list(store.read()) == entries
        assert store.notes() == {"venue": b"test-venue"}
        assert list(store.read()) + grow(store, 2) == list(store.read())
        assert verify(store).entries == 6


def test_a_schema_may_have_the_name_of_a_word_of_sql() -> None:
    """No error of ours where the name means something to the server: quoted, or refused."""
    url = with_parameters(server_url(), schema="select")
    try:
        with open_postgres(url) as store:
            grow(store, 3)
            store.index([bytes(16), bytes(15) + b"1", bytes(15) + b"2"])
            assert verify(store).entries == 3
        with open_postgres(url, readonly=True) as store:
            assert store.lease().epoch == 1
    finally:
        run_sql('DROP SCHEMA IF EXISTS "select" CASCADE')
    refusal = refusal_of_opening(with_parameters(server_url(), schema="pg_mine"))
    assert refusal.code == "journal.bad_url"
    assert "belong to PostgreSQL" in str(refusal)


def test_a_batch_too_large_for_one_statement_is_still_whole_or_not_at_all(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("yaosu.journal.postgres.PIECE_BYTES", 2000)
    with open_postgres(url) as store:
        entries = grow(store, 50, payload=300) + grow(store, 2, payload=9000)
        assert list(store.read()) == entries
        assert verify(store).entries == 52
        batch = next_entries(store, 30, payload=300)
        run_sql(f"UPDATE {schema_of(url)}.lease SET epoch = epoch + 1, holder = 'other'")
        with pytest.raises(Refusal, match=r"journal\.deposed"):
            store.append(batch)
        assert store.size == 52
    count = run_sql(f"SELECT count(*) FROM {schema_of(url)}.entries")
    assert count == [(52,)]


def test_a_large_payload_comes_back_the_same(url: str) -> None:
    with open_postgres(url) as store:
        entries = grow(store, 1, payload=9_000_000) + grow(store, 1)
        assert list(store.read()) == entries


def test_readers_go_on_beside_the_writer_and_can_hold_on_to_one_moment(url: str) -> None:
    with open_postgres(url) as store, open_postgres(url, readonly=True) as reader:
        grow(store, 3)
        with reader.snapshot():
            assert reader.size == 3
            grow(store, 3)
            assert reader.size == 3
            assert len(list(reader.read())) == 3
        assert reader.size == 6
        with pytest.raises(Refusal, match=r"journal\.read_only.*for reading only"):
            grow(reader, 1)
        assert verify(reader).entries == 6


def test_what_is_not_there_is_not_begun_by_a_reader(url: str) -> None:
    assert refusal_of_opening(url, readonly=True).code == "journal.not_found"
    assert run_sql(f"SELECT 1 FROM pg_namespace WHERE nspname = '{schema_of(url)}'") == []


def test_a_schema_with_other_tables_is_refused_and_left_as_it_is(url: str) -> None:
    run_sql(f"CREATE SCHEMA {schema_of(url)}; CREATE TABLE {schema_of(url)}.mine (x int)")
    for readonly in (False, True):
        assert refusal_of_opening(url, readonly=readonly).code == "journal.not_a_journal"
    assert run_sql(f"SELECT * FROM {schema_of(url)}.mine") == []


def test_an_empty_schema_that_somebody_made_is_filled(url: str) -> None:
    run_sql(f"CREATE SCHEMA {schema_of(url)}")
    with open_postgres(url) as store:
        grow(store, 1)
        assert store.size == 1


def test_another_format_is_refused(url: str) -> None:
    open_postgres(url).close()
    run_sql(f"UPDATE {schema_of(url)}.journal SET format = 9")
    refusal = refusal_of_opening(url)
    assert refusal.code == "journal.wrong_format"
    assert (refusal.facts["found"], refusal.facts["known"]) == (9, 1)


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE {s}.more (x int)",
        "CREATE INDEX more ON {s}.entries (header)",
        "ALTER TABLE {s}.entries ADD more int",
        "ALTER TABLE {s}.head ALTER size TYPE numeric",
        "ALTER TABLE {s}.entries DROP CONSTRAINT entries_pkey",
        "ALTER TABLE {s}.entries ENABLE ROW LEVEL SECURITY",
        "CREATE RULE more AS ON INSERT TO {s}.entries DO INSTEAD NOTHING",
        "CREATE FUNCTION {s}.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
        "CREATE TRIGGER more BEFORE INSERT ON {s}.entries FOR EACH ROW EXECUTE FUNCTION {s}.f()",
        "DROP TABLE {s}.notes",
    ],
)
def test_tables_that_are_not_as_they_were_made_are_refused(url: str, change: str) -> None:
    open_postgres(url).close()
    run_sql(change.format(s=schema_of(url)))
    refusal = refusal_of_opening(url)
    assert (refusal.code, refusal.facts["position"]) == ("journal.damaged", "the list of tables")


@pytest.mark.parametrize(
    ("setting", "found", "wanted"),
    [
        ("fsync", "off", "on"),
        ("synchronous_commit", "off", "on"),
        ("synchronous_commit", "local", "on"),
        ("full_page_writes", "off", "on"),
        ("zero_damaged_pages", "on", "off"),
        ("ignore_checksum_failure", "on", "off"),
        ("unlogged_tables", "entries", "none"),
    ],
)
def test_a_setting_that_could_lose_what_was_acknowledged_is_refused_unless_it_is_accepted(
    setting: str, found: str, wanted: str
) -> None:
    read = GOOD | {setting: found}
    judged = judge_settings(parse_postgres_url("postgresql:///m?accept=wal_level"), read)
    (bad,) = [one for one in judged if one.verdict == "refused"]
    assert (bad.name, bad.found) == (setting, found)
    assert wanted in bad.wanted
    judged = judge_settings(parse_postgres_url(f"postgresql:///m?accept={setting}"), read)
    assert [s.name for s in judged if s.verdict == "accepted"] == [setting]
    assert {s.verdict for s in judged} == {"accepted", "good", "told"}


def test_the_settings_of_the_server_are_read_at_opening(url: str) -> None:
    with open_postgres(url) as store:
        found = {setting.name: setting for setting in store.settings}
        assert found["fsync"].verdict == found["full_page_writes"].verdict == "good"
        assert found["wal_level"].verdict == found["data_checksums"].verdict == "told"
    with open_postgres(url, readonly=True) as reader:
        assert reader.settings == []


def test_commits_are_synchronous_whatever_the_login_says(url: str) -> None:
    with open_postgres(with_parameters(url, options="-csynchronous_commit%3Doff")) as store:
        shown = store._connection.execute(b"SHOW synchronous_commit").fetchone()
        assert shown == ("on",)
        grow(store, 1)
    with open_postgres(
        with_parameters(url, options="-csynchronous_commit%3Dremote_apply")
    ) as store:
        shown = store._connection.execute(b"SHOW synchronous_commit").fetchone()
        assert shown == ("remote_apply",)


def test_a_table_that_a_crash_would_empty_is_refused(url: str) -> None:
    open_postgres(url).close()
    run_sql(f"ALTER TABLE {schema_of(url)}.entries SET UNLOGGED")
    refusal = refusal_of_opening(url)
    assert str(refusal) == (
        f"journal.not_durable: {refusal.facts['path']} would not keep what was acknowledged: "
        "unlogged_tables is entries entries_pkey, wanted none; put a journal file on a local disk; "
        "of a server, change the setting"
    )
    accepted = with_parameters(url, accept="unlogged_tables")
    with pytest.warns(RuntimeWarning, match="a crash of the server empties them"):
        store = open_postgres(accepted)
    assert [s.found for s in store.settings if s.verdict == "accepted"]
    store.close()


def test_a_server_that_is_too_old_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yaosu.journal.postgres_server.SERVER_VERSION_MIN", 990_000)
    refusal = refusal_of_opening(url)
    assert (refusal.code, refusal.facts["known"]) == ("journal.server_too_old", 99)
    assert SERVER_VERSION_MIN == 140_000


def test_where_no_server_answers_the_reason_is_told() -> None:
    refusal = refusal_of_opening("postgresql://ann:s3cr3t-pass@127.0.0.1:1/market")
    assert refusal.code == "journal.no_connection"
    assert "refused" in str(refusal.facts["reason"])
    assert "s3cr3t" not in str(refusal)


def test_a_login_that_may_not_is_refused_and_its_password_is_not_repeated(url: str) -> None:
    """A password in the address is replaced even where the server's own words repeat it."""
    login = f"role_{schema_of(url)}"
    base = as_login(url, f"{login}:s3cr3t-pass")
    refusal = refusal_of_opening(base)
    assert refusal.code in ("journal.no_connection", "journal.no_login")
    assert login in str(refusal)
    assert "s3cr3t" not in str(refusal)
    wrong = with_parameters(base.replace(login, "ann"), sslmode="s3cr3t-pass")
    assert "s3cr3t" not in str(refusal_of_opening(wrong))
    assert refusal_of_opening(with_parameters(base, colour="red")).code == "journal.bad_url"


def test_a_server_that_asks_for_a_password_is_told_from_one_that_is_not_there(url: str) -> None:
    login = f"locked_{schema_of(url)}"
    rules = Path(str(run_sql("SHOW hba_file")[0][0]))
    if not os.access(rules, os.W_OK):
        pytest.skip("the rules of this server cannot be changed from here")
    before = rules.read_text()
    rules.write_text(
        f"local all {login} scram-sha-256\nhost all {login} all scram-sha-256\n{before}"
    )
    run_sql(f"CREATE ROLE {login} LOGIN PASSWORD 'the right one'; SELECT pg_reload_conf()")
    try:
        for given in (login, f"{login}:s3cr3t-pass"):
            refusal = refusal_of_opening(as_login(url, given))
            assert refusal.code == "journal.no_login"
            assert "password" in str(refusal.facts["reason"])
    finally:
        rules.write_text(before)
        run_sql(f"DROP ROLE {login}; SELECT pg_reload_conf()")


def test_a_login_may_read_or_write_no_more_than_it_was_granted(url: str) -> None:
    schema = schema_of(url)
    login = f"role_{schema}"
    with open_postgres(url) as store:
        grow(store, 2)
    run_sql(f"CREATE ROLE {login} LOGIN PASSWORD 's3cr3t-pass'")
    theirs = as_login(url, f"{login}:s3cr3t-pass")
    try:
        assert refusal_of_opening(theirs, readonly=True).code == "journal.cannot_read"
        run_sql(f"GRANT USAGE ON SCHEMA {schema} TO {login}")
        run_sql(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {login}")
        with open_postgres(theirs, readonly=True) as reader:
            assert verify(reader).entries == 2
        assert refusal_of_opening(theirs).code == "journal.read_only"
    finally:
        run_sql(f"DROP OWNED BY {login}; DROP ROLE {login}")


def test_a_login_that_may_only_read_is_refused_writing(url: str) -> None:
    open_postgres(url).close()
    given = with_parameters(url, options="-cdefault_transaction_read_only%3Don")
    assert refusal_of_opening(given).code == "journal.read_only"


def test_without_the_library_the_refusal_names_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    refusal = refusal_of_opening("postgresql:///market")
    assert refusal.code == "journal.no_library"
    assert refusal.what_next == "install yaosu[postgres]"


def test_opening_a_file_does_not_bring_the_library_in() -> None:
    code = "import sys, yaosu.door; sys.exit('psycopg' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_connection_that_the_administrator_ends_is_a_refusal(url: str) -> None:
    with open_postgres(url) as store:
        grow(store, 1)
        reading = open_postgres(url, readonly=True)
        for opened in (store, reading):
            process = opened._connection.info.backend_pid
            run_sql(f"SELECT pg_terminate_backend({process}, 5000)")
        with pytest.raises(Refusal) as refusal:
            reading.head()
        assert refusal.value.code == "journal.no_connection"
        with pytest.raises(Refusal, match=r"journal\.outcome_unknown"):
            grow_from(store, 1)
        with pytest.raises(Refusal, match=r"journal\.stopped"):
            grow_from(store, 1)
        reading.close()
    with open_postgres(url) as store:
        assert store.size == 1


def test_a_full_disk_and_a_failing_one_are_named(url: str) -> None:
    """The server's own errors, raised by a check that stands in for its disk."""
    for state, code in (
        ("53100", "journal.disk_full"),
        ("58030", "journal.write_failed"),
        ("57014", "journal.write_failed"),
        ("55P03", "journal.busy"),
        ("XX001", "journal.damaged"),
    ):
        with journal_url() as other, open_postgres(other) as store:
            grow(store, 1)
            schema = schema_of(other)
            run_sql(
                f"CREATE FUNCTION {schema}.f() RETURNS trigger LANGUAGE plpgsql AS "
                f"'BEGIN RAISE EXCEPTION ''no'' USING ERRCODE = ''{state}''; END';"
                f"CREATE TRIGGER t BEFORE INSERT ON {schema}.entries "
                f"FOR EACH ROW EXECUTE FUNCTION {schema}.f()"
            )
            with pytest.raises(Refusal) as refusal:
                grow(store, 1)
            assert refusal.value.code == code
            with pytest.raises(Refusal, match=r"journal\.stopped"):
                grow(store, 1)
            assert store.size == 1


def test_somebody_who_writes_past_the_lease_is_noticed(url: str) -> None:
    schema = schema_of(url)
    with open_postgres(url) as store:
        grow(store, 2)
        run_sql(f"UPDATE {schema}.head SET size = 7")
        with pytest.raises(Refusal) as refusal:
            grow_from(store, 2)
        assert refusal.value.code == "journal.overtaken"
        assert (refusal.value.facts["found"], refusal.value.facts["expected"]) == (7, 2)
    with journal_url() as other, open_postgres(other) as store:
        grow(store, 1)
        run_sql(f"INSERT INTO {schema_of(other)}.entries VALUES (1, '', '')")
        with pytest.raises(Refusal, match=r"journal\.overtaken"):
            grow(store, 1)


def test_a_journal_without_its_lease_is_damaged(url: str) -> None:
    open_postgres(url).close()
    run_sql(f"DELETE FROM {schema_of(url)}.lease")
    refusal = refusal_of_opening(url)
    assert (refusal.code, refusal.facts["position"]) == ("journal.damaged", "the lease")


def test_two_that_begin_the_same_journal_at_once_both_find_it_begun(url: str) -> None:
    server = server_url()
    assert server in url
    code = (
        "import sys\nfrom yaosu.journal import open_postgres\n"
        "from yaosu.kernel.refusal import Refusal\n"
        "try:\n    open_postgres(sys.argv[1]).close(); print('opened')\n"
        "except Refusal as refusal:\n    print(refusal.code)"
    )
    both = [
        subprocess.Popen(
            [sys.executable, "-c", code, url],
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": ":".join(sys.path)},
        )
        for _ in range(2)
    ]
    said = sorted(one.communicate(timeout=60)[0].strip() for one in both)
    assert said in (["opened", "opened"], ["journal.leased", "opened"])
