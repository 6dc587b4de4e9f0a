"""Forms of orders that are more than one: bundles, and blocks of a call auction.

A bundle is several instruments at one limit, bought, sold, or one for the other. A block is several
orders of one side that stand or fall together. What has more parts, programs send.
"""

from collections.abc import Sequence

from yaosu.core import State
from yaosu.kernel.words import tag_of
from yaosu.markets.blocks import NO_INCOME
from yaosu.markets.commands import SubmitOrders
from yaosu.markets.mechanisms.call_block_orders import WHOLE
from yaosu.markets.state import OPEN, Market
from yaosu.server.console.names import Names
from yaosu.server.console.pages.acts import Act, Field, Option
from yaosu.server.console.pages.ticket import Offerable, offerable
from yaosu.server.console.words import Say, say_in

MECHANISMS = ("package", "package-all-or-nothing")
BLOCKS = "call"  # the mechanism that takes blocks
PARTS = 4
LEGS = ("a1", "a2", "a3", "b1", "b2")  # of two blocks; the rows of a block begin with its letter
RATIOS = (100, 75, 50, 25, 10)  # percent of a block that must be filled at least
BUYS, SELLS = "side:1", "side:-1"
NOTHING = Option(value="", name="ask.no_choice")


def forms_of_several(
    state: State, market: Market, names: Names, parties: Sequence[str]
) -> tuple[Act, ...]:
    """The form for the first of the reader's parties; none where the market takes none now."""
    if not parties or market.phase != OPEN or market.session is not None:
        return ()
    party = parties[0]
    rights = tuple(offerable(state, market, party))
    if market.trading.mechanism in MECHANISMS:
        return (_act("bundle", market, names, party, _bundle(market, names, rights)),)
    if market.trading.mechanism == BLOCKS and market.trading.sealed is None:
        return (_act("block", market, names, party, _blocks(market, names, rights)),)
    return ()


def _act(name: str, market: Market, names: Names, party: str, fields: list[Field]) -> Act:
    return Act(
        name=name,
        command=tag_of(SubmitOrders),
        fixed={"actor": party, "market": market.market},
        party=names.party(party),
        fields=tuple(fields),
        fresh="batch",
        tick=market.trading.tick_minor,
        digits=names.digits,
        tables=("orders",),
    )


def _places(
    market: Market, names: Names, say: Say | None = None, **more: str | int
) -> list[Option]:
    """Every instrument in every region, to buy."""
    return [
        Option(
            value=f"{instrument} {region}",
            name=_named(say, "desk.buy", f"{instrument} · {names.region(region)}"),
            gives={"instrument": instrument, "region": region, **more},
        )
        for instrument in market.instruments
        for region in market.regions
    ]


def _held(
    rights: Sequence[Offerable], names: Names, say: Say | None = None, **more: str | int
) -> list[Option]:
    """Every right that may be sold from."""
    return [
        Option(
            value=f"right {row.right}",
            name=_named(
                say, "desk.sell", f"{row.instrument} · {names.region(row.region)} · {row.right}"
            ),
            gives={"instrument": row.instrument, "region": row.region, "right": row.right, **more},
        )
        for row in rights
    ]


def _named(say: Say | None, key: str, text: str) -> str:
    return text if say is None else f"{say(key)} {text}"


def _bundle(market: Market, names: Names, rights: Sequence[Offerable]) -> list[Field]:
    say = say_in("zh" if names.is_chinese else "en")
    fields = [
        Field(name="limit", kind="signed", into="orders", row="*", label="bundle_limit",
              hint="bundle_limit"),
        Field(name="units", kind="whole", into="orders", row="*", value="1", hint="units"),
    ]  # fmt: skip
    options = [
        *_places(market, names, say, side=1, right="", package="bundle"),
        *_held(rights, names, say, side=-1, package="bundle"),
    ]
    for number in range(1, PARTS + 1):
        fields += _leg(f"part{number}", str(number), options, "part_lots", is_needed=number == 1)
    return fields


def _leg(
    name: str, row: str, options: Sequence[Option], lots: str, *, is_needed: bool
) -> list[Field]:
    return [
        Field(
            name=name,
            kind="given",
            into="orders",
            row=row,
            is_needed=is_needed,
            options=tuple(options) if is_needed else (NOTHING, *options),
        ),
        Field(
            name="quantity", kind="whole", into="orders", row=row, is_needed=is_needed, label=lots
        ),
    ]


def _blocks(market: Market, names: Names, rights: Sequence[Offerable]) -> list[Field]:
    """Two blocks of one side, the second one linked to the first, or instead of it."""
    sides = ("buy", "sell") if rights else ("buy",)
    fields = [
        Field(
            name="side",
            kind="side",
            into="orders",
            row="*",
            value="1",
            options=tuple(
                Option(value="1" if one == "buy" else "-1", name=f"ask_side.{one}") for one in sides
            ),
        ),
        *_terms("a", "first", may_sell=bool(rights)),
    ]
    for row in LEGS:
        is_needed = row == "a1"
        if row == "b1":
            fields += [_relation(), *_terms("b", "second", may_sell=bool(rights))]
        block = "first" if row.startswith("a") else "second"
        nothing = () if is_needed else (NOTHING,)
        fields.append(
            Field(
                name="place",
                kind="given",
                into="orders",
                row=row,
                when=BUYS,
                is_needed=is_needed,
                label="part",
                head=f"block_{row}",
                options=(*nothing, *_places(market, names, block=block)),
            )
        )
        if rights:
            fields.append(
                Field(
                    name="held",
                    kind="given",
                    into="orders",
                    row=row,
                    when=SELLS,
                    is_needed=is_needed,
                    label="part",
                    options=(*nothing, *_held(rights, names, block=block)),
                )
            )
        for name, kind in (("price", "ticks"), ("quantity", "whole")):
            fields.append(Field(name=name, kind=kind, into="orders", row=row, is_needed=is_needed))
    return fields


def _terms(letter: str, block: str, *, may_sell: bool) -> list[Field]:
    """How much of a block must be filled at least, or what one that is sold must earn.

    The first block is linked to none.
    """
    first: dict[str, str | int] = {"parent": ""} if letter == "a" else {}
    return [
        Field(
            name="ratio",
            kind="given",
            into="orders",
            row=f"{letter}*",
            label=f"ratio_{block}",
            options=tuple(
                Option(
                    value=str(percent),
                    name="ask.whole_or_nothing" if percent == 100 else f"{percent} %",
                    gives={"ratio_ppm": WHOLE * percent // 100, **first},
                )
                for percent in RATIOS
            ),
        ),
        *(_income(letter, block) if may_sell else ()),
    ]


def _income(letter: str, block: str) -> list[Field]:
    """What a block must earn, or it stays out: an amount, and so much for each lot sold."""
    return [
        Field(
            name=name,
            kind="ticks",
            into="orders",
            row=f"{letter}*",
            when=SELLS,
            other=str(nothing),
            is_needed=False,
            label=f"{name}_{block}",
            hint=name,
        )
        for name, nothing in (("income_fixed", NO_INCOME), ("income_each", 0))
    ]


def _relation() -> Field:
    """How the second block stands to the first."""
    told: tuple[tuple[str, dict[str, str | int]], ...] = (
        ("alone", {"parent": "", "exclusive": ""}),
        ("linked", {"parent": "first", "exclusive": ""}),
        ("instead", {"parent": "", "exclusive": "one"}),
    )
    options = tuple(Option(value=name, name=f"ask.{name}", gives=gives) for name, gives in told)
    return Field(
        name="relation", kind="given", into="orders", row="*", head="block_b", options=options
    )
