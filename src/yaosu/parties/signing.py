"""Signed commands: who asked is provable from the journal alone.

A party puts a public key on record and signs what it asks with the secret one. The signature stays
in the entry with the bytes it is over, so whoever has the journal can check it, the operator's word
aside. A party, or the rules for all, can say what is heard only when signed.

Source: RFC 8032 (Ed25519). Points of small order, under which a signature proves nothing, are
refused: D. Chalkias, F. Garillot, V. Nikolaenko, "Taming the many EdDSAs" (2020), section 2.
"""

from msgspec.structs import replace

from yaosu.kernel import canonical
from yaosu.kernel.ids import DIGEST_FORM
from yaosu.kernel.instant import format_instant
from yaosu.kernel.refusal import found, refuse_unless
from yaosu.kernel.sealing import notes_of
from yaosu.kernel.signed_note import SUITES, SigningKey
from yaosu.kernel.words import Command, Event, tag_of
from yaosu.parties import refusals
from yaosu.parties.commands import (
    AskSigned,
    RegisterSigningKey,
    RequireSigned,
    RevokeSigningKey,
)
from yaosu.parties.decide import has_role, party_of
from yaosu.parties.events import (
    CommandSigned,
    SignaturesRequired,
    SigningKeyRegistered,
    SigningKeyRevoked,
)
from yaosu.parties.state import PartiesReach
from yaosu.parties.values import PartyKey
from yaosu.rules.decide import parameter_of

ALGORITHM = "Ed25519"
PUBLIC_BYTES = 32
KEYS_MAX = 10  # of one party in force at a time
REQUEST_BYTES_MAX = 16 << 20
COMMANDS_MAX = 100
EVERYTHING = "*"
FORM, KEY_FORM = "yaosu.signed/1", "yaosu.signing-key/1"
REQUIRED = "parties.signed_commands"  # rule parameter: what anybody asks signed, joined by spaces
# what changes the keys themselves: signed as soon as anything of the party is
OF_KEYS = tuple(tag_of(kind) for kind in (RegisterSigningKey, RequireSigned, RevokeSigningKey))
SMALL_ORDER = frozenset(  # the bit of the sign left out
    bytes.fromhex(point)
    for point in (
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
    )
)
__all__ = ["refusals"]


# ---- for whoever signs


def signed(command: Command, venue: str, key: SigningKey) -> AskSigned:
    """The command as it is asked signed: what travels sealed with it is sealed before."""
    request = canonical.encode(command)
    key_id = key_id_of(key.verifier.public)
    return AskSigned(
        actor=command.actor,
        key=command.key,
        request=request,
        signing_key=key_id,
        signature=_sign(key, signed_bytes(venue, key_id, request)),
        sealed=notes_of(command),
    )


def key_proof(venue: str, party: str, key: SigningKey) -> bytes:
    """What shows at registration that the party has the secret key."""
    return _sign(key, proof_bytes(venue, party, key.verifier.public))


def key_id_of(public: bytes) -> str:
    """The id of a key: sixteen hex digits of the digest of its public part."""
    return canonical.digest(public).hex()[:16]


def signed_bytes(venue: str, signing_key: str, request: bytes) -> bytes:
    """What is signed: the canonical bytes of this map."""
    said = {"form": FORM, "venue": venue, "signing_key": signing_key, "request": request}
    return canonical.encode(said)


def proof_bytes(venue: str, party: str, public: bytes) -> bytes:
    """What is signed at registration: the canonical bytes of this map."""
    said = {"form": KEY_FORM, "venue": venue, "party": party, "public": public}
    return canonical.encode(said)


def _sign(key: SigningKey, message: bytes) -> bytes:
    sign = SUITES[ALGORITHM].sign
    assert sign is not None
    assert key.algorithm == ALGORITHM, key.algorithm
    return sign(key.secret, message)


# ---- keys on record


def decide_register_signing_key(reach: PartiesReach, command: RegisterSigningKey) -> list[Event]:
    """A key is new, in the hands of its party, by itself or by a registrar from a document."""
    party = party_of(reach, command.party or command.actor).id
    _check_may_change(reach, command.actor, party, command.source)
    public = command.public
    reason = ""
    if len(public) != PUBLIC_BYTES:
        reason = f"it has {len(public)} bytes, not {PUBLIC_BYTES}"
    elif public[:-1] + bytes([public[-1] & 0x7F]) in SMALL_ORDER:
        reason = "it is a point of small order, under which anything seems signed"
    elif not _holds(public, command.proof, proof_bytes(_venue(reach), party, public)):
        reason = "its proof is not signed with it, for this party and this venue"
    key_id = key_id_of(public)
    refuse_unless(not reason, "parties.bad_signing_key", signing_key=key_id, reason=reason)
    refuse_unless(
        key_id not in reach.parties.signing.keys, "parties.signing_key_known", signing_key=key_id
    )
    refuse_unless(
        len(keys_of(reach, party)) < KEYS_MAX,
        "parties.too_many_signing_keys",
        party=party,
        limit=KEYS_MAX,
    )
    key = PartyKey(
        id=key_id,
        party=party,
        algorithm=ALGORITHM,
        public=public,
        since=reach.now,
        source=command.source,
        registered_by=command.actor,
    )
    return [SigningKeyRegistered(key=key)]


