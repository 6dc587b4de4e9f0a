"""``yaosu institutions``: what is shipped as data, and pages of it that can be checked."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from yaosu.cli.at_server import PLACE_OR_SERVER, AtServer, ServerPlace, asking
from yaosu.cli.institution_pages import SHELVES, Page, page_of, shelf_files
from yaosu.cli.output import json_option, say, say_json, say_table
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import tag_of

if TYPE_CHECKING:
    from yaosu.journal.opening import Place


@click.group()
def institutions() -> None:
    """List what is shipped as data, and read it with its sources."""


@institutions.command(name="list")
@json_option
def list_institutions(as_json: bool) -> None:
    """List factors, rule packs, procedures, checklists, calendars, regions and zones."""
    rows = [page_of(shelf, name) for shelf in SHELVES for name in shelf_files(shelf)]
    if as_json:
        say_json(
            "institutions-list/1",
            institutions=[
                {
                    "shelf": page.shelf,
                    "name": page.name,
                    "version": page.version,
                    "title": page.title,
                    "figures": len(page.figures),
                    "statute": page.count("statute"),
                    "public_page": page.count("public page"),
                    "assumed": page.count("assumed"),
                }
                for page in rows
            ],
        )
        return
    lines: list[tuple[str, ...]] = [
        (
            page.shelf,
            page.name,
            page.version,
            str(page.count("statute")),
            str(page.count("public page")),
            str(page.count("assumed")),
            page.title,
        )
        for page in rows
    ]
    columns = ("shelf", "name", "version", "statute", "public page", "assumed", "title")
    say_table(columns, lines, {3, 4, 5})
    say("\nhow many figures rest on a statute, on a public page, or are assumed")


@institutions.command()
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Show one institution as a page, each figure with its source and how sure it is.

    NAME is a file of a shelf, such as land, national or exit; where two shelves have one of that
    name, say which: regions/pilots.
    """
    shelf, _, bare = name.rpartition("/")
    found = [one for one in SHELVES if shelf in ("", one) and bare in shelf_files(one)]
    if not found:
        raise Refusal("cli.no_institution", name=name)
    if len(found) > 1:
        raise Refusal("cli.which_institution", name=name, shelves=", ".join(found))
    page = page_of(found[0], bare)
    if as_json:
        say_json(
            "institutions-show/1",
            shelf=page.shelf,
            name=page.name,
            version=page.version,
            title=page.title,
            head=page.head,
            figures=[
                {
                    "part": one.part,
                    "field": one.field,
                    "value": one.value,
                    "means": one.means,
                    "confidence": one.confidence,
                    "source": one.source,
                }
                for one in page.figures
            ],
            content=page.content,
        )
    else:
        _say_page(page)


@institutions.command(cls=AtServer)
@click.argument("journal", metavar="[JOURNAL]", type=PLACE_OR_SERVER)
@click.argument("names", nargs=-1, required=True)
@click.option("--as", "actor", required=True, help="The authority that adopts them.")
@click.option(
    "--propose", is_flag=True, help="Propose rules by a case, for a second party to approve."
)
@click.option("--reason", default="", help="Why they are proposed; goes on record.")
@json_option
def adopt(
    journal: "Place | ServerPlace", names: tuple[str, ...], actor: str, propose: bool,
    reason: str, as_json: bool,
) -> None:  # fmt: skip
    """Adopt institutions in the JOURNAL: regions/cn, factors/land, rules/national, or files.

    A NAME is a shelf and a shipped file of it, or a shelf and a file of your own that ends in
    .toml, such as procedures/ours.toml. They are adopted in an order in which each finds what it
    reads; the first that is refused ends it, and those before it stand. Where the rules in force
    want a second person, --propose files a case that another party of the authority approves
    (yaosu cases complete) or refuses.
    """
    from yaosu.cli.adoption import adopting, proposal_of
    from yaosu.door import Venue

    done = []
    with asking(journal) as (venue, size):
        key = f"cli-adopt-{size}"  # asked again, the same words are a new question
        for asked in adopting(names, Path(), actor, key):
            command, what = asked, asked.key.removeprefix(f"{key}-")
            if propose:
                state = venue.state if isinstance(venue, Venue) else None
                command, what = proposal_of(state, asked, reason)
            receipt = venue.submit(command).accepted()
            done.append((receipt.sequence, tag_of(command), what))
            if not as_json:
                say(f"entry {done[-1][0]}: {done[-1][1]} {done[-1][2]}")
    if as_json:
        say_json(
            "institutions-adopt/1",
            journal=str(journal),
            adopted=[
                {"sequence": sequence, "command": command, "what": what}
                for sequence, command, what in done
            ],
        )


def _say_page(page: Page) -> None:
    say(f"{page.title} ({page.shelf}/{page.name}, version {page.version})")
    for name, value in page.head.items():
        say(f"  {name}: {value}")
    part = ""
    for one in page.figures:
        if one.part != part:
            part = one.part
            say(f"\n{part}")
        say(f"  {one.field}: {one.value}")
        if one.means:
            say(f"      {one.means}")
        if one.confidence or one.source:
            say(f"      [{one.confidence or 'not said how sure'}] {one.source or 'no source'}")
    counts = ", ".join(
        f"{page.count(word)} {said}"
        for word, said in (
            ("statute", "on a statute"),
            ("public page", "on a public page"),
            ("assumed", "assumed"),
        )
    )
    say(f"\n{len(page.figures)} figures: {counts}")
