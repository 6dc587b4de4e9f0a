"""``yaosu ask`` and ``yaosu read``: a venue elsewhere, by the address of its server."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from yaosu.cli.files import read_text
from yaosu.cli.output import PATH, json_option, say, say_json, say_refusal, say_table
from yaosu.cli.proofs import read_signing_key
from yaosu.kernel.refusal import refuse
from yaosu.kernel.words import Command


def server_options(command: Any) -> Any:
    """The options that say which server, and as whom."""
    token = click.option("--token-file", type=PATH, help="File of a token; else YAOSU_TOKEN.")
    server = click.option(
        "--server", default="", help="Address, such as https://host; else YAOSU_SERVER."
    )
    return server(token(command))


@click.command()
@click.argument("tag")
@click.argument("fields", metavar="[FILE|-]", default="-")
@click.option("--as", "actor", required=True, help="The party that asks.")
@click.option("--key", required=True, help="The same key is answered once.")
@click.option("--sign", type=PATH, help="File of the key to sign it with.")
@server_options
@json_option
def ask(
    tag: str,
    fields: str,
    actor: str,
    key: str,
    sign: Path | None,
    server: str,
    token_file: Path | None,
    as_json: bool,
) -> int:
    """Ask the command TAG of a venue elsewhere; its fields come as JSON from FILE or stdin.

    Tables in it are lists by name. Sent again under the same key where the server does not answer,
    so that it is done once. With --sign the command carries the signature of the party, which
    stays in its entry.
    """
    from yaosu.client import Client

    text = sys.stdin.read() if fields == "-" else read_text(Path(fields))
    try:
        given = json.loads(text or "{}")
    except ValueError as error:
        refuse("cli.bad_step", where=tag, reason=str(error))
    if not isinstance(given, dict):
        refuse("cli.bad_step", where=tag, reason="an object is wanted")
    pen = None if sign is None else read_signing_key(sign)
    with Client(address_of(server), token_of(token_file), signing_key=pen) as venue:
        if pen is None:
            answer = venue.ask(tag, key, {**given, "actor": actor})
        else:
            answer = venue.submit(_typed(tag, {**given, "actor": actor, "key": key}))
    if answer.refusal is not None:
        return say_refusal(answer.refusal, as_json)
    if as_json:
        say_json("ask/1", sequence=answer.sequence, hash=answer.hash.hex(), key=key,
                 repeated=answer.repeated)  # fmt: skip
    else:
        again = ", answered before" if answer.repeated else ""
        say(f"entry {answer.sequence}, hash {answer.hash.hex()}{again}")
    return 0


@click.command()
@click.argument("resource")
@click.argument("filters", nargs=-1, metavar="[COLUMN=VALUE]...")
@server_options
@json_option
def read(
    resource: str, filters: tuple[str, ...], server: str, token_file: Path | None, as_json: bool
) -> None:
    """Read a RESOURCE of a venue elsewhere, such as markets, prices, orders or accounts."""
    from yaosu.client import Client

    query = {}
    for one in filters:
        name, sign, value = one.partition("=")
        if not sign:
            raise click.UsageError(f"{one}: write COLUMN=VALUE")
        query[name] = value
    with Client(address_of(server), token_of(token_file)) as venue:
        rows = list(venue.rows(resource, **query))
    if as_json:
        say_json("read/1", resource=resource, rows=rows)
        return
    names = tuple(rows[0]) if rows else ()
    right = {n for n, name in enumerate(names) if isinstance(rows[0][name], int)}
    table: list[tuple[str, ...]] = [tuple(str(row[name]) for name in names) for row in rows]
    say_table(names, table, right)


def _typed(tag: str, fields: dict[str, Any]) -> Command:
    """The command that fields stand for: it is the command that is signed, not their text."""
    from yaosu.server.words import convert, kind_of

    command: Command = convert(fields, kind_of(tag))
    return command


@click.command()
@click.argument("resource")
@click.argument("name")
@server_options
@json_option
def show(resource: str, name: str, server: str, token_file: Path | None, as_json: bool) -> None:
    """Show one row of a RESOURCE of a venue elsewhere by its NAME, such as rights R-310.

    Of cases it is the whole page: what is done, whose turn it is, what is in the way.
    """
    from urllib.parse import quote

    from yaosu.client import Client

    page = "/page" if resource == "cases" else ""
    with Client(address_of(server), token_of(token_file)) as venue:
        found = venue.read(f"/v1/{quote(resource, safe='')}/{quote(name, safe='')}{page}")
    if as_json:
        say_json("show/1", resource=resource, name=name, row=found)
        return
    rows: list[tuple[str, ...]] = [
        (key, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        for key, value in found.items()
    ]
    say_table((resource, name), rows, set())


def address_of(server: str) -> str:
    """The address of the server that is meant."""
    from yaosu.door import server_named

    named = server or server_named()[0]
    if not named.startswith(("http://", "https://")):
        raise click.UsageError("name a server: --server https://HOST, or YAOSU_SERVER")
    return named


def token_of(file: Path | None) -> str:
    """The token in a file, or in the environment; empty where there is none."""
    from yaosu.door import server_named

    return read_text(file).strip() if file is not None else server_named()[1]
