"""Pages of PDFs as pictures, to be looked at where a browser may not open the file itself.

Whoever gives a document may have made it to break what reads it: so it is read by a process of its
own that has neither the journal nor a key, little memory and little time (`pdf_child`).
"""

import os
import subprocess
import sys
import threading
from collections import OrderedDict
from importlib.util import find_spec
from typing import BinaryIO

from msgspec import Struct

from yaosu.kernel.refusal import declare, refuse, refuse_unless

CHILD = (sys.executable, "-m", "yaosu.workers.pdf_child")
AT_ONCE = 2  # pages that are drawn side by side
PATIENCE_SECONDS = 30  # by the clock: of who waits for a turn, and for a page
PICTURES_MAX = 32  # that are kept
PAGE_MAX = 100_000
LIBRARIES = ("pypdfium2", "PIL")

REFUSALS = declare(
    {
        "workers.no_picture": (
            "page {page} of document {document} cannot be drawn: {reason}",
            "save the file and open it with your own program",
        ),
    }
)


class Picture(Struct, frozen=True):
    """One page as PNG, of how many there are."""

    pages: int
    png: bytes


class PdfPages:
    """Draws pages, and keeps the last ones."""

    def __init__(self) -> None:
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._kept: OrderedDict[tuple[str, int], Picture] = OrderedDict()
        self._keeping = threading.Lock()

    def draw(self, digest: str, file: BinaryIO, page: int) -> Picture:
        """A page of a PDF, the first is 1. Blocks.

        Args:
            digest: of the file, which is known to match: a picture once drawn is known by it.

        Raises:
            Refusal: ``workers.no_picture`` where there is no such page or it cannot be drawn.
        """
        named = digest, page
        with self._keeping:
            if named in self._kept:
                self._kept.move_to_end(named)
                return self._kept[named]
        drawn = self._drawn(digest, file, page)
        with self._keeping:
            self._kept[named] = drawn
            while len(self._kept) > PICTURES_MAX:
                self._kept.popitem(last=False)
        return drawn

    def _drawn(self, digest: str, file: BinaryIO, page: int) -> Picture:
        facts: dict[str, str | int] = {"document": digest, "page": page}
        if not self._turns.acquire(timeout=PATIENCE_SECONDS):
            refuse("workers.no_picture", reason="too many are being drawn", **facts)
        try:
            os.lseek(file.fileno(), 0, os.SEEK_SET)
            done = subprocess.run(
                [*CHILD, str(page)],
                stdin=file,
                capture_output=True,
                timeout=PATIENCE_SECONDS,
                env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                check=False,
            )
        except subprocess.TimeoutExpired:
            refuse("workers.no_picture", reason="it takes too long", **facts)
        finally:
            self._turns.release()
        reason = "there is no such page, or it cannot be read"
        refuse_unless(done.returncode == 0, "workers.no_picture", reason=reason, **facts)
        head, _, png = done.stdout.partition(b"\n")
        return Picture(int(head), png)


def can_draw() -> bool:
    """Whether the libraries are there: they come with the extra ``paper``."""
    return all(map(find_spec, LIBRARIES))
