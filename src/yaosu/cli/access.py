"""``yaosu access``: who may come in and at what cost, what counts as what, and how one leaves."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from yaosu.cli.files import read_text
from yaosu.cli.output import PATH, json_option, say, say_json, say_table
from yaosu.cli.scenario import institution_text
from yaosu.cli.state_tables import read_state, say_columns
from yaosu.cli.verify import journal_place

if TYPE_CHECKING:
    from yaosu.journal.opening import Place

journal_argument = click.argument("journal", type=journal_place)
TABLES = (
    "admissions", "recognitions", "grades", "resolutions", "powers", "attestations", "doubtful",
)  # fmt: skip


@click.group()
def access() -> None:
    """See who may come in and at what cost, what counts as what, what keeps one from leaving."""


@access.command("list")
@journal_argument
@click.argument("what", type=click.Choice(TABLES))
@json_option
def list_them(journal: "Place", what: str, as_json: bool) -> None:
    """List admissions, recognitions, grades, resolutions, powers, attestations, or what is doubtful
    because it rests on an attestation that was found false."""
    from yaosu.access import views as access_views
    from yaosu.parties import views as parties_views

    state = read_state(journal)
    table = {
        "admissions": lambda: access_views.admissions(state.access),
        "recognitions": lambda: access_views.recognitions(state.access),
        "grades": lambda: access_views.grades(state.access, state.now),
        "resolutions": lambda: parties_views.resolutions(state.parties),
        "powers": lambda: parties_views.powers(state.parties, state.now),
        "attestations": lambda: parties_views.attestations(state.parties),
        "doubtful": lambda: parties_views.doubtful(state.parties),
    }[what]()
    say_columns("access-list/1", journal, table, as_json, what=what)


@access.command("exit")
@journal_argument
@click.argument("party")
@click.option("--factor", default="", help="Only what keeps it in this factor.")
@json_option
def leave(journal: "Place", party: str, factor: str, as_json: bool) -> None:
    """Tell what keeps a PARTY from leaving, step by step."""
    from yaosu.access.exit import exit_page
    from yaosu.parties.decide import party_of

    state = read_state(journal)
    party_of(state, party)
    steps = exit_page(state, party, factor)
    if as_json:
        rows = [
            {"step": s.step, "done": s.is_done, "open": list(s.open), "what_next": s.what_next}
            for s in steps
        ]
        say_json("access-exit/1", journal=str(journal), party=party, steps=rows)
        return
    say_table(
        ("step", "open", "what next"),
        [(s.step, "; ".join(s.open) or "nothing", "" if s.is_done else s.what_next) for s in steps],
        set(),
    )


@access.command("limits")
@journal_argument
@click.argument("parties", nargs=-1)
@json_option
def limits(journal: "Place", parties: tuple[str, ...], as_json: bool) -> None:
    """Tell how much of each limit PARTIES (everybody) have used, what is left, and by what.

    What an order, a bid, a deal or a contract will bring counts as it was promised.
    """
    from yaosu.access.limit_views import limits_page
    from yaosu.parties.decide import party_of

    state = read_state(journal)
    for party in parties:
        party_of(state, party)
    table = limits_page(state, sorted(set(parties)) or None)
    say_columns("access-limits/1", journal, table, as_json)


@access.command("entry-cost")
@journal_argument
@click.argument("factor")
@click.option("--role", default="bidder", show_default=True, help="Role to be admitted to.")
@click.option("--sizes", type=PATH, help="TOML file of size classes; the shipped one else.")
@json_option
def cost(journal: "Place", factor: str, role: str, sizes: Path | None, as_json: bool) -> None:
    """Report steps, documents, days and deposit of a first trade in FACTOR, by size class.

    Thresholds that only larger classes meet are named.
    """
    from yaosu.evaluation.entry_cost import entry_cost, parse_sizes

    text = read_text(sizes) if sizes else institution_text(Path(), "sizes", "cn")
    state = read_state(journal)
    table = entry_cost(state, factor, role, parse_sizes(text))
    say_columns("access-entry-cost/1", journal, table, as_json, factor=factor, role=role)


@access.command("equal-use")
@journal_argument
@click.option("--by", default="", help="Instead: what became of cases, by this fact of parties.")
@json_option
def equal(journal: "Place", by: str, as_json: bool) -> None:
    """Put equal requests to the rules with every owner type and size, and tell what differs."""
    from yaosu.evaluation.equal_use import equal_use, treatment

    state = read_state(journal)
    table = treatment(state, by) if by else equal_use(state)
    say_columns("access-equal-use/1", journal, table, as_json, by=by)
    if not by and not as_json:
        total = int(table["differ"].sum())
        say(f"\n{total or 'no'} requests were answered otherwise for owner type or size")


@access.command("friction")
@journal_argument
@click.argument("market")
@click.option("--price", type=click.IntRange(min=0), default=1, show_default=True,
              help="Places down the own list for each entitlement lost.")  # fmt: skip
@click.option("--seed", default="00" * 32, help="64 hex digits for the draw.")
@json_option
def friction(journal: "Place", market: str, price: int, seed: str, as_json: bool) -> None:
    """Report what it costs in a MARKET that matches that entitlements do not go along on moving."""
    from yaosu.evaluation.portability import friction_in_market

    table = friction_in_market(read_state(journal), market, price, seed)
    say_columns("access-friction/1", journal, table, as_json, market=market, price=price)
