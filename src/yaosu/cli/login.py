"""``yaosu login``: the logins of a server, from the machine it runs on."""

from pathlib import Path
from typing import Any

import click

from yaosu.cli.output import PATH, json_option, say, say_json, say_table
from yaosu.cli.serve import known_folder, server_module
from yaosu.kernel.instant import format_instant


@click.group()
def login() -> None:
    """Who may come in to a server; for whoever has its files."""


@login.command()
@click.argument("folder", type=PATH)
@click.argument("name")
@click.option("--party", "parties", multiple=True, help="A party it acts for; may be repeated.")
@click.option("--manages", is_flag=True, help="Let it manage logins.")
@json_option
def link(folder: Path, name: str, parties: tuple[str, ...], manages: bool, as_json: bool) -> None:
    """Give out a one-time link for the login NAME of the server in FOLDER.

    Whoever opens it chooses the password. For a login that there is already, the parties take the
    place of those before, and its sessions end. The server may run meanwhile.
    """
    from yaosu.kernel.ids import check_id

    for party in parties:
        check_id(party, "party")
    logins, url = _opened(folder)
    secret = logins.new_link(name, parties, manages=manages)
    logins.close()
    told = f"{url}/join#{secret}"
    if as_json:
        say_json("login-link/1", login=name, url=told)
        return
    say(told)
    say(f"  makes the login {name}; it works once, for 72 hours")


@login.command("list")
@click.argument("folder", type=PATH)
@json_option
def list_logins(folder: Path, as_json: bool) -> None:
    """List the logins of the server in FOLDER."""
    logins, _ = _opened(folder)
    found = logins.logins()
    logins.close()
    if as_json:
        rows = [
            {"login": one.login, "parties": list(one.parties), "manages": one.manages,
             "made": format_instant(one.made)}
            for one in found
        ]  # fmt: skip
        say_json("logins/1", logins=rows)
        return
    table: list[tuple[str, ...]] = [
        (one.login, " ".join(one.parties), "yes" if one.manages else "", format_instant(one.made))
        for one in found
    ]
    say_table(("login", "acts for", "manages", "made"), table, set())


@login.command()
@click.argument("folder", type=PATH)
@click.argument("name")
@json_option
def end(folder: Path, name: str, as_json: bool) -> None:
    """Let the login NAME in no more; its sessions and tokens end within seconds."""
    logins, _ = _opened(folder)
    try:
        logins.end_login(name)
    finally:
        logins.close()
    if as_json:
        say_json("login-end/1", login=name)
    else:
        say(f"{name} is let in no more")


@login.command()
@click.argument("folder", type=PATH)
@click.argument("name")
@click.argument("subject")
@json_option
def identity(folder: Path, name: str, subject: str, as_json: bool) -> None:
    """Let SUBJECT of the provider in the settings sign in as the login NAME.

    SUBJECT is what the provider calls the person in its tokens (sub): never a name or an address of
    mail, which may be another's there tomorrow.
    """
    from yaosu.kernel.refusal import refuse_unless
    from yaosu.server.folder import settings_of

    logins, _ = _opened(folder)
    try:
        issuer = settings_of(folder, {}).text("oidc_issuer")
        refuse_unless(issuer, "server.no_oidc")
        logins.identities.link(name, issuer, subject)
    finally:
        logins.close()
    if as_json:
        say_json("login-identity/1", login=name, issuer=issuer, subject=subject)
    else:
        say(f"{subject} at {issuer} signs in as {name}")


def _opened(folder: Path) -> tuple[Any, str]:
    """The logins of a folder, and the address of its server."""
    from yaosu.server.folder import settings_of

    run = server_module()
    settings = settings_of(known_folder(folder), {})
    url = settings.text("public_url").rstrip("/") or f"http://{settings.text('listen')}"
    return run.open_logins(folder, settings), url
