"""A book in chunks gives what it gives in one piece (issue: growth)."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import yaosu as ys
from yaosu.kernel.canonical import encode
from yaosu.workers.chunks.clear import clear_chunks


def book(
    rows: int,
    seed: int,
    *,
    regions: int = 4,
    instruments: int = 2,
    prices: int = 30,
    parties: int | None = 6,
    sequence: bool = True,
) -> dict[str, Any]:
    """Orders as plain columns; few prices, so that margins are shared."""
    chance = np.random.default_rng(seed)
    table: dict[str, Any] = {
        "instrument": [f"i{k}" for k in chance.integers(0, instruments, rows)],
        "region": [f"r{k}" for k in chance.integers(0, regions, rows)],
        "side": chance.choice([-1, 1], rows),
        "price": 100 + chance.integers(0, prices, rows),
        "quantity": chance.integers(1, 40, rows),
    }
    if parties:
        table["party"] = [f"p{k}" for k in chance.integers(0, parties, rows)]
    if sequence:
        table["sequence"] = chance.integers(0, rows, rows)
    return table


def links(regions: int, seed: int) -> ys.Network:
    """A ring in both directions."""
    chance = np.random.default_rng(seed)
    source = [f"r{i}" for i in range(regions)] + [f"r{(i + 1) % regions}" for i in range(regions)]
    target = source[regions:] + source[:regions]
    return ys.Network.from_links(
        source, target, chance.integers(0, 60, 2 * regions), chance.integers(0, 6, 2 * regions)
    )


def same(chunked: Any, table: dict[str, Any], network: ys.Network, **parameters: Any) -> None:
    """Every byte of the result: prices, fills, flows, decremented orders, certificate."""
    orders = ys.Orders.from_table(table)
    alone = ys.clear(orders, network, "call", **parameters)
    whole = chunked.whole()
    for name in ("prices", "flows", "fills", "decremented", "certificate"):
        assert encode(getattr(whole, name)) == encode(getattr(alone, name)), name
    assert encode(whole) == encode(alone)
    ys.verify_clearing(orders, network, whole, parameters)


def pieces_of(table: dict[str, Any], rows_each: int) -> list[dict[str, Any]]:
    rows = len(table["price"])
    return [
        {name: column[i : i + rows_each] for name, column in table.items()}
        for i in range(0, rows, rows_each)
    ]


@settings(deadline=None, max_examples=25)
@given(
    rows=st.integers(1, 300),
    seed=st.integers(0, 10_000),
    rows_each=st.integers(20, 200),
    prices=st.sampled_from([1, 3, 30, 5_000]),
    parties=st.sampled_from([None, 1, 6, 100]),
    sequence=st.booleans(),
    rule=st.sampled_from(["mid", "low", "high"]),
    levels_max=st.sampled_from([10, 100, 100_000]),
)
def test_chunks_give_what_one_piece_gives(
    tmp_path_factory: pytest.TempPathFactory,
    rows: int,
    seed: int,
    rows_each: int,
    prices: int,
    parties: int | None,
    sequence: bool,
    rule: str,
    levels_max: int,
) -> None:
    table = book(rows, seed, prices=prices, parties=parties, sequence=sequence)
    network = links(4, seed)
    out = tmp_path_factory.mktemp("out")
    found = clear_chunks(
        pieces_of(table, rows_each),
        network,
        out=out,
        rows_each=rows_each,
        levels_max=levels_max,
        backend="sequential",
        price_rule=rule,
    )
    same(found, table, network, price_rule=rule)
    assert not (out / ".work").exists()
