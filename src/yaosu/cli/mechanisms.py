"""``yaosu mechanisms``: how prices can be made, and where each is used."""

import click

from yaosu.cli.output import json_option, say_json, say_table


@click.command()
@json_option
def mechanisms(as_json: bool) -> None:
    """List the ways prices are made.

    Orders in a file are priced with `clear`, from Python every one of them is at hand; a market of
    the journal names the one it trades under.
    """
    from yaosu.cli.clear import BY_FILE
    from yaosu.markets.mechanisms import BESIDE, MECHANISMS

    rows = [
        {
            "name": name,
            "sentence": row.sentence,
            "file": name in BY_FILE,
            "market": row.for_markets,
        }
        for name, row in MECHANISMS.items()
    ]
    rows += [
        {"name": name, "sentence": own.sentence, "file": False, "market": own.for_markets}
        for name, own in BESIDE.items()
    ]
    rows.sort(key=lambda row: str(row["name"]))
    if as_json:
        say_json("mechanisms/1", mechanisms=rows)
        return
    shown: list[tuple[str, ...]] = [
        (
            str(row["name"]),
            "yes" if row["file"] else "–",
            "yes" if row["market"] else "–",
            str(row["sentence"]),
        )
        for row in rows
    ]
    say_table(("name", "file", "market", "what it does"), shown, set())
