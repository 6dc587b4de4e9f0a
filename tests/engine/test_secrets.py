"""Secrets beside the journal: sealed, opened by whoever has the keys, erased for good."""

import os

import pytest
from msgspec.structs import replace

import yaosu as ys
from tests.engine.secret_venue import PERSON, WRAPPING, erase, founding, refused, register
from tests.stories import EXCHANGE, MORNING, Story, shipped
from yaosu.door import Venue
from yaosu.engine.clock import StepClock
from yaosu.engine.proof import verify
from yaosu.engine.sealed import Sealed, check_sealed
from yaosu.journal.keys import MEMORY, KeyStore
from yaosu.journal.memory import MemoryStore
from yaosu.journal.sealed import DataKey, digest_of, encode_items, seal_item
from yaosu.kernel.sealing import Binding
from yaosu.parties.commands import GrantRole, RegisterParty, SealData


@pytest.fixture
def keys() -> KeyStore:
    return KeyStore(MEMORY, WRAPPING, os.urandom)


@pytest.fixture
def venue(keys: KeyStore) -> Venue:
    venue = Venue(MemoryStore(), StepClock(MORNING), keys)
    venue.submit(founding())
    return venue


def test_a_person_is_registered_without_its_name_standing_anywhere(venue: Venue) -> None:
    """S1-22: state, events and command hold digests; whoever has the keys reads the name."""
    receipt = venue.submit(register(), sealed=PERSON).accepted()
    entry = next(iter(venue.store.read(receipt.sequence)))
    for part in (entry.command, entry.events, entry.sealed):
        assert "张三".encode() not in part
        assert b"11010519491231002X" not in part
    assert venue.state.parties.parties["anna"].name == ""
    assert venue.open_sealed(receipt.sequence, "name").value == "张三"
    assert venue.open_sealed(receipt.sequence, "id_number").value == "11010519491231002X"
    assert refused(lambda: venue.open_sealed(receipt.sequence, "phone")) == (
        f"engine.no_such_item: entry {receipt.sequence} has no sealed item phone; "
        "look up the notes of its command"
    )


def test_a_retry_gets_the_first_answer_and_another_content_is_a_conflict(venue: Venue) -> None:
    first = venue.submit(register(), sealed=PERSON)
    again = venue.submit(register(), sealed=PERSON)
    assert again.repeated
    assert again.hash == first.hash
    assert refused(lambda: venue.submit(register(), sealed={"name": "李四"})).startswith(
        "engine.key_conflict: "
    )


def test_a_retry_is_answered_even_when_its_items_are_lost(venue: Venue) -> None:
    sealed = venue.seal(register(), PERSON)
    first = venue.submit(sealed)
    assert venue.submit(sealed.command).hash == first.hash


def test_items_must_be_those_that_the_command_names(venue: Venue) -> None:
    sealed = venue.seal(register(), PERSON)
    size = venue.store.size
    assert refused(lambda: venue.submit(sealed.command)).startswith("journal.bad_sealed: ")
    other = venue.seal(register(), {"name": "李四"})
    assert refused(lambda: venue.submit(Sealed(sealed.command, other.items))).startswith("journal.")
    plain = GrantRole(actor="gov", key="g", party="op", role="supervisor")
    assert refused(lambda: check_sealed(plain, sealed.items, has_keys=True)).startswith(
        "journal.bad_sealed: "
    )
    assert refused(lambda: venue.submit(plain, sealed=PERSON)) == (
        "engine.not_sealed: nothing sealed may travel with parties.grant_role; "
        "leave it out, or use a command that takes sealed items"
    )
    assert venue.store.size == size


def test_items_under_a_key_of_the_venue_must_open_to_what_they_commit_to(
    venue: Venue, keys: KeyStore
) -> None:
    """Whoever seals outside cannot bring in a ciphertext that says something else, or nothing."""
    bound = Binding(venue="v", actor="op", key="r-1", item="name")
    key = keys.make("person/anna")
    item, note = seal_item(key, bound, b"\xa1x", "personal")
    lying = replace(note, hash_commitment=bytes(32))
    command = replace(register(), sealed=(lying,))
    assert refused(lambda: venue.submit(Sealed(command, encode_items([item])))).startswith(
        "journal.does_not_open: "
    )


def test_of_a_refused_command_nothing_sealed_is_kept(venue: Venue) -> None:
    venue.submit(register(), sealed=PERSON).accepted()
    receipt = venue.submit(register("r-2"), sealed=PERSON)
    assert receipt.refusal is not None
    assert receipt.refusal.code == "parties.exists"
    assert next(iter(venue.store.read(receipt.sequence))).sealed == b""
    found = venue.verify().secrets
    assert (found.matches, found.missing) == (2, 0)


