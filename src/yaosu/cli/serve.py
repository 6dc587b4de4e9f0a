"""``yaosu serve`` and ``yaosu config``: the server, and where each of its settings comes from."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from yaosu.cli.output import PATH, json_option, say, say_json, say_table
from yaosu.kernel.refusal import refuse, refuse_unless


def setting_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that stand for settings."""
    options = (
        click.option("--journal", help="The journal: a file of FOLDER, or postgresql://..."),
        click.option("--listen", help="HOST:PORT; port 0 takes one that is free."),
        click.option("--public-url", help="Address under which people reach the server."),
        click.option("--signing-key", help="File of the key that signs checkpoints."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command()
@click.argument("folder", type=PATH, default=".")
@setting_options
@click.option("--new", "is_new", is_flag=True, help="Where FOLDER is empty: an exchange to set up.")
@click.option("--stand-by", "stands_by", is_flag=True, help="Follow who leads; then lead.")
@json_option
def serve(folder: Path, is_new: bool, stands_by: bool, as_json: bool, **flags: str | None) -> None:
    """Serve the venue of FOLDER over HTTP until stopped.

    Settings come from FOLDER/yaosu.toml, from variables YAOSU_*, and from the options here, which
    count most. The first start prints a one-time link that makes the operator's login. There is no
    TLS here: to be reached from outside, put a web server before it.

    With --new an empty folder gets a journal without entries, a key that signs its checkpoints and
    settings: whoever opens the link sets the exchange up in the browser.

    With --stand-by, where another server leads on the same journal, this one follows it, answers
    503 with the address of the leader, and serves as soon as the leader does no longer.
    """
    from yaosu.server.folder import settings_of

    run = server_module()
    if is_new:
        from yaosu.cli.init import make_empty

        make_empty(folder)
    settings = settings_of(known_folder(folder), flags)

    def tell(serving: Any) -> None:
        if as_json:
            say_json(
                "serve/1",
                url=serving.url,
                entries=serving.entries,
                first_link=serving.first_link or None,
                stands_by=serving.stands_by,
            )
            return
        if serving.stands_by:
            say(f"{serving.url} stands by with {serving.entries} entries; stop with Ctrl-C")
            return
        say(f"{serving.url} serves {serving.entries} entries; stop with Ctrl-C")
        if serving.first_link:
            say(f"  nobody can sign in yet: open {serving.first_link}")
            say("  to choose the operator's password; the link works once, for 72 hours")

    while run.serve(folder, settings, tell, stands_by=stands_by):
        from yaosu.cli.demo import make_anew

        make_anew(folder, settings.text("demo"))


@click.group()
def config() -> None:
    """The settings of a server."""


@config.command()
@click.argument("folder", type=PATH, default=".")
@setting_options
@json_option
def show(folder: Path, as_json: bool, **flags: str | None) -> None:
    """Show each setting of the server in FOLDER, and where its value comes from."""
    from yaosu.journal.opening import place_of
    from yaosu.server.folder import settings_of
    from yaosu.server.settings import SETTINGS

    found = settings_of(known_folder(folder), flags).values
    shown = {
        name: (str(place_of(str(one.value))) if name == "journal" else one.value, one.origin)
        for name, one in found.items()
    }
    if as_json:
        say_json(
            "config/1",
            settings=[
                {"name": name, "value": value, "origin": origin, "what": SETTINGS[name].what}
                for name, (value, origin) in shown.items()
            ],
        )
        return
    rows: list[tuple[str, ...]] = [
        (name, str(value), origin) for name, (value, origin) in shown.items()
    ]
    say_table(("setting", "value", "from"), rows, set())


def known_folder(folder: Path) -> Path:
    """The folder, which must be there."""
    refuse_unless(folder.is_dir(), "cli.no_folder", path=str(folder))
    return folder


def server_module() -> Any:
    """The server, or a refusal that says what to install."""
    try:
        from yaosu.server import run
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library in {"argon2", "granian", "litestar", "prometheus_client"}:
            refuse("kernel.extra_missing", library=library, extra="server")
        raise
    return run
