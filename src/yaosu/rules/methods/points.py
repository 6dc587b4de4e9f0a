"""The points at which rule items must be tried so that no answer of theirs is missed.

An expression that only compares facts with fixed values, or whole numbers with each other, gives
the same answer everywhere between two neighbouring fixed values. So finitely many points stand
for all: every fixed value, its neighbours, and one text that is none of the fixed ones. Trying
them with the evaluator itself tells exactly whether a condition can be met, or fail to be.

What adds facts together, looks inside a text, divides, or compares facts with a rounded formula of
them is not decided here; :class:`Undecided` says which. Sums that leave 64 bits are not looked at.
"""

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import product
from math import floor, prod

from msgspec import Struct, field

from yaosu.kernel.numbers import INT64_MAX, INT64_MIN
from yaosu.rules.evaluate import AnyItem, Items, evaluate, kinds_given
from yaosu.rules.facts import name_of_item
from yaosu.rules.methods.predicate import COMPARISONS, Part, read_predicate
from yaosu.rules.pack import Condition, Formula, Parameter, Scorecard, Table, Value

POINTS_MAX = 20_000
VALUES_MAX = 4_096
LINES_MAX = 12


class Undecided(Exception):
    """Not decided here, and why, in words."""


class Points(Struct):
    """What the facts must be tried with.

    Attributes:
        truths, numbers, texts: fact -> the fixed values it is compared with.
        alike: facts of one kind that are compared with each other, as pairs.
    """

    truths: set[str] = field(default_factory=set)
    numbers: dict[str, set[int]] = field(default_factory=dict)
    texts: dict[str, set[str]] = field(default_factory=dict)
    alike: list[tuple[str, str]] = field(default_factory=list)

    @property
    def names(self) -> set[str]:
        """All facts. For membership only."""
        return self.truths | self.numbers.keys() | self.texts.keys()

    def each(self) -> Iterator[dict[str, Value]]:
        """Every point.

        Raises:
            Undecided: there are more than ``POINTS_MAX``.
        """
        values = [(name, self._values(name)) for name in sorted(self.names)]
        count = prod(len(found) for _, found in values)
        if count > POINTS_MAX:
            raise Undecided(f"there are {count} points to try, {POINTS_MAX} are allowed")
        for point in product(*(found for _, found in values)):
            yield dict(zip((name for name, _ in values), point, strict=True))

    def _values(self, name: str) -> list[Value]:
        if name in self.truths:
            return [False, True]
        together = self._together(name)
        width = len(together)
        if name in self.numbers:
            fixed = {value for other in together for value in self.numbers[other]} or {0}
            near = {value + step for value in fixed for step in range(-width, width + 1)}
            return [value for value in sorted(near) if INT64_MIN <= value <= INT64_MAX]
        said = {value for other in together for value in self.texts[other]}
        others = [f"other {i}" for i in range(len(said) + width)]
        return [*sorted(said), *[text for text in others if text not in said][:width]]

    def _together(self, name: str) -> list[str]:
        """The facts that a fact is compared with, itself and others by way of others."""
        found = [name]
        for known in found:
            for pair in self.alike:
                if known in pair:
                    found += [other for other in pair if other not in found]
        return found


