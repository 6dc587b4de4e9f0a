"""``yaosu rights``: titles, their history, certificates of them, and the register of pledges."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from yaosu.cli.files import read_bytes, read_text, write_whole
from yaosu.cli.outlines import outlines
from yaosu.cli.output import (
    CHECK_FAILED,
    DONE,
    PATH,
    json_option,
    progress,
    say,
    say_json,
    say_table,
)
from yaosu.cli.proofs import read_signing_key, read_verifier_key
from yaosu.cli.verify import journal_place, open_journal
from yaosu.kernel.instant import format_instant, parse_instant
from yaosu.kernel.refusal import refuse_unless

if TYPE_CHECKING:
    from yaosu.core import State
    from yaosu.journal.opening import Place
    from yaosu.rights.title_chain import TitleChain

GOOD = ("valid", "burdened")
LANGUAGES = ("en", "zh")


@click.group()
def rights() -> None:
    """Tell the history of a title, make and check certificates of it, list pledges."""


rights.add_command(outlines)


@rights.command()
@click.argument("journal", type=journal_place)
@click.argument("name", metavar="ID")
@click.option("--at", "at", metavar="INSTANT", help="As the register stood then.")
@click.option("--svg", type=PATH, help="File for a drawing of the chain.")
@json_option
def show(journal: "Place", name: str, at: str | None, svg: Path | None, as_json: bool) -> None:
    """Draw the chain of a right, or of every right on a unit, with the ID, in the JOURNAL.

    The ID may be a registration number (factor/region/year/running): then of the rights that the
    register entry with this number concerns.

    Every register entry that leads to it, oldest first: who, what, when, by which document and
    under which rules; over splits, mergers and title transfers back to the first; with what hangs
    below it.
    """
    from yaosu.rights.title_chain import rights_of_number, rights_of_unit, title_chain
    from yaosu.rights.title_drawing import draw_chain

    state = _state_at(journal, at)[0]
    if name in state.rights.rights:
        known = [name]
    elif name in state.rights.units:
        known = rights_of_unit(state.rights, name)
    else:
        known = rights_of_number(state.rights, name)
        refuse_unless(known, "rights.unknown_thing", about=name)
    chains = [title_chain(state, one) for one in known]
    if svg is not None:
        refuse_unless(len(chains) == 1, "cli.one_right", name=name, count=len(chains))
        write_whole(svg, draw_chain(chains[0]).encode())
    if as_json:
        said = [msgspec.to_builtins(chain) for chain in chains]
        drawn = None if svg is None else str(svg)
        say_json("rights-show/1", journal=str(journal), at=at, chains=said, svg=drawn)
        return
    if not chains:
        say(f"no right stands on unit {name} any more")
    for chain in chains:
        _say_chain(chain)
    if svg is not None:
        say(f"drawn in {svg}")


@rights.command("list")
@click.argument("journal", type=journal_place)
@click.option("--at", "at", metavar="INSTANT", help="As the register stood then.")
@click.option("--holder", default="", help="Of this party.")
@click.option("--unit", default="", help="On this unit.")
@click.option("--kind", default="", help="Of this kind.")
@click.option("--region", default="", help="On units that lie in this region.")
@json_option
def list_rights(
    journal: "Place", at: str | None, holder: str, unit: str, kind: str, region: str, as_json: bool
) -> None:
    """List the rights in the JOURNAL that stand, of all or by name; looked up by index."""
    from yaosu.rights.views import rights as all_rights
    from yaosu.rights.views import rights_by

    state = _state_at(journal, at)[0].rights
    named = {"holder": holder, "unit": unit, "kind": kind, "region": region}
    table = rights_by(state, **named) if any(named.values()) else all_rights(state)
    rows = list(table.iterate())
    if as_json:
        say_json("rights-list/1", journal=str(journal), at=at, rights=rows)
        return
    head = ("right", "unit", "factor", "region", "kind", "share", "lots", "holder")
    say_table(head, [tuple(str(row[name]) for name in head) for row in rows], {6})


@rights.command()
@click.argument("journal", type=journal_place)
@click.option("--at", "at", metavar="INSTANT", help="As the register stood then.")
@click.option("--holder", help="Only rights that this party gave.")
@click.option("--creditor", help="Only pledges for this party.")
@json_option
def pledges(
    journal: "Place", at: str | None, holder: str | None, creditor: str | None, as_json: bool
) -> None:
    """List the pledges of all factors in the JOURNAL that stand, with their rank."""
    from yaosu.rights.views import pledges as pledges_of

    state = _state_at(journal, at)[0]
    rows = [
        row
        for row in pledges_of(state).iterate()
        if holder in (None, row["holder"]) and creditor in (None, row["creditor"])
    ]
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


@rights.command()
@click.argument("journal", type=journal_place)
@json_option
def classes(journal: "Place", as_json: bool) -> int:
    """List every asset of rights in the JOURNAL by its class in the ledger.

    Ends with 3 where a unit of one class stands in another, which never should be.
    """
    from yaosu.rights.views import ledger_classes

    rows = list(ledger_classes(_state_at(journal, None)[0]).iterate())
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


@rights.command()
@click.argument("journal", type=journal_place)
@click.argument("unit")
@json_option
def values(journal: "Place", unit: str, as_json: bool) -> int:
    """List what was found of the value and quality of a UNIT, and compute each figure again.

    Ends with 3 where a figure on record is not what its inputs give.
    """
    from yaosu.rights.assessing import age_days, assessments_of, recomputed

    state = _state_at(journal, None)[0]
    refuse_unless(unit in state.rights.units, "rights.unknown_unit", unit=unit)
    rows = [
        {
            **msgspec.to_builtins(one),
            "recomputed": recomputed(one),
            "age_days": age_days(one, state.now),
        }
        for one in assessments_of(state.rights, unit)
    ]
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


@rights.command()
@click.argument("journal", type=journal_place)
@click.argument("right")
@click.option("--key", type=PATH, required=True, help="The venue's signing key.")
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
    journal: "Place",
    right: str,
    key: Path,
    out: Path | None,
    pdf: Path | None,
    language: str,
    address: str,
    as_json: bool,
) -> None:
    """Sign what the register of the JOURNAL says of a RIGHT, for anybody to check offline."""
    from yaosu.engine.keys import check_may_sign, keys_named
    from yaosu.rights.title_certificate import extract_title, make_title_certificate

    if out is None and pdf is None:
        raise click.UsageError("give --out, --pdf, or both")
    signing = read_signing_key(key)
    assert signing.algorithm == "Ed25519", signing.algorithm  # the one kind that keys are made of
    state, sequence, root = _state_at(journal, None)
    with open_journal(journal) as store:
        check_may_sign(keys_named(store.read()), signing.verifier)
    venue = state.parties.venue
    assert venue is not None, "a journal begins with its venue"
    extract = extract_title(state.rights, venue.id, right, sequence, root, state.now)
    if pdf is not None:
        from yaosu.workers.titles.face import face_of
        from yaosu.workers.titles.paper import make_title_paper

        face = face_of(state, extract, language)
        write_whole(pdf, make_title_paper(face, extract, signing.secret, address))
    if out is not None:
        write_whole(out, make_title_certificate(extract, signing.secret).encode())
    files = [str(path) for path in (out, pdf) if path is not None]
    if as_json:
        said = msgspec.to_builtins(extract)
        names = {"out": None if out is None else str(out), "pdf": None if pdf is None else str(pdf)}
        say_json("rights-certificate/1", journal=str(journal), **names, extract=said)
        return
    what = f"certificate of right {right}, version {extract.version}, held by {extract.holder}"
    say(f"{' and '.join(files)}: {what}")


@rights.command()
@click.argument("certificate_file", metavar="CERTIFICATE", type=PATH)
@click.option("--vkey", required=True, help="The venue's verifier key, or a file that holds it.")
@click.option("--journal", type=journal_place, help="Also ask the register how it stands.")
@json_option
def check(certificate_file: Path, vkey: str, journal: "Place | None", as_json: bool) -> int:
    """Check a CERTIFICATE by the public key alone; with --journal also whether it still holds.

    The CERTIFICATE is a file of JSON, or a PDF: of a PDF every byte is under the signature.

    Ends with 3 where the certificate is damaged or signed by another, and where the register says
    that the right was revoked, has expired, has another version or was replaced.
    """
    from yaosu.rights.title_certificate import verify_title_certificate
    from yaosu.rights.title_status import certificate_status

    public = read_verifier_key(vkey).public
    extract = verify_title_certificate(_read_certificate(certificate_file, public), public)
    status = None
    if journal is not None:
        state, _, _ = _state_at(journal, None)
        _check_history(journal, extract.sequence, extract.journal_root)
        status = certificate_status(state, extract)
    is_good = status is None or status.status in GOOD
    if as_json:
        say_json(
            "rights-check/1",
            certificate=str(certificate_file),
            verdict="signed",
            extract=msgspec.to_builtins(extract),
            status=None if status is None else msgspec.to_builtins(status),
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
    return DONE if is_good else CHECK_FAILED


def _read_certificate(path: Path, public: bytes) -> str:
    """The certificate as text: of a PDF the one in it, if the PDF is undamaged."""
    from yaosu.rights.title_paper import is_paper, verify_title_paper

    data = read_bytes(path)
    return verify_title_paper(data, public) if is_paper(data) else read_text(path)


def _state_at(journal: "Place", at: str | None) -> "tuple[State, int, str]":
    """The state up to an instant, the number of its last entry and the root up to there, hex."""
    from yaosu.core import State
    from yaosu.engine.recovery import fold
    from yaosu.journal.merkle import root_of

    state, last = State(), -1
    until = None if at is None else parse_instant(at)
    with open_journal(journal) as store:
        entries = iter(store.read())

        def wanted() -> Any:
            for entry in entries:
                if until is not None and entry.header.instant > until:
                    return
                yield entry

        with progress("reading", store.size) as step:
            for entry, _ in fold(store, state, entries=wanted()):
                last = entry.header.sequence
                step(1)
        refuse_unless(last >= 0, "cli.nothing_then", path=str(journal), at=at or "now")
        root = root_of(store.hashes(0, last)).hex()
    state.now = until if until is not None else state.now
    return state, last, root


def _check_history(journal: "Place", sequence: int, root: str) -> None:
    from yaosu.journal.merkle import root_of

    with open_journal(journal) as store:
        is_there = sequence < store.size
        is_same = is_there and root_of(store.hashes(0, sequence)).hex() == root
    refuse_unless(is_same, "rights.other_register", sequence=sequence)


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
