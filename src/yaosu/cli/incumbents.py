"""Results on the way to a better one, a line each as it comes."""

from decimal import Decimal
from typing import Any

import click

from yaosu.cli.tables import in_units

HUNDRED = 10_000  # parts of a million in one of a hundred


def check_watch(mechanism: str, watch: bool, stop_at_gap: float | None) -> None:
    """Refuse to watch a mechanism that has one result only."""
    from yaosu.kernel.refusal import found
    from yaosu.markets.mechanisms import MECHANISMS, mechanism_named

    if watch or stop_at_gap is not None:
        known = ", ".join(name for name, row in MECHANISMS.items() if row.stream is not None)
        stream = mechanism_named(mechanism).stream
        found(stream, "markets.no_incumbents", name=mechanism, known=known)


def clear_and_tell(
    book: Any,
    network: Any,
    mechanism: str,
    value: Decimal,
    stop_at_gap: float | None,
    parameters: dict[str, Any],
) -> tuple[Any, list[dict[str, Any]]]:
    """The clearing where the search ended or the gap was narrow enough, and all before it, told.

    Args:
        value: money in one tick of one lot.
        stop_at_gap: in parts of a hundred of the welfare.
    """
    from yaosu.direct import incumbents

    told: list[dict[str, Any]] = []
    for found in incumbents(book, network, mechanism, **parameters):
        one = {
            "work": found.work,
            "welfare": in_units(found.clearing.welfare, value),
            "bound": in_units(found.bound, value),
            "bound_proved": in_units(found.clearing.certificate.dual, value),
            "gap_ppm": found.gap_ppm if found.clearing.welfare else None,
        }
        told.append(one)
        gap = f"{found.gap_ppm / HUNDRED:.2f} %" if found.clearing.welfare else "open"
        line = f"work {one['work']}: welfare {one['welfare']}, at most {one['bound']}, gap {gap}"
        click.echo(f"{line} (proved: at most {one['bound_proved']})", err=True)
        if stop_at_gap is not None and found.gap_ppm <= stop_at_gap * HUNDRED:
            break
    return found.clearing, told
