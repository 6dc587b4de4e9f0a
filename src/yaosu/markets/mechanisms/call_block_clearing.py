"""A call auction with blocks as a clearing like any other, and its check.

The tables are those of the auction; what became of the blocks stands in ``details``: ``blocks``
(block, parts filled, parts in all, status), ``block_fills`` (leg, lots, price) and ``search`` (how
many choices were priced, and whether the search went to its end). Prices and fills are proved as
ever; that no block loses, earns too little or is without its family, too. Where primal and dual
differ, that no better choice lies between is claimed by the search, not proved.
"""

from typing import Any

import numpy as np
from msgspec import structs

from yaosu.kernel.canonical import digest, encode
from yaosu.kernel.columns import Columns, Text
from yaosu.kernel.refusal import refuse_unless
from yaosu.markets.clearing import Clearing
from yaosu.markets.mechanisms.call_block_orders import Blocks, orders_with, whole_limits
from yaosu.markets.mechanisms.call_block_search import limits_worth
from yaosu.markets.mechanisms.call_blocks import BlockClearing, clear_blocks, verify_blocks
from yaosu.markets.mechanisms.call_curves import book_of, orders_digest
from yaosu.markets.mechanisms.call_parameters import CallParameters
from yaosu.markets.mechanisms.call_tables import RULE, STEPS
from yaosu.markets.network import Network
from yaosu.markets.orders import Orders

BLOCK_RULE = "call/blocks/1"
BLOCK_STEPS = ("no_block_loses", "block_families", "blocks_listed")
BEST_CHOICE = "best_choice"
ACCEPTED, CURTAILED, REJECTED, PARADOXICAL = (
    "accepted",
    "curtailed",
    "rejected",
    "paradoxically_rejected",
)
TABLES: dict[str, dict[str, Any]] = {
    "blocks": {"block": Text, "parts": np.ndarray, "of_parts": np.ndarray, "status": Text},
    "block_fills": dict.fromkeys(("leg", "lots", "price"), np.ndarray),
    "search": dict.fromkeys(("evaluations", "is_complete"), np.ndarray),
}


def clear_with_blocks(
    orders: Orders, network: Network, blocks: Blocks, parameters: CallParameters
) -> Clearing:
    """Choose the blocks and clear; see `clear_blocks`."""
    result = clear_blocks(orders, network, blocks, parameters)
    return clearing_with(orders, network, blocks, result)


def verify_with_blocks(
    orders: Orders,
    network: Network,
    blocks: Blocks,
    clearing: Clearing,
    parameters: CallParameters,
) -> None:
    """Return if the clearing is the rule's for these orders and blocks, else refuse.

    Raises:
        Refusal: `markets.certificate_*`.
    """
    _verify_form(orders, blocks, clearing)
    result = _result_of(orders, network, blocks, clearing, parameters)
    verify_blocks(orders, network, blocks, result, parameters)
    expected = clearing_with(orders, network, blocks, result)
    certificate = clearing.certificate
    for what in ("orders", "network", "parameters"):
        same = getattr(certificate, f"{what}_digest") == getattr(
            expected.certificate, f"{what}_digest"
        )
        refuse_unless(same, "markets.certificate_digest", what=what)
    for name in Clearing.__struct_fields__:
        same = getattr(clearing, name) == getattr(expected, name)
        _shape(same, name, "it is not what follows from the choice of blocks")


def clearing_with(
    orders: Orders, network: Network, blocks: Blocks, result: BlockClearing
) -> Clearing:
    """The public clearing of an auction with blocks."""
    inner = result.clearing
    of_orders = inner.fills["row"] < orders.rows
    legs = _filled(blocks, result)
    own = inner.fills.take(~of_orders)
    fees = inner.welfare - inner.certificate.primal
    primal = result.welfare - fees
    proved = primal == result.bound_checked
    certificate = structs.replace(
        inner.certificate,
        rule=BLOCK_RULE,
        orders_digest=digest_with(orders, network, blocks),
        primal=primal,
        dual=result.bound_checked,
        proved=(*STEPS, *BLOCK_STEPS, *((BEST_CHOICE,) if proved else ())),
        not_proved=() if proved else (BEST_CHOICE,),
    )
    details = {
        "blocks": _blocks_table(blocks, result),
        "block_fills": Columns.of(
            leg=legs[own["row"] - orders.rows], lots=own["lots"], price=own["price"]
        ),
        "search": Columns.of(
            evaluations=np.array([result.evaluations], np.int64),
            is_complete=np.array([int(result.is_best)], np.int64),
        ),
    }
    return structs.replace(
        inner,
        fills=inner.fills.take(of_orders),
        welfare=result.welfare,
        certificate=certificate,
        details=details,
    )


def digest_with(orders: Orders, network: Network, blocks: Blocks) -> str:
    """The digest of orders and blocks together, as the certificate names it."""
    plain = orders_digest(orders, book_of(orders, network))
    names = Text(blocks.names, blocks.of.astype(np.int32))
    legs = blocks.legs.columns.with_columns(block=names)
    terms = [blocks.parents, blocks.exclusive, blocks.ratios, blocks.incomes]
    return digest(encode([plain, legs, terms])).hex()


