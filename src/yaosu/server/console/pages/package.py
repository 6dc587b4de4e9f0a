"""The form of a bundle: lots of several instruments that are bought together, at one limit.

A bundle that gives something, or both takes and gives, programs send; so do they where a bundle has
more parts than the form.
"""

from collections.abc import Sequence

from yaosu.kernel.words import tag_of
from yaosu.markets.commands import SubmitOrders
from yaosu.markets.state import OPEN, Market
from yaosu.server.console.names import Names
from yaosu.server.console.pages.acts import Act, Field, Option

MECHANISMS = ("package", "package-all-or-nothing")
PARTS = 3


def bundle(market: Market, names: Names, parties: Sequence[str]) -> tuple[Act, ...]:
    """The form for the first of the reader's parties; none where the market takes no bundles."""
    if market.trading.mechanism not in MECHANISMS or not parties or market.phase != OPEN:
        return ()
    party = parties[0]
    fields = [
        Field(name="limit", kind="ticks", into="orders", row="*", label="bundle_limit"),
        Field(name="units", kind="whole", into="orders", row="*", value="1", hint="units"),
    ]
    for number in range(1, PARTS + 1):
        options = [] if number == 1 else [Option(value="", name="ask.no_choice")]
        options += [
            Option(
                value=f"{instrument} {region}",
                name=f"{instrument} · {names.region(region)}",
                gives={"instrument": instrument, "region": region, "side": 1, "package": "bundle"},
            )
            for instrument in market.instruments
            for region in market.regions
        ]
        row = str(number)
        fields.append(
            Field(
                name=f"part{number}",
                kind="given",
                into="orders",
                row=row,
                is_needed=number == 1,
                options=tuple(options),
            )
        )
        fields.append(
            Field(
                name="quantity",
                kind="whole",
                into="orders",
                row=row,
                is_needed=number == 1,
                label="part_lots",
            )
        )
    return (
        Act(
            name="bundle",
            command=tag_of(SubmitOrders),
            fixed={"actor": party, "market": market.market},
            party=names.party(party),
            fields=tuple(fields),
            fresh="batch",
            tick=market.trading.tick_minor,
            digits=names.digits,
            tables=("orders",),
        ),
    )
