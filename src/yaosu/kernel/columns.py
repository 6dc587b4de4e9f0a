"""Columns: many of a kind as named numpy arrays of equal length.

An order, a fill, a flow, a posting is a row here, never an object. Whole numbers are int64, int32
or int8; truth values are bool; text is dictionary coded (:class:`Text`); what may be missing is a
:class:`Maybe`. There are no floats. Nobody changes an array in place after it is in columns.
"""

from collections.abc import ItemsView, Iterable, Iterator, Mapping, Sequence
from operator import lt
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from yaosu.kernel.numbers import INT64_MAX, INT64_MIN
from yaosu.kernel.refusal import refuse, refuse_unless

Array = NDArray[Any]
Integers = NDArray[np.int64]
SMALL = 64  # rows up to which plain Python is faster than a call into numpy
ROWS_MAX = 100_000_000
KINDS = {"int64": 1, "int32": 2, "int8": 3, "bool": 4}  # codes of the canonical layout; text is 5
KIND_OF = {np.dtype(name): kind for name, kind in KINDS.items()}  # a name takes long to find


class Text:
    """Text in one column: sorted distinct values, and an int32 code a row.

    A short column is kept by its rows, and coded when somebody asks: one posting, one order never
    meets numpy.

    Attributes:
        values: distinct texts in code-point order; all of them used in no promised way.
        codes: int32 of shape (rows,), index into ``values``.
        texts: one a row, not to be changed, where it is kept by its rows, and so canonically coded;
            else None.
    """

    __slots__ = ("_codes", "_is_canonical", "_values", "texts")

    def __init__(self, values: tuple[str, ...], codes: NDArray[np.int32]) -> None:
        self._values: tuple[str, ...] | None = values
        self._codes: NDArray[np.int32] | None = codes
        self.texts: list[str] | None = None
        self._is_canonical = False  # not known yet

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """Code a sequence of texts."""
        if isinstance(texts, list) and 0 < len(texts) <= SMALL:
            _refuse_other_than_text(texts)
            return cls.short(texts.copy())
        array = texts if isinstance(texts, np.ndarray) else np.array(list(texts), dtype=object)
        if array.size == 0:
            return cls((), np.zeros(0, np.int32))
        if array.dtype.kind == "U":
            distinct, inverse = np.unique(array, return_inverse=True)
            return cls(tuple(str(value) for value in distinct), inverse.astype(np.int32))
        index: dict[str, int] = {}
        first = np.fromiter((index.setdefault(t, len(index)) for t in array), np.int32, array.size)
        _refuse_other_than_text(index)
        return cls(tuple(index), first).sorted()

    @classmethod
    def short(cls, texts: list[str]) -> Self:
        """The same of at least one and at most ``SMALL`` texts; the list is kept."""
        made = cls.__new__(cls)
        made._values, made._codes, made.texts, made._is_canonical = None, None, texts, True
        return made

    @classmethod
    def repeat(cls, value: str, rows: int) -> Self:
        """The same text in every row."""
        return cls((value,) if rows else (), np.zeros(rows, np.int32))

    @property
    def values(self) -> tuple[str, ...]:
        """The distinct texts."""
        if self._values is None:
            assert self.texts is not None
            self._values = tuple(sorted(set(self.texts)))
        return self._values

    @property
    def codes(self) -> NDArray[np.int32]:
        """One code a row."""
        if self._codes is None:
            assert self.texts is not None
            place = {value: code for code, value in enumerate(self.values)}
            self._codes = np.array([place[text] for text in self.texts], np.int32)
        return self._codes

    def sorted(self) -> Self:
        """The same text with values sorted, distinct and all used: the canonical coding."""
        if self._is_canonical:
            return self
        made = self._recoded()
        made._is_canonical = True
        return made

    def _recoded(self) -> Self:
        if len(self.codes) <= SMALL:  # one posting, one order: looking at arrays costs more
            used = sorted(set(self.codes.tolist()))
        else:
            seen = np.zeros(max(len(self.values), 1), bool)
            seen[self.codes] = True
            used = np.flatnonzero(seen).tolist()
        if len(used) == len(self.values) and all(map(lt, self.values, self.values[1:])):
            return self
        names = sorted({self.values[code] for code in used})
        place = {name: i for i, name in enumerate(names)}
        table = np.zeros(max(len(self.values), 1), np.int32)
        for code in used:
            table[code] = place[self.values[code]]
        return type(self)(tuple(names), table[self.codes])

    def code_of(self, value: str) -> int:
        """The code of a text, or -1 where it does not occur."""
        try:
            return self.values.index(value)
        except ValueError:
            return -1

    def take(self, rows: Any) -> Self:
        """The rows named by an index, mask or slice."""
        return type(self)(self.values, self.codes[rows])

    def tolist(self) -> list[str]:
        """One text a row."""
        if self.texts is not None:
            return self.texts.copy()
        values = self.values
        return [values[code] for code in self.codes.tolist()]

    def __len__(self) -> int:
        return len(self.codes if self.texts is None else self.texts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Text) and self.tolist() == other.tolist()

    __hash__ = None  # type: ignore[assignment]  # equal by content and unhashable, like an array


