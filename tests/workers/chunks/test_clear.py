"""A book in chunks gives what it gives in one piece (issue: growth)."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import yaosu as ys
from yaosu.kernel.canonical import encode
from yaosu.kernel.refusal import Refusal
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


@settings(deadline=None, max_examples=10)
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


def test_links_with_losses_are_refused(tmp_path: Path) -> None:
    network = ys.Network.from_links(["r0"], ["r1"], [5], loss_ppm=[20_000])
    with pytest.raises(Refusal) as caught:
        clear_chunks([book(9, 1)], network, out=tmp_path)
    assert caught.value.code == "workers.plain_links_only"


def test_a_stream_of_arrow_tables_clears_like_one_table(tmp_path: Path) -> None:
    """Growth: orders arrive as batches of an Arrow stream, and from an Arrow file."""
    table = book(400, 7)
    batches = pa.table(table).to_batches(max_chunksize=150)
    network = links(4, 7)
    found = clear_chunks(batches, network, out=tmp_path / "stream", backend="sequential")
    same(found, table, network)
    with pa.ipc.new_file(str(tmp_path / "book.arrow"), batches[0].schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    filed = clear_chunks(
        tmp_path / "book.arrow",
        network,
        out=tmp_path / "file",
        rows_each=150,
        backend="sequential",
    )
    same(filed, table, network)
    assert filed.parts["rows"].tolist() == [150, 150, 100]


def test_a_long_row_group_is_cut(tmp_path: Path) -> None:
    table = book(400, 8)
    pq.write_table(pa.table(table), tmp_path / "one.parquet")
    found = clear_chunks(
        tmp_path / "one.parquet",
        links(4, 8),
        out=tmp_path / "out",
        rows_each=90,
        backend="sequential",
    )
    same(found, table, links(4, 8))
    assert found.parts["rows"].tolist() == [90, 90, 90, 90, 40]


def test_an_empty_book_clears_to_nothing(tmp_path: Path) -> None:
    found = clear_chunks([], ys.Network.alone("r0"), out=tmp_path)
    assert (found.rows, found.volume, found.filled_orders) == (0, 0, 0)


def test_each_part_carries_the_digest_of_its_book_and_curve(tmp_path: Path) -> None:
    """A venue's curve names the orders it was summed from: a part cleared alone has the digest."""
    table = book(300, 9)
    found = clear_chunks(
        pieces_of(table, 100), links(4, 9), out=tmp_path, rows_each=100, backend="sequential"
    )
    for part, digest in zip(
        pieces_of(table, 100), found.parts.text("orders_digest").tolist(), strict=True
    ):
        alone = ys.clear(ys.Orders.from_table(part), links(4, 9))
        assert alone.certificate.orders_digest == digest
    assert len(set(found.parts.text("curve_digest").tolist())) == 3


def test_columns_that_differ_from_chunk_to_chunk_are_refused(tmp_path: Path) -> None:
    second = book(30, 2)
    del second["party"]
    with pytest.raises(Refusal) as caught:
        clear_chunks([book(30, 1), second], links(4, 1), out=tmp_path, backend="sequential")
    assert caught.value.code == "markets.missing_column"


def test_a_row_outside_the_band_is_named(tmp_path: Path) -> None:
    table = book(60, 3)
    table["price"][41] = 5_000
    with pytest.raises(Refusal) as caught:
        clear_chunks(
            pieces_of(table, 20),
            links(4, 3),
            out=tmp_path,
            backend="sequential",
            price_band=(90, 140),
        )
    assert caught.value.code == "markets.price_outside_band"
    assert caught.value.facts["row"] == 41


def test_a_price_outside_the_first_window_is_still_found(tmp_path: Path) -> None:
    """A thin market far from where most limits lie: windows are widened until prices are exact."""
    table = book(280, 11, regions=3, instruments=1, prices=50_000, parties=None)
    table["quantity"] = np.where(np.asarray(table["price"]) > 40_000, 900, 1)
    for levels_max in (2, 20, 60):
        found = clear_chunks(
            pieces_of(table, 70),
            links(3, 11),
            out=tmp_path / str(levels_max),
            levels_max=levels_max,
            backend="sequential",
        )
        same(found, table, links(3, 11))
        assert found.rounds > 1


def test_values_beyond_range_are_refused_over_all_chunks(tmp_path: Path) -> None:
    table = {"side": [1], "price": [2**50], "quantity": [2**11]}
    with pytest.raises(Refusal) as caught:
        clear_chunks([table] * 3, out=tmp_path, backend="sequential")
    assert caught.value.code == "markets.value_overflow"
