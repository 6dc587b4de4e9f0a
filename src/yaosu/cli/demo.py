"""``yaosu demo``: a venue to be tried out, and made anew as often as one likes."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

from yaosu.cli.files import make_folder, write_whole
from yaosu.cli.init import KEY_FILE, SEED_FILE, SETTINGS, TEMPLATES, make_venue, write_secret
from yaosu.cli.output import PATH, json_option, say, say_json
from yaosu.kernel.refusal import refuse, refuse_unless

JOURNAL, KEPT = "market.db", "market.logins"


@click.group()
def demo() -> None:
    """Make a venue to be tried out, and make it anew."""


@demo.command()
@click.argument("folder", type=PATH)
@click.option("--template", type=click.Choice(TEMPLATES), help="What is traded; no people yet.")
@click.option("--example", type=PATH, help="A folder with a scenario.toml: people and trades too.")
@json_option
def make(folder: Path, template: str | None, example: Path | None, as_json: bool) -> None:
    """Make a demonstration venue in the empty FOLDER; go on with `yaosu serve FOLDER`."""
    if (template is None) == (example is None):
        raise click.UsageError("give either --template or --example")
    is_empty = not folder.exists() or not any(folder.iterdir())
    refuse_unless(is_empty, "cli.file_exists", path=str(folder))
    source = template or str(Path(str(example)).resolve())
    make_folder(folder)
    write_whole(folder / "yaosu.toml", f"{SETTINGS}demo        = {_quoted(source)}\n".encode())
    _say(folder, _made(folder, source), "demo-make/1", as_json)


@demo.command()
@click.argument("folder", type=PATH)
@click.option("--name", required=True, help="Id of the venue, to be sure.")
@json_option
def reset(folder: Path, name: str, as_json: bool) -> None:
    """Throw the journal of a demonstration venue away and make it anew; its logins stay.

    Only where the folder's settings say that it is one, and while no server runs on it.
    """
    from yaosu.server.folder import settings_of

    refuse_unless(folder.is_dir(), "cli.no_folder", path=str(folder))
    settings = settings_of(folder, {})
    source = settings.text("demo") if settings.text("journal") == JOURNAL else ""
    refuse_unless(source, "server.not_demo", path=str(folder))
    found = venue_name(folder)
    refuse_unless(name == found, "server.other_venue", name=name, venue=found)
    _say(folder, make_anew(folder, source), "demo-reset/1", as_json)


def venue_name(folder: Path) -> str:
    """Id of the venue of a folder; taken while nobody else writes."""
    from yaosu import door

    if not (folder / JOURNAL).exists():
        return folder.resolve().name
    with door.open(folder / JOURNAL) as venue, venue.reading() as state:
        known = state.parties.venue
        return known.id if known is not None else folder.resolve().name


def make_anew(folder: Path, source: str) -> int:
    """The demonstration as it was at first; number of its entries."""
    stem = Path(JOURNAL).stem
    beside = [path for path in folder.glob(f"{stem}.*") if not path.name.startswith(KEPT)]
    for path in (*beside, folder / KEY_FILE, folder / SEED_FILE, folder / "errands"):
        if path.is_dir():  # documents and errands are of the other journal
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    return _made(folder, source)


def _made(folder: Path, source: str) -> int:
    if source in TEMPLATES:
        return make_venue(folder, folder.resolve().name, source)
    words = [sys.executable, "-m", "yaosu", "run", source, "--out", str(folder)]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    if ended.returncode:
        refuse("cli.step_refused", where=source, refusal=ended.stderr.strip()[-400:])
    return _name_key(folder)


def _name_key(folder: Path) -> int:
    """A key of its own that signs the checkpoints."""
    from yaosu import door
    from yaosu.kernel.signed_note import signing_key
    from yaosu.parties.commands import NameKey

    key = signing_key(folder.resolve().name, door.draw(32))
    with door.open(folder / JOURNAL) as venue:
        with venue.reading() as state:
            known = state.parties.venue
            assert known is not None
        named = NameKey(actor=known.operator, key="signing-key", vkey=key.verifier.text)
        venue.submit(named).accepted()
        size = venue.size
    write_secret(folder / KEY_FILE, key.text)
    return size


def _quoted(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'


def _say(folder: Path, entries: int, schema: str, as_json: bool) -> None:
    told: dict[str, Any] = {"folder": str(folder), "entries": entries}
    if as_json:
        say_json(schema, **told)
        return
    say(f"{folder}: a demonstration venue, {entries} entries")
    say(f"  go on with: yaosu serve {folder}")
