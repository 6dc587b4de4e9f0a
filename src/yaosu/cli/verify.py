"""``yaosu verify`` and what every command that reads a journal shares."""

from pathlib import Path
from typing import Any

import click

from yaosu.cli.output import json_option, progress, say, say_json
from yaosu.kernel.instant import format_instant
from yaosu.kernel.refusal import refuse_unless


def open_journal(path: Path) -> Any:
    """A journal to read; nothing is written and a running writer is not disturbed.

    Raises:
        Refusal: `cli.file_missing`, `cli.is_a_folder`, `journal.*`.
    """
    from yaosu.door import use_compiled_code
    from yaosu.journal.sqlite import open_sqlite

    refuse_unless(not path.is_dir(), "cli.is_a_folder", path=str(path))
    refuse_unless(path.exists(), "cli.file_missing", path=str(path))
    use_compiled_code()
    return open_sqlite(path, readonly=True)


class Advance:
    """Turns "so many of so many are done" into steps of a progress bar."""

    def __init__(self, step: Any) -> None:
        self.step = step
        self.before = 0

    def __call__(self, done: int, _: int) -> None:
        """So many are done in all."""
        self.step(done - self.before)
        self.before = done


@click.command()
@click.argument("journal", type=click.Path(path_type=Path))
@json_option
def verify(journal: Path, as_json: bool) -> None:
    """Prove the JOURNAL from its bytes.

    Hashes every payload again, recomputes the chain and the Merkle tree, folds the events to the
    state and compares its hash with those on record. Any flipped bit is found and named.
    """
    from yaosu.engine.proof import verify as prove

    with open_journal(journal) as store, progress("verifying", store.size) as step:
        proven = prove(store, Advance(step))
    if as_json:
        say_json(
            "verify/1",
            journal=str(journal),
            verdict="matches",
            entries=proven.entries,
            root=proven.root.hex(),
            last_hash=proven.last_hash.hex(),
            state_hash=proven.state_hash.hex(),
            first_instant=format_instant(proven.first_instant),
            last_instant=format_instant(proven.last_instant),
        )
        return
    say(f"{journal}: {proven.entries} entries match")
    say(f"  root       {proven.root.hex()}")
    say(f"  state      {proven.state_hash.hex()}")
    say(f"  from {format_instant(proven.first_instant)} to {format_instant(proven.last_instant)}")
