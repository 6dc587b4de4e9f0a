"""Snapshots: derived, checked by what the journal records, never needed and never trusted."""

import itertools
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec import structs

import yaosu as ys
from tests.engine.test_writer import founding
from tests.stories import FACTORS, MORNING, Story
from yaosu.core import PackedState, pack_state, state_bytes, state_hash, state_of, unpack_state
from yaosu.door import Venue
from yaosu.engine.clock import StepClock
from yaosu.engine.proof import verify
from yaosu.engine.snapshot import (
    KEPT,
    MAGIC,
    About,
    Follower,
    Shelf,
    load,
    shelf_beside,
    start_from,
)
from yaosu.engine.writer import Writer
from yaosu.journal.memory import MemoryStore
from yaosu.journal.sqlite import open_sqlite
from yaosu.kernel import canonical
from yaosu.kernel.instant import DAY
from yaosu.kernel.refusal import Refusal
from yaosu.rights.state import INDEXES


@pytest.fixture(autouse=True)
def short_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("yaosu.engine.writer.STATE_HASH_EVERY", 16)


def begin(path: Path) -> Story:
    """A venue of all factors: a contract at its gates, a book with orders, a traded right."""
    story = Story(open_sqlite(path)).found()
    for factor in ("compute", "data", "land"):
        seller = story.party(f"{factor}-holder", FACTORS, kind="person")
        buyer = story.party(f"{factor}-buyer", FACTORS, money=100_000)
        story.right(f"r-{factor}", seller, 10, factor=factor, instrument=f"i-{factor}")
        terms = {"contract": "notice", "notice_days": 2} if factor == "land" else {}
        story.market(factor, (f"i-{factor}",), factor, **terms)
        story.order(seller, -1, 50, 10, market=factor, instrument=f"i-{factor}")
        story.order(buyer, 1, 50, 5, market=factor, instrument=f"i-{factor}")
        if factor != "data":
            story.close(factor)
    return story


def go_on(story: Story) -> None:
    story.clock.forward(3 * DAY)  # the gates of the land contract open
    story.close("data")
    story.order("compute-holder", -1, 40, 3, market="compute", instrument="i-compute")
    story.order("data-buyer", 1, 45, 3, market="compute", instrument="i-compute")
    story.close("compute")
    for name in ("one", "two", "three"):
        story.party(name, FACTORS, money=7)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed journal; its last entry records the state's hash."""
    path = tmp_path_factory.mktemp("built") / "market.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("yaosu.engine.writer.STATE_HASH_EVERY", 16)
        begin(path).venue.close()
    return path


@pytest.fixture
def journal(built: Path, tmp_path: Path) -> Path:
    shutil.copy(built, tmp_path / "market.db")
    return tmp_path / "market.db"


def shelf_of(path: Path) -> Shelf:
    return Shelf(Path(f"{path}.snapshots"))


def recovered(path: Path) -> tuple[bytes, int, list[str]]:
    """Hash of the state, first entry that was folded, codes of notices."""
    with open_sqlite(path) as store:
        shelf = shelf_beside(store)
        writer = Writer(store, StepClock(MORNING), shelf=shelf)
        first = start_from(store, shelf)[1]
        return state_hash(writer.state), first, [notice.code for notice in writer.notices]


def test_the_state_is_the_same_behind_its_bytes(journal: Path) -> None:
    with open_sqlite(journal) as store:
        state = Writer(store, StepClock(MORNING)).state
        again = state_of(state_bytes(state))
        assert state_bytes(again) == state_bytes(state)
        again.ledger.assert_balanced()
        assert again.ledger.sums == state.ledger.sums


def test_a_state_is_kept_at_rest_and_nothing_is_kept_beside_it(journal: Path) -> None:
    """S0-27: the pages of a file are the canonical bytes that the journal's hash is over."""
    with open_sqlite(journal) as store:
        state = Writer(store, StepClock(MORNING)).state
    kept, digest = pack_state(state)
    assert digest == state_hash(state)
    again, found = unpack_state(canonical.decode(canonical.encode(kept), PackedState))
    assert found == digest
    assert state_bytes(again) == state_bytes(state)
    assert pack_state(again) == (kept, digest)
    plain = state_of(state_bytes(state))
    for one in (again, plain):
        assert len(one.rights.rights) > 2
        for name in INDEXES:
            index, wanted = getattr(one.rights, name), getattr(state.rights, name)
            assert {key: index.get(key) for key in wanted} == dict(wanted)
    with pytest.raises(Refusal, match=r"kernel\.malformed"):
        unpack_state(structs.replace(kept, tables=kept.tables[1:]))
    table = structs.replace(kept.tables[0], rows=1_000)
    with pytest.raises(Refusal, match=r"kernel\.malformed"):
        unpack_state(structs.replace(kept, tables=(table, *kept.tables[1:])))