def test_the_four_verdicts(venue: Venue, keys: KeyStore) -> None:
    """S1-22: matches with the keys, sealed without, erased by its entry; missing is a fault."""
    venue.submit(register(), sealed=PERSON).accepted()
    venue.submit(register("r-2", "bao"), sealed={"name": "李四"}).accepted()
    with_keys = verify(venue.store, keys=keys).secrets
    assert (with_keys.matches, with_keys.sealed, with_keys.erased, with_keys.missing) == (
        3,
        0,
        0,
        0,
    )
    without = verify(venue.store).secrets
    assert (without.matches, without.sealed, without.erased, without.missing) == (0, 3, 0, 0)
    receipt = venue.submit(erase()).accepted()
    for store in (keys, None):
        found = verify(venue.store, keys=store).secrets
        assert found.erased == 2
        assert found.erased_by == {"person/anna": receipt.sequence}
        assert found.missing == 0
    lost = KeyStore(MEMORY, WRAPPING, os.urandom)
    found = verify(venue.store, keys=lost).secrets
    assert (found.erased, found.missing) == (2, 1)
    assert found.faults == ["entry 2, item name: its key person/bao is gone and no entry erased it"]


def test_a_key_that_is_gone_without_an_entry_is_a_fault(venue: Venue, keys: KeyStore) -> None:
    venue.submit(register(), sealed={"name": "x"}).accepted()
    keys.destroy("person/anna")
    found = venue.verify().secrets
    assert found.missing == 1
    assert found.faults == [
        "entry 1, item name: its key person/anna is gone and no entry erased it"
    ]


def test_a_ciphertext_that_does_not_open_is_a_fault(venue: Venue, keys: KeyStore) -> None:
    """Somebody wrote the journal around the door: the digests fit, the content does not."""
    bound = Binding(venue="v", actor="op", key="r-1", item="name")
    foreign = DataKey("person/anna", bytes(32))
    item, note = seal_item(foreign, bound, b"\xa1x", "personal")
    keys.make("person/anna")
    venue._intake.submit(Sealed(replace(register(), sealed=(note,)), encode_items([item])))
    found = venue.verify().secrets
    assert found.faults == ["entry 1, item name: item name does not open with the key person/anna"]


