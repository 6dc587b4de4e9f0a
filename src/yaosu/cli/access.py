"""``yaosu access``: who may come in and at what cost, what counts as what, and how one leaves."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from yaosu.cli.at_server import PLACE_OR_SERVER, AtServer, ServerPlace, answered
from yaosu.cli.files import read_text
from yaosu.cli.output import PATH, json_option, say, say_json, say_table
from yaosu.cli.scenario import institution_text
from yaosu.cli.state_tables import say_rows

if TYPE_CHECKING:
    from yaosu.journal.opening import Place

journal_argument = click.argument("journal", metavar="[JOURNAL]", type=PLACE_OR_SERVER)
TABLES = (
    "admissions", "recognitions", "grades", "resolutions", "powers", "attestations", "doubtful",
)  # fmt: skip


@click.group()
def access() -> None:
    """See who may come in and at what cost, what counts as what, what keeps one from leaving."""


@access.command("list", cls=AtServer)
@journal_argument
@click.argument("what", type=click.Choice(TABLES))
@json_option
def list_them(journal: "Place | ServerPlace", what: str, as_json: bool) -> None:
    """List admissions, recognitions, grades, resolutions, powers, attestations, or what is doubtful
    because it rests on an attestation that was found false."""
    rows = answered(journal, "access.list", what=what)
    say_rows("access-list/1", journal, rows, as_json, what=what)


@access.command("exit", cls=AtServer)
@journal_argument
@click.argument("party")
@click.option("--factor", default="", help="Only what keeps it in this factor.")
@json_option
def leave(journal: "Place | ServerPlace", party: str, factor: str, as_json: bool) -> None:
    """Tell what keeps a PARTY from leaving, step by step."""
    steps = answered(journal, "access.exit", party=party, factor=factor)
    if as_json:
        say_json("access-exit/1", journal=str(journal), party=party, steps=steps)
        return
    lines: list[tuple[str, ...]] = [
        (one["step"], "; ".join(one["open"]) or "nothing", "" if one["done"] else one["what_next"])
        for one in steps
    ]
    say_table(("step", "open", "what next"), lines, set())


@access.command("limits", cls=AtServer)
@journal_argument
@click.argument("parties", nargs=-1)
@json_option
def limits(journal: "Place | ServerPlace", parties: tuple[str, ...], as_json: bool) -> None:
    """Tell how much of each limit PARTIES (everybody) have used, what is left, and by what.

    What an order, a bid, a deal or a contract will bring counts as it was promised.
    """
    rows = answered(journal, "access.limits", parties=list(parties))
    say_rows("access-limits/1", journal, rows, as_json)


@access.command("entry-cost", cls=AtServer)
@journal_argument
@click.argument("factor")
@click.option("--role", default="bidder", show_default=True, help="Role to be admitted to.")
@click.option("--sizes", type=PATH, help="TOML file of size classes; the shipped one else.")
@json_option
def cost(
    journal: "Place | ServerPlace", factor: str, role: str, sizes: Path | None, as_json: bool
) -> None:
    """Report steps, documents, days and deposit of a first trade in FACTOR, by size class.

    Thresholds that only larger classes meet are named.
    """
    text = read_text(sizes) if sizes else institution_text(Path(), "sizes", "cn")
    rows = answered(journal, "access.entry-cost", factor=factor, role=role, sizes=text)
    say_rows("access-entry-cost/1", journal, rows, as_json, factor=factor, role=role)


@access.command("equal-use", cls=AtServer)
@journal_argument
@click.option("--by", default="", help="Instead: what became of cases, by this fact of parties.")
@json_option
def equal(journal: "Place | ServerPlace", by: str, as_json: bool) -> None:
    """Put equal requests to the rules with every owner type and size, and tell what differs."""
    rows = answered(journal, "access.equal-use", by=by)
    say_rows("access-equal-use/1", journal, rows, as_json, by=by)
    if not by and not as_json:
        total = sum(row["differ"] for row in rows)
        say(f"\n{total or 'no'} requests were answered otherwise for owner type or size")


@access.command("friction", cls=AtServer)
@journal_argument
@click.argument("market")
@click.option("--price", type=click.IntRange(min=0), default=1, show_default=True,
              help="Places down the own list for each entitlement lost.")  # fmt: skip
@click.option("--seed", default="00" * 32, help="64 hex digits for the draw.")
@json_option
def friction(
    journal: "Place | ServerPlace", market: str, price: int, seed: str, as_json: bool
) -> None:
    """Report what it costs in a MARKET that matches that entitlements do not go along on moving."""
    rows = answered(journal, "access.friction", market=market, price=price, seed=seed)
    say_rows("access-friction/1", journal, rows, as_json, market=market, price=price)