def test_a_market_goes_on_from_a_snapshot_as_if_nothing_had_been(
    journal: Path, tmp_path: Path
) -> None:
    """S0-27: the same commands after a restart give the same entries, byte by byte."""
    written = ys.snapshot(journal)
    assert written is not None
    assert ys.snapshot(journal) is None  # nothing newer
    plain = tmp_path / "plain" / "market.db"
    plain.parent.mkdir()
    shutil.copy(journal, plain)
    roots = []
    for path in (journal, plain):
        store = open_sqlite(path)
        story = Story()
        story.clock = StepClock(MORNING)
        story.venue = Venue(store, story.clock)
        assert story.venue.notices == ()
        story._keys = 1_000
        go_on(story)
        story.venue.close()
        with open_sqlite(path, readonly=True) as again:
            roots.append((again.root(), verify(again).state_hash))
    assert roots[0] == roots[1]
    with open_sqlite(journal) as store:
        assert start_from(store, shelf_beside(store))[1] > 16
        assert verify(store).snapshots == 1


def test_every_flipped_byte_of_a_snapshot_is_found_named_and_passed_over(
    tmp_path: Path,
) -> None:
    journal = tmp_path / "market.db"
    with Venue(open_sqlite(journal), StepClock(MORNING)) as venue:
        venue.submit(founding()).accepted()
    path = ys.snapshot(journal)
    assert path is not None
    good = path.read_bytes()
    with open_sqlite(journal, readonly=True) as store:
        for place in range(len(good)):
            flipped = bytes([good[place] ^ (1 << place % 8)])
            path.write_bytes(good[:place] + flipped + good[place + 1 :])
            with pytest.raises(Refusal, match=r"engine\.snapshot_bent") as caught:
                load(path, store)
            assert caught.value.facts["path"] == str(path)
        for cut in (0, 10, 40, 60, len(good) - 1):
            path.write_bytes(good[:cut])
            with pytest.raises(Refusal, match=r"engine\.snapshot_bent"):
                load(path, store)
        with pytest.raises(Refusal) as caught:
            verify(store)
    assert str(caught.value) == (
        f"engine.snapshot_bent: snapshot {path} does not fit the journal: its body; "
        "delete it; the journal is whole without it"
    )
    plain = recovered(journal)
    path.unlink()
    assert plain == (recovered(journal)[0], 0, ["engine.snapshot_bent"])


def test_an_older_snapshot_serves_where_the_newest_is_bent(journal: Path) -> None:
    older = ys.snapshot(journal)
    assert older is not None
    with Venue(open_sqlite(journal), StepClock(MORNING + DAY)) as venue:
        story = Story()
        story.venue, story._keys = venue, 1_000
        story.party("late", money=1)
    newest = ys.snapshot(journal)
    assert newest is not None
    assert newest.name > older.name
    whole = recovered(journal)
    newest.write_bytes(newest.read_bytes()[:-1])
    state, first, notices = recovered(journal)
    assert (state, notices) == (whole[0], ["engine.snapshot_bent"])
    assert 0 < first < whole[1]
    os.remove(newest)
    os.remove(older)
    assert recovered(journal) == (whole[0], 0, [])


def test_a_follower_keeps_the_last_two(tmp_path: Path) -> None:
    story = Story(open_sqlite(tmp_path / "market.db")).found()
    with open_sqlite(tmp_path / "market.db", readonly=True) as store:
        follower = Follower(store)
        written = []
        for number in range(40):
            story.party(f"p{number}")
            path = follower.step(every=30)
            written += [path] if path else []
    story.venue.close()
    assert len(written) > KEPT
    assert shelf_of(tmp_path / "market.db").paths() == written[::-1][:KEPT]
    sequences = [int(path.name.split(".")[0]) for path in written]
    assert all(later - earlier >= 30 for earlier, later in itertools.pairwise(sequences))