def test_an_item_that_this_version_cannot_open_is_a_fault_and_no_crash(
    venue: Venue, keys: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound = Binding(venue="v", actor="op", key="r-1", item="name")
    item, note = seal_item(keys.make("person/anna"), bound, b"\xa1x", "personal")
    item = replace(item, suite="rot13")
    note = replace(note, digest=digest_of(item))
    with monkeypatch.context() as patched:
        patched.setattr("yaosu.engine.writer.check_sealed", lambda *given, **more: None)
        venue._intake.submit(Sealed(replace(register(), sealed=(note,)), encode_items([item])))
    assert venue.verify().secrets.faults == ["entry 1, item name: cipher suite rot13 is not known"]


def test_what_a_party_sealed_with_its_own_key_stays_sealed_for_the_venue(venue: Venue) -> None:
    bound = Binding(venue="v", actor="op", key="r-1", item="name")
    own = DataKey("own:anna/1", b"a" * 32)
    item, note = seal_item(own, bound, b"\xa1x", "personal")
    asked = Sealed(replace(register(), sealed=(note,)), encode_items([item]))
    receipt = venue.submit(asked).accepted()
    found = venue.verify().secrets
    assert (found.sealed, found.matches, found.missing) == (1, 0, 0)
    assert refused(lambda: venue.open_sealed(receipt.sequence, "name")) == (
        "engine.kept_by_the_party: the key own:anna/1 is kept by the party itself; "
        "ask the party to open the item"
    )


def test_a_key_of_ones_own_wants_its_length() -> None:
    said = refused(lambda: ys.seal_own(register(), PERSON, venue="v", secret=b"short"))
    assert said == (
        "journal.bad_data_key: a data key does not have 32 bytes; draw as many bytes that nobody "
        "can guess, such as secrets.token_bytes(32)"
    )
    one, other = (
        ys.seal_own(register(), PERSON, venue="v", secret=secret * 32)[0].command
        for secret in (b"a", b"b")
    )
    assert isinstance(one, RegisterParty)
    assert isinstance(other, RegisterParty)
    assert one.sealed[0].data_key.startswith("own:op/")
    assert one.sealed[0].data_key != other.sealed[0].data_key


def test_erased_is_erased_and_the_journal_still_audits(venue: Venue) -> None:
    """S1-22: the key is destroyed before the answer; no decision ever read what it sealed."""
    first = venue.submit(register(), sealed=PERSON).accepted()
    venue.submit(erase()).accepted()
    assert refused(lambda: venue.open_sealed(first.sequence, "name")) == (
        "journal.key_erased: the key person/anna was erased; what it sealed is gone for good; "
        "seal new items with a new key"
    )
    audited = venue.audit()
    assert audited.is_clean
    assert audited.erased == 2
    sealed = venue.submit(SealData(actor="anna", key="s", party="anna"), sealed={"phone": "139"})
    assert sealed.is_accepted
    assert "person/anna/2" in venue.state.parties.data_keys
    assert venue.open_sealed(sealed.sequence, "phone").value == "139"


def test_who_may_erase_and_who_may_not(venue: Venue) -> None:
    for number, party in enumerate(("anna", "bao")):
        venue.submit(register(f"r{number}", party), sealed={"name": party}).accepted()
    refusal = venue.submit(erase("bao", "e0")).refusal
    assert str(refusal) == (
        "parties.may_not_erase: bao may not erase a key of anna; ask the party itself, or a party "
        "with one of the roles authority operator"
    )
    for number, (command, code) in enumerate(
        (
            (erase("anna", "e1", "person/nobody"), "parties.unknown_key"),
            (replace(erase("anna", "e2"), legal_basis=" "), "parties.no_legal_basis"),
            (erase("gov", "e3"), ""),
            (erase("anna", "e4"), "parties.key_erased_before"),
            (erase("op", "e5", "person/bao"), ""),
        )
    ):
        receipt = venue.submit(command)
        found = receipt.refusal.code if receipt.refusal else ""
        assert found == code, number


def test_a_key_seals_items_about_one_party_only(venue: Venue) -> None:
    venue.submit(register(), sealed={"name": "a"}).accepted()
    sealed = venue.seal(register("r-2", "bao"), {"name": "b"}, data_key="person/anna")
    assert str(venue.submit(sealed).refusal) == (
        "parties.bad_seal: the items about bao cannot be sealed with the key person/anna: it is a "
        "key of anna; seal them with a key of the party's own that still stands"
    )


def test_only_the_party_and_registrars_put_sealed_items_about_it_on_record(venue: Venue) -> None:
    venue.submit(register(), sealed={"name": "a"}).accepted()
    venue.submit(register("r-2", "bao"), sealed={"name": "b"}).accepted()
    command = SealData(actor="bao", key="s", party="anna")
    assert str(venue.submit(command, sealed={"phone": "1"}).refusal) == (
        "parties.may_not_seal: bao may not put sealed items about anna on record; ask the party "
        "itself, or a party with the role operator or registrar"
    )
    empty = venue.submit(SealData(actor="anna", key="s2", party="anna"))
    assert str(empty.refusal) == (
        "parties.nothing_sealed: no sealed items travel with parties.seal_data; "
        "seal at least one item, and send its note"
    )


def test_a_venue_without_its_keys_seals_opens_and_erases_nothing() -> None:
    venue = Venue(MemoryStore(), StepClock(MORNING))
    venue.submit(founding())
    message = (
        "engine.no_keys: this venue was opened without its key store; "
        "open it with a wrapping key: yaosu.open(path, wrapping_key=...)"
    )
    assert refused(lambda: venue.submit(register(), sealed=PERSON)) == message
    assert refused(lambda: venue.open_sealed(1, "name")) == message
    assert refused(lambda: venue.submit(erase("op"))) == message
    with_keys = Venue(MemoryStore(), StepClock(MORNING), KeyStore(MEMORY, WRAPPING, os.urandom))
    with_keys.submit(founding())
    assert refused(lambda: venue.submit(with_keys.seal(register(), PERSON))) == message
    own, _ = ys.seal_own(register(), PERSON, venue="v", secret=b"k" * 32)
    assert venue.submit(own).is_accepted


def test_what_cannot_be_sealed_is_refused_without_being_repeated(venue: Venue) -> None:
    """S1-22: the facts of a refusal never carry a secret."""
    for secret in (2**70, 1.5, {1: "x"}, "e\u0301", object()):
        said = refused(lambda secret=secret: venue.submit(register(), sealed={"name": secret}))
        assert said == (
            "engine.bad_secret: item name has no canonical bytes, so it cannot be sealed; give "
            "text in Unicode normal form C, whole numbers, lists, maps or columns"
        )


def test_what_the_rules_call_personal_never_comes_in_plain() -> None:
    """S1-22: levels are data; a field of a sealed level is refused at the door, unrecorded."""
    items = "".join(
        f"""
[[parameter]]
id = "parties.level_{field}"
value = "{level}"
unit = "level"
reason = "level_of_{field}"
text = {{ en = "the level of {field}" }}
[[parameter.example]]
facts = {{}}
result = "{level}"
"""
        for field, level in (("name", "personal"), ("id_number", "personal"), ("sector", "public"))
    )
    keys = KeyStore(MEMORY, WRAPPING, os.urandom)
    story = Story(keys=keys).found(factors=(), rules=shipped("rules/national.toml") + items)
    size = story.venue.store.size
    for fields in (
        {"name": "张三"},
        {"name": "", "facts": {"id_number": "11010519491231002X", "sector": "energy"}},
    ):
        said = refused(
            lambda fields=fields: story.ask(
                RegisterParty, EXCHANGE, party="anna", kind="person", **fields
            )
        )
        assert said.startswith("parties.must_be_sealed: ")
        assert "张三" not in said
        assert "1101" not in said
    assert story.venue.store.size == size
    command = RegisterParty(
        actor=EXCHANGE,
        key="sealed",
        party="anna",
        kind="person",
        name="",
        facts={"sector": "energy"},
    )
    assert story.venue.submit(command, sealed=PERSON).is_accepted
    story.ask(RegisterParty, EXCHANGE, party="firm", kind="organisation", name="Firm Ltd")
