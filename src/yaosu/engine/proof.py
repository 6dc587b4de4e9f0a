"""Proof: that the journal is whole and says what the state is (verify), and that every decision
follows from the rules recorded with it (audit)."""

from msgspec import Struct

from yaosu import core
from yaosu.core import State, state_hash
from yaosu.engine.answers import IndexCheck
from yaosu.engine.recovery import Progress, command_of, fold
from yaosu.engine.snapshot import check_snapshots, hashed_by, shelf_beside
from yaosu.engine.verdicts import Examiner, Verdicts
from yaosu.journal.chain import ACCEPTED, REFUSED, Entry
from yaosu.journal.keys import KeyStore
from yaosu.journal.store import Store
from yaosu.journal.verify import Verification
from yaosu.kernel import canonical
from yaosu.kernel.shape import shape_of
from yaosu.kernel.words import tag_of
from yaosu.markets.events import MarketCleared

DIFFERENCES_MAX = 20


class Proven(Struct, frozen=True):
    """What a verified journal is.

    Attributes:
        entries: how many.
        root: Merkle root over all of them (RFC 6962, SHA-256).
        last_hash: hash of the last header.
        state_hash: of the state they add up to.
        first_instant, last_instant: microseconds UTC; 0 where there are no entries.
        secrets: the verdicts on sealed items; a missing one is a fault.
        snapshots: how many beside the journal are what the journal says they must be.
    """

    entries: int
    root: bytes
    last_hash: bytes
    state_hash: bytes
    first_instant: int
    last_instant: int
    secrets: Verdicts
    snapshots: int


class Difference(Struct, frozen=True):
    """An entry that would be decided otherwise today.

    Attributes:
        version: of the code that decided it, as its header says.
    """

    sequence: int
    command: str
    recorded: str
    now: str
    version: int


class Audited(Struct, frozen=True):
    """What an audit found.

    Attributes:
        entries: how many were decided again; fewer than recorded where it had to stop.
        recorded: how many there are.
        clearings: how many clearings were verified again.
        version: of the code that decides now.
        versions: how many entries were decided by which version of the code.
        erased: sealed items whose key was erased. Their commands are decided again all the same:
            no decision reads what is sealed.
        differences: at most one: from there on the states part, so the audit stops.
    """

    entries: int
    recorded: int
    clearings: int
    version: int
    versions: dict[int, int]
    erased: int
    differences: tuple[Difference, ...]

    @property
    def is_clean(self) -> bool:
        """Whether every decision came out as recorded."""
        return not self.differences


def verify(
    store: Store, on_progress: Progress | None = None, keys: KeyStore | None = None
) -> Proven:
    """Re-hash every payload, recompute chain and tree, re-derive the state and its hashes.

    With the key store also: every sealed item opens, and holds what was committed to.

    Raises:
        Refusal: ``journal.damaged`` with the position, ``engine.state_differs``,
            ``engine.parties_differ``.

    Cost: one pass over the journal.
    """
    reading = Verification(store)
    state = State()
    index = IndexCheck(store)
    examiner = Examiner(keys)
    taken = fold(
        store, state, entries=reading.entries(), check_hashes=True, on_progress=on_progress
    )
    for entry, _ in taken:
        index.take(entry)
        examiner.take(entry, state)
    index.finish()
    found = reading.found
    shelf = shelf_beside(store)
    return Proven(
        entries=found.entries,
        root=found.root,
        last_hash=found.last_hash,
        state_hash=state_hash(state),
        first_instant=found.first_instant or 0,
        last_instant=found.last_instant or 0,
        secrets=examiner.verdicts(state),
        snapshots=check_snapshots(store, shelf) if shelf else 0,
    )


def audit(store: Store, on_progress: Progress | None = None) -> Audited:
    """Decide every recorded command again under the rules recorded with it, and compare.

    Certificates of clearings are verified again, never solved again; only a book that was cleared
    within ``CloseBook`` is priced anew. An entry of another code version that comes out
    differently is reported as such, not called tampering.
    """
    state = State()
    clearings = done = 0
    versions: dict[int, int] = {}
    differences: list[Difference] = []
    for entry in store.read():
        command = command_of(entry)
        outcome = core.process(state, command, entry.header.instant)
        mine = canonical.encode(outcome.events)
        kind = ACCEPTED if outcome.refusal is None else REFUSED
        version = entry.header.decide_version
        versions[version] = versions.get(version, 0) + 1
        clearings += sum(isinstance(event, MarketCleared) for event in outcome.events)
        same = mine == entry.events or _hashes_another_shape(entry)
        if not same or kind != entry.header.outcome:
            differences.append(
                Difference(
                    sequence=entry.header.sequence,
                    command=tag_of(command),
                    recorded="accepted" if entry.header.outcome == ACCEPTED else "refused",
                    now=outcome.refusal.code if outcome.refusal else "accepted",
                    version=version,
                )
            )
            break
        done += 1
        if on_progress is not None and done % 512 == 0:
            on_progress(done, store.size)
    return Audited(
        entries=done,
        recorded=store.size,
        clearings=clearings,
        version=core.DECIDE_VERSION,
        versions=versions,
        erased=sum(key.items for key in state.parties.data_keys.values() if key.erased_at),
        differences=tuple(differences),
    )


def _hashes_another_shape(entry: Entry) -> bool:
    """Whether the entry records a hash of the state as another build has it: not comparable."""
    hashed = hashed_by(entry)
    return hashed is not None and hashed.shape != shape_of(State)
