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
    from yaosu.markets.forms import FORMS
    from yaosu.markets.mechanisms import MECHANISMS
    from yaosu.markets.without_book import ASKED_BY

    rows = [
        {
            "name": name,
            "sentence": row.sentence,
            "file": name in BY_FILE,
            "market": name in FORMS or name in ASKED_BY,
        }
        for name, row in MECHANISMS.items()
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
