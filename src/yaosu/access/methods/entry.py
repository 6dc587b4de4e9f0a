"""Entry: are all conditions of a factor and role met, and which are not?"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from yaosu.parties.decide import unattested
from yaosu.rules.decide import ask
from yaosu.rules.overlay import RulesInForce
from yaosu.rules.pack import Condition, Value


class Entry(Struct, frozen=True, kw_only=True):
    """The answer to an application.

    Attributes:
        met: ids of the conditions met.
        reasons: reason codes of those that were not, in order of their ids; empty is admitted.
        faults: what could not be decided and why, in words.
    """

    met: tuple[str, ...]
    reasons: tuple[str, ...]
    faults: tuple[str, ...]


def assess(
    rules: RulesInForce, conditions: Sequence[Condition], facts: Mapping[str, Value]
) -> Entry:
    """Evaluate every condition, so that the applicant hears all that is missing at once.

    An attestation the rules read and nobody issued counts as level 0.
    """
    levels = unattested(rules.facts)
    outcomes = [ask(rules, condition.id, {**levels, **facts}) for condition in conditions]
    return Entry(
        met=tuple(o.item for o in outcomes if not o.reason),
        reasons=tuple(o.reason for o in outcomes if o.reason),
        faults=tuple(f"{o.item}: {o.fault}" for o in outcomes if o.fault),
    )
