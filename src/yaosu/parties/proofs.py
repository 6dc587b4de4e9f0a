"""What is decided on the strength of an attestation or a resolution, and whether that is once."""

from yaosu.kernel.words import Event
from yaosu.parties.events import ProofUsed
from yaosu.parties.state import PartiesReach, PartiesState
from yaosu.parties.values import RESOLUTION, Use

REVOKED = "revoked"  # for which a resolution is spent once a later one revokes it


def is_spent(reach: PartiesReach, kind: str, proof: str, purpose: str) -> bool:
    """Whether a proof was spent for a purpose."""
    return any(
        use.is_spent and use.purpose == purpose
        for use in reach.parties.uses.get(f"{kind}/{proof}", [])
    )


def revoked_by(state: PartiesState, resolution: str) -> str:
    """The resolution by which a group revoked an earlier one, or empty."""
    uses = state.uses.get(f"{RESOLUTION}/{resolution}", [])
    return next((use.on for use in uses if use.purpose == REVOKED), "")


def use_proof(
    reach: PartiesReach,
    kind: str,
    proof: str,
    purpose: str,
    on: str,
    by: str,
    *,
    is_spent: bool = False,
) -> list[Event]:
    """Put on record that something was decided on the strength of a proof.

    Args:
        kind: ``attestation`` or ``resolution``.
        purpose: what for, such as ``admission``. ``on``: id of what depends on it.
        is_spent: from now on it counts for this purpose no more.
    """
    use = Use(purpose=purpose, on=on, used_by=by, is_spent=is_spent, at=reach.now)
    return [ProofUsed(proof=proof, kind=kind, use=use)]
