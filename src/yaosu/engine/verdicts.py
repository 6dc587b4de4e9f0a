"""The four verdicts on sealed items: matches, sealed, erased, missing; the last one is a fault."""

from msgspec import Struct, field

from yaosu.core import State
from yaosu.engine.recovery import command_of, events_of
from yaosu.engine.sealed import binding_of
from yaosu.journal.chain import ZERO, Entry
from yaosu.journal.keys import KeyStore
from yaosu.journal.sealed import check_fits, decode_items, open_item, prove_opened
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.sealing import OWN, SealedNote, notes_of
from yaosu.parties.events import KeyErased

FAULTS_MAX = 20
KEY_ERASED = b"parties.key_erased/"


class Verdicts(Struct, kw_only=True):
    """What became of every sealed item that the journal names.

    Attributes:
        matches: the ciphertext fits its digest, opens with its key, and says what was committed.
        sealed: the ciphertext fits its digest; no key was at hand to open it.
        erased: its key was erased by an entry; ciphertext may be there or not.
        missing: ciphertext or key is gone though no entry erased it; or it does not open.
        erased_by: data key -> number of the entry that erased it.
        faults: what is missing, in words; the first twenty.
    """

    matches: int = 0
    sealed: int = 0
    erased: int = 0
    missing: int = 0
    erased_by: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


class _Seen(Struct, frozen=True):
    """One item as it was met: the fault found with it, and whether it was opened."""

    sequence: int
    note: SealedNote
    fault: str
    is_open: bool


class Examiner:
    """Looks at each entry as it goes by, in order; the verdicts come at the end.

    Args:
        keys: the key store, where this verifier was given it.
    """

    def __init__(self, keys: KeyStore | None = None) -> None:
        self._keys = keys
        self._names = keys.names() if keys is not None else {}
        self._seen: list[_Seen] = []
        self._named: dict[str, int] = {}
        self._erased_by: dict[str, int] = {}

    def take(self, entry: Entry, state: State) -> None:
        """Look at one entry; ``state`` is that after it."""
        if KEY_ERASED in entry.events:
            for event in events_of(entry):
                if isinstance(event, KeyErased):
                    self._erased_by[event.data_key] = entry.header.sequence
        if entry.header.sealed == ZERO:
            return
        for note in notes_of(command_of(entry)):
            self._named[note.data_key] = self._named.get(note.data_key, 0) + 1
            fault, is_open = self._look(entry, state, note)
            self._seen.append(_Seen(entry.header.sequence, note, fault, is_open))

    def verdicts(self, state: State) -> Verdicts:
        """The verdicts, once every entry went by."""
        result = Verdicts(erased_by=self._erased_by)
        for seen in self._seen:
            if seen.note.data_key in self._erased_by:
                result.erased += 1
            elif seen.fault:
                where = f"entry {seen.sequence}, item {seen.note.name}"
                _fault(result, f"{where}: {seen.fault}")
            elif seen.is_open:
                result.matches += 1
            else:
                result.sealed += 1
        for name, known in sorted(state.parties.data_keys.items()):
            lost = known.items - self._named.get(name, 0)
            for _ in range(lost):
                _fault(result, f"an item under the key {name} has no place in any header")
        for name, stands in self._names.items():
            if stands and name in self._erased_by:
                entry = self._erased_by[name]
                _fault(result, f"the key {name} stands, but entry {entry} erased it")
        return result

    def _look(self, entry: Entry, state: State, note: SealedNote) -> tuple[str, bool]:
        """What is wrong with an item if its key was not erased, and whether it could be opened."""
        if not entry.sealed:
            return "its ciphertext is gone and no entry erased its key", False
        command = command_of(entry)
        try:
            check_fits(notes_of(command), entry.sealed)
        except Refusal as refusal:
            return refusal.sentence, False
        if self._keys is None or note.data_key.startswith(OWN):
            return "", False
        if not self._names.get(note.data_key, False):
            return f"its key {note.data_key} is gone and no entry erased it", False
        item = next(i for i in decode_items(entry.sealed) if i.name == note.name)
        binding = binding_of(state, command, note.name)
        try:
            key = self._keys.find(note.data_key)
            assert key is not None  # `names` said that it stands
            is_open = prove_opened(note, binding, open_item(key, binding, item))
        except Refusal as refusal:
            return refusal.sentence, False
        return ("", True) if is_open else ("it does not hold what was committed to", False)


def _fault(result: Verdicts, what: str) -> None:
    result.missing += 1
    if len(result.faults) < FAULTS_MAX:
        result.faults.append(what)