def test_a_snapshot_of_another_build_or_another_journal_is_passed_over(
    journal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = ys.snapshot(journal)
    assert path is not None
    about, body = _load(path)
    for other in (
        structs.replace(about, shape=bytes(32)),
        structs.replace(about, decide_version=about.decide_version + 1),
    ):
        shelf_of(journal).save(other, body)
        assert recovered(journal)[1:] == (0, ["engine.snapshot_foreign"])
        with open_sqlite(journal, readonly=True) as store:
            assert verify(store).snapshots == 0
    shelf_of(journal).save(structs.replace(about, instant=about.instant + 1), body)
    assert recovered(journal)[1:] == (0, ["engine.snapshot_bent"])
    with Venue(open_sqlite(tmp_path / "other.db"), StepClock(MORNING)) as venue:
        story = Story()
        story.venue = venue
        story.found()
    shelf_of(tmp_path / "other.db").save(about, body)
    _, first, notices = recovered(tmp_path / "other.db")
    assert (first, notices) == (0, ["engine.snapshot_bent"])


def test_a_bent_state_that_looks_whole_is_found_by_the_journal(journal: Path) -> None:
    """Who bends the body and makes the head fit still has the journal's own record against it."""
    path = ys.snapshot(journal)
    assert path is not None
    about, body = _load(path)
    bent = body.replace(b"land-buyer", b"data-buyer", 1)
    assert bent != body
    head = structs.replace(about, body_hash=canonical.digest(bent))
    _, found = unpack_state(canonical.decode(bent, PackedState))
    for other, what in (
        (head, "its body holds another state"),
        (structs.replace(head, state_hash=found), "the entry records another hash"),
    ):
        shelf_of(journal).save(other, bent)
        with open_sqlite(journal) as store, pytest.raises(Refusal, match=what):
            verify(store)
        assert recovered(journal)[1:] == (0, ["engine.snapshot_bent"])


@pytest.mark.parametrize("step", ["mkstemp", "fsync", "replace"])
def test_a_follower_that_dies_at_any_step_leaves_what_there_was(
    journal: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError(28, "no space left on device")

    before = recovered(journal)
    with monkeypatch.context() as patch:
        patch.setattr(f"{'tempfile' if step == 'mkstemp' else 'os'}.{step}", fails)
        with pytest.raises(OSError, match="no space"):
            ys.snapshot(journal)
    assert shelf_of(journal).paths() == []
    assert recovered(journal) == before
    assert ys.snapshot(journal) is not None


def test_a_killed_snapshot_process_costs_nothing(journal: Path) -> None:
    """Killed at once, early, and in the middle of things; what it leaves is cleared away."""
    words = [sys.executable, "-m", "yaosu", "snapshot", str(journal)]
    for wait in (0.0, 0.3, 0.6):
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        try:
            process.wait(wait)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
        with open_sqlite(journal, readonly=True) as store:
            verify(store)
    folder = Path(f"{journal}.snapshots")
    folder.mkdir(exist_ok=True)
    (folder / "left.part").write_bytes(b"half")
    for path in shelf_of(journal).paths():
        path.unlink()
    assert ys.snapshot(journal) is not None
    assert [path.suffix for path in folder.iterdir()] == [".snapshot"]


def test_a_venue_may_have_a_process_that_follows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YAOSU_SNAPSHOT_EVERY", "1")
    path = tmp_path / "market.db"
    with ys.open(path, clock=StepClock(MORNING)) as venue:
        story = Story()
        story.venue = venue
        story.found()
        story.party("enough")
        follower = venue._follower
        assert follower is not None
        for _ in range(600):
            if shelf_of(path).paths():
                break
            with pytest.raises(subprocess.TimeoutExpired):
                follower.wait(0.1)
        assert shelf_of(path).paths()
    assert follower.returncode is not None
    for wrong in ("often", "-1", "9" * 5_000):
        monkeypatch.setenv("YAOSU_SNAPSHOT_EVERY", wrong)
        with pytest.raises(Refusal, match=r"engine\.bad_setting"):
            ys.open(path)
    assert recovered(path)[1] > 0


def test_a_journal_in_no_file_has_no_snapshots() -> None:
    with pytest.raises(Refusal, match=r"engine\.no_shelf: journal memory is in no file"):
        Follower(MemoryStore())


def _load(path: Path) -> tuple[About, bytes]:
    """Head and body of a snapshot as they stand in its file."""
    data = path.read_bytes()
    at = len(MAGIC) + 36
    end = at + int.from_bytes(data[at - 4 : at], "little")
    return canonical.decode(data[at:end], About), data[end:]
