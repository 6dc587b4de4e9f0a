"""One page of a PDF as a picture: the work of a process of its own, with bounds and without keys.

``python -m yaosu.workers.pdf_child PAGE < FILE``: how many pages there are, as a line, then the
page as PNG. It ends with `UNREADABLE` where there is nothing to draw. Whoever calls it is
`yaosu.workers.pdf_pages`.
"""

import resource
import sys
from math import isqrt

from yaosu.engine.extras import load_extra

DOTS_ACROSS = 1_240  # of a page: A4 at 150 dots an inch
DOTS_MAX = 4_000_000  # of a picture: a page may be as long as it likes
UNREADABLE = 3
MEMORY_MAX = 1 << 30
SECONDS_MAX = 10  # of processor time


def main() -> int:
    """Draw the page that is asked for."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_MAX, SECONDS_MAX))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # a pipe is no file
    pdfium = load_extra("pypdfium2")
    try:
        document = pdfium.PdfDocument(sys.stdin.buffer.read())
        pages = len(document)
        page = document[int(sys.argv[1]) - 1]
        width, height = (max(1, round(size)) for size in page.get_size())
        percent = min(DOTS_ACROSS * 100 // width, isqrt(DOTS_MAX * 10_000 // (width * height)))
        drawn = page.render(scale=max(1, percent) * 0.01, may_draw_forms=False)
    except (pdfium.PdfiumError, IndexError, MemoryError, OverflowError):
        return UNREADABLE
    sys.stdout.buffer.write(b"%d\n" % pages)
    drawn.to_pil().save(sys.stdout.buffer, "PNG")
    return 0


if __name__ == "__main__":
    sys.exit(main())
