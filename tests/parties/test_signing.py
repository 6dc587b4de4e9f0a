"""Signed commands: who asked is provable from the journal alone."""

import pytest
from msgspec.structs import replace

from tests.fixtures.release_signing import VENUE, ask_signed, pen, register
from tests.stories import DOCUMENT, EXCHANGE, MINISTRY, REGISTRY, Story, shipped
from yaosu.engine import proof
from yaosu.engine.recovery import command_of
from yaosu.journal import chain
from yaosu.journal.memory import MemoryStore
from yaosu.kernel import canonical
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Command
from yaosu.parties.commands import (
    ActFor,
    AskSigned,
    FoundVenue,
    GivePower,
    RegisterParty,
    RegisterSigningKey,
    RequireSigned,
    RevokeSigningKey,
    WithdrawPower,
)
from yaosu.parties.events import CommandSigned
from yaosu.parties.representation import on_behalf
from yaosu.parties.signing import KEYS_MAX, SMALL_ORDER, key_id_of, key_proof, signed
from yaosu.rules.commands import AdoptRules
from yaosu.rules.parse import parse_pack

SIGN_POWERS = """
[[parameter]]
id = "parties.signed_commands"
value = "parties.give_power"
reason = "to_be_signed"
source = "an example"
confidence = "assumed"
[[parameter.example]]
facts = {}
result = "parties.give_power"
"""
ANNA, BERT = pen("anna", 1), pen("bert", 2)


@pytest.fixture
def story() -> Story:
    made = Story().found([])
    for name in ("anna", "bert"):
        made.ask(RegisterParty, EXCHANGE, party=name, kind="person", name=name)
    register(made, "anna", ANNA)
    return made


def power(name: str, actor: str = "anna") -> GivePower:
    """A command that anybody may ask, and that changes something."""
    attorney = "anna" if actor == "bert" else "bert"
    return GivePower(actor=actor, key=f"k-{name}", power=name, attorney=attorney, commands=("x",))


def not_heard(story: Story, command: Command) -> str:
    """Refused at the door: nothing is recorded."""
    size = story.venue.size
    with pytest.raises(Refusal) as refused:
        story.venue.submit(command)
    assert story.venue.size == size
    return str(refused.value)


def test_a_signed_command_does_what_it_says_and_keeps_its_signature(story: Story) -> None:
    """The entry holds request and signature; verify and audit prove it without the operator."""
    asked = signed(power("p"), VENUE, ANNA)
    receipt = story.venue.submit(asked).accepted()
    assert isinstance(receipt.events[0], CommandSigned)
    assert (receipt.events[0].party, receipt.events[0].asked) == ("anna", "parties.give_power")
    assert story.venue.state.parties.powers["p"].principal == "anna"
    (entry,) = story.venue.store.read(receipt.sequence, receipt.sequence)
    kept = command_of(entry)
    assert isinstance(kept, AskSigned)
    assert (kept.signature, kept.request) == (asked.signature, asked.request)
    assert story.venue.verify().signed == 1
    assert story.venue.audit().is_clean
    again = story.venue.submit(asked)
    assert (again.sequence, again.repeated) == (receipt.sequence, True)
    with pytest.raises(Refusal, match=r"engine\.key_conflict"):
        story.venue.submit(power("p"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"signature": bytes(64)}, "the signature does not fit"),
        ({"signature": b""}, "the signature does not fit"),
        ({"request": canonical.encode(power("q"))}, "what is asked is another's, or has another"),
        ({"signing_key": key_id_of(BERT.verifier.public)}, "anna has no such key"),
        ({"actor": "bert"}, "bert has no such key"),
        ({"key": "other"}, "what is asked is another's, or has another key"),
    ],
)
def test_what_is_not_signed_as_it_should_be_is_not_heard(
    story: Story, change: dict[str, object], said: str
) -> None:
    """Nor does it use up the key of the command: the party's own is heard after it."""
    asked = signed(power("p"), VENUE, ANNA)
    assert said in not_heard(story, replace(asked, **change))
    story.venue.submit(asked).accepted()


def test_a_signature_counts_at_its_own_venue_alone(story: Story) -> None:
    refused = not_heard(story, signed(power("p"), "venue-2", ANNA))
    assert refused == (
        f"parties.not_signed: the signature with the key {key_id_of(ANNA.verifier.public)} does "
        "not count: the signature does not fit; sign the command itself with a key of the party "
        "that is in force, for this venue"
    )


def test_what_a_party_wants_signed_is_not_heard_otherwise(story: Story) -> None:
    """A stolen token does nothing; neither can it do away with the demand."""
    story.ask(RequireSigned, "anna", commands=("parties.give_power",))
    assert not_heard(story, power("p")) == (
        "parties.signature_needed: parties.give_power of anna is heard only when signed; ask it "
        "signed (ask_signed) with a registered key of anna"
    )
    public, proof_ = BERT.verifier.public, key_proof(VENUE, "anna", BERT)
    for command in (
        RequireSigned(actor="anna", key="t1"),
        RegisterSigningKey(actor="anna", key="t2", public=public, proof=proof_),
        RevokeSigningKey(actor="anna", key="t3", signing_key="x", reason="y"),
    ):
        assert "parties.signature_needed" in not_heard(story, command)
    story.venue.submit(signed(power("p"), VENUE, ANNA)).accepted()
    story.ask(WithdrawPower, "anna", power="p")
    ask_signed(story, ANNA, RequireSigned, "anna", commands=())
    story.venue.submit(power("free")).accepted()
    assert story.venue.verify().signed == 2


