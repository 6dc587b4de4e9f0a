"""How votes are counted: exactly, by shares or by heads, with a quorum and a threshold."""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from msgspec import Struct

from yaosu.kernel.numbers import Share
from yaosu.parties.values import (
    ABSTAIN,
    AGAINST,
    FOR,
    HEADS,
    OF_ALL,
    OF_CAST,
    SHARES,
    Member,
    VotingRule,
)


class Count(Struct, frozen=True, kw_only=True):
    """Votes as parts of all, and what they come to."""

    for_votes: Share
    against_votes: Share
    abstained: Share
    has_quorum: bool
    is_passed: bool


def fault_of(rule: VotingRule) -> str:
    """Why a voting rule does not hold together, or nothing."""
    for what, value, allowed in (
        ("count", rule.count, (SHARES, HEADS)),
        ("base", rule.base, (OF_ALL, OF_CAST)),
    ):
        if value not in allowed:
            return f"its {what} is {value!r}, not one of {', '.join(allowed)}"
    for what, part in (("quorum", rule.quorum), ("threshold", rule.threshold)):
        if not 0 < part.numerator <= part.denominator:
            return f"its {what} is {part}"
    if rule.is_strict and rule.threshold.numerator == rule.threshold.denominator:
        return "more than all can never be for it"
    return ""


def count_votes(rule: VotingRule, members: Iterable[Member], votes: Mapping[str, str]) -> Count:
    """What the votes come to.

    Args:
        members: all who may vote, with shares that sum to one.
        votes: member -> ``for``, ``against`` or ``abstain``; who did not vote is not there.
    """
    weights = {m.party: m.share.fraction for m in members}
    if rule.count == HEADS:
        weights = dict.fromkeys(weights, Fraction(1, len(weights)))
    parts = {
        choice: sum((weights[m] for m, vote in votes.items() if vote == choice), Fraction(0))
        for choice in (FOR, AGAINST, ABSTAIN)
    }
    base = Fraction(1) if rule.base == OF_ALL else parts[FOR] + parts[AGAINST]
    needed = rule.threshold.fraction * base
    has_quorum = sum(parts.values(), Fraction(0)) >= rule.quorum.fraction
    is_enough = parts[FOR] > needed if rule.is_strict else parts[FOR] >= needed
    return Count(
        for_votes=_share(parts[FOR]),
        against_votes=_share(parts[AGAINST]),
        abstained=_share(parts[ABSTAIN]),
        has_quorum=has_quorum,
        is_passed=has_quorum and is_enough and parts[FOR] > 0,
    )


def _share(part: Fraction) -> Share:
    return Share.of(part.numerator, part.denominator)
