"""The chain of a title as a drawing: SVG text, one dot an entry, oldest on top. Pure.

The drawing carries all its words as text, needs nothing from elsewhere, and follows the reader's
light or dark setting. What stands on a right without changing it is a ring beside the line.
"""

from collections.abc import Iterable
from xml.sax.saxutils import escape

from yaosu.kernel.instant import format_instant
from yaosu.rights.title_chain import ChainStep, TitleChain

WIDTH = 900
LEFT, LINE, TEXT = 24, 236, 268
HEAD, ROW, FOOT = 116, 74, 24
DIGITS = 16  # of a digest
CHARACTERS, HEAD_CHARACTERS = 88, 120  # of a line of text
STYLE = """
  svg { background: #ffffff; font-family: system-ui, sans-serif; font-size: 13px }
  text { fill: #1d2733 } .head { font-size: 20px; font-weight: 600 } .soft { fill: #5b6b7c }
  .word { font-weight: 600 } .line { stroke: #9aa8b6; stroke-width: 2 }
  .dot { fill: #2f6690 } .ring { fill: none; stroke: #b3541e; stroke-width: 2 }
  @media (prefers-color-scheme: dark) {
    svg { background: #12181f } text { fill: #e3e9ef } .soft { fill: #9fb0c0 }
    .line { stroke: #46545f } .dot { fill: #7fb6dd } .ring { stroke: #e69a66 }
  }
"""


def draw_chain(chain: TitleChain) -> str:
    """The drawing, a whole SVG document."""
    height = HEAD + ROW * len(chain.steps) + FOOT + (20 * len(chain.below))
    title = f"right {chain.right}: {chain.state}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{STYLE}</style>",
        *_head(chain),
        *_line(len(chain.steps)),
        *(part for number, step in enumerate(chain.steps) for part in _step(number, step)),
        *_below(chain),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def words_of(step: ChainStep) -> tuple[str, str, str]:
    """What an entry says in three lines: what, by whom, on what ground."""
    what = f"{step.right} v{step.version}" if step.version else f"on {step.right}"
    if step.version and step.share != "0/1":
        what += f": {step.share} of the unit, held by {step.holder}"
    elif step.version:
        what += ": nothing is left of it"
    if step.lots:
        what += f" ({step.lots} lots)"
    if step.protects:
        what += f", for {step.protects}"
    if step.amount_minor:
        what += f", {step.amount_minor} minor units"
    who = f"asked by {step.made_by}"
    if step.confirmed_by:
        who += f", confirmed by {step.confirmed_by}"
    if step.reason:
        who += f"; {step.reason}"
    ground = f"document {step.document[:DIGITS]}" if step.document else "no document"
    ground += f"; rules {step.rule}" if step.rule else "; no rules in force"
    if step.counts_from != step.at:
        ground += f"; counts from {format_instant(step.counts_from)}"
    if step.ended:
        ground += f"; ended {format_instant(step.ended)}"
    return what, who, ground


def _head(chain: TitleChain) -> Iterable[str]:
    term = f"from {format_instant(chain.term_from)} " + (
        f"to {format_instant(chain.term_to)}" if chain.term_to else "without end"
    )
    whose = f"{chain.kind}, {chain.share} of {chain.unit}, held by {chain.holder}; {term}"
    where = f"{chain.quantity} {chain.measurement}, {chain.factor}, {chain.region}"
    if chain.old_number:
        where += f"; taken over as {chain.old_number}, not examined"
    if chain.fragments:
        where += f"; made of {', '.join(chain.fragments)}"
    yield _text(LEFT, 36, f"{chain.right}: {chain.state}", "head")
    yield _text(LEFT, 62, whose)
    yield _text(LEFT, 82, where, "soft")


def _line(steps: int) -> Iterable[str]:
    if steps > 1:
        end = HEAD + ROW * (steps - 1) + 8
        yield f'<line class="line" x1="{LINE}" y1="{HEAD + 8}" x2="{LINE}" y2="{end}"/>'


def _step(number: int, step: ChainStep) -> Iterable[str]:
    top = HEAD + ROW * number
    kind = "dot" if step.version else "ring"
    radius = 6 if step.version else 7
    shift = 0 if step.version else 14
    yield f'<circle class="{kind}" cx="{LINE + shift}" cy="{top + 8}" r="{radius}"/>'
    yield _text(LEFT, top + 12, format_instant(step.at)[:19].replace("T", " "), "soft")
    yield _text(LEFT, top + 32, f"{step.kind.replace('_', ' ')} {step.zh}", "word")
    for line, text in enumerate(words_of(step)):
        yield _text(TEXT, top + 12 + 18 * line, text, "soft" if line else "")


def _below(chain: TitleChain) -> Iterable[str]:
    top = HEAD + ROW * len(chain.steps)
    for number, one in enumerate(chain.below):
        text = f"below it: {one.right}, {one.kind} of {one.unit}, {one.holder}: {one.state}"
        yield _text(TEXT, top + 20 * number, text, "soft")


def _text(x: int, y: int, text: str, kind: str = "") -> str:
    room = CHARACTERS if x == TEXT else HEAD_CHARACTERS
    shown = text if len(text) <= room or kind == "head" else text[: room - 1] + "…"
    marked = f' class="{kind}"' if kind else ""
    whole = "" if shown == text else f"<title>{escape(text)}</title>"
    return f'<text x="{x}" y="{y}"{marked}>{escape(shown)}{whole}</text>'
