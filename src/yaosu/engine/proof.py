"""Proof: that the journal is whole and says what the state is (verify), and that every decision
follows from the rules recorded with it (audit)."""

from msgspec import Struct

from yaosu import core
from yaosu.cases.documents_state import Document
from yaosu.core import Outcome, Refused, State, state_bytes, state_hash, state_of
from yaosu.engine.answers import IndexCheck
from yaosu.engine.recovery import Progress, command_of, events_of, fold
from yaosu.engine.signatures import Signatures
from yaosu.engine.snapshot import check_snapshots, hashed_by, shelf_beside
from yaosu.engine.verdicts import Examiner, Verdicts
from yaosu.journal.chain import ACCEPTED, REFUSED, Entry
from yaosu.journal.keys import KeyStore
from yaosu.journal.store import Store
from yaosu.journal.verify import Verification
from yaosu.kernel import canonical
from yaosu.kernel.shape import shape_of
from yaosu.kernel.words import Command, tag_of
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
        signed: how many commands were asked under a signature, which holds.
        documents: what is known of documents by their digests; their files are another matter.
    """

    entries: int
    root: bytes
    last_hash: bytes
    state_hash: bytes
    first_instant: int
    last_instant: int
    secrets: Verdicts
    snapshots: int
    signed: int
    documents: dict[str, Document] = {}


class Difference(Struct, frozen=True):
    """An entry that would be decided otherwise today.

    Attributes:
        recorded, now: ``accepted`` or the code of the refusal; where both were accepted, ``now``
            is ``accepted with other events``.
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
        entries: how many came out as recorded.
        recorded: how many there are.
        clearings: how many clearings were verified again.
        version: of the code that decides now.
        versions: how many entries were decided by which version of the code.
        erased: sealed items whose key was erased. Their commands are decided again all the same:
            no decision reads what is sealed.
        unlike: how many come out otherwise though this version decided them: a fault.
        changed: how many come out otherwise that another version decided: no fault by itself; an
            audit with that version settles it.
        differences: the first of both kinds, in order; at most twenty of each.
    """

    entries: int
    recorded: int
    clearings: int
    version: int
    versions: dict[int, int]
    erased: int
    unlike: int
    changed: int
    differences: tuple[Difference, ...]

    @property
    def is_clean(self) -> bool:
        """Whether every decision of this version came out as recorded."""
        return not self.unlike


def verify(
    store: Store, on_progress: Progress | None = None, keys: KeyStore | None = None
) -> Proven:
    """Re-hash every payload, recompute chain and tree, re-derive the state and its hashes.

    With the key store also: every sealed item opens, and holds what was committed to.

    Raises:
        Refusal: ``journal.damaged`` with the position, ``engine.state_differs``,
            ``engine.parties_differ``, ``engine.signature_fails``.

    Cost: one pass over the journal.
    """
    index = IndexCheck(store)
    reading = Verification(store, at_start=index.begin, at_end=index.finish)
    state = State()
    examiner, signatures = Examiner(keys), Signatures()
    taken = fold(
        store, state, entries=reading.entries(), check_hashes=True, on_progress=on_progress
    )
    for entry, _ in taken:
        index.take(entry)
        examiner.take(entry, state)
        signatures.take(entry, state)
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
        signed=signatures.count,
        documents=dict(state.cases.files.documents),
    )


def audit(store: Store, on_progress: Progress | None = None) -> Audited:
    """Decide every recorded command again under the rules recorded with it, and compare.

    Certificates of clearings are verified again, never solved again; only a book that was cleared
    within ``CloseBook`` is priced anew. An entry that another version of the code decided and that
    comes out differently is reported as such, not called tampering. Behind a difference the audit
    goes on from the recorded events, so that no later entry is blamed for an earlier one.

    Cost: one pass; where there are differences a second one, and a copy of the state for each.
    """
    state = State()
    recorded = _Recorded(store)
    clearings = 0
    versions: dict[int, int] = {}
    counts = {True: 0, False: 0}  # by whether this version decided
    first: list[Difference] = []
    size = store.size
    for done, entry in enumerate(store.read(0, size - 1) if size else (), 1):
        command = command_of(entry)
        outcome = core.process(state, command, entry.header.instant)
        version = entry.header.decide_version
        versions[version] = versions.get(version, 0) + 1
        clearings += sum(isinstance(event, MarketCleared) for event in outcome.events)
        difference = _difference(entry, command, outcome)
        if difference is not None:
            is_own = version == core.DECIDE_VERSION
            counts[is_own] += 1
            if counts[is_own] <= DIFFERENCES_MAX:
                first.append(difference)
            state = recorded.after(entry)
        if on_progress is not None and done % 512 == 0:
            on_progress(done, size)
    return Audited(
        entries=size - sum(counts.values()),
        recorded=size,
        clearings=clearings,
        version=core.DECIDE_VERSION,
        versions=versions,
        erased=sum(key.items for key in state.parties.data_keys.values() if key.erased_at),
        unlike=counts[True],
        changed=counts[False],
        differences=tuple(first),
    )


class _Recorded:
    """The state as the recorded events have it, read up to where it is asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._state = State()
        self._size = 0

    def after(self, entry: Entry) -> State:
        """A copy of the state after an entry; entries are asked for in order."""
        last = entry.header.sequence
        for _ in fold(self._store, self._state, first=self._size, last=last):
            pass
        self._size = last + 1
        return state_of(state_bytes(self._state))


def _difference(entry: Entry, command: Command, outcome: Outcome) -> Difference | None:
    """How an entry comes out otherwise; None where it comes out as recorded."""
    header = entry.header
    kind = ACCEPTED if outcome.refusal is None else REFUSED
    same = canonical.encode(outcome.events) == entry.events or _hashes_another_shape(entry)
    if same and kind == header.outcome:
        return None
    now = outcome.refusal.code if outcome.refusal else "accepted"
    if kind == header.outcome == ACCEPTED:
        now = "accepted with other events"
    return Difference(
        sequence=header.sequence,
        command=tag_of(command),
        recorded="accepted" if header.outcome == ACCEPTED else _code_of(entry),
        now=now,
        version=header.decide_version,
    )


def _code_of(entry: Entry) -> str:
    """The code with which a command was refused."""
    codes = [event.code for event in events_of(entry) if isinstance(event, Refused)]
    return codes[0] if codes else "refused"


def _hashes_another_shape(entry: Entry) -> bool:
    """Whether the entry records a hash of the state as another build has it: not comparable."""
    hashed = hashed_by(entry)
    return hashed is not None and hashed.shape != shape_of(State)
