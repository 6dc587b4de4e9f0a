"""``yaosu replay``: the recorded commands under other rules, and what differs."""

import shlex
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from yaosu.cli.cluster import at_work
from yaosu.cli.files import make_folder, read_text, write_whole
from yaosu.cli.opening import journal_place, open_journal
from yaosu.cli.output import PATH, json_option, progress, say, say_json, say_table
from yaosu.cli.tables import parquet_bytes
from yaosu.cli.verify import Advance
from yaosu.kernel.ids import check_id
from yaosu.kernel.instant import format_instant
from yaosu.kernel.refusal import refuse_unless

if TYPE_CHECKING:
    from yaosu.journal.opening import Place

RESULT = "replay.json"  # stands in the folder of every replay
POLICIES = ("prompt", "as_recorded", "none")


@click.command()
@click.argument("journal", type=journal_place)
@click.option(
    "--rules", "packs", type=PATH, multiple=True,
    help="A rule pack (TOML) in the place of the recorded one of the same id; may be repeated.",
)  # fmt: skip
@click.option(
    "--counterfactual", "named", metavar="NAME=PACK[,PACK]", multiple=True,
    help="Rule packs under a name, in the place of --rules; repeat it to compare several.",
)  # fmt: skip
@click.option("--from", "since", help="First entry of the period: its number, an instant, a date.")
@click.option("--to", "until", help="Last entry of the period, included.")
@click.option(
    "--policy", type=click.Choice(POLICIES), default="prompt", show_default=True,
    help="How what answers the market (clearing, paying, cancelling) is done.",
)  # fmt: skip
@click.option("--jobs", type=int, default=-1, help="Counterfactuals at once; -1: all processors.")
@click.option("--cluster", help="Address of a Dask scheduler whose workers see the same path.")
@click.option("--out", type=PATH, help="Folder for the report and its tables.")
@json_option
def replay(
    journal: "Place",
    packs: tuple[Path, ...],
    named: tuple[str, ...],
    since: str | None,
    until: str | None,
    policy: str,
    jobs: int,
    cluster: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Decide the commands of the JOURNAL again under other rules.

    Bids were made under the old rule, and those who never asked stay unseen; where more than a
    quarter of the commands or of their value comes in, falls out or loses its object, the result
    calls itself unreliable.
    """
    if bool(packs) == bool(named):
        raise click.UsageError("give either --rules, or one --counterfactual or more")
    if cluster and not named:
        raise click.UsageError("--cluster is for several: give --counterfactual")
    if jobs == 0:
        raise click.UsageError("--jobs 0 runs nothing; -1 is as many as there are processors")
    before = [] if out is None else _files_before(out)
    if named:
        wanted = {name: _read_packs(paths) for name, paths in _named(named).items()}
        with at_work(cluster) as backend:
            found = _replay_many(journal, wanted, policy, since, until, jobs, backend)
    else:
        name = ", ".join(path.stem for path in packs)
        found = {name: _replay_one(journal, _read_packs(packs), name, policy, since, until)}
    asked = _again(journal, packs, named, since, until, policy)
    _take_away(before, out)
    files = [] if out is None else _write(journal, asked, found, out, alone=not named)
    said = [_as_json(comparison) for comparison in found.values()]
    if as_json and named:
        say_json("replays/1", journal=str(journal), files=files, counterfactuals=said)
    elif as_json:
        say_json("replay/2", journal=str(journal), files=files, **said[0])
    elif named:
        _say_many(found)
    else:
        _say(next(iter(found.values())))
    if not as_json:
        say("bids were made under the recorded rule; those who never asked are not seen")


def _named(named: Sequence[str]) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for text in named:
        name, _, paths = text.partition("=")
        if not name or not paths:
            raise click.UsageError(f"{text!r} is not NAME=PACK")
        if "/" in check_id(name, "counterfactual") or name in found:
            raise click.UsageError(f"name each counterfactual once, without a slash: not {name!r}")
        found[name] = [Path(path) for path in paths.split(",")]
    return found


def _read_packs(paths: Sequence[Path]) -> list[Any]:
    from yaosu.rules.parse import parse_pack

    return [parse_pack(read_text(path)) for path in paths]


def _replay_one(
    journal: "Place", packs: list[Any], name: str, policy: str, since: str | None, until: str | None
) -> Any:
    from yaosu.engine.replay import replay as decide_again
    from yaosu.evaluation.replays.comparison import compare

    with open_journal(journal) as store, progress("replaying", store.size) as step:
        replayed = decide_again(store, packs, policy, Advance(step), since=since, until=until)
    return compare(replayed, name)


def _replay_many(
    journal: "Place",
    wanted: Mapping[str, list[Any]],
    policy: str,
    since: str | None,
    until: str | None,
    jobs: int,
    backend: str,
) -> dict[str, Any]:
    from yaosu.evaluation.replays.many import replay_many

    with open_journal(journal), progress("replaying", len(wanted)) as step:
        return replay_many(
            journal,
            wanted,
            policy=policy,
            since=since,
            until=until,
            jobs=jobs,
            backend=backend,
            on_done=lambda _: step(1),
        )


def _again(
    journal: "Place",
    packs: Sequence[Path],
    named: Sequence[str],
    since: str | None,
    until: str | None,
    policy: str,
) -> str:
    """The line with which anyone repeats the replay."""
    words = ["yaosu", "replay", str(journal)]
    words += [word for path in packs for word in ("--rules", str(path))]
    words += [word for text in named for word in ("--counterfactual", text)]
    for option, bound in (("--from", since), ("--to", until)):
        words += [] if bound is None else [option, bound]
    return shlex.join([*words, "--policy", policy])


def _files_before(out: Path) -> list[Path]:
    """The files of an earlier replay in a folder, which the new ones replace.

    Raises:
        Refusal: `cli.folder_in_use` where anything else lies there.
    """
    from yaosu.evaluation.replays.tables import TABLES

    if not out.is_dir():
        return []
    ours = {"report.html", RESULT, *(f"{table}.parquet" for table in TABLES)}
    found = [path for folder in (out, *_folders_in(out)) for path in sorted(folder.iterdir())]
    for path in found:
        is_ours = path.name in ours and path.is_file()
        is_folder = path.parent == out and path.is_dir() and (path / RESULT).is_file()
        refuse_unless(is_ours or is_folder, "cli.folder_in_use", path=str(out), name=path.name)
    files = [path for path in found if path.is_file()]
    is_replay = not files or any(path.name == RESULT for path in files)
    refuse_unless(is_replay, "cli.folder_in_use", path=str(out), name="a report of something else")
    return files


def _take_away(files: Sequence[Path], out: Path | None) -> None:
    for path in files:
        path.unlink(missing_ok=True)
    for folder in sorted({path.parent for path in files} - {out}):
        with suppress(OSError):  # somebody put something there just now
            folder.rmdir()


def _folders_in(out: Path) -> list[Path]:
    return sorted(path for path in out.iterdir() if path.is_dir())


def _write(
    journal: "Place", asked: str, found: Mapping[str, Any], out: Path, *, alone: bool
) -> list[str]:
    """The files of each comparison; of several each in a folder, and a page over all."""
    import json

    from yaosu.evaluation.replays.overview import overview
    from yaosu.evaluation.replays.page import page_of
    from yaosu.evaluation.replays.tables import TABLES
    from yaosu.evaluation.report.page import report_html

    files: dict[Path, bytes] = {}
    proof = (shlex.join(["yaosu", "verify", str(journal)]), asked)
    for name, comparison in found.items():
        folder = out if alone else out / name
        files[folder / "report.html"] = report_html(page_of(comparison, proof)).encode()
        said = json.dumps(_as_json(comparison), ensure_ascii=False, indent=1)
        files[folder / RESULT] = f"{said}\n".encode()
        for table in TABLES:
            files[folder / f"{table}.parquet"] = parquet_bytes(comparison.table(table))
    if not alone:
        files[out / "report.html"] = report_html(overview(found)).encode()
    for path, data in files.items():
        make_folder(path.parent)
        write_whole(path, data)
    return [str(path.relative_to(out)) for path in files]


def _as_json(comparison: Any) -> dict[str, Any]:
    from yaosu.engine.replay import CLASSES

    shown = ("name", "policy", "placed", "skipped", "first", "last", "head", "currency")
    numbers = ("reform_dividend_minor", "diverged", "accounts_moved", "unreadable", "reliable")
    return {
        **{field: getattr(comparison, field) for field in (*shown, *numbers)},
        "begins": format_instant(comparison.begins),
        "ends": format_instant(comparison.ends),
        "hash": comparison.hash,
        "without_effect": comparison.is_without_effect,
        "counts": {name: comparison.commands(name) for name in CLASSES},
        "values": {name: comparison.value(name) for name in CLASSES},
        "rounds": list(comparison.table("volumes").iterate()),
        "divergences": list(comparison.table("divergences").iterate()),
    }


def _say(comparison: Any) -> None:

    say(f"entries {comparison.first} to {comparison.last}, responses {comparison.policy}")
    for words, names in (("in force", comparison.placed), ("left out", comparison.skipped)):
        if names:
            say(f"{words}: {', '.join(names)}")
    say_table(("outcome", "commands", "", "value", ""), _shares(comparison), {1, 2, 3, 4})
    if comparison.unreadable:
        say(f"sealed bids that nobody opened: {comparison.unreadable}")
    say()
    lines: list[tuple[str, ...]] = [
        (
            f"{row['market']}/{row['round']}",
            *("–" if row[name] is None else str(row[name]) for name in _ROUND),
        )
        for row in comparison.volumes.iterate()
    ]
    say_table(("round", "lots", "replayed", "welfare", "replayed"), lines, {1, 2, 3, 4})
    say()
    for row in list(comparison.divergences.iterate())[:3]:
        say(f"entry {row['sequence']} ({row['command']}) {row['outcome']}: {row['cause']}")
    say(f"reform dividend: {comparison.reform_dividend_minor} minor units of {comparison.currency}")
    if not comparison.reliable:
        say("unreliable: more than a quarter came in, fell out or lost its object")
    say(f"hash {comparison.hash}")


def _shares(comparison: Any) -> list[tuple[str, ...]]:
    """Each class of outcome with its number and value, and what shares of all asked these are."""
    from yaosu.evaluation.replays.words import percent, totals

    asked = totals(comparison)
    commands, value = (sum(pair[i] for pair in asked.values()) for i in (0, 1))
    rows: list[tuple[str, ...]] = [
        (name, str(some), percent(some, commands), str(worth), percent(worth, value))
        for name, (some, worth) in asked.items()
    ]
    return [*rows, ("supplied by policy", str(comparison.commands("supplied by policy")))]


_ROUND = ("recorded", "replayed", "recorded_welfare", "replayed_welfare")


def _say_many(found: Mapping[str, Any]) -> None:
    rows: list[tuple[str, ...]] = [
        (
            name,
            str(comparison.reform_dividend_minor),
            str(comparison.diverged),
            "yes" if comparison.reliable else "no",
            comparison.hash[:16],
        )
        for name, comparison in found.items()
    ]
    say_table(("counterfactual", "reform dividend", "otherwise", "reliable", "hash"), rows, {1, 2})
