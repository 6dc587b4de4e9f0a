"""``yaosu check``: is a clearing what the rule makes of these orders? Without a solver."""

from pathlib import Path

import click

from yaosu.cli.blocks import parts_of
from yaosu.cli.chunks import fills_of_parts
from yaosu.cli.clear import CLEARING_FILE, read_given, read_terms
from yaosu.cli.files import read_bytes
from yaosu.cli.output import PATH, json_option, progress, say, say_json
from yaosu.cli.tables import EXACT, in_units, unit_of
from yaosu.kernel import canonical


@click.command()
@click.argument("orders", type=PATH)
@click.option("--network", "links", type=PATH, help="Links between regions.")
@click.option("--result", type=PATH, required=True, help="Folder of `clear`.")
@click.option("--terms", type=PATH, help="Parameters that it was cleared with (TOML).")
@click.option("--tick", default="1", show_default=True, help="Smallest step of a price.")
@click.option("--lot", default="1", show_default=True, help="Smallest tradable quantity.")
@json_option
def check(
    orders: Path,
    links: Path | None,
    result: Path,
    terms: Path | None,
    tick: str,
    lot: str,
    as_json: bool,
) -> None:
    """Check a clearing against the ORDERS it claims to be of.

    Reads clearing.bin in the result folder, and the fills where they were written in chunks.
    Limits, balances, prices, shares at the margin and money are recomputed from the orders in one
    pass; the clearing certificate does the rest.
    Ends with 3 where something does not hold.
    """
    tick_size, lot_size = unit_of("--tick", tick), unit_of("--lot", lot)
    from yaosu.direct import verify_clearing
    from yaosu.markets.clearing import Clearing

    with progress("reading", None):
        clearing = canonical.decode(read_bytes(result / CLEARING_FILE), Clearing)
        if (result / "fills").is_dir():
            clearing = fills_of_parts(result, clearing, tick_size, lot_size)
        book, network = read_given(clearing.mechanism, orders, links, tick_size, lot_size)
    parameters = read_terms(terms, clearing.mechanism)
    with progress("checking", None):
        orders_given, more = parts_of(book)
        verify_clearing(orders_given, network, clearing, parameters, **more)
    certificate = clearing.certificate
    is_bound = certificate.primal == certificate.dual and "bound" not in certificate.not_proved
    is_most = ", the most there is" if is_bound else ""
    welfare = in_units(clearing.welfare, EXACT.multiply(tick_size, lot_size))
    if as_json:
        say_json(
            "check/1",
            verdict="holds",
            rule=certificate.rule,
            proved=list(certificate.proved),
            not_proved=list(certificate.not_proved),
            volume=in_units(clearing.volume, lot_size),
            welfare=welfare,
        )
        return
    say(f"the clearing holds under {certificate.rule}")
    say(f"  welfare {welfare}{is_most}")
    say(f"  proved: {', '.join(certificate.proved)}")
    if certificate.not_proved:
        say(f"  not proved: {', '.join(certificate.not_proved)}")
