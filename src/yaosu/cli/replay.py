"""``yaosu replay``: the recorded commands under another rule pack, and what differs."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from yaosu.cli.files import make_folder, read_text, write_whole
from yaosu.cli.output import PATH, json_option, progress, say, say_json, say_table
from yaosu.cli.tables import csv_bytes
from yaosu.cli.verify import Advance, journal_place, open_journal

if TYPE_CHECKING:
    from yaosu.journal.opening import Place

POLICIES = ("prompt", "as_recorded", "none")


@click.command()
@click.argument("journal", type=journal_place)
@click.option(
    "--rules", "packs", type=PATH, multiple=True, required=True,
    help="A rule pack (TOML) in the place of the recorded one of the same id; may be repeated.",
)  # fmt: skip
@click.option(
    "--responses", type=click.Choice(POLICIES), default="prompt", show_default=True,
    help="How what answers the market (clearing, paying, cancelling) is done.",
)  # fmt: skip
@click.option("--out", type=PATH, help="Folder for prices of all rounds.")
@json_option
def replay(
    journal: "Place", packs: tuple[Path, ...], responses: str, out: Path | None, as_json: bool
) -> None:
    """Decide the commands of the JOURNAL again under other rules.

    Bids were made under the old rule, and those who never asked stay unseen; where more than a
    quarter of the value comes out otherwise, the result calls itself unreliable.
    """
    from yaosu.engine.replay import replay as decide_again
    from yaosu.rules.parse import parse_pack

    parsed = [parse_pack(read_text(path)) for path in packs]
    with open_journal(journal) as store, progress("replaying", store.size) as step:
        replayed = decide_again(store, parsed, responses, Advance(step))
    rounds = [_round(pair) for pair in replayed.clearings.values()]
    if out is not None:
        write_whole(make_folder(out) / "prices.csv", csv_bytes(_prices(replayed)))
    if as_json:
        say_json(
            "replay/1",
            journal=str(journal),
            responses=responses,
            reliable=replayed.is_reliable,
            counts=replayed.counts,
            values=replayed.values,
            skipped=replayed.skipped,
            welfare_gain=replayed.welfare_gain,
            rounds=rounds,
            divergences=[
                {
                    "sequence": found.sequence,
                    "command": found.command,
                    "outcome": found.outcome,
                    "recorded": found.recorded,
                    "replayed": found.replayed,
                }
                for found in replayed.divergences
            ],
        )
        return
    _say(replayed, rounds)


def _round(pair: Any) -> dict[str, Any]:
    def side(event: Any) -> dict[str, int] | None:
        if event is None:
            return None
        return {"volume": event.clearing.volume, "welfare": event.clearing.welfare}

    return {
        "market": pair.market,
        "round": pair.round,
        "recorded": side(pair.recorded),
        "replayed": side(pair.replayed),
    }


def _prices(replayed: Any) -> dict[str, list[Any]]:
    """Every price of every round, recorded beside replayed, ticks; empty where nothing traded."""
    names = ("market", "round", "instrument", "region", "recorded", "replayed")
    rows: dict[tuple[str, int, str, str], dict[str, Any]] = {}
    for pair in replayed.clearings.values():
        for side in ("recorded", "replayed"):
            event = getattr(pair, side)
            for row in event.clearing.prices.iterate() if event else ():
                key = (pair.market, pair.round, row["instrument"], row["region"])
                rows.setdefault(key, {})[side] = row["price"]
    cells = [(*key, found.get("recorded"), found.get("replayed")) for key, found in rows.items()]
    columns = zip(*cells, strict=True) if cells else ([] for _ in names)
    return {name: list(column) for name, column in zip(names, columns, strict=True)}


def _say(replayed: Any, rounds: list[dict[str, Any]]) -> None:
    if replayed.skipped:
        say(f"left out: {', '.join(replayed.skipped)}")
    rows: list[tuple[str, ...]] = [
        (name, str(count), str(replayed.values[name])) for name, count in replayed.counts.items()
    ]
    say_table(("outcome", "commands", "value"), rows, {1, 2})
    say()
    lines: list[tuple[str, ...]] = []
    for one in rounds:
        for side in ("recorded", "replayed"):
            cells = one[side] or {"volume": "–", "welfare": "–"}
            name = f"{one['market']}/{one['round']}"
            lines.append((name, side, str(cells["volume"]), str(cells["welfare"])))
    say_table(("round", "", "volume", "welfare"), lines, {2, 3})
    say()
    say(f"reform dividend: {replayed.welfare_gain} ticks x lots")
    if not replayed.is_reliable:
        say("unreliable: more than a quarter of the value came out otherwise than recorded")
    say("bids were made under the recorded rule; those who never asked are not seen")
