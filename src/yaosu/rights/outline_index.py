"""Units by where they lie: derived, never part of the state, and made when it is first asked.

Each outline stands in the squares that its box touches, of the size that its box has, so in four at
most; a question looks into the squares of every size in use. A register without outlines, and a
journal that is opened for something else, pay nothing for it.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from yaosu.kernel.packed import Packed
from yaosu.rights.methods.outline import read_outline
from yaosu.rights.methods.overlay import Box
from yaosu.rights.values import Unit

OUTLINE = "outline"  # the attribute that holds the outline of a unit, and its kind
Square = tuple[str, int, int, int]  # factor, size as a power of two, column, row


def outline_text(unit: Unit) -> str:
    """The outline of a unit as text; empty where it has none."""
    text = unit.attributes.get(OUTLINE, "")
    return text if isinstance(text, str) else ""


class OutlineIndex(Mapping[str, Any]):
    """Current units with an outline, by factor and square."""

    def __init__(self, units: Packed[Unit]) -> None:
        self._units = units
        self._squares: dict[Square, dict[str, bool]] = {}
        self._sizes: dict[str, dict[int, int]] = {}  # factor -> size -> squares of it
        self._is_filled = False

    def move(self, before: Unit | None, unit: Unit) -> None:
        """A unit is new, or has a new version."""
        if not self._is_filled:
            return
        if before is not None and before.end == 0:
            self._put(before, is_in=False)
        if unit.end == 0:
            self._put(unit, is_in=True)

    def near(self, factor: str, box: Box) -> list[Unit]:
        """Units of a factor whose squares a box touches, by id."""
        if not self._is_filled:
            self._is_filled = True
            for _, unit in self._units.rows():
                if unit.end == 0:
                    self._put(unit, is_in=True)
        found: dict[str, bool] = {}
        for size in sorted(self._sizes.get(factor, {})):
            squares = _squares(factor, size, box)
            if squares is None:  # far more squares than units
                squares = [one for one in self._squares if one[0] == factor and one[1] == size]
            for square in squares:
                found.update(self._squares.get(square, {}))
        return [self._units[name] for name in sorted(found)]

    def _put(self, unit: Unit, *, is_in: bool) -> None:
        text = outline_text(unit)
        if not text:
            return
        box = read_outline(text).box
        size = max(box[2] - box[0], box[3] - box[1]).bit_length()
        sizes = self._sizes.setdefault(unit.factor, {})
        for square in _squares(unit.factor, size, box) or ():
            names = self._squares.setdefault(square, {})
            if is_in:
                names[unit.id] = True
                sizes[size] = sizes.get(size, 0) + 1
            else:
                names.pop(unit.id, None)
                sizes[size] -= 1
                if not names:
                    del self._squares[square]
                if not sizes[size]:
                    del sizes[size]

    def __getitem__(self, key: str) -> Any:
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OutlineIndex)  # what it holds follows from the units

    __hash__ = None  # type: ignore[assignment]  # it changes

    def canonical(self) -> dict[str, bool]:
        """Nothing: it is made anew from the units."""
        return {}


SQUARES_MAX = 4_096  # looked into one by one


def _squares(factor: str, size: int, box: Box) -> list[Square] | None:
    """The squares of a size that a box touches; None where they are too many to list."""
    left, below, right, above = (number >> size for number in box)
    if (right - left + 1) * (above - below + 1) > SQUARES_MAX:
        return None
    return [
        (factor, size, column, row)
        for column in range(left, right + 1)
        for row in range(below, above + 1)
    ]
