"""A title certificate as a PDF: drawn with reportlab, its QR code with segno. Same bytes again.

Nothing is embedded but the certificate: Latin text is set in Helvetica, Chinese in the font
STSong-Light, both of which readers of PDF bring along.
"""

import io
import re
import time
from itertools import groupby
from typing import Any

from yaosu.engine.extras import load_extra
from yaosu.kernel.instant import SECOND
from yaosu.workers.titles.face import Block, Face, Line

PAGE = (595, 842)  # A4 in points
LEFT, RIGHT, TOP, BOTTOM = 56, 539, 770, 60
INK, SOFT, LINE, MARK = "#17212b", "#5a6875", "#c9d2da", "#1f5f8b"
LATIN, BOLD, HAN = "Helvetica", "Helvetica-Bold", "STSong-Light"
LABEL = 150  # points for the word at the left
CODE = 104  # side of the QR code, with its quiet zone
LATIN_LAST = 255  # characters up to here are set in Helvetica
FILE_NAME = "title-certificate.json"
DIGEST = re.compile("([0-9a-f]{8} ?){8}")


class Drawing:
    """A sheet that is written from top to bottom, and goes on overleaf."""

    def __init__(self, face: Face, issued: int) -> None:
        self.face = face
        self._file = io.BytesIO()
        canvas = load_extra("reportlab.pdfgen.canvas")
        self._metrics = load_extra("reportlab.pdfbase.pdfmetrics")
        fonts = load_extra("reportlab.pdfbase.cidfonts")
        self._metrics.registerFont(fonts.UnicodeCIDFont(HAN))
        self.paper: Any = canvas.Canvas(
            self._file, pagesize=PAGE, invariant=1, pageCompression=0, lang=face.language
        )
        stamp = self.paper._doc._timeStamp
        stamp.lt = time.gmtime(issued // SECOND)
        stamp.YMDhms = tuple(stamp.lt)[:6]
        self.paper.setTitle(f"{face.title}: {face.right}")
        self.paper.setAuthor(face.venue)
        self.paper.setSubject(face.lead)
        self.paper.setCreator("yaosu")
        self.top = TOP
        self.pages = 1

    def text(
        self, x: int, y: int, text: str, size: int, *, ink: str = INK, is_bold: bool = False
    ) -> None:
        """One line, each run of characters in the font that has them."""
        place: float = x
        self.paper.setFillColor(ink)
        for run, font in _runs(text, is_bold=is_bold):
            self.paper.setFont(font, size)
            self.paper.drawString(place, y, run)
            place += self._metrics.stringWidth(run, font, size)

    def wrapped(self, text: str, width: int, size: int) -> list[str]:
        """The text in lines of no more than this width; long words are broken."""
        lines, line = [], ""
        for piece in _pieces(text):
            if self._width(line + piece.rstrip(), size) <= width:
                line += piece
                continue
            if line.strip():
                lines.append(line.rstrip())
            line = ""
            for letter in piece:  # a word that is wider than a line is broken
                if line and self._width(line + letter.rstrip(), size) > width:
                    lines.append(line)
                    line = ""
                line += letter
        return [*lines, line.rstrip()] if line.strip() or not lines else lines

    def room_for(self, points: int) -> None:
        """Go on overleaf where there is no room for so many points."""
        if self.top - points >= BOTTOM:
            return
        self._foot()
        self.paper.showPage()
        self.pages += 1
        self.top = TOP

    def row(self, row: Line, size: int = 10) -> None:
        """A word at the left, what there is to say of it at the right."""
        label = self.wrapped(row[0], LABEL - 12, size)
        small = 8 if DIGEST.fullmatch(row[1]) else size
        told = self.wrapped(row[1], RIGHT - LEFT - LABEL, small)
        step = size + 4
        for number in range(max(len(label), len(told))):
            self.room_for(step)
            self.top -= step
            if number < len(label):
                self.text(LEFT, self.top, label[number], size, ink=SOFT)
            if number < len(told):
                self.text(LEFT + LABEL, self.top, told[number], small)
        self.top -= 3

    def heading(self, text: str, follows: int = 40) -> None:
        """A heading over a line, never alone at the foot of a page."""
        self.room_for(34 + follows)
        self.top -= 28
        self.text(LEFT, self.top, text, 12, ink=MARK, is_bold=True)
        self.top -= 7
        self.rule()
        self.top -= 3

    def rule(self) -> None:
        """A line across the page."""
        self.paper.setStrokeColor(LINE)
        self.paper.setLineWidth(1)
        self.paper.line(LEFT, self.top, RIGHT, self.top)

    def code(self, text: str, x: int, y: int) -> None:
        """The QR code of a text, its upper left corner here."""
        made = load_extra("segno").make(text, error="m", micro=False, boost_error=False)
        quiet, rows = 4, made.matrix
        side = CODE / (len(rows) + 2 * quiet)
        self.paper.setFillColor("#000000")
        path = self.paper.beginPath()
        for down, row in enumerate(rows):
            across = quiet
            for is_dark, cells in groupby(row, bool):  # neighbours as one: no seams, fewer bytes
                wide = len(list(cells))
                if is_dark:
                    path.rect(x + across * side, y - (down + quiet + 1) * side, wide * side, side)
                across += wide
        self.paper.drawPath(path, stroke=0, fill=1)

    def attach(self, text: str) -> None:
        """The certificate as an attachment, as it is."""
        made = load_extra("reportlab.pdfbase.pdfdoc")
        document, data = self.paper._doc, text.encode()
        stream = made.PDFStream(
            made.PDFDictionary(
                {
                    "Type": made.PDFName("EmbeddedFile"),
                    "Subtype": made.PDFName("application/json"),
                    "Params": made.PDFDictionary({"Size": len(data)}),
                }
            ),
            data.decode("latin-1"),
            filters=[],
        )
        file = document.Reference(stream)
        named = made.PDFDictionary(
            {
                "Type": made.PDFName("Filespec"),
                "F": made.PDFString(FILE_NAME),
                "UF": made.PDFString(FILE_NAME),
                "AFRelationship": made.PDFName("Data"),
                "EF": made.PDFDictionary({"F": file, "UF": file}),
            }
        )
        held = made.PDFArray([made.PDFString(FILE_NAME), document.Reference(named)])
        files = made.PDFDictionary({"Names": held})
        document.Catalog.Names = made.PDFDictionary({"EmbeddedFiles": files})

    def finished(self) -> bytes:
        """The bytes of the file."""
        self._foot()
        self.paper.save()
        return self._file.getvalue()

    def _foot(self) -> None:
        self.text(LEFT, 40, f"{self.face.title} · {self.face.right}", 8, ink=SOFT)
        self.text(RIGHT - 10, 40, str(self.pages), 8, ink=SOFT)

    def _width(self, text: str, size: int) -> float:
        widths = (
            self._metrics.stringWidth(run, font, size) for run, font in _runs(text, is_bold=False)
        )
        return float(sum(widths))


def draw_head(drawing: Drawing, code: str) -> None:
    """What it is, of what, by whom; beside it the code."""
    face, wide = drawing.face, RIGHT - LEFT - CODE - 16
    drawing.paper.setFillColor(MARK)
    drawing.paper.rect(LEFT, TOP + 22, RIGHT - LEFT, 4, stroke=0, fill=1)
    drawing.code(code, RIGHT - CODE, TOP + 14)
    drawing.top -= 10
    drawing.text(LEFT, drawing.top, face.title, 24, is_bold=True)
    for line in drawing.wrapped(face.right, wide, 15):
        drawing.top -= 26
        drawing.text(LEFT, drawing.top, line, 15)
    for line in drawing.wrapped(face.lead, wide, 10):
        drawing.top -= 16
        drawing.text(LEFT, drawing.top, line, 10, ink=SOFT)
    drawing.top = min(drawing.top, TOP - CODE + 20)


def draw_block(drawing: Drawing, block: Block) -> None:
    """A heading and its lines."""
    drawing.heading(block.heading)
    for row in block.lines:
        drawing.row(row)
    if block.text:
        drawing.top -= 14
        drawing.text(LEFT, drawing.top, block.text, 10)
        drawing.top -= 3


def draw_check(drawing: Drawing, heading: str, told: tuple[str, ...]) -> None:
    """What to do with the code and the file."""
    drawing.heading(heading)
    for text in told:
        for line in drawing.wrapped(text, RIGHT - LEFT, 9):
            drawing.room_for(13)
            drawing.top -= 13
            drawing.text(LEFT, drawing.top, line, 9)
        drawing.top -= 4


def _runs(text: str, *, is_bold: bool) -> list[tuple[str, str]]:
    """Runs of characters of one font. Chinese has one weight here."""
    latin = BOLD if is_bold else LATIN
    runs: list[tuple[str, str]] = []
    for letter in text:
        font = latin if ord(letter) <= LATIN_LAST else HAN
        if runs and runs[-1][1] == font:
            runs[-1] = (runs[-1][0] + letter, font)
        else:
            runs.append((letter, font))
    return runs


def _pieces(text: str) -> list[str]:
    """Where a line may be broken: behind a space, and around a Chinese character."""
    pieces, piece = [], ""
    for letter in " ".join(text.split()):
        if ord(letter) > LATIN_LAST:
            pieces += [piece, letter] if piece else [letter]
            piece = ""
            continue
        piece += letter
        if letter == " ":
            pieces.append(piece)
            piece = ""
    return [*pieces, piece] if piece else pieces