def test_an_attorney_signs_where_its_principal_would_have_to(story: Story) -> None:
    """By a power nobody gets round the demand of a signature; the attorney signs with its own."""
    given = {"power": "a", "attorney": "bert", "commands": ("parties.*",)}
    story.ask(GivePower, "anna", **given)
    story.ask(RequireSigned, "anna", commands=("parties.withdraw_power",))
    asked = on_behalf(WithdrawPower(actor="anna", key="w", power="a"), "bert", "a")
    assert "parties.withdraw_power of anna" in not_heard(story, asked)
    register(story, "bert", BERT)
    story.venue.submit(signed(asked, VENUE, BERT)).accepted()
    inner = canonical.encode(signed(power("p"), VENUE, ANNA))
    nested = ActFor(actor="bert", key="k-p", power="a", request=inner)
    assert "parties.never_for_another" in not_heard(story, nested)


def test_a_rule_can_ask_everybody_to_sign(story: Story) -> None:
    """A parameter of the rules in force; the keys themselves can be registered before."""
    text = shipped("rules/national.toml").replace('"2026.1"', '"2026.2"', 1)
    pack = parse_pack(text + SIGN_POWERS)
    story.clock.forward(1)
    head = replace(pack.pack, effective=story.clock())
    story.ask(AdoptRules, MINISTRY, pack=replace(pack, pack=head))
    story.ask(RegisterParty, EXCHANGE, party="carl", kind="person", name="carl")
    assert "parties.give_power of bert" in not_heard(story, power("p", "bert"))
    register(story, "bert", BERT)
    story.venue.submit(signed(power("p", "bert"), VENUE, BERT)).accepted()
    assert story.venue.verify().signed == 1


def test_keys_rotate_and_are_revoked_and_what_they_signed_stands(story: Story) -> None:
    second = pen("anna", 3)
    story.venue.submit(signed(power("p"), VENUE, ANNA)).accepted()
    fields = {"public": second.verifier.public, "proof": key_proof(VENUE, "anna", second)}
    ask_signed(story, ANNA, RegisterSigningKey, "anna", **fields)
    first = key_id_of(ANNA.verifier.public)
    ask_signed(story, ANNA, RevokeSigningKey, "anna", signing_key=first, reason="lost")
    assert "the key was revoked at 2026-11-02" in not_heard(story, signed(power("q"), VENUE, ANNA))
    story.venue.submit(signed(power("q"), VENUE, second)).accepted()
    assert story.refused(RevokeSigningKey, "anna", signing_key=first, reason="again") == (
        f"parties.signing_key_revoked: the key {first} was revoked at 2026-11-02T09:00:00Z; "
        "nothing is to be done"
    )
    assert story.venue.verify().signed == 4


def test_the_last_key_stays_while_signatures_are_required(story: Story) -> None:
    first = key_id_of(ANNA.verifier.public)
    story.ask(RequireSigned, "anna", commands=("*",))
    asked = RevokeSigningKey(actor="anna", key="r", signing_key=first, reason="lost")
    refusal = story.venue.submit(signed(asked, VENUE, ANNA)).refusal
    assert str(refusal) == (
        f"parties.last_signing_key: the key {first} is the last of anna, which is heard only when "
        "it signs; register another first, or require no signatures any more (require_signed)"
    )
    by_office = {"signing_key": first, "reason": "stolen", "source": DOCUMENT}
    story.ask(RevokeSigningKey, REGISTRY, **by_office)
    new = pen("anna", 4)
    fields = {"public": new.verifier.public, "proof": key_proof(VENUE, "anna", new)}
    story.ask(RegisterSigningKey, REGISTRY, party="anna", source=DOCUMENT, **fields)
    story.venue.submit(signed(power("p"), VENUE, new)).accepted()


