"""What a report is made of: words in two languages, tables, figures, sections. Plain values.

A chart is a Vega-Lite specification in which a text may be a pair of words and a colour may be
the name of a token (see :mod:`yaosu.evaluation.report.resolve`), so that one specification serves
both languages, light and dark.
"""

from typing import Any, Literal

from msgspec import Struct

Kind = Literal["text", "number", "signed", "percent", "mark"]
Cell = Any  # text, Words, int, float, bool or None, as the kind of its column says


class Words(Struct, frozen=True):
    """The same words in English and Chinese."""

    en: str
    zh: str

    @property
    def pair(self) -> str:
        """Both in one text, as they stand in a chart specification."""
        return f"@@{self.en}@@{self.zh}"


class Column(Struct, frozen=True):
    """A column of a table.

    Attributes:
        title: its heading, with the unit.
        kind: text (left) | number | signed (with + and a word for the direction) | percent (a
            part of one, shown times 100) | mark (truth: a tick with its word).
        decimals: digits after the point of numbers.
    """

    title: Words
    kind: Kind = "text"
    decimals: int = 0


class Table(Struct, frozen=True):
    """Rows of cells, as many as there are columns; None is shown as a dash."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]


class Figure(Struct, frozen=True):
    """A chart and its table twin.

    Attributes:
        name: short, for the picture file and the anchor: ``prices``.
        title: what is to be seen, as a sentence.
        chart: Vega-Lite specification.
        table: the same numbers.
        note: how to read it.
        open_table: whether the table is shown unfolded.
    """

    name: str
    title: Words
    chart: dict[str, Any]
    table: Table
    note: Words | None = None
    open_table: bool = False


class Section(Struct, frozen=True):
    """A chapter: paragraphs, then figures, then bare tables with their titles."""

    title: Words
    text: tuple[Words, ...] = ()
    figures: tuple[Figure, ...] = ()
    tables: tuple[tuple[Words, Table], ...] = ()


class Tile(Struct, frozen=True):
    """A headline figure: ``168 of 168``, with what it counts and how."""

    value: Words
    label: Words
    note: Words | None = None


class Report(Struct, frozen=True):
    """A whole page.

    Attributes:
        title: of the page.
        lead: one or two sentences below it.
        tiles: three or four headline figures.
        sections: chapters in order.
        caveat: what the page does not show; set apart, never left out where there is one.
        sources: where the facts come from, one paragraph each.
        proof: lines of a console that anyone may repeat, such as ``yaosu verify out/market.db``.
        said: lines for the console of who made the report.
    """

    title: Words
    lead: Words
    tiles: tuple[Tile, ...]
    sections: tuple[Section, ...]
    caveat: Words | None = None
    sources: tuple[Words, ...] = ()
    proof: tuple[str, ...] = ()
    said: tuple[str, ...] = ()


def same(text: str) -> Words:
    """Words that are the same in both languages: a name, a number."""
    return Words(text, text)