class _Reading:
    """Gathers the points of items among those they read."""

    def __init__(self, items: Items, kinds: Mapping[str, str]) -> None:
        self.items, self.kinds = items, kinds
        self.points = Points()
        self.read: set[str] = set()

    def item(self, item: AnyItem) -> None:
        """Gather what decides an item's result."""
        if item.id in self.read:
            return
        self.read.add(item.id)
        given = {name: self.items[r] for r in item.reads for name in kinds_given(self.items[r])}
        for read in item.reads:  # one that gives nothing leaves the item undecided
            self.item(self.items[read])
        match item:
            case Condition():
                self.truth(read_predicate(item.expression, item.id), given)
            case Scorecard():
                for line in item.points:
                    self.truth(read_predicate(line.when, item.id), given)
            case Table():
                if item.key in given:
                    self.item(given[item.key])
                for row in item.rows:
                    self.fixed(item.key, row[item.key], given)
            case Formula():
                if not all(isinstance(self.items[r], Parameter) for r in item.reads):
                    raise Undecided(f"{item.id} is worked out from facts")
                if outcome_of(self.items, self.kinds, item) is None:
                    raise Undecided(f"{item.id} is worked out from facts")
            case Parameter():
                pass

    def truth(self, part: Part, given: Mapping[str, AnyItem]) -> None:
        """Gather what decides a part of an expression that is true or false."""
        match part.op:
            case "&&" | "||" | "!" | "?" if part.op != "?" or self.is_truth(part.parts[1], given):
                for inner in part.parts:
                    self.truth(inner, given)
            case "literal":
                pass
            case "name":
                self.name(str(part.value), given)
            case "==" | "!=" if self.is_truth(part.parts[0], given):
                for inner in part.parts:
                    self.truth(inner, given)
            case op if op in COMPARISONS:
                self.comparison(part, given)
            case "in" if part.parts[1].op == "list":
                for member in part.parts[1].parts:
                    self.comparison(Part("==", (part.parts[0], member)), given)
            case _:
                raise Undecided(f"it uses {part.op}, which is not decided")

    def is_truth(self, part: Part, given: Mapping[str, AnyItem]) -> bool:
        """Whether a part of a checked expression is a truth value."""
        if part.op == "name":
            return self.kind(str(part.value), given) == "truth"
        if part.op == "literal":
            return isinstance(part.value, bool)
        if part.op == "?":
            return self.is_truth(part.parts[1], given)
        methods = ("contains", "startsWith", "endsWith")
        return part.op in (*COMPARISONS, *methods, "&&", "||", "!", "in")

    def kind(self, name: str, given: Mapping[str, AnyItem]) -> str:
        return kinds_given(given[name])[name] if name in given else self.kinds[name]

    def name(self, name: str, given: Mapping[str, AnyItem]) -> None:
        """Note a name that is read: a fact, or what another item gives."""
        if name in given:
            self.item(given[name])
            return
        match self.kinds[name]:
            case "truth":
                self.points.truths.add(name)
            case "int":
                self.points.numbers.setdefault(name, set())
            case _:
                self.points.texts.setdefault(name, set())

    def fixed(self, name: str, value: Value, given: Mapping[str, AnyItem]) -> None:
        """Note a fixed value that a name is compared with."""
        self.name(name, given)
        if name in given:
            return
        if isinstance(value, str):
            self.points.texts[name].add(value)
        elif not isinstance(value, bool):
            self.points.numbers[name].add(value)

    def comparison(self, part: Part, given: Mapping[str, AnyItem]) -> None:
        """Note what a comparison of numbers or texts compares with what."""
        left, right = part.parts
        if self.is_text(left, given) or self.is_text(right, given):
            self.texts(part.op, left, right, given)
            return
        form = self.linear(left, given)
        for name, factor in self.linear(right, given).items():
            form[name] = form.get(name, Fraction(0)) - factor
        offset = form.pop("", Fraction(0))
        facts = [name for name in sorted(form) if name not in given and form[name]]
        others = [name for name in sorted(form) if name in given and form[name]]
        if len(facts) == 1:
            (name,) = facts
            values = [self.results(other, given) for other in others]
            if prod(len(found) for found in values) > VALUES_MAX:
                raise Undecided(f"{' and '.join(others)} give too many values to list")
            for sums in product(*values):
                rest = offset
                for other, value in zip(others, sums, strict=True):
                    assert isinstance(value, int), (other, value)
                    rest += form[other] * value
                at = floor(-rest / form[name])
                self.fixed(name, at, given)
                self.fixed(name, at + 1, given)
        elif len(facts) == 2 and not others and not offset:
            first, second = (form[name] for name in facts)
            if first != -second:
                raise Undecided(f"it adds {facts[0]} and {facts[1]}")
            self.points.alike.append((facts[0], facts[1]))
        elif facts:
            raise Undecided(f"it adds {' and '.join([*facts, *others])}")

    def is_text(self, part: Part, given: Mapping[str, AnyItem]) -> bool:
        if part.op == "name":
            return self.kind(str(part.value), given) == "text"
        return part.op == "literal" and isinstance(part.value, str)

    def texts(self, op: str, left: Part, right: Part, given: Mapping[str, AnyItem]) -> None:
        """Note texts that are compared for being the same."""
        if op not in ("==", "!=") or {left.op, right.op} - {"name", "literal"}:
            raise Undecided("it compares texts otherwise than for being the same")
        for part in (left, right):
            if part.op == "name":
                self.name(str(part.value), given)
        names = [str(part.value) for part in (left, right) if part.op == "name"]
        facts = [name for name in names if name not in given]
        if len(facts) == 2:
            self.points.alike.append((facts[0], facts[1]))
        elif facts:
            other = right if left.op == "name" and left.value == facts[0] else left
            is_fixed = other.op == "literal"
            values = [other.value] if is_fixed else self.results(str(other.value), given)
            for value in values:
                self.fixed(facts[0], value, given)

    def linear(self, part: Part, given: Mapping[str, AnyItem]) -> dict[str, Fraction]:
        """A number as a sum: name -> factor, with the fixed part under the empty name."""
        match part.op:
            case "literal" if isinstance(part.value, int):
                return {"": Fraction(part.value)}
            case "name":
                self.name(str(part.value), given)
                return {str(part.value): Fraction(1)}
            case "negative":
                return {n: -f for n, f in self.linear(part.parts[0], given).items()}
            case "+" | "-":
                left, right = (dict(self.linear(inner, given)) for inner in part.parts)
                for name, factor in right.items():
                    sign = 1 if part.op == "+" else -1
                    left[name] = left.get(name, Fraction(0)) + sign * factor
                return left
            case "*":
                left, right = (self.linear(inner, given) for inner in part.parts)
                for fixed, other in ((left, right), (right, left)):
                    if fixed.keys() <= {""}:
                        by = fixed.get("", Fraction(0))
                        return {name: by * factor for name, factor in other.items()}
        raise Undecided(f"it uses {part.op} on facts")

    def results(self, name: str, given: Mapping[str, AnyItem]) -> list[Value]:
        """The values an item read can give under a name.

        Raises:
            Undecided: there are too many to list.
        """
        item = given[name]
        match item:
            case Table():
                column = name.removeprefix(f"{name_of_item(item.id)}_")
                return sorted({row[column] for row in item.rows}, key=str)
            case Parameter():
                return [item.value]
            case Formula():
                outcome = outcome_of(self.items, self.kinds, item)
                return [] if outcome is None else [outcome]
            case Scorecard() if len(item.points) <= LINES_MAX:
                sums = {item.base}
                for line in item.points:
                    sums |= {known + line.points for known in sums}
                return sorted({min(max(s, item.least), item.greatest) for s in sums})
        raise Undecided(f"{item.id} gives too many values to list")


def outcome_of(items: Items, kinds: Mapping[str, str], item: AnyItem) -> int | None:
    """The whole number an item gives whatever the facts, or None."""
    result = evaluate(items, kinds, item.id, {}).result
    return result if isinstance(result, int) and not isinstance(result, bool) else None


def points_of(items: Items, kinds: Mapping[str, str], wanted: Iterable[AnyItem]) -> Points:
    """The points that decide all answers of some items.

    Raises:
        Undecided: an item is outside what is decided here.
    """
    reading = _Reading(items, kinds)
    for item in wanted:
        reading.item(item)
    return reading.points
