"""A participant proves its own rows, and that they are all, without seeing others'."""

import json
from base64 import b64decode, b64encode

import pytest

from tests.stories import Story, both_ways
from yaosu.engine.party_proof import prove_rows, verify_rows
from yaosu.engine.party_roots import parties_root
from yaosu.engine.proof import verify
from yaosu.engine.recovery import events_of
from yaosu.journal import chain
from yaosu.journal.checkpoint import make_checkpoint
from yaosu.journal.memory import MemoryStore
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.signed_note import signing_key
from yaosu.rows import count_rows, party_key

KEY = signing_key("example.org/market", bytes(range(32)))


def two_days() -> tuple[MemoryStore, int]:
    """A journal with two recorded counts, and the entry of the first."""
    store = MemoryStore()
    story = Story(store).found(factors=("compute",))
    story.party("seller")
    story.party("buyer", money=10_000)
    story.right("r1", "seller", 100, instrument="gpu")
    story.market(links=both_ways("east", "west", 5, 2))
    story.venue._writer.finish()
    middle = store.size - 1
    story.order("seller", -1, 10, 40)
    story.order("buyer", 1, 20, 30, region="west")
    story.close()
    story.venue.close()
    return store, middle


def proof_of(store: MemoryStore, party: str, first: int | None = None, last: int | None = None):
    note = make_checkpoint(store.size, store.root(), KEY)
    return prove_rows(store, party, note, store.size, first, last)


def code_of(text: str) -> str:
    with pytest.raises(Refusal) as caught:
        verify_rows(text, [KEY.verifier])
    return caught.value.code


@pytest.fixture(scope="module")
def made() -> tuple[MemoryStore, int]:
    return two_days()


def test_a_party_proves_all_its_rows(made: tuple[MemoryStore, int]) -> None:
    """S2-26: every row of the party is in it, in order, up to the last recorded count."""
    store, _ = made
    proven = verify_rows(proof_of(store, "seller"), [KEY.verifier])
    counts: dict[str, int] = {}
    for entry in store.read():
        count_rows(counts, entry.header.actor, events_of(entry))
    assert (proven.first, proven.last) == (0, counts[party_key("seller").hex()])
    assert proven.start is None
    assert proven.end.sequence == store.size - 1
    tags = {tag for entry in proven.entries for _, tag, _, _ in entry.pieces}
    assert {"markets.orders_accepted/1", "ledger.posted/1", "rights.right_registered/1"} <= tags


def test_the_proofs_of_two_spans_join_where_a_count_is_recorded(
    made: tuple[MemoryStore, int],
) -> None:
    store, middle = made
    early = verify_rows(proof_of(store, "buyer", last=middle + 1), [KEY.verifier])
    late = verify_rows(proof_of(store, "buyer", first=middle), [KEY.verifier])
    assert early.end.sequence == middle == late.start.sequence
    assert early.last == late.first < late.last


def test_who_has_no_rows_can_prove_that_too(made: tuple[MemoryStore, int]) -> None:
    """S2-26: absence is proved; only the digest of another party's id may be seen."""
    store, _ = made
    for number in range(20):  # some end at another party's leaf, some at nothing
        proven = verify_rows(proof_of(store, f"stranger-{number}"), [KEY.verifier])
        assert (proven.last, proven.entries) == (0, ())


def test_nothing_of_another_party_is_in_the_file(made: tuple[MemoryStore, int]) -> None:
    """S2-26: without seeing others' rows. What the party is told of others, it is told by name."""
    store, _ = made
    text = proof_of(store, "buyer")
    document = json.loads(text)
    rows = b"".join(b64decode(step["own"]["rows"]) for step in document["entries"])
    assert b"buyer" in rows
    orders = [b64decode(step["own"]["rows"]) for step in document["entries"]]
    assert not any(b"orders_accepted" in data and b"seller" in data for data in orders)


def test_a_proof_that_leaves_an_entry_out_is_refused(made: tuple[MemoryStore, int]) -> None:
    """S2-26: these are all its rows."""
    document = json.loads(proof_of(made[0], "seller"))
    for at in range(len(document["entries"])):
        less = document | {"entries": document["entries"][:at] + document["entries"][at + 1 :]}
        assert code_of(spelled(less)) == "engine.rows_missing"
    turned = document | {"entries": document["entries"][::-1]}
    assert code_of(spelled(turned)) == "engine.rows_missing"
    early = document | {"entries": [], "end": document["entries"][3]}
    assert code_of(spelled(early)) == "journal.bad_proof"  # it records no counts


