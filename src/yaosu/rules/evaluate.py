"""Evaluate an item among the items it reads: results become facts of those that read them."""

from collections.abc import Mapping

from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.rules import listening, refusals
from yaosu.rules.facts import kind_of, name_of_item
from yaosu.rules.items import condition, formula, parameter, scorecard, table
from yaosu.rules.items.outcome import Outcome
from yaosu.rules.pack import Condition, Formula, Parameter, Scorecard, Table, Value

__all__ = ["refusals"]

AnyItem = Condition | Table | Formula | Scorecard | Parameter
Items = Mapping[str, AnyItem]


def evaluate(
    items: Items, kinds: Mapping[str, str], item: str, facts: Mapping[str, Value]
) -> Outcome:
    """What an item gives, after all it reads.

    Args:
        items: those in force together, by id, checked (no circles).
        kinds: declared facts and their kinds.
        facts: what is known; an item's result wins over a fact of the same name.

    Raises:
        Refusal: ``rules.unknown_item``.
    """
    this = items.get(item)
    if this is None:
        refuse("rules.unknown_item", item="the question", read=item)
    known = dict(facts)
    listening.enter()
    outcome = _worked_out(items, kinds, this, facts, known)
    listening.leave(this, names_read, known, outcome)
    return outcome


def _worked_out(
    items: Items,
    kinds: Mapping[str, str],
    this: AnyItem,
    facts: Mapping[str, Value],
    known: dict[str, Value],
) -> Outcome:
    """What an item gives; what the items it reads give is added to ``known``."""
    all_kinds = dict(kinds)
    for read in this.reads:
        if read not in items:
            fault = f"{read} is not in force"
            return Outcome(item=this.id, result=None, reason=this.reason, fault=fault)
        all_kinds.update(kinds_given(items[read]))
        outcome = evaluate(items, kinds, read, facts)
        if outcome.result is None:
            fault = f"{read} gives nothing: {outcome.fault}"
            return Outcome(item=this.id, result=None, reason=this.reason, fault=fault)
        known.update(_given(read, outcome))
    match this:
        case Condition():
            return condition.evaluate(this, all_kinds, known)
        case Table():
            return table.evaluate(this, all_kinds, known)
        case Formula():
            return formula.evaluate(this, all_kinds, known)
        case Scorecard():
            return scorecard.evaluate(this, all_kinds, known)
        case Parameter():
            return parameter.evaluate(this, all_kinds, known)


def check_item(items: Items, kinds: Mapping[str, str], item: AnyItem) -> None:
    """Refuse an item that does not fit its facts and the items it reads."""
    all_kinds = dict(kinds)
    for read in item.reads:
        refuse_unless(read in items, "rules.unknown_item", item=item.id, read=read)
        all_kinds.update(kinds_given(items[read]))
    match item:
        case Condition():
            condition.check(item, all_kinds)
        case Table():
            table.check(item, all_kinds)
        case Formula():
            formula.check(item, all_kinds)
        case Scorecard():
            scorecard.check(item, all_kinds)
        case Parameter():
            parameter.check(item, all_kinds)


def names_read(item: AnyItem) -> list[str]:
    """The names an item reads itself: facts, and results of other items."""
    match item:
        case Condition():
            return condition.names_read(item)
        case Table():
            return table.names_read(item)
        case Formula():
            return formula.names_read(item)
        case Scorecard():
            return scorecard.names_read(item)
        case Parameter():
            return parameter.names_read(item)


def names_behind(items: Items, item: AnyItem) -> set[str]:
    """Every name that may decide what an item gives: those it reads, and those behind them."""
    names: set[str] = set()
    waiting, seen = [item], {item.id}
    while waiting:
        this = waiting.pop()
        names.update(names_read(this))
        for read in this.reads:
            if read in items and read not in seen:
                seen.add(read)
                waiting.append(items[read])
    return names


def kinds_given(item: AnyItem) -> dict[str, str]:
    """The names under which an item's result is read, with their kinds."""
    name = name_of_item(item.id)
    match item:
        case Condition():
            return {name: "truth"}
        case Table():
            return {f"{name}_{column}": kind for column, kind in item.columns.items()}
        case Formula() | Scorecard():
            return {name: "int"}
        case Parameter():
            return {name: kind_of(item.value)}


def _given(item: str, outcome: Outcome) -> dict[str, Value]:
    name = name_of_item(item)
    if isinstance(outcome.result, dict):
        return {f"{name}_{column}": value for column, value in outcome.result.items()}
    assert outcome.result is not None, outcome
    return {name: outcome.result}