def decide_revoke_signing_key(reach: PartiesReach, command: RevokeSigningKey) -> list[Event]:
    """A key is revoked once; its party keeps another while it requires signatures."""
    key = found(
        reach.parties.signing.keys.get(command.signing_key),
        "parties.unknown_signing_key",
        signing_key=command.signing_key[:100],
    )
    _check_may_change(reach, command.actor, key.party, command.source)
    refuse_unless(
        not key.revoked_at, "parties.signing_key_revoked", signing_key=key.id, at=_at(key)
    )
    is_last = keys_of(reach, key.party) == [key.id]
    requires = bool(reach.parties.signing.required.get(key.party))
    refuse_unless(
        not (is_last and requires and command.actor == key.party),
        "parties.last_signing_key",
        party=key.party,
        signing_key=key.id,
    )
    revoked = replace(
        key, revoked_at=reach.now, revoked_by=command.actor, revoked_for=command.reason
    )
    return [SigningKeyRevoked(key=revoked)]


def decide_require_signed(reach: PartiesReach, command: RequireSigned) -> list[Event]:
    """A party with a key says what of its own is heard only when signed."""
    party = party_of(reach, command.actor).id
    count = len(command.commands)
    fits = count <= COMMANDS_MAX and all(command.commands)
    refuse_unless(fits, "parties.bad_signing_duty", party=party, count=count, limit=COMMANDS_MAX)
    refuse_unless(keys_of(reach, party) or not count, "parties.no_signing_key", party=party)
    return [
        SignaturesRequired(party=party, commands=tuple(sorted(set(command.commands))), at=reach.now)
    ]


def keys_of(reach: PartiesReach, party: str) -> list[str]:
    """The keys of a party that are in force, by id, oldest first."""
    known = reach.parties.signing
    return [key for key in known.of.get(party, []) if not known.keys[key].revoked_at]


def _check_may_change(reach: PartiesReach, actor: str, party: str, source: str) -> None:
    is_own = actor == party
    refuse_unless(
        is_own or has_role(reach, actor, "registrar"),
        "parties.not_your_signing_key",
        actor=actor,
        party=party,
    )
    is_proved = DIGEST_FORM.fullmatch(source) or (is_own and source == "")
    refuse_unless(is_proved, "parties.bad_source", source=source or "missing")


# ---- signatures


def check_signature(reach: PartiesReach, command: AskSigned, asked: Command) -> list[Event]:
    """A signed command is what its party signed, with a key in force; the event that says so.

    Args:
        asked: the command behind the request.
    """
    fault = signature_fault(reach, command, asked)
    refuse_unless(
        not fault, "parties.not_signed", signing_key=command.signing_key[:100], reason=fault
    )
    return [
        CommandSigned(
            party=command.actor,
            signing_key=command.signing_key,
            asked=tag_of(asked),
            at=reach.now,
        )
    ]


def signature_fault(
    reach: PartiesReach, command: AskSigned, asked: Command, *, is_done: bool = False
) -> str:
    """What is wrong with a signed command; empty where it holds.

    Args:
        is_done: the state is that after its entry, which may have revoked the key.
    """
    key = reach.parties.signing.keys.get(command.signing_key)
    if key is None or key.party != command.actor:
        return f"{command.actor} has no such key"
    if key.revoked_at and not (is_done and key.revoked_at == reach.now):
        return f"the key was revoked at {_at(key)}"
    if (asked.actor, asked.key) != (command.actor, command.key):
        return "what is asked is another's, or has another key"
    if notes_of(asked) != command.sealed:
        return "what travels sealed with it is not what was signed"
    message = signed_bytes(_venue(reach), key.id, command.request)
    if not _holds(key.public, command.signature, message):
        return "the signature does not fit"
    return ""


def is_required(reach: PartiesReach, party: str, tag: str) -> bool:
    """Whether a command of a party is heard only when signed: by its own word, or by the rules."""
    own, ruled = reach.parties.signing.required.get(party, ()), required_of(reach)
    return bool(own or ruled) and covers(own, ruled, tag)


def required_of(reach: PartiesReach) -> tuple[str, ...]:
    """What the rules in force have everybody ask signed; mostly no pack says a word about it."""
    noted = reach.rules.noted
    if REQUIRED not in noted:
        noted[REQUIRED] = any(
            item.id == REQUIRED
            for versions in reach.rules.packs.values()
            for version in versions
            for item in version.pack.parameter
        )
    if not noted[REQUIRED]:
        return ()
    ruled = parameter_of(reach, REQUIRED)
    return tuple(ruled.split()) if isinstance(ruled, str) else ()


def covers(own: tuple[str, ...], ruled: tuple[str, ...], tag: str) -> bool:
    """Whether a command is to be signed by what its party says, or the rules.

    A party that has anything signed signs for its keys as well, else a thief of its login would
    only have to change these. The rules ask nobody to sign for the first key.
    """
    if tag in OF_KEYS:
        return bool(own)
    floor = tag.partition(".")[0]
    return any(one in {tag, EVERYTHING, f"{floor}.*"} for one in (*own, *ruled))


def _holds(public: bytes, signature: bytes, message: bytes) -> bool:
    return SUITES[ALGORITHM].is_signed(public, signature, message)


def _venue(reach: PartiesReach) -> str:
    venue = found(reach.parties.venue, "parties.not_founded")
    return venue.id


def _at(key: PartyKey) -> str:
    return format_instant(key.revoked_at)
