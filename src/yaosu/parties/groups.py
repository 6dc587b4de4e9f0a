"""The members of a group: registered parties, each once, with shares that sum to exactly one."""

from fractions import Fraction

from yaosu.kernel.numbers import Share
from yaosu.parties.state import PartiesReach
from yaosu.parties.values import MEMBERS_MAX, Member


def members_fault(reach: PartiesReach, kind: str, members: tuple[Member, ...]) -> str:
    """Why members do not hold together, or nothing."""
    if kind != "group":
        return "only a group has members" if members else ""
    if not 0 < len(members) <= MEMBERS_MAX:
        return f"there are {len(members)}, 1 to {MEMBERS_MAX} are allowed"
    names = [member.party for member in members]
    if len(set(names)) < len(names):
        return "a member is there twice"
    for member in members:
        if member.party not in reach.parties.parties:
            return f"{member.party} is not registered"
        share = member.share
        if not 0 < share.numerator <= share.denominator:
            return f"{member.party} has the share {share}"
    total = sum((member.share.fraction for member in members), Fraction(0))
    return "" if total == 1 else f"the shares sum to {total}"


def in_lowest_terms(members: tuple[Member, ...]) -> tuple[Member, ...]:
    """The same members by id, each share in lowest terms."""
    shares = {m.party: Share.of(m.share.numerator, m.share.denominator) for m in members}
    return tuple(Member(party, share) for party, share in sorted(shares.items()))
