"""``yaosu work``: clear the closed books of a journal, as they are closed."""

import time
from pathlib import Path
from threading import Event as Flag
from typing import TYPE_CHECKING, Any

import click

from yaosu.cli.opening import journal_place
from yaosu.cli.output import json_option, say, say_json
from yaosu.kernel.refusal import Refusal, refuse_unless

if TYPE_CHECKING:
    from yaosu.journal.opening import Place


@click.command()
@click.argument("journal", type=journal_place)
@click.option("--follow", is_flag=True, help="Go on until stopped, looking for what is closed.")
@click.option(
    "--every", type=click.FloatRange(min=0.05), default=1.0, show_default=True,
    help="Seconds between two looks.",
)  # fmt: skip
@json_option
def work(journal: "Place", follow: bool, every: float, as_json: bool) -> None:
    """Clear every closed book of the JOURNAL and record the results.

    The clearing is worked out in a process of its own; one that dies is noticed and its work done
    again. The journal is written, so nobody else may be writing it: a venue that runs keeps its
    own worker beside it. Ends with 1 where a book has no clearing.
    """
    from yaosu import door
    from yaosu.workers.clearing import clear_closed, keep_clearing

    is_there = not isinstance(journal, Path) or journal.is_file()
    refuse_unless(is_there, "cli.file_missing", path=str(journal))
    with door.open(journal) as venue:
        if follow:
            keep_clearing(
                venue,
                Flag(),
                every_seconds=every,
                told=lambda answers: _tell(journal, answers, as_json, 0.0),
            )
        began = time.perf_counter()
        answers = clear_closed(venue)
    _tell(journal, answers, as_json, time.perf_counter() - began)
    for answer in answers.values():
        refusal = _refusal_of(answer)
        if refusal is not None:
            raise refusal


def _refusal_of(answer: Any) -> Refusal | None:
    return answer if isinstance(answer, Refusal) else answer.refusal


def _tell(journal: "Place", answers: dict[str, Any], as_json: bool, seconds: float) -> None:
    rows = [
        {
            "market": name.rpartition("/")[0],
            "round": int(name.rpartition("/")[2]),
            "refusal": "" if refusal is None else refusal.code,
        }
        for name, answer in answers.items()
        for refusal in [_refusal_of(answer)]
    ]
    if as_json:
        say_json("work/1", journal=str(journal), books=rows, seconds=round(seconds, 1))
        return
    for row in rows:
        outcome = f"not cleared ({row['refusal']})" if row["refusal"] else "cleared"
        say(f"round {row['round']} of {row['market']}: {outcome}")
    if not rows:
        say(f"{journal}: no book is closed")
