"""A table as HTML: numbers tabular and right-aligned, signs never in colour alone."""

from html import escape

from yaosu.evaluation.report.parts import Cell, Column, Table, Words

MINUS = "−"
DASH = "–"
THIN = "\u202f"  # narrow space between groups of three digits: read alike in both languages


def both(words: Words) -> str:
    """Words in both languages; the style sheet shows one of them."""
    if words.en == words.zh:
        return escape(words.en)
    return (
        f'<span data-l="en" lang="en">{escape(words.en)}</span>'
        f'<span data-l="zh" lang="zh-Hans">{escape(words.zh)}</span>'
    )


def number(value: float, decimals: int) -> str:
    """``12 345.60`` with a true minus sign; a rounded nothing has no sign."""
    text = f"{abs(value):,.{decimals}f}".replace(",", THIN)
    is_nothing = not any(digit in "123456789" for digit in text)
    return text if value >= 0 or is_nothing else MINUS + text


def table_html(table: Table, caption: Words) -> str:
    """The table, with a caption for readers who hear the page."""
    head = "".join(
        f'<th scope="col"{_class(column)}>{both(column.title)}</th>' for column in table.columns
    )
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{_class(column)}>{_cell(cell, column)}</td>"
            for cell, column in zip(row, table.columns, strict=True)
        )
        + "</tr>"
        for row in table.rows
    )
    label = escape(f"{caption.en} / {caption.zh}")
    return (
        f'<div class="rows" tabindex="0" role="region" aria-label="{label}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _class(column: Column) -> str:
    return ' class="n"' if column.kind in ("number", "signed", "percent") else ""


def _cell(cell: Cell, column: Column) -> str:
    if cell is None:
        return DASH
    if isinstance(cell, Words):
        return both(cell)
    if column.kind == "mark":
        if cell:
            return f'<span class="yes">✓ {both(Words("yes", "是"))}</span>'
        return f'<span class="no">✕ {both(Words("no", "否"))}</span>'
    if column.kind == "number":
        return number(cell, column.decimals)
    if column.kind == "percent":
        return f"{number(cell * 100, column.decimals)}{THIN}%"
    if column.kind == "signed":
        text = number(cell, column.decimals)
        if text.startswith(MINUS):
            return f'<span class="minus">{text}</span>'
        has_value = any(digit in "123456789" for digit in text)
        return f'<span class="plus">+{text}</span>' if has_value else text
    return escape(str(cell))
