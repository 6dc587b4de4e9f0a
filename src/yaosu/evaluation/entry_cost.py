"""What a first trade costs a newcomer: steps, documents, days and deposits, by size class.

Read off the rules, procedures and markets in force, not off what happened. A threshold that only
the larger classes meet is flagged, with the condition that sets it.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from yaosu.access.commands import ApplyForAdmission
from yaosu.access.decide import PURPOSE
from yaosu.access.methods.entry import Entry, assess
from yaosu.cases.filing import procedure_in_force
from yaosu.cases.needed import procedure_needed
from yaosu.cases.procedure import Procedure
from yaosu.core import State
from yaosu.kernel.columns import Columns, Text
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import tag_of
from yaosu.parties.decide import ATTESTED
from yaosu.rules.decide import conditions_for, national
from yaosu.rules.evaluate import names_read
from yaosu.rules.overlay import RulesInForce
from yaosu.rules.pack import Condition, Value
from yaosu.rules.toml import convert, read_toml

OWN_STEPS = 3  # to be registered, to apply, to order


class SizeClass(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A class of firms and the typical one in it.

    Attributes:
        id: such as ``micro``; the classes stand from the smallest to the largest.
        facts: what a typical firm of it could state, by the names rules use.
    """

    id: str
    facts: dict[str, Value]


def parse_sizes(text: str) -> tuple[SizeClass, ...]:
    """The size classes a TOML text lists under ``[[sizes]]``, the smallest first.

    Raises:
        Refusal: ``rules.malformed``.
    """
    raw = read_toml(text, "list of size classes")
    return convert(raw.get("sizes", []), tuple[SizeClass, ...], "list of size classes")


def entry_cost(state: State, factor: str, role: str, sizes: Sequence[SizeClass]) -> Columns:
    """One row a size class: what its typical firm needs for a first trade of a factor.

    Every attestation the entry conditions read counts as given, as one step and one document; so
    what is left to stand in the way are thresholds.

    Columns: size, admitted (0 or 1), steps, documents, days (of the longest way through the
    procedures the rules ask for), deposit (least one of the open markets, minor units), unmet
    (reasons, joined by spaces), only_larger (conditions this class fails and a larger one meets).
    """
    rules = national(state)
    conditions = conditions_for(state, PURPOSE, factor, role)
    attested = sorted(
        {
            name
            for item in _with_what_they_read(rules.items, conditions)
            for name in names_read(rules.items[item])
            if name.startswith(ATTESTED)
        }
    )
    procedure = _procedure(state, factor)
    stages = procedure.stages if procedure is not None else ()
    documents = {name for stage in stages for name in stage.documents}
    met: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    for size in sizes:
        facts: dict[str, Value] = {"party_kind": "organisation", **size.facts}
        entry = _best(rules, conditions, facts, attested)
        met.append((entry.met, entry.reasons))
    deposit = _least_deposit(state, factor)
    ids = [condition.id for condition in conditions]
    flags = [
        [one for one in ids if one not in met[i][0] and any(one in m[0] for m in met[i + 1 :])]
        for i in range(len(sizes))
    ]
    return Columns.of(
        size=Text.of([size.id for size in sizes]),
        admitted=[int(not reasons) for _, reasons in met],
        steps=[OWN_STEPS + len(attested) + len(stages)] * len(sizes),
        documents=[len(attested) + len(documents)] * len(sizes),
        days=[_longest(procedure)] * len(sizes),
        deposit=[deposit] * len(sizes),
        unmet=Text.of([" ".join(reasons) for _, reasons in met]),
        only_larger=Text.of([" ".join(flag) for flag in flags]),
    )


def _with_what_they_read(items: Mapping[str, object], conditions: Sequence[Condition]) -> list[str]:
    waiting = [condition.id for condition in conditions]
    seen = dict.fromkeys(waiting)
    while waiting:
        for read in getattr(items[waiting.pop()], "reads", ()):
            if read not in seen:
                seen[read] = None
                waiting.append(read)
    return list(seen)


def _best(
    rules: RulesInForce,
    conditions: Sequence[Condition],
    facts: Mapping[str, Value],
    attested: Sequence[str],
) -> Entry:
    """How a firm stands with what a newcomer can have attested.

    A condition may ask that something is attested (a name) or that it is not (a default): each is
    taken as given unless it is less in the way when it is not.
    """
    levels: dict[str, Value] = dict.fromkeys(attested, 1)
    best = assess(rules, conditions, {**facts, **levels})
    for name in attested:
        other = assess(rules, conditions, {**facts, **levels, name: 0})
        if len(other.reasons) < len(best.reasons):
            best = other
            levels[name] = 0
    return best


def _procedure(state: State, factor: str) -> Procedure | None:
    needed = procedure_needed(state, tag_of(ApplyForAdmission), factor)
    if not needed:
        return None
    try:
        return procedure_in_force(state, needed)
    except Refusal:  # the rules ask for one that nobody has adopted: nobody comes in
        return None


def _longest(procedure: Procedure | None) -> int:
    """Days of the longest way through the stages, where none runs late."""
    if procedure is None:
        return 0
    until: dict[str, int] = {}
    for stage in procedure.stages:
        until[stage.id] = stage.days + max((until[one] for one in stage.after), default=0)
    return max(until.values(), default=0)


def _least_deposit(state: State, factor: str) -> int:
    """The least deposit of the open markets of a factor, minor units; 0 where one asks for none."""
    deposits = [
        market.trading.sealed.deposit_minor if market.trading.sealed is not None else 0
        for market in state.markets.markets.values()
        if market.factor == factor
    ]
    return min(deposits, default=0)
