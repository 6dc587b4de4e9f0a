"""``yaosu secrets``: the key store of a journal, and the wrapping key that it rests under."""

from pathlib import Path
from typing import Any

import click

from yaosu.cli.key import write_secret
from yaosu.cli.opening import journal_place, open_journal
from yaosu.cli.output import PATH, json_option, say, say_json, say_table
from yaosu.cli.verify import open_key_store
from yaosu.kernel.refusal import found


@click.group()
def secrets() -> None:
    """Keep the keys of sealed items: wrap, rotate, list, open."""


@secrets.command("new")
@click.argument("out", type=PATH)
@json_option
def new(out: Path, as_json: bool) -> None:
    """Make a wrapping key in the new file OUT, which only you can read.

    The key store is worth nothing without it: keep a copy apart from both journal and key store.
    """
    from yaosu.door import new_wrapping_key

    made = new_wrapping_key()
    write_secret(out, made.text + "\n")
    if as_json:
        say_json("secrets-new/1", out=str(out), wrapping_key=made.id)
        return
    say(f"{out}: wrapping key {made.id}; keep a copy of it apart")


@secrets.command("show")
@click.argument("keys", type=PATH)
@click.option("--wrapping-key", type=PATH, help="Default YAOSU_WRAPPING_KEY.")
@json_option
def show(keys: Path, wrapping_key: Path | None, as_json: bool) -> None:
    """List the data keys in the store KEYS, and which were erased; never the keys themselves."""
    with open_key_store(keys, keys, wrapping_key) as store:
        names: dict[str, bool] = store.names()
    if as_json:
        say_json("secrets/1", keys=str(keys), standing=names)
        return
    rows: list[tuple[str, ...]] = [
        (name, "stands" if stands else "erased") for name, stands in names.items()
    ]
    say_table(("data key", "state"), rows, set())


@secrets.command("rotate")
@click.argument("keys", type=PATH)
@click.option("--to", type=PATH, required=True, help="The new wrapping key.")
@click.option("--wrapping-key", type=PATH, help="The one in use; default YAOSU_WRAPPING_KEY.")
@json_option
def rotate(keys: Path, to: Path, wrapping_key: Path | None, as_json: bool) -> None:
    """Wrap every data key in the store KEYS with another wrapping key, all or none.

    The journal is not touched. Destroy the old wrapping key afterwards: what copies of the store
    still hold is then worth nothing.
    """
    from yaosu.door import open_keys, read_wrapping_key

    fresh = read_wrapping_key(to)
    store = open_keys(keys, wrapping_key, keys, must_exist=True)
    with found(store, "cli.no_wrapping_key", path=str(keys)) as opened:
        count = opened.rotate(fresh)
    if as_json:
        say_json("secrets-rotate/1", keys=str(keys), count=count, wrapping_key=fresh.id)
        return
    say(f"{keys}: {count} data keys are wrapped with {fresh.id}")


@secrets.command("prune")
@click.argument("journal", type=journal_place)
@json_option
def prune(journal: Any, as_json: bool) -> None:
    """Forget the ciphertext in the JOURNAL of what was erased; nobody may be writing it.

    What is left cannot be read anyway; without it, it cannot be kept against the day when its
    cipher is broken. The headers keep the digests: the journal verifies as before.
    """
    from yaosu.door import open as open_venue

    with open_venue(journal) as venue:
        pruned = venue.prune_sealed()
    if as_json:
        say_json("secrets-prune/1", journal=str(journal), entries=pruned)
        return
    say(f"{journal}: the ciphertext of {len(pruned)} entries is forgotten")


@secrets.command("backup")
@click.argument("keys", type=PATH)
@click.argument("out", type=PATH)
@click.option("--wrapping-key", type=PATH, help="Default YAOSU_WRAPPING_KEY.")
@json_option
def backup(keys: Path, out: Path, wrapping_key: Path | None, as_json: bool) -> None:
    """Copy the store KEYS whole into the new file OUT, which only you can read; it may be in use.

    Keep it apart from the backups of the journal, and no longer than you must: what is erased
    after it can be read with it.
    """
    with open_key_store(keys, keys, wrapping_key) as store:
        count = store.copy_to(str(out))
    if as_json:
        say_json("secrets-backup/1", keys=str(keys), out=str(out), count=count)
        return
    say(f"{out}: {count} data keys, erased ones counted, as of now")


@secrets.command("open")
@click.argument("journal", type=journal_place)
@click.argument("sequence", type=int)
@click.argument("item")
@click.option("--keys", type=PATH, help="The key store; default JOURNAL's name ending in .keys.")
@click.option("--wrapping-key", type=PATH, help="Default YAOSU_WRAPPING_KEY.")
@json_option
def open_item(
    journal: Any,
    sequence: int,
    item: str,
    keys: Path | None,
    wrapping_key: Path | None,
    as_json: bool,
) -> None:
    """Print what is sealed in ITEM of entry SEQUENCE of the JOURNAL, for whoever has its keys."""
    from yaosu.core import State
    from yaosu.engine.recovery import fold
    from yaosu.engine.sealed import open_entry

    with open_journal(journal) as store, open_key_store(journal, keys, wrapping_key) as key_store:
        state = State()
        wanted = None
        for entry, _ in fold(store, state):
            if entry.header.sequence == sequence:
                wanted = entry
        entry = found(wanted, "engine.no_such_item", sequence=sequence, item=item)
        opened = open_entry(state, key_store, entry, item)
    from yaosu.kernel.plain import plain

    value = plain(opened.value)
    if as_json:
        say_json("secrets-open/1", journal=str(journal), sequence=sequence, item=item, value=value)
        return
    say(str(value))