class Maybe:
    """Whole numbers of which some are missing: ``values`` (zero where missing) and ``present``."""

    __slots__ = ("present", "values")

    def __init__(self, values: Array, present: NDArray[np.bool_]) -> None:
        self.values = np.where(present, values, 0).astype(values.dtype)
        self.present = present

    def take(self, rows: Any) -> "Maybe":
        """The rows named by an index, mask or slice."""
        return Maybe(self.values[rows], self.present[rows])

    def tolist(self) -> list[int | None]:
        """One number or None a row."""
        pairs = zip(self.values.tolist(), self.present.tolist(), strict=True)
        return [value if there else None for value, there in pairs]

    def __len__(self) -> int:
        return len(self.values)


Column = Array | Text | Maybe
Kept = Column | list[int]  # a list: short and int64, an array once somebody asks for one


class Columns:
    """Named columns of equal length.

    ``columns["price"]`` is the array; ``columns.text("party")`` the coded text. A short table keeps
    whole numbers by their rows, as it keeps text: ``columns.numbers("price")`` never meets numpy.

    Attributes:
        written: the canonical bytes of a short table, once they were asked for.
    """

    __slots__ = ("_data", "rows", "written")

    def __init__(self, data: Mapping[str, Kept]) -> None:
        self.written: bytes | None = None
        lengths = [len(column) for column in data.values()]
        self.rows = lengths[0] if lengths else 0
        if lengths.count(self.rows) != len(lengths):
            name, rows = next(
                (name, len(column)) for name, column in data.items() if len(column) != self.rows
            )
            refuse("kernel.unequal_columns", column=name, rows=rows, expected=self.rows)
        if self.rows > ROWS_MAX:
            refuse("kernel.too_many_rows", rows=self.rows, limit=ROWS_MAX)
        self._data: dict[str, Kept] = data if type(data) is dict else dict(data)

    @classmethod
    def of(cls, **columns: ArrayLike | Text | Maybe) -> Self:
        """Columns from arrays, lists of whole numbers, lists of texts, or ready columns."""
        return cls({name: kept_column(name, column) for name, column in columns.items()})

    @classmethod
    def short(cls, data: dict[str, Kept], rows: int) -> Self:
        """A short table whose columns are known to have so many rows each; the dict is kept."""
        made = cls.__new__(cls)
        made.written, made.rows, made._data = None, rows, data
        return made

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in the order given."""
        return tuple(self._data)

    def column(self, name: str) -> Column:
        """The column; whole numbers as an array."""
        column = self._data[name]
        return column if not isinstance(column, list) else self._coded(name, column)

    def items(self) -> ItemsView[str, Kept]:
        """Names, and columns as they are kept."""
        return self._data.items()

    def kept(self, name: str) -> Kept:
        """The column as it is kept."""
        return self._data[name]

    @property
    def all_kept(self) -> Mapping[str, Kept]:
        """All columns as they are kept, by name."""
        return self._data

    def __getitem__(self, name: str) -> Array:
        column = self.column(name)
        assert isinstance(column, np.ndarray), f"column {name} is not plain numbers"
        return column

    def _coded(self, name: str, numbers: list[int]) -> Array:
        array = self._data[name] = np.array(numbers, np.int64)
        return array

    def numbers(self, name: str) -> list[int]:
        """Whole numbers, one a row; not to be changed."""
        column = self._data[name]
        return column if isinstance(column, list) else self[name].tolist()

    def __contains__(self, name: object) -> bool:
        return name in self._data

    def text(self, name: str) -> Text:
        """A text column."""
        column = self._data[name]
        assert isinstance(column, Text), f"column {name} is not text"
        return column

    def maybe(self, name: str) -> Maybe:
        """A column of which some are missing."""
        column = self._data[name]
        assert isinstance(column, Maybe), f"column {name} has no missing values"
        return column

    def take(self, rows: Any) -> Self:
        """The rows named by an index, mask or slice, in every column."""
        return type(self)(
            {
                name: column[rows] if isinstance(column, np.ndarray) else column.take(rows)
                for name, column in ((name, self.column(name)) for name in self._data)
            }
        )

    def with_columns(self, **columns: ArrayLike | Text | Maybe) -> Self:
        """The same rows with columns added or put in place of others."""
        added = {name: kept_column(name, column) for name, column in columns.items()}
        return type(self)({**self._data, **added})

    def iterate(self) -> Iterator[dict[str, Any]]:
        """Row by row as dictionaries: for small tables, tests and pages only."""
        lists = {name: self._listed(name) for name in self._data}
        for i in range(self.rows):
            yield {name: values[i] for name, values in lists.items()}

    def to_arrow(self) -> Any:
        """A pyarrow table (extra ``arrow``)."""
        from yaosu.kernel.frames import to_arrow

        return to_arrow(self)

    def to_polars(self) -> Any:
        """A polars frame (extra ``evaluation``)."""
        from yaosu.kernel.frames import to_polars

        return to_polars(self)

    def to_pandas(self) -> Any:
        """A pandas frame, where pandas is installed."""
        from yaosu.kernel.frames import to_pandas

        return to_pandas(self)

    def __len__(self) -> int:
        return self.rows

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Columns)
            and sorted(self.names) == sorted(other.names)
            and all(self._listed(n) == other._listed(n) for n in self.names)
        )

    __hash__ = None  # type: ignore[assignment]  # equal by content and unhashable, like an array

    def _listed(self, name: str) -> list[Any]:
        column = self._data[name]
        return column if isinstance(column, list) else column.tolist()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self.names)}; {self.rows} rows)"


def concatenate(parts: Sequence[Columns]) -> Columns:
    """The rows of several columns of the same names, one after the other."""
    assert parts, "nothing to concatenate"
    return Columns({name: _join([part.column(name) for part in parts]) for name in parts[0].names})


def kept_column(name: str, values: ArrayLike | Text | Maybe) -> Kept:
    """The same as :func:`as_column`, but short lists of whole numbers stay lists."""
    if isinstance(values, list) and 0 < len(values) <= SMALL:
        kinds = {type(value) for value in values}
        if kinds == {int} and min(values) >= INT64_MIN and max(values) <= INT64_MAX:
            return values.copy()
        if kinds == {str}:
            return Text.short(values.copy())
    return as_column(name, values)


def as_column(name: str, values: ArrayLike | Text | Maybe) -> Column:
    """A ready column from what a caller gave; floats and other objects are refused."""
    if isinstance(values, Text | Maybe):
        return values
    array = values if isinstance(values, np.ndarray) else _array(name, values)
    if array.dtype.kind in "UO":
        return Text.of(array)
    if array.dtype in KIND_OF or array.dtype.name in KINDS:
        return np.ascontiguousarray(array)
    if array.dtype.kind == "u" and array.dtype.itemsize == 8 and array.size:
        worst = int(array.max())
        refuse_unless(
            worst <= np.iinfo(np.int64).max,
            "kernel.number_out_of_range",
            where=f"column {name}",
            value=str(worst),
        )
    if array.dtype.kind in "iu":
        return array.astype(np.int64)
    if array.dtype.kind == "f":
        refuse("kernel.float_not_allowed", where=f"column {name}")
    refuse(
        "kernel.wrong_type",
        where=f"column {name}",
        found=array.dtype.name,
        expected="whole numbers, truth values or text",
    )


def _array(name: str, values: Any) -> Array:
    items = list(values) if not isinstance(values, list | tuple) else values
    if not items:
        return np.zeros(0, np.int64)
    if isinstance(items[0], str) and all(isinstance(item, str) for item in items):
        return np.array(items, dtype=object)
    try:
        array = np.array(items)
    except (OverflowError, ValueError):
        array = np.array(items, dtype=object)
    if array.dtype.kind == "O" and all(isinstance(item, int) for item in items):
        worst = max(items, key=abs)
        refuse("kernel.number_out_of_range", where=f"column {name}", value=str(worst))
    if array.dtype.kind in "OU":
        wrong = next(item for item in items if not isinstance(item, str))
        refuse(
            "kernel.wrong_type",
            where=f"column {name}",
            found=type(wrong).__name__,
            expected="one kind of value in every row",
        )
    return array


def _refuse_other_than_text(values: Iterable[Any]) -> None:
    for value in values:
        if not isinstance(value, str):
            refuse(
                "kernel.wrong_type",
                where="a text column",
                found=type(value).__name__,
                expected="text",
            )


def _join(columns: list[Column]) -> Column:
    first = columns[0]
    if isinstance(first, np.ndarray):
        return np.concatenate([c for c in columns if isinstance(c, np.ndarray)])
    if isinstance(first, Maybe):
        parts = [c for c in columns if isinstance(c, Maybe)]
        return Maybe(
            np.concatenate([c.values for c in parts]), np.concatenate([c.present for c in parts])
        )
    texts = [c for c in columns if isinstance(c, Text)]
    values = sorted({value for text in texts for value in text.values})
    place = {value: i for i, value in enumerate(values)}
    recoded = [
        np.array([place[v] for v in text.values] or [0], np.int32)[text.codes] for text in texts
    ]
    return Text(tuple(values), np.concatenate(recoded))
