"""What has become of a title certificate since it was issued: the register is asked."""

from collections.abc import Callable

from msgspec import Struct

from yaosu.kernel.canonical import digest
from yaosu.kernel.refusal import found, refuse_unless
from yaosu.kernel.signed_note import parse_verifier_key
from yaosu.rights import refusals
from yaosu.rights.state import RightsReach
from yaosu.rights.title_certificate import TitleExtract, read_key_of, verify_title_certificate
from yaosu.rights.title_keys import key_in_force
from yaosu.rights.title_link import TitleLink, digest_of_burdens
from yaosu.rights.values import Right

__all__ = ["refusals"]

VALID, BURDENED, SUPERSEDED = "valid", "burdened", "superseded"
REVOKED, EXPIRED, REPLACED = "revoked", "expired", "replaced"
ENDED_BY = {"cancellation": REVOKED, "expiry": EXPIRED}


class CertificateStatus(Struct, frozen=True, kw_only=True):
    """How a certificate stands against the register.

    Attributes:
        status: ``valid``: the register says the same. ``burdened``: the right is the same, what
            stands on it is not. ``superseded``: the right has a later version. ``revoked``,
            ``expired``: it ended so. ``replaced``: it ended as another took its place.
        version: of the right now. ``entry``, ``kind``, ``at``: the register entry that made the
            difference; empty and 0 where there is none, and where a term is over by itself.
        burdens: what stands on the right now, by id.
    """

    status: str
    right: str
    version: int
    entry: str = ""
    kind: str = ""
    at: int = 0
    burdens: tuple[str, ...] = ()


def check_certificate(reach: RightsReach, text: str, right: str) -> str:
    """The digest of a certificate that proves a right as it stands now; empty without one.

    It is signed by a key that the venue named in this journal and that was in force at its date,
    and it is neither superseded nor ended.

    Raises:
        Refusal: ``rights.certificate_of_other``, ``rights.certificate_stale``, and those of
            :func:`~yaosu.rights.title_certificate.verify_title_certificate`,
            :func:`~yaosu.rights.title_keys.key_in_force` and :func:`certificate_status`.
    """
    if not text:
        return ""
    given = read_key_of(text)
    known = [parse_verifier_key(key.vkey).public for key in reach.parties.keys]
    refuse_unless(given in known, "rights.signed_with_other_key")
    extract = verify_title_certificate(text, given)
    key_in_force(reach.parties.keys, given, extract.right, extract.issued)
    venue = reach.parties.venue
    is_ours = venue is not None and extract.venue == venue.id
    refuse_unless(
        is_ours and extract.right == right,
        "rights.certificate_of_other",
        right=extract.right,
        venue=extract.venue,
        asked=right,
    )
    status = certificate_status(reach, extract).status
    refuse_unless(
        status in (VALID, BURDENED), "rights.certificate_stale", right=right, status=status
    )
    return digest(text.encode()).hex()


def certificate_status(reach: RightsReach, extract: TitleExtract) -> CertificateStatus:
    """Compare what a certificate says with the register as it stands.

    Raises:
        Refusal: ``rights.unknown_right``: it is of another register;
            ``rights.certificate_contradicts``: no such version was ever in this one.
    """
    found(reach.rights.rights.get(extract.right), "rights.unknown_right", right=extract.right)
    _check_said(reach, extract)
    return _status(reach, extract.right, extract.version, lambda now: now == extract.burdens)


def link_status(reach: RightsReach, link: TitleLink) -> CertificateStatus:
    """The same for the link of a certificate.

    Raises:
        Refusal: ``rights.unknown_right``: it is of another register.
    """
    return _status(
        reach, link.right, link.version, lambda now: digest_of_burdens(now) == link.burdens
    )


def _check_said(reach: RightsReach, extract: TitleExtract) -> None:
    """What the certificate says of its version is what the register has of that version."""
    name, state = extract.right, reach.rights
    versions = [*state.history.get(name, []), state.rights[name]]
    right = next((one for one in versions if one.version == extract.version), None)
    known = {"version": str(versions[-1].version)} if right is None else _lasting(right)
    said = {field: str(getattr(extract, field)) for field in known}
    for field in sorted(known):
        refuse_unless(
            said[field] == known[field] and right is not None,
            "rights.certificate_contradicts",
            right=name,
            version=extract.version,
            field=field,
            said=said[field],
            known=known[field],
        )


def _lasting(right: Right) -> dict[str, str]:
    """What a version of a right says for good, as text."""
    names = (
        "unit", "factor", "holder", "kind", "share", "term_from", "term_to", "based_on", "source",
        "entry",
    )  # fmt: skip
    return {name: str(getattr(right, name)) for name in names}


def _status(
    reach: RightsReach, name: str, version: int, is_as_it_was: Callable[[tuple[str, ...]], bool]
) -> CertificateStatus:
    state = reach.rights
    right = found(state.rights.get(name), "rights.unknown_right", right=name)
    entry = state.entries[right.entry]
    burdens = tuple(
        one for one in state.burdens.get(right.id, []) if state.entries[one].is_standing(reach.now)
    )
    is_same = right.version == version
    if right.end:
        status = ENDED_BY.get(entry.kind, REPLACED)
    elif right.term_to and right.term_to <= reach.now:
        status = EXPIRED
    elif not is_same:
        status = SUPERSEDED
    else:
        status = VALID if is_as_it_was(burdens) else BURDENED
    return CertificateStatus(
        status=status,
        right=right.id,
        version=right.version,
        entry="" if is_same else entry.id,
        kind="" if is_same else entry.kind,
        at=0 if is_same else entry.at,
        burdens=burdens,
    )