def test_who_may_change_keys_and_which_keys_cannot_be(story: Story) -> None:
    first, public = key_id_of(ANNA.verifier.public), BERT.verifier.public
    bert = {"public": public, "proof": key_proof(VENUE, "bert", BERT)}
    assert story.refused(RegisterSigningKey, "anna", party="bert", **bert) == (
        "parties.not_your_signing_key: anna has no say over the keys of bert; ask bert itself, or "
        "a registrar with a document"
    )
    assert "parties.bad_source" in story.refused(RegisterSigningKey, REGISTRY, party="bert", **bert)
    assert "parties.not_your_signing_key" in story.refused(
        RevokeSigningKey, "bert", signing_key=first, reason="spite"
    )
    stolen = {"public": ANNA.verifier.public, "proof": key_proof(VENUE, "anna", ANNA)}
    assert "its proof is not signed with it" in story.refused(RegisterSigningKey, "bert", **stolen)
    again = {"public": ANNA.verifier.public, "proof": key_proof(VENUE, "anna", ANNA)}
    assert story.refused(RegisterSigningKey, "anna", **again) == (
        f"parties.signing_key_known: the key {first} is on record; make another; a key is "
        "registered once, and for one party"
    )
    assert "parties.bad_signing_key" in story.refused(
        RegisterSigningKey, "bert", public=b"short", proof=b""
    )
    assert story.refused(RevokeSigningKey, "anna", signing_key="0" * 16, reason="x") == (
        f"parties.unknown_signing_key: the key {'0' * 16} was never registered; check its id, "
        "sixteen hex digits"
    )
    assert story.refused(RequireSigned, "bert", commands=("*",)) == (
        "parties.no_signing_key: bert has no key in force to sign with; register one first "
        "(register_signing_key)"
    )
    assert story.refused(RequireSigned, "anna", commands=("",)) == (
        "parties.bad_signing_duty: anna names 1 commands, one of them empty or more than 100; name "
        "tags such as markets.submit_orders, markets.* or *"
    )
    for number in range(KEYS_MAX - 1):
        register(story, "anna", pen("anna", 20 + number))
    more = pen("anna", 40)
    fields = {"public": more.verifier.public, "proof": key_proof(VENUE, "anna", more)}
    assert story.refused(RegisterSigningKey, "anna", **fields) == (
        "parties.too_many_signing_keys: anna has 10 keys in force, as many as are allowed; revoke "
        "one that is no longer used (revoke_signing_key)"
    )


def test_a_key_of_small_order_is_refused_since_anything_seems_signed_with_it(story: Story) -> None:
    """Each point of the list has an order that divides eight: multiplied by eight it is none."""
    for point in sorted(SMALL_ORDER):
        for sign in (0, 0x80):
            public = point[:-1] + bytes([point[-1] | sign])
            refused = story.refused(RegisterSigningKey, "bert", public=public, proof=bytes(64))
            assert "it is a point of small order" in refused
    assert len(SMALL_ORDER) == 7
    assert all(_eight_times_is_neutral(point) for point in SMALL_ORDER)


def test_the_engine_and_the_founder_sign_nothing(story: Story) -> None:
    asked = FoundVenue(
        actor="anna", key="f", venue="v", operator="a", authority="b", currency="CNY"
    )
    assert not_heard(story, signed(asked, VENUE, ANNA)) == (
        "parties.never_signed: parties.found_venue is not asked under a signature; ask it as it is"
    )
    nested = signed(signed(power("p"), VENUE, ANNA), VENUE, ANNA)
    assert "parties.never_signed: parties.ask_signed" in not_heard(story, nested)


# ---- a journal that was forged, hashes and all


def forged(story: Story, change) -> MemoryStore:
    """The journal written anew by somebody who holds it, one command changed."""
    store, before = MemoryStore(), chain.ZERO
    for entry in story.venue.store.read():
        header = entry.header
        command = command_of(entry)
        changed = change(command)
        made = chain.seal(
            before, header.sequence, header.instant, header.outcome, command.actor,
            entry.command if changed is command else canonical.encode(changed), entry.events,
            entry.sealed, header.rules, header.decide_version, header.parties,
        )  # fmt: skip
        before = made.hash
        store.append([made])
    return store


def test_a_forged_signature_is_found_from_the_journal_alone(story: Story) -> None:
    """Whoever writes the whole chain anew still has no key of the party."""
    asked = signed(power("p"), VENUE, ANNA)
    story.venue.submit(asked).accepted()
    size = story.venue.size

    def other(command: Command) -> Command:
        if not isinstance(command, AskSigned):
            return command
        return replace(command, signature=bytes(64))

    with pytest.raises(Refusal) as refused:
        proof.verify(forged(story, other))
    assert str(refused.value) == (
        f"engine.signature_fails: entry {size - 1} is not signed as it should be: the signature "
        "does not fit; rely on nothing in this journal; compare it with another copy, or with "
        "receipts"
    )
    assert not proof.audit(forged(story, other)).is_clean


def test_an_unsigned_command_put_in_by_a_forger_is_found_too(story: Story) -> None:
    story.ask(RequireSigned, "anna", commands=("parties.give_power",))
    story.venue.submit(signed(power("p"), VENUE, ANNA)).accepted()

    def plain(command: Command) -> Command:
        return power("p") if isinstance(command, AskSigned) else command

    with pytest.raises(Refusal, match=r"anna asked parties\.give_power unsigned"):
        proof.verify(forged(story, plain))


# ---- arithmetic of the curve, for the list of points

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P


def _eight_times_is_neutral(point: bytes) -> bool:
    y = int.from_bytes(point, "little") % P
    xx = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - xx) % P:
        return False
    for _ in range(3):
        k = D * x * x * y * y % P
        x, y = (2 * x * y) * pow(1 + k, -1, P) % P, (y * y + x * x) * pow(1 - k, -1, P) % P
    return (x, y) == (0, 1)
