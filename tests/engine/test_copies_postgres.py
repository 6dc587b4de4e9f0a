"""Copies between a file and PostgreSQL: the same journal, and one of the two that goes on."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.test_standby import party
from tests.journal.build import grow
from tests.postgres import journal_url
from tests.stories import Story
from yaosu import door
from yaosu.cli.app import answer
from yaosu.core import state_hash
from yaosu.engine.copies import BACKUP, COPY, RESTORE, make_copy
from yaosu.engine.proof import verify
from yaosu.journal import open_postgres, open_store
from yaosu.journal.postgres_url import parse_postgres_url
from yaosu.journal.store import Head
from yaosu.kernel.refusal import Refusal

SECRET = "s3cr3t-pass"
STATEMENT = "the file is retired"


@pytest.fixture
def url() -> Iterator[str]:
    with journal_url() as made:
        yield made


@pytest.fixture
def market(tmp_path: Path) -> Path:
    """A small venue's journal in a file, closed."""
    path = tmp_path / "market.db"
    with open_store(path) as store:
        Story(store, ("east",)).found(factors=("compute",)).venue.close()
    return path


def copied(source: str | Path, target: str | Path, kind: str = COPY) -> Head:
    """Copy, and what the copy is."""
    with open_store(source, readonly=True) as store:
        make_copy(store, str(target), kind)
    with open_store(target, readonly=True) as store:
        verify(store)
        return store.head()


def test_a_copy_to_the_other_store_and_back_has_the_same_hashes(
    market: Path, url: str, tmp_path: Path
) -> None:
    with open_store(market, readonly=True) as store:
        head, state = store.head(), verify(store).state_hash
    assert copied(market, url) == head
    assert copied(url, tmp_path / "back.db") == head
    with open_store(tmp_path / "back.db", readonly=True) as store:
        assert verify(store).state_hash == state


def test_large_entries_are_copied_both_ways(url: str, tmp_path: Path) -> None:
    with open_store(tmp_path / "large.db") as store:
        grow(store, 30, payload=400_000)
        head = store.head()
        with open_store(tmp_path / "large.db", readonly=True) as source:
            make_copy(source, url, COPY)
    with open_store(url, readonly=True) as store:
        assert store.head() == head
        make_copy(store, str(tmp_path / "back.db"), BACKUP)
    with open_store(tmp_path / "back.db", readonly=True) as store:
        assert store.head() == head


def test_a_backup_of_a_journal_in_postgresql_is_made_while_it_is_written(
    url: str, tmp_path: Path
) -> None:
    with open_postgres(url) as store:
        venue = Story(store, ("east",)).found(factors=("compute",)).venue
        size = store.size
        copied(url, tmp_path / "backup.db", BACKUP)
        venue.submit(party("ann")).accepted()
        assert store.size == size + 1
        venue.close()
    with open_store(tmp_path / "backup.db", readonly=True) as store:
        assert store.size == size


def test_only_one_of_the_two_goes_on(market: Path, url: str) -> None:
    copied(market, url)
    with pytest.raises(Refusal, match=r"journal\.is_a_copy"):
        door.open(url)
    promoted = door.promote(url, STATEMENT)
    assert (promoted.fate, promoted.incarnation) == ("retired", 2)
    with pytest.raises(Refusal, match=r"journal\.retired"):
        door.open(market)
    with door.open(url) as venue:
        venue.submit(party("bob")).accepted()
        assert venue.verify().entries == venue.store.size


def test_a_journal_in_postgresql_is_retired_for_the_file_that_was_restored_from_it(
    market: Path, url: str, tmp_path: Path
) -> None:
    copied(market, url)
    door.promote(url, STATEMENT)
    copied(url, tmp_path / "backup.db", BACKUP)
    copied(tmp_path / "backup.db", tmp_path / "restored.db", RESTORE)
    # the mark names no password: a server that asks for one is there, and not passed over
    with door.open(url), pytest.raises(Refusal, match=r"journal\.original_(lives|unclear)"):
        door.promote(tmp_path / "restored.db", STATEMENT)


def test_a_copy_is_not_followed_into_leading(market: Path, url: str) -> None:
    copied(market, url)
    with pytest.raises(Refusal, match=r"journal\.is_a_copy"):
        door.stand_by(url)
    with open_store(url, readonly=True) as store:
        wanted = verify(store).state_hash
    watcher = door.stand_by(url, take_over=False)
    with watcher.reading() as state:
        assert state_hash(state) == wanted
    watcher.close()


def test_the_commands_copy_and_promote_without_showing_a_password(
    market: Path, url: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    name = parse_postgres_url(url).name
    user = name.partition("//")[2].partition("@")[0]
    secret = url.replace(f"//{user}@", f"//{user}:{SECRET}@", 1)
    for words, code in (
        (("copy", str(market), secret), 0),
        (("backup", str(market), secret), 1),
        (("verify", secret), 0),
        (("promote", secret, "--retired", STATEMENT, "--json"), 0),
        (("copy", secret, str(tmp_path / "back.db")), 0),
        (("restore", str(tmp_path / "back.db"), secret), 1),
    ):
        assert answer(words) == code, words
        said = capsys.readouterr()
        assert SECRET not in said.out + said.err
        if words[0] == "promote":
            assert json.loads(said.out)["journal"] == name
    with open_postgres(url) as store:
        assert store.name == name
