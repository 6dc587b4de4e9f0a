"""``yaosu rights``: titles, their history, certificates of them, and the register of pledges."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from yaosu.cli.at_server import PLACE_OR_SERVER, AtServer, ServerPlace, answered
from yaosu.cli.files import read_bytes, write_whole
from yaosu.cli.outlines import outlines
from yaosu.cli.output import (
    CHECK_FAILED,
    DONE,
    PATH,
    json_option,
    say,
    say_json,
    say_table,
)
from yaosu.cli.proofs import read_verifier_key
from yaosu.kernel.instant import format_instant
from yaosu.kernel.refusal import refuse_unless

if TYPE_CHECKING:
    from yaosu.journal.opening import Place
    from yaosu.rights.title_chain import TitleChain

GOOD = ("valid", "burdened")
LANGUAGES = ("en", "zh")
journal_argument = click.argument("journal", metavar="[JOURNAL]", type=PLACE_OR_SERVER)


@click.group()
def rights() -> None:
    """Tell the history of a title, make and check certificates of it, list pledges."""


rights.add_command(outlines)


@rights.command(cls=AtServer)
@journal_argument
@click.argument("name", metavar="ID")
@click.option("--at", "at", metavar="INSTANT", help="As the register stood then.")
@click.option("--svg", type=PATH, help="File for a drawing of the chain.")
@json_option
def show(
    journal: "Place | ServerPlace", name: str, at: str | None, svg: Path | None, as_json: bool
) -> None:
    """Draw the chain of a right, or of every right on a unit, with the ID, in the JOURNAL.

    The ID may be a registration number (factor/region/year/running): then of the rights that the
    register entry with this number concerns.

    Every register entry that leads to it, oldest first: who, what, when, by which document and
    under which rules; over splits, mergers and title transfers back to the first; with what hangs
    below it.
    """
    from yaosu.rights.title_chain import TitleChain
    from yaosu.rights.title_drawing import draw_chain

    said = answered(journal, "rights.show", name=name, at=at)
    chains = msgspec.convert(said, list[TitleChain])
    if svg is not None:
        refuse_unless(len(chains) == 1, "cli.one_right", name=name, count=len(chains))
        write_whole(svg, draw_chain(chains[0]).encode())
    if as_json:
        drawn = None if svg is None else str(svg)
        say_json("rights-show/1", journal=str(journal), at=at, chains=said, svg=drawn)
        return
    if not chains:
        say(f"no right stands on unit {name} any more")
    for chain in chains:
        _say_chain(chain)
    if svg is not None:
        say(f"drawn in {svg}")


@rights.command("list", cls=AtServer)
@journal_argument
@click.option("--at", "at", metavar="INSTANT", help="As the register stood then.")
@click.option("--holder", default="", help="Of this party.")
@click.option("--unit", default="", help="On this unit.")
@click.option("--kind", default="", help="Of this kind.")
@click.option("--region", default="", help="On units that lie in this region.")
@json_option
def list_rights(
    journal: "Place | ServerPlace",
    at: str | None,
    holder: str,
    unit: str,
    kind: str,
    region: str,
    as_json: bool,
) -> None:
    """List the rights in the JOURNAL that stand, of all or by name; looked up by index."""
    named = {"holder": holder, "unit": unit, "kind": kind, "region": region}
    rows = answered(journal, "rights.list", at=at, **named)
    if as_json:
        say_json("rights-list/1", journal=str(journal), at=at, rights=rows)
        return
    head = ("right", "unit", "factor", "region", "kind", "share", "lots", "holder")
    say_table(head, [tuple(str(row[name]) for name in head) for row in rows], {6})


@rights.command(cls=AtServer)
@journal_argument
@click.option("--at", "at", metavar="INSTANT", help="As the register stood then.")
@click.option("--holder", help="Only rights that this party gave.")
@click.option("--creditor", help="Only pledges for this party.")
@json_option
def pledges(
    journal: "Place | ServerPlace",
    at: str | None,
    holder: str | None,
    creditor: str | None,
    as_json: bool,
) -> None:
    """List the pledges of all factors in the JOURNAL that stand, with their rank."""
    rows = answered(journal, "rights.pledges", at=at, holder=holder, creditor=creditor)
    if as_json:
        say_json("rights-pledges/1", journal=str(journal), at=at, pledges=rows)
        return
    lines: list[tuple[str, ...]] = [
        (
            row["right"], str(row["rank"]), row["holder"], row["creditor"],
            str(row["amount_minor"]), format_instant(row["at"]), row["entry"],
        )
        for row in rows
    ]  # fmt: skip
    head = ("right", "rank", "holder", "creditor", "amount", "since", "entry")
    say_table(head, lines, {1, 4})


@rights.command(cls=AtServer)
@journal_argument
@json_option
def classes(journal: "Place | ServerPlace", as_json: bool) -> int:
    """List every asset of rights in the JOURNAL by its class in the ledger.

    Ends with 3 where a unit of one class stands in another, which never should be.
    """
    rows = answered(journal, "rights.classes")
    leaks = sum(row["leaks"] for row in rows)
    if as_json:
        say_json("rights-classes/1", journal=str(journal), leaks=leaks, assets=rows)
        return CHECK_FAILED if leaks else DONE
    lines: list[tuple[str, ...]] = [
        (row["label"] or "general", row["factor"], row["instrument"], str(row["lots"]))
        for row in rows
    ]
    say_table(("class", "factor", "asset", "lots"), lines, {3})
    say(f"{leaks} units stand in a class that is not theirs")
    return CHECK_FAILED if leaks else DONE


@rights.command(cls=AtServer)
@journal_argument
@click.argument("unit")
@json_option
def values(journal: "Place | ServerPlace", unit: str, as_json: bool) -> int:
    """List what was found of the value and quality of a UNIT, and compute each figure again.

    Ends with 3 where a figure on record is not what its inputs give.
    """
    rows = answered(journal, "rights.values", unit=unit)
    is_good = all(row["recomputed"] == row["result"] for row in rows)
    if as_json:
        say_json("rights-values/1", journal=str(journal), unit=unit, assessments=rows)
        return DONE if is_good else CHECK_FAILED
    for row in rows:
        again = "the same again" if row["recomputed"] == row["result"] else "NOT the same again"
        say(f"{row['id']} v{row.get('version', 1)}: {row['method']} {row['result']}, {again}")
        say(f"  by {row['assessor']}, {row['age_days']} days old")
        say(f"  from {', '.join(f'{name} {value}' for name, value in row['inputs'].items())}")
    return DONE if is_good else CHECK_FAILED


@rights.command(cls=AtServer)
@journal_argument
@click.argument("right")
@click.option("--key", type=PATH, help="The venue's signing key; a server has its own.")
@click.option("--out", type=PATH, help="File for the certificate as JSON.")
@click.option("--pdf", type=PATH, help="File for it as a PDF, with the JSON in it.")
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default=LANGUAGES[0],
    show_default=True,
    help="Of the PDF.",
)
@click.option("--address", default="", help="Of the venue's server, for the QR code of the PDF.")
@json_option
def certificate(
    journal: "Place | ServerPlace",
    right: str,
    key: Path | None,
    out: Path | None,
    pdf: Path | None,
    language: str,
    address: str,
    as_json: bool,
) -> None:
    """Sign what the register of the JOURNAL says of a RIGHT, for anybody to check offline.

    Of a journal at hand it is signed with --key; a server signs with the key of its own.
    """
    from yaosu.cli.title_certificates import sign_here, sign_there

    if out is None and pdf is None:
        raise click.UsageError("give --out, --pdf, or both")
    if isinstance(journal, ServerPlace):
        if key is not None or address:
            raise click.UsageError("a server signs by itself: leave --key and --address out")
        extract = sign_there(journal, right, out, pdf, language)
    elif key is None:
        raise click.UsageError("give --key, the venue's signing key")
    else:
        extract = sign_here(journal, right, key, out, pdf, language, address)
    files = [str(path) for path in (out, pdf) if path is not None]
    if as_json:
        said = msgspec.to_builtins(extract)
        names = {"out": None if out is None else str(out), "pdf": None if pdf is None else str(pdf)}
        say_json("rights-certificate/1", journal=str(journal), **names, extract=said)
        return
    what = f"certificate of right {right}, version {extract.version}, held by {extract.holder}"
    say(f"{' and '.join(files)}: {what}")


@rights.command(cls=AtServer)
@click.argument("certificate_file", metavar="CERTIFICATE", type=PATH)
@click.option("--vkey", required=True, help="The venue's verifier key, or a file that holds it.")
@click.option("--journal", type=PLACE_OR_SERVER, help="Also ask the register how it stands.")
@json_option
def check(
    certificate_file: Path, vkey: str, journal: "Place | ServerPlace | None", as_json: bool
) -> int:
    """Check a CERTIFICATE by the public key alone; with --journal also whether it still holds.

    The CERTIFICATE is a file of JSON, or a PDF: of a PDF every byte is under the signature. With
    --journal or --server the key may be another that the venue named before or after --vkey: one
    that was in force when the certificate was issued.

    Ends with 3 where the certificate is damaged, signed by another, or with a key that was not in
    force at its date, and where the register says that the right was revoked, has expired, has
    another version or was replaced.
    """
    from yaosu.cli.title_certificates import check_title_certificate

    checked = check_title_certificate(
        read_bytes(certificate_file), read_verifier_key(vkey), journal
    )
    extract, status, key = checked.extract, checked.status, checked.key
    is_good = status is None or status.status in GOOD
    if as_json:
        say_json(
            "rights-check/1",
            certificate=str(certificate_file),
            verdict="signed",
            extract=msgspec.to_builtins(extract),
            status=None if status is None else msgspec.to_builtins(status),
            key=None if key is None else msgspec.to_builtins(key),
        )
        return DONE if is_good else CHECK_FAILED
    say(f"signed: right {extract.right}, version {extract.version}, held by {extract.holder}")
    say(f"  {extract.share} of {extract.unit} ({extract.lots} lots), {extract.factor}")
    if extract.number:
        say(f"  registered under {extract.number}")
    say(f"  as of entry {extract.sequence}, {format_instant(extract.issued)}")
    for burden in extract.burdens:
        say(f"  burdened by {burden}")
    if status is None:
        say("  not asked of the register: give --journal to learn whether it still holds")
    else:
        since = f" by {status.kind} {status.entry}" if status.entry else ""
        say(f"  the register says: {status.status}{since}")
    if key is not None:
        until = f" until {format_instant(key.until)}" if key.until else ", which still is"
        say(f"  signed with the key in force{until}: {key.vkey}")
    return DONE if is_good else CHECK_FAILED


def _say_chain(chain: "TitleChain") -> None:
    from yaosu.rights.title_drawing import words_of

    say(f"right {chain.right}: {chain.state}")
    say(f"  {chain.kind}, {chain.share} of {chain.unit}, held by {chain.holder}")
    say(f"  {chain.quantity} {chain.measurement}, {chain.factor}, {chain.region}")
    end = format_instant(chain.term_to) if chain.term_to else "without end"
    say(f"  from {format_instant(chain.term_from)} to {end}")
    if chain.producer:
        say(f"  made by {chain.producer}")
    if chain.old_number:
        say(f"  taken over as {chain.old_number}, not examined")
    if chain.fragments:
        say(f"  made of {', '.join(chain.fragments)}")
    if chain.above:
        say(f"  hangs on {', '.join(chain.above)}")
    for step in chain.steps:
        what, who, ground = words_of(step)
        say(f"{format_instant(step.at)}  {step.kind} {step.zh}, number {step.number}")
        say(f"    {what}")
        say(f"    {who}")
        say(f"    {ground}")
    for one in chain.below:
        say(f"below it: {one.right}, {one.kind} of {one.unit}, {one.holder}: {one.state}")
