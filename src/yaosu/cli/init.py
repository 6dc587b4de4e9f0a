"""``yaosu init``: a new venue in a folder of its own, from a template."""

import os
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import click

from yaosu.cli.files import write_whole
from yaosu.cli.output import json_option, say, say_json
from yaosu.kernel.refusal import refuse, refuse_unless

TEMPLATES = ("carbon", "compute", "data", "land", "talent", "technology")
KEY_FILE, SEED_FILE = "signing.key", "posts.seed"
MATCHED = "talent"
SETTINGS = """# Settings of the server; `yaosu config show` tells where each one comes from.

journal     = "market.db"
listen      = "127.0.0.1:8420"
signing_key = "signing.key"
"""


@click.command()
@click.argument("folder", metavar="NAME", type=click.Path(path_type=Path))
@click.option(
    "--template", type=click.Choice(TEMPLATES), default="compute", show_default=True,
    help="What is traded.",
)  # fmt: skip
@json_option
def init(folder: Path, template: str, as_json: bool) -> None:
    """Make a venue in a new folder NAME: founded, with rules, regions, offices and a market.

    The folder holds the journal (market.db), the key that signs its checkpoints (signing.key) and
    the settings of its server (yaosu.toml); for talent also the seed that settles what is left to a
    lottery (posts.seed), to be shown when a round closes. Go on with `yaosu serve NAME`.
    """
    refuse_unless(
        not folder.exists() or not any(folder.iterdir()), "cli.file_exists", path=str(folder)
    )
    folder.mkdir(parents=True, exist_ok=True)
    name = folder.resolve().name
    try:
        entries = make_venue(folder, name, template)
    except BaseException:
        for one in folder.glob("market.db*"):
            one.unlink()
        raise
    write_whole(folder / "yaosu.toml", SETTINGS.encode())
    if as_json:
        say_json("init/1", venue=name, template=template, folder=str(folder), entries=entries)
        return
    say(f"{folder}: a venue for {template}, {entries} entries")
    say(f"  go on with: yaosu serve {folder}")


def make_empty(folder: Path) -> None:
    """A folder for an exchange that is set up in the browser: settings, a key, an empty journal.

    What is there already stays: a set-up that was left is gone on with.
    """
    from yaosu import door
    from yaosu.kernel.signed_note import signing_key

    if (folder / "market.db").exists():
        return
    is_empty = not folder.exists() or not any(folder.iterdir())
    refuse_unless(is_empty, "cli.file_exists", path=str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    key = signing_key(folder.resolve().name, door.draw(32))
    write_secret(folder / KEY_FILE, key.text)
    write_whole(folder / "yaosu.toml", SETTINGS.encode())
    door.open(folder / "market.db").close()


def make_venue(folder: Path, name: str, template: str) -> int:
    """The venue of a template in a folder: journal, key, seed; number of its entries."""
    from msgspec.structs import replace

    from yaosu import door
    from yaosu.cli.scenario import asks_of, read_scenario
    from yaosu.kernel.signed_note import signing_key
    from yaosu.parties.commands import NameKey

    key = signing_key(name, door.draw(32))
    with as_file(files("yaosu.institutions").joinpath("templates", template)) as shelf:
        scenario = read_scenario(Path(shelf))
        scenario = replace(scenario, venue={**scenario.venue, "venue": name})
        commands: list[Any] = [one for ask in asks_of(scenario, {}) for one in ask.commands]
    seed = door.draw(32).hex()
    commands = [_with_seed(one, seed) for one in commands]
    operator = scenario.venue["operator"]
    commands.append(NameKey(actor=operator, key="signing-key", vkey=key.verifier.text))
    with door.open(folder / "market.db") as venue:
        for receipt in venue.submit_many(commands):
            if receipt.refusal is not None:
                refuse("cli.step_refused", where=template, refusal=str(receipt.refusal))
    write_secret(folder / KEY_FILE, key.text)
    if template == MATCHED:
        write_secret(folder / SEED_FILE, seed)
    return len(commands) + 1


def _with_seed(command: Any, seed: str) -> Any:
    """A market that matches names the digest of a seed, which is shown when its round closes."""
    from msgspec.structs import replace

    from yaosu.markets.commands import OpenMarket
    from yaosu.markets.seeds import hash_commitment_of

    if not isinstance(command, OpenMarket) or command.trading.mechanism != "matching":
        return command
    trading = replace(command.trading, seed_hash=hash_commitment_of(seed))
    return replace(command, trading=trading)


def write_secret(path: Path, text: str) -> None:
    """A file that its owner alone can read."""
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(text)