def _blocks_table(blocks: Blocks, result: BlockClearing) -> Columns:
    many, _ = blocks.parts()
    parts = {name: level for name, level, _ in result.curtailed}
    status = dict.fromkeys(blocks.names, REJECTED)
    status |= dict.fromkeys(result.paradoxically_rejected, PARADOXICAL)
    status |= dict.fromkeys(result.accepted, ACCEPTED) | dict.fromkeys(parts, CURTAILED)
    is_in = set(result.accepted)
    filled = [
        parts.get(name, whole) if name in is_in else 0
        for name, whole in zip(blocks.names, many, strict=True)
    ]
    return Columns.of(
        block=Text.of(list(blocks.names)),
        parts=np.array(filled, np.int64),
        of_parts=np.array(many, np.int64),
        status=Text.of([status[name] for name in blocks.names]),
    )


def _filled(blocks: Blocks, result: BlockClearing) -> Any:
    """Legs that stand in the book of the inner clearing, in their order."""
    table = _blocks_table(blocks, result)
    return np.flatnonzero(blocks.lots_at(table["parts"].tolist()))


def _shape(condition: object, table: str, reason: str) -> None:
    refuse_unless(condition, "markets.certificate_shape", table=table, reason=reason)


def _verify_form(orders: Orders, blocks: Blocks, clearing: Clearing) -> None:
    refuse_unless(
        clearing.certificate.rule == BLOCK_RULE and clearing.mechanism == "call",
        "markets.certificate_rule",
        found=clearing.certificate.rule,
        expected=BLOCK_RULE,
    )
    _shape(set(clearing.details) == set(TABLES), "details", "its tables are not the right ones")
    for table, kinds in TABLES.items():
        columns = clearing.details[table]
        found = {name: type(columns.column(name)) for name in columns.names}
        _shape(found == kinds, table, "its columns are not the ones it must have")
        for name in columns.names:
            column = columns.column(name)
            fits = isinstance(column, Text) or columns[name].dtype == np.int64
            _shape(fits, table, f"{name} is not of the kind it must be")
    listed, search = clearing.details["blocks"], clearing.details["search"]
    _shape(listed.rows == len(blocks.names), "blocks", f"it has {listed.rows} rows")
    _shape(search.rows == 1, "search", f"it has {search.rows} rows")
    many, least = blocks.parts()
    for level, low, high in zip(listed["parts"].tolist(), least, many, strict=True):
        _shape(level == 0 or low <= level <= high, "blocks", "a block has no such parts")
    legs = clearing.details["block_fills"]["leg"]
    inside = not legs.size or (legs.min() >= 0 and legs.max() < blocks.legs.rows)
    _shape(inside and (np.diff(legs) > 0).all(), "block_fills", "legs do not ascend")
    fills = clearing.fills
    plain = [type(fills.column(name)) for name in fills.names] == [np.ndarray] * 3
    _shape(
        plain and set(fills.names) == {"row", "lots", "price"},
        "fills",
        "its columns are not the ones it must have",
    )
    rows = fills["row"]
    inside = not rows.size or (rows.min() >= 0 and rows.max() < orders.rows)
    _shape(inside, "fills", "a row is outside the orders")


def _result_of(
    orders: Orders,
    network: Network,
    blocks: Blocks,
    clearing: Clearing,
    parameters: CallParameters,
) -> BlockClearing:
    """The clearing taken apart: the auction with the chosen legs in its book, and the lists."""
    limits = whole_limits(orders, blocks, parameters)
    listed, legs = clearing.details["blocks"], clearing.details["block_fills"]
    levels = listed["parts"].tolist()
    offered = blocks.lots_at(levels)
    full = orders_with(orders, blocks, offered, limits)
    place = np.cumsum(offered > 0) - 1 + orders.rows
    _shape((offered[legs["leg"]] > 0).all(), "block_fills", "a leg that stays out is filled")
    welfare = clearing.welfare - limits_worth(blocks, limits, levels)
    fees = clearing.welfare - clearing.certificate.primal
    certificate = structs.replace(
        clearing.certificate,
        rule=RULE,
        orders_digest=orders_digest(full, book_of(full, network)),
        primal=welfare - fees,
        dual=welfare - fees,
        proved=STEPS,
        not_proved=(),
    )
    fills = Columns.of(
        row=np.concatenate([clearing.fills["row"], place[legs["leg"]]]),
        lots=np.concatenate([clearing.fills["lots"], legs["lots"]]),
        price=np.concatenate([clearing.fills["price"], legs["price"]]),
    )
    inner = structs.replace(
        clearing, fills=fills, welfare=welfare, certificate=certificate, details={}
    )
    many, _ = blocks.parts()
    status = listed.text("status").tolist()
    rows = list(zip(blocks.names, levels, many, status, strict=True))
    search = clearing.details["search"]
    return BlockClearing(
        clearing=inner,
        accepted=tuple(name for name, level, _, _ in rows if level),
        rejected=tuple(name for name, level, _, _ in rows if not level),
        paradoxically_rejected=tuple(name for name, _, _, said in rows if said == PARADOXICAL),
        curtailed=tuple((n, level, whole) for n, level, whole, _ in rows if 0 < level < whole),
        welfare=clearing.welfare,
        bound_checked=clearing.certificate.dual,
        is_best=bool(search["is_complete"][0]),
        evaluations=int(search["evaluations"][0]),
    )
