"""What the command line says, and how it ends: words or JSON on stdout, refusals on stderr."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import click

from yaosu.kernel.refusal import Refusal

DONE, REFUSED, USAGE, CHECK_FAILED, OUR_ERROR = 0, 1, 2, 3, 4
INTERRUPTED = 130
PATH = click.Path(path_type=Path, readable=False)  # what cannot be read is refused with a code
TABLE_WIDTH = 240  # characters; a longer line is for the reader's pager to wrap
TOLD_OF = 50_000  # where nobody knows how many things there are
CHECK_CODES = (
    "cli.not_as_expected",
    "engine.diverged",
    "journal.copy_differs",
    "engine.parties_differ",
    "engine.rows_missing",
    "engine.state_differs",
    "journal.damaged",
    "kernel.not_signed",
    "journal.key_retired",
    "journal.key_unknown",
    "journal.other_history",
    "journal.payload_differs",
    "journal.proof_fails",
    "rights.certificate_contradicts",
    "rights.key_not_in_force",
    "rights.other_register",
    "rights.signed_with_other_key",
    "rights.title_certificate_damaged",
    "rights.title_paper_damaged",
    "journal.too_few_witnesses",
    "kernel.signature_fails",
    "markets.certificate_",
)
F = TypeVar("F", bound=Callable[..., Any])


def json_option(command: F) -> F:
    """The option --json, the same on every command."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")(command)


def say(text: str = "") -> None:
    """One line for a reader."""
    click.echo(text)


def say_json(schema: str, **fields: Any) -> None:
    """The one JSON object of a command; ``schema`` names its shape and version."""
    click.echo(json.dumps({"schema": f"yaosu.{schema}", **fields}, ensure_ascii=False))


def say_refusal(refusal: Refusal, as_json: bool) -> int:
    """Tell why not, on stderr and where asked as JSON on stdout; the exit code.

    In the language of ``YAOSU_LANG``, such as ``zh``; in English where it is not set, and for a
    program that waits for it, which tells it on in the language of its own reader.
    """
    from yaosu.languages import in_language, one_line

    language = "en" if _tells else _language()
    said = in_language(refusal, language)
    with unheard():
        click.echo(f"{refusal.code}: {one_line(refusal, language)}", err=True)
    if as_json:
        with unheard():
            say_json(
                "refusal/1",
                code=refusal.code,
                sentence=said.sentence,
                what_next=said.what_next,
                facts=refusal.facts,
            )
    return CHECK_FAILED if refusal.code.startswith(CHECK_CODES) else REFUSED


def _language() -> str:
    from yaosu.door import language_named
    from yaosu.languages import language_asked

    name = language_named().partition(".")[0]  # may be like zh_CN.UTF-8
    return language_asked(name.replace("_", "-"))


@contextmanager
def unheard() -> Iterator[None]:
    """Last words, which may find stdout or stderr full or gone: the exit code still tells."""
    try:
        yield
    except OSError:
        silence()


def silence() -> None:
    """Nobody can be told any more: what is still to be written goes nowhere."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # closed, or not a file at all
            stream.flush()
            continue
        with suppress(OSError, ValueError, AttributeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def say_table(columns: tuple[str, ...], rows: list[tuple[str, ...]], right: set[int]) -> None:
    """A small table; the columns named by ``right`` are numbers."""
    from io import StringIO

    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for i, name in enumerate(columns):
        table.add_column(name, justify="right" if i in right else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    text = StringIO()
    Console(file=text, width=TABLE_WIDTH, highlight=False, markup=False).print(table)
    for line in text.getvalue().splitlines():
        say(line.rstrip())


_tells: list[bool] = []  # whether a program waits for lines of JSON


def tell_progress() -> None:
    """Tell how far long work is in lines of JSON on stderr."""
    _tells.append(True)


def progress(title: str, total: int | None) -> Any:
    """A progress bar on a terminal, nothing anywhere else: ``with progress(..) as step``.

    After :func:`tell_progress` lines of JSON on stderr tell it to whoever started the process.
    The value is a function to be called with the number of things done since the last call.
    """
    return _Progress(title, total)


class _Progress:
    def __init__(self, title: str, total: int | None) -> None:
        self.title, self.total = title, total
        self.bar: Any = None
        self.task: Any = None
        self.done = self.told_at = 0

    def __enter__(self) -> Callable[[int], None]:
        if sys.stderr is not None and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress

            self.bar = Progress(console=Console(stderr=True), transient=True)
            self.bar.start()
            self.task = self.bar.add_task(self.title, total=self.total)
        return self.step

    def step(self, done: int) -> None:
        """So many more are done."""
        self.done += done
        if self.bar is not None:
            self.bar.advance(self.task, done)
        elif _tells and self.done >= self.told_at:
            self.told_at = self.done + max(1, (self.total or TOLD_OF) // 100)
            line = json.dumps({"done": self.done, "total": self.total})
            click.echo(line, err=True)

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()