def test_a_proof_that_ends_before_it_begins_is_refused(made: tuple[MemoryStore, int]) -> None:
    """Two counts that are alike, the wrong way round, would prove rows of no span at all."""
    store, middle = made
    whole = json.loads(proof_of(store, "nobody"))
    early = json.loads(proof_of(store, "nobody", last=middle))
    assert code_of(spelled({**early, "start": whole["end"]})) == "journal.bad_proof"
    there = spelled({**whole, "start": early["end"]})
    assert verify_rows(there, [KEY.verifier]).last == 0


def test_rows_are_left_out_doubled_moved_or_lent_in_vain(made: tuple[MemoryStore, int]) -> None:
    """S2-26: no other arrangement of true steps of a journal is taken for all rows of a party."""
    store, _ = made
    own, lent = (json.loads(proof_of(store, party)) for party in ("seller", "buyer"))
    steps = own["entries"]
    count = len(steps)
    forged = [
        *({**own, "entries": steps[:at] + steps[at + 1 :]} for at in range(count)),
        *({**own, "entries": [*steps[:at], steps[at], *steps[at:]]} for at in range(count)),
        *({**own, "entries": steps[:at]} for at in range(count)),
        *({**own, "entries": steps[:at], "end": steps[at]} for at in range(count)),
        *({**own, "entries": steps[at + 1 :], "start": steps[at]} for at in range(count)),
        *(
            {**own, "entries": [*steps[:at], step, *steps[at + 1 :]]}
            for at in range(count)
            for step in lent["entries"]
        ),
        *({**own, "entries": [*steps[:at], {**steps[at], "own": None}]} for at in range(count)),
        {**own, "entries": steps[::-1]},
    ]
    for proof in forged:
        assert code_of(spelled(proof)) in (
            "engine.rows_missing",
            "journal.proof_fails",
            "journal.bad_proof",
        )


def test_a_proof_for_another_party_is_refused(made: tuple[MemoryStore, int]) -> None:
    document = json.loads(proof_of(made[0], "seller"))
    assert code_of(spelled(document | {"party": "buyer"})) == "journal.proof_fails"


def test_any_flipped_bit_of_the_file_is_refused(made: tuple[MemoryStore, int]) -> None:
    """S2-26: every byte, one bit each."""
    store, middle = made
    text = proof_of(store, "buyer", first=middle)
    raw = text.encode()
    verify_rows(text, [KEY.verifier])
    step = max(1, len(raw) // 3_000)
    for at in range(0, len(raw), step):
        flipped = bytearray(raw)
        flipped[at] ^= 1 << at % 8
        try:
            changed = flipped.decode()
        except UnicodeDecodeError:
            continue  # no text: the door refuses it
        assert code_of(changed).startswith(("journal.", "engine.", "kernel."))


def test_verify_names_the_entry_whose_root_over_the_parties_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """S2-26: the whole journal is consistent, and yet one root is a lie."""
    from yaosu.engine import writer

    def lies(counts: dict[str, int], actor: bytes, events: list, data: bytes) -> bytes:
        honest = parties_root(counts, actor, events, data)
        return chain.EMPTY_DIGEST if b"liar" in data else honest

    store = MemoryStore()
    story = Story(store).found(factors=("compute",))
    verify(store)
    monkeypatch.setattr(writer, "parties_root", lies)
    at = store.size
    story.party("liar")
    with pytest.raises(Refusal) as caught:
        verify(store)
    assert caught.value.code == "engine.parties_differ"
    assert caught.value.facts["sequence"] == at


def test_a_journal_without_recorded_counts_proves_nothing_yet() -> None:
    store = MemoryStore()
    Story(store).found(factors=("compute",))
    with pytest.raises(Refusal) as caught:
        proof_of(store, "exchange")
    assert caught.value.code == "engine.no_counts"


def spelled(document: dict) -> str:
    """The document as the program would have written it."""
    import msgspec

    from yaosu.journal.party_files import PartyProof, write_party_proof

    return write_party_proof(msgspec.convert(document, PartyProof))


def test_a_text_that_is_no_proof_is_refused(made: tuple[MemoryStore, int]) -> None:
    text = proof_of(made[0], "stranger")
    document = json.loads(text)
    for wrong in (
        "{",
        text.replace("\n", " "),
        spelled(document | {"format": "yaosu party proof 2"}),
        spelled(document | {"digest": "MD5"}),
        spelled(document | {"end": document["end"] | {"header": b64encode(bytes(256)).decode()}}),
        spelled(document | {"end": document["end"] | {"way": ["AA"]}}),
    ):
        assert code_of(wrong) == "journal.bad_proof"
