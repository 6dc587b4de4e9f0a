"""Pages of PDFs as pictures: drawn by a process of its own that may break."""

from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from yaosu.kernel.refusal import Refusal
from yaosu.workers import pdf_pages
from yaosu.workers.pdf_child import DOTS_ACROSS, DOTS_MAX
from yaosu.workers.pdf_pages import PdfPages, Picture

pytest.importorskip("pypdfium2", reason="needs pypdfium2")
pillow: Any = pytest.importorskip("PIL.Image", reason="needs pillow")
canvas: Any = pytest.importorskip("reportlab.pdfgen.canvas", reason="needs reportlab")


def pdf(*sizes: tuple[int, int], password: str | None = None) -> bytes:
    """A black bar on each page, as high on the page as the page's number is large."""
    made = BytesIO()
    paper = canvas.Canvas(made, encrypt=password)
    for number, size in enumerate(sizes, 1):
        paper.setPageSize(size)
        paper.rect(0, 0, size[0], size[1] * number // 4, stroke=0, fill=1)
        paper.showPage()
    paper.save()
    return made.getvalue()


def draw(tmp_path: Path, data: bytes, page: int = 1, pages: PdfPages | None = None) -> Picture:
    path = tmp_path / sha256(data).hexdigest()
    path.write_bytes(data)
    with path.open("rb") as file:
        file.read()  # as one that was hashed: it is read from its beginning all the same
        return (pages or PdfPages()).draw(path.name, file, page)


def dark(picture: Picture) -> int:
    """Percent of the picture that is dark."""
    image = pillow.open(BytesIO(picture.png)).convert("L")
    return round(100 * sum(image.histogram()[:128]) / (image.width * image.height))


def test_each_page_is_drawn_as_it_is(tmp_path: Path) -> None:
    data = pdf((595, 842), (595, 842), (842, 595))
    drawn = [draw(tmp_path, data, page) for page in (1, 2, 3)]
    assert [one.pages for one in drawn] == [3, 3, 3]
    assert [dark(one) for one in drawn] == pytest.approx([25, 50, 75], abs=1)
    first, last = (pillow.open(BytesIO(one.png)) for one in (drawn[0], drawn[2]))
    assert DOTS_ACROSS - 6 <= first.width <= DOTS_ACROSS < first.height
    assert last.width > last.height


@pytest.mark.parametrize("size", [(14_400, 14_400), (10, 14_400), (14_400, 10), (3, 3)])
def test_a_picture_is_never_larger_than_is_said(tmp_path: Path, size: tuple[int, int]) -> None:
    image = pillow.open(BytesIO(draw(tmp_path, pdf(size)).png))
    assert image.width <= DOTS_ACROSS * 2
    assert image.width * image.height <= DOTS_MAX * 2


@pytest.mark.parametrize(
    ("data", "page"),
    [
        (pdf((100, 100)), 2),
        (pdf((100, 100), password="shut"), 1),
        (pdf((100, 100))[:60], 1),
        (b"%PDF-1.7\n" + b"\x00" * 1_000, 1),
        (b"", 1),
    ],
    ids=["beyond the last", "locked", "cut off", "nothing", "empty"],
)
def test_what_cannot_be_drawn_is_refused(tmp_path: Path, data: bytes, page: int) -> None:
    with pytest.raises(Refusal) as refused:
        draw(tmp_path, data, page)
    assert refused.value.code == "workers.no_picture"
    assert refused.value.facts["page"] == page


def test_a_process_that_takes_too_long_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = tmp_path / "child.py"
    child.write_text("import time\ntime.sleep(600)\n")
    monkeypatch.setattr(pdf_pages, "CHILD", (*pdf_pages.CHILD[:1], str(child)))
    monkeypatch.setattr(pdf_pages, "PATIENCE_SECONDS", 0.5)
    pages = PdfPages()
    for _ in range(pdf_pages.AT_ONCE + 1):  # none of them keeps its turn
        with pytest.raises(Refusal) as refused:
            draw(tmp_path, pdf((100, 100)), pages=pages)
        assert refused.value.facts["reason"] == "it takes too long"


def test_the_process_has_neither_keys_nor_room_to_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = tmp_path / "child.py"
    child.write_text(
        "import os, sys\nsys.stdout.write(f'1\\n{sorted(os.environ)}')\nsys.stdout.flush()\n"
    )
    monkeypatch.setenv("YAOSU_PASSWORD", "a secret")
    monkeypatch.setattr(pdf_pages, "CHILD", (*pdf_pages.CHILD[:1], str(child)))
    known = draw(tmp_path, b"%PDF-").png.decode()
    assert "PYTHONPATH" in known
    assert "YAOSU" not in known


def test_a_picture_is_drawn_once_and_few_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf_pages, "PICTURES_MAX", 2)
    pages, data = PdfPages(), pdf((50, 50), (50, 50), (50, 50))
    first = draw(tmp_path, data, 1, pages)
    assert draw(tmp_path, data, 1, pages) is first
    draw(tmp_path, data, 2, pages)
    draw(tmp_path, data, 3, pages)
    again = draw(tmp_path, data, 1, pages)
    assert again is not first
    assert again == first
