"""`yaosu clear`: a book in a file to prices, fills, flows and a clearing certificate (issue S2)."""

import csv
import json
import resource
import shlex
import subprocess
import sys

import numpy as np
import pytest

from yaosu.cli.app import answer
from yaosu.cli.output import CHECK_FAILED, DONE, REFUSED, USAGE

ORDERS = """instrument,region,side,price,quantity,party,sequence
power,north,sell,10.00,30,hydro,1
power,north,buy,25.00,10,mill,2
power,south,buy,40.50,25,city,3
power,south,sell,35.25,20,gas,4
"""
LINKS = "source,target,capacity,cost\nnorth,south,15,0.50\nsouth,north,15,0.50\n"


@pytest.fixture
def book(tmp_path):
    """A small book over two regions with a link that binds."""
    (tmp_path / "orders.csv").write_text(ORDERS)
    (tmp_path / "links.csv").write_text(LINKS)
    return [
        "clear",
        str(tmp_path / "orders.csv"),
        "--network",
        str(tmp_path / "links.csv"),
        "--tick",
        "0.25",
        "--out",
        str(tmp_path / "out"),
    ]


def rows_of(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_book_becomes_prices_fills_flows_and_a_certificate(book, tmp_path, capsys):
    """North sells 15 over the full line; south's dearer seller gives the rest."""
    assert answer(book) == DONE
    said = capsys.readouterr().out
    assert "volume   35" in said
    assert "certificate verified" in said
    out = tmp_path / "out"
    prices = {row["region"]: row for row in rows_of(out / "prices.csv")}
    assert prices["north"]["price"] == "10.00"
    assert prices["south"]["price"] == "35.25"
    (flow,) = [row for row in rows_of(out / "flows.csv") if row["quantity"] != "0"]
    assert (flow["source"], flow["target"], flow["quantity"]) == ("north", "south", "15")
    assert flow["shadow_price"] == "24.75"
    fills = {row["party"]: row for row in rows_of(out / "fills.csv")}
    assert fills["gas"]["quantity"] == "10"
    assert fills["hydro"]["quantity"] == "25"
    certificate = json.loads((out / "certificate.json").read_text())
    assert certificate["primal"] == certificate["dual"] == certificate["welfare"]


def test_the_json_answer_has_its_schema_and_exact_decimals(book, capsys):
    assert answer([*book, "--json"]) == DONE
    said = json.loads(capsys.readouterr().out)
    assert said["schema"] == "yaosu.clear/1"
    assert said["welfare"] == str(10 * 25 + 25 * 40.5 - 25 * 10 - 10 * 35.25 - 15 * 0.5) + "0"
    assert said["certificate"] == "verified"
    assert {row["region"] for row in said["prices"]} == {"north", "south"}


def test_parquet_in_gives_parquet_out_and_the_same_prices(book, tmp_path, capsys):
    pq = pytest.importorskip("pyarrow.parquet", reason="needs the extra arrow")
    from yaosu.cli.tables import parquet_bytes

    assert answer([*book, "--json"]) == DONE
    from_csv = json.loads(capsys.readouterr().out)
    columns = {name: [] for name in ORDERS.splitlines()[0].split(",")}
    for row in csv.DictReader(ORDERS.splitlines()):
        for name, cell in row.items():
            number = {"price": float, "quantity": int, "sequence": int}.get(name, str)
            columns[name].append(number(cell))
    (tmp_path / "orders.parquet").write_bytes(parquet_bytes(columns))
    book[1] = str(tmp_path / "orders.parquet")
    assert answer([*book, "--json"]) == DONE
    from_parquet = json.loads(capsys.readouterr().out)
    assert from_parquet["prices"] == from_csv["prices"]
    table = pq.read_table(tmp_path / "out" / "prices.parquet")
    assert sorted(table["price"].to_pylist()) == ["10.00", "35.25"]


def test_without_links_every_region_stands_alone(tmp_path, capsys):
    (tmp_path / "orders.csv").write_text(ORDERS)
    out = tmp_path / "out"
    assert answer(["clear", str(tmp_path / "orders.csv"), "--tick", "0.25", "--out", str(out)]) == 0
    assert "certificate verified" in capsys.readouterr().out
    prices = {row["region"]: row["price"] for row in rows_of(out / "prices.csv")}
    assert prices == {"north": "10.00", "south": "40.50"}, "the buyer who is left sets the price"


@pytest.mark.parametrize("ending", ["html", "png", "svg"])
def test_a_picture_is_drawn_where_asked(book, tmp_path, capsys, ending):
    """Curves crossing, prices by region, flows; as a page, a bitmap or vectors."""
    pytest.importorskip("vl_convert", reason="needs the extra report")
    picture = tmp_path / f"picture.{ending}"
    asked = [*book, "--plot", str(picture), "--price-unit", "CNY/MWh", "--json"]
    assert answer(asked) == DONE
    assert json.loads(capsys.readouterr().out)["plot"] == str(picture)
    drawn = picture.read_bytes()
    if ending == "png":
        assert drawn.startswith(b"\x89PNG")
        assert answer([*asked[:-1], "--dark"]) == DONE
        assert picture.read_bytes() != drawn
        return
    for words in ("CNY/MWh", "north", "south", "35.25", "supply", "demand", "+24.75"):
        assert words in drawn.decode(), words


def test_a_picture_of_another_kind_is_wrong_usage(book, tmp_path, capsys):
    assert answer([*book, "--plot", str(tmp_path / "picture.gif")]) == USAGE
    assert not (tmp_path / "picture.gif").exists()


def big_book(tmp_path, **changed):
    """9,000 orders of three instruments as a folder of Parquet files, and one file of them all."""
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    chance = np.random.default_rng(3)
    rows = 9_000
    table = {
        "instrument": [f"i{k}" for k in chance.integers(0, 3, rows)],
        "region": [("north", "south")[k] for k in chance.integers(0, 2, rows)],
        "side": [("buy", "sell")[k] for k in chance.integers(0, 2, rows)],
        "price": (chance.integers(60, 140, rows) / 4).tolist(),
        "quantity": chance.integers(1, 50, rows),
        "party": [f"p{k}" for k in chance.integers(0, 900, rows)],
        **changed,
    }
    table = pa.table(table)
    folder = tmp_path / "book"
    folder.mkdir()
    for i in range(3):
        pq.write_table(table.slice(3_000 * i, 3_000), folder / f"orders-{i}.parquet")
    pq.write_table(table, tmp_path / "orders.parquet")
    (tmp_path / "links.csv").write_text(LINKS)
    return ["--network", str(tmp_path / "links.csv"), "--tick", "0.25"]


def test_a_folder_of_parquet_files_clears_like_one_file_in_one_piece(tmp_path, capsys):
    """Growth: chunk by chunk, the same prices, fills, flows and certificate."""
    options = big_book(tmp_path)
    pq = pytest.importorskip("pyarrow.parquet")
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    asked = ["clear", str(tmp_path / "orders.parquet"), *options, "--out", str(whole), "--json"]
    assert answer(asked) == DONE
    one = json.loads(capsys.readouterr().out)
    asked = ["clear", str(tmp_path / "book"), *options, "--out", str(parts), "--json"]
    assert answer([*asked, "--chunk-rows", "2000"]) == DONE
    many = json.loads(capsys.readouterr().out)
    for name in ("orders", "filled_orders", "volume", "welfare", "prices"):
        assert one[name] == many[name], name
    assert (whole / "certificate.json").read_bytes() == (parts / "certificate.json").read_bytes()
    for name in ("prices", "flows"):
        files = [pq.read_table(folder / f"{name}.parquet") for folder in (whole, parts)]
        assert files[0].equals(files[1])
    fills = pq.read_table(whole / "fills.parquet").to_pylist()
    files = sorted((parts / "fills").iterdir())
    assert len(files) == 3
    assert [row for file in files for row in pq.read_table(file).to_pylist()] == fills
    assert len(pq.read_table(parts / "parts.parquet")) == 3
    assert sum(row["fills"] for row in pq.read_table(parts / "parts.parquet").to_pylist()) == len(
        fills
    )
    assert one["scarcity"] == many["scarcity"]
    scarce = [pq.read_table(folder / "scarcity.parquet") for folder in (whole, parts)]
    assert scarce[0].equals(scarce[1])


def test_a_result_in_chunks_is_checked_against_the_book_it_was_made_from(tmp_path, capsys):
    """The certificate and the fills of all parts, against a folder of files or one file."""
    options = big_book(tmp_path)
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    out = tmp_path / "parts"
    asked = ["clear", str(tmp_path / "book"), *options, "--out", str(out)]
    assert answer([*asked, "--chunk-rows", "2000"]) == DONE
    checks = [
        ["check", str(tmp_path / name), *options, "--result", str(out), "--json"]
        for name in ("book", "orders.parquet")
    ]
    capsys.readouterr()
    for check in checks:
        assert answer(check) == DONE
        said = json.loads(capsys.readouterr().out)
        assert (said["verdict"], said["not_proved"]) == ("holds", [])
    part = sorted((out / "fills").iterdir())[1]
    table = pq.read_table(part)
    for column, value in (("quantity", "1"), ("price", "0.25"), ("row", 2)):
        cells = table[column].to_pylist()
        cells[5] = value if cells[5] != value else type(value)(7)
        changed = table.set_column(
            table.column_names.index(column), column, pa.array(cells, table[column].type)
        )
        pq.write_table(changed, part)
        assert answer(checks[0]) == CHECK_FAILED, column
    pq.write_table(table.slice(1), part)
    assert answer(checks[0]) == CHECK_FAILED, "a fill left out"
    pq.write_table(table, part)
    assert answer(checks[0]) == DONE


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("price", 10.1, "cli.not_a_multiple"),
        ("price", "dear", "cli.not_a_number"),
        ("quantity", 0, "markets.quantity_not_positive"),
        ("side", "lend", "cli.not_a_side"),
        ("region", " ", "cli.missing_value"),
        ("party", None, "cli.missing_value"),
    ],
)
def test_a_bad_row_of_a_later_chunk_is_named_by_its_row_in_the_book(
    tmp_path, capsys, column, value, code
):
    good = {"price": 20.0, "quantity": 3, "side": "buy", "region": "north", "party": "p"}
    cells = [good[column]] * 9_000
    cells[7_001] = value
    if isinstance(value, str) and column == "price":
        cells = [str(cell) for cell in cells]
    options = big_book(tmp_path, **{column: cells})
    out = ["--out", str(tmp_path / "out"), "--chunk-rows", "2000", "--json"]
    assert answer(["clear", str(tmp_path / "book"), *options, *out]) == REFUSED
    said = capsys.readouterr()
    assert code in said.err
    assert "7001" in said.err or "7002" in said.err, "row 7001 of the book, line 7002"
    assert not (tmp_path / "out" / ".work").exists()


def test_a_folder_without_orders_is_refused(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    asked = ["clear", str(tmp_path / "empty"), "--out", str(tmp_path / "out"), "--json"]
    assert answer(asked) == REFUSED
    assert "workers.no_orders_here" in capsys.readouterr().err


def test_a_file_that_is_no_table_is_refused_in_chunks_too(tmp_path, capsys):
    pytest.importorskip("pyarrow")
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "orders.parquet").write_bytes(b"PAR1 not at all")
    asked = ["clear", str(tmp_path / "book"), "--out", str(tmp_path / "out"), "--json"]
    assert answer(asked) == REFUSED
    assert "workers.cannot_read_chunk" in capsys.readouterr().err


def test_an_empty_book_clears_to_nothing(tmp_path, capsys):
    (tmp_path / "orders.csv").write_text("region,side,price,quantity\n")
    out = tmp_path / "out"
    assert answer(["clear", str(tmp_path / "orders.csv"), "--out", str(out), "--json"]) == DONE
    assert json.loads(capsys.readouterr().out)["volume"] == "0"


def test_a_file_system_without_room_is_a_refusal_of_a_real_process(book, tmp_path):
    """The process may write files of 10 bytes only; the system then fails as on a full disk."""

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))

    ended = subprocess.run(
        [sys.executable, "-B", "-m", "yaosu", *book],
        capture_output=True,
        text=True,
        preexec_fn=little_room,
        check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path), "YAOSU_COMPILED": "0"},
    )
    assert ended.returncode == 1, ended.stderr
    assert "cli.disk_full: " in ended.stderr
    assert "Traceback" not in ended.stderr
    assert list((tmp_path / "out").iterdir()) == []


def test_output_into_a_closed_pipe_ends_quietly(book):
    command = " ".join([sys.executable, "-m", "yaosu", *book])
    ended = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} | true"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path), "YAOSU_COMPILED": "0"},
    )
    assert "Traceback" not in ended.stderr
    assert "our_error" not in ended.stderr


def checking(book, tmp_path):
    return ["check", *book[1:6], "--result", str(tmp_path / "out")]


def test_a_clearing_can_be_checked_by_anybody_with_the_orders(book, tmp_path, capsys):
    assert answer(book) == DONE
    assert answer([*checking(book, tmp_path), "--json"]) == DONE
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert said["schema"] == "yaosu.check/1"
    assert said["verdict"] == "holds"
    assert answer(checking(book, tmp_path)) == DONE
    assert "the clearing holds under call/1" in capsys.readouterr().out


def test_a_clearing_of_other_orders_fails_the_check_with_three(book, tmp_path, capsys):
    assert answer(book) == DONE
    (tmp_path / "orders.csv").write_text(ORDERS.replace("40.50,25", "40.50,26"))
    assert answer(checking(book, tmp_path)) == CHECK_FAILED
    assert capsys.readouterr().err.startswith("markets.certificate_")


def test_a_broken_clearing_file_is_refused(book, tmp_path, capsys):
    assert answer(book) == DONE
    path = tmp_path / "out" / "clearing.bin"
    for raw in (b"", path.read_bytes()[:-7], b"hello"):
        path.write_bytes(raw)
        assert answer(checking(book, tmp_path)) == REFUSED
        assert capsys.readouterr().err.startswith("kernel.malformed: ")
    path.unlink()
    assert answer(checking(book, tmp_path)) == REFUSED
    assert capsys.readouterr().err.startswith("cli.file_missing: ")


@pytest.mark.parametrize(
    ("buy", "sell"), [("buy", "sell"), ("1", "-1"), ("+1", " -1"), (" buy", "sell")]
)
def test_a_side_is_a_word_or_a_sign(tmp_path, capsys, buy, sell):
    path = tmp_path / "orders.csv"
    path.write_text(f"region,side,price,quantity\nN,{buy},3,2\nN,{sell},1,2\n")
    assert answer(["clear", str(path), "--out", str(tmp_path / "out"), "--json"]) == DONE
    assert json.loads(capsys.readouterr().out)["volume"] == "2"


def test_prices_are_written_with_all_digits_of_the_tick(tmp_path, capsys):
    """Also where the product of tick and lot has more than the 28 digits Decimal keeps unasked."""
    tick, lot = "1.00000000000000000001", "1.00000000000000000003"
    path = tmp_path / "orders.csv"
    path.write_text(f"region,side,price,quantity\nN,buy,{tick},{lot}\nN,sell,0,{lot}\n")
    given = ["clear", str(path), "--tick", tick, "--lot", lot, "--out", str(tmp_path / "out")]
    assert answer([*given, "--json"]) == DONE
    said = json.loads(capsys.readouterr().out)
    assert said["volume"] == lot
    assert said["welfare"] == "1.0000000000000000000400000000000000000003"


@pytest.mark.parametrize(
    ("more", "redirection", "code"),
    [
        ("--json", ">/dev/full", REFUSED),
        ("", ">/dev/full", REFUSED),
        ("--tick 7 --json", ">/dev/full", REFUSED),
        ("--tick 7", "2>/dev/full", REFUSED),
        ("--tick 7", "2>&-", REFUSED),
        ("--nonsense", "2>/dev/full", USAGE),
        ("", "2>&-", DONE),
    ],
)
def test_words_that_cannot_be_written_leave_the_exit_code(book, more, redirection, code):
    """A full or closed stdout or stderr is no reason for a traceback or another code."""
    given = " ".join([*map(shlex.quote, book), more])
    script = f"{shlex.quote(sys.executable)} -m yaosu {given} {redirection}"
    ended = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=False)
    assert "Traceback" not in ended.stderr
    assert "Exception" not in ended.stderr
    assert ended.returncode == code, ended.stderr


def test_posted_prices_loans_and_deals_come_from_files_too(tmp_path, capsys):
    """S2-69: the reasons of an auction of loans are a table beside the fills."""
    orders = "region,side,price,quantity,party,sequence,least\n"
    orders += "here,buy,9.00,100,firm,0,0\nhere,sell,3.00,60,a,1,0\nhere,sell,4.00,80,b,2,60\n"
    (tmp_path / "orders.csv").write_text(orders)
    book = ["clear", str(tmp_path / "orders.csv"), "--tick", "0.01", "--out", str(tmp_path / "out")]
    assert answer([*book, "--mechanism", "credit"]) == DONE
    assert "proved: rates_kept" in capsys.readouterr().out
    told = [
        (row["row"], row["lots"], row["reason"]) for row in rows_of(tmp_path / "out/offers.csv")
    ]
    assert told == [("1", "40", "accepted_in_part"), ("2", "60", "accepted_in_part")]
    assert answer([*book, "--mechanism", "call"]) == REFUSED
    assert "markets.least_not_taken" in capsys.readouterr().err
    (tmp_path / "orders.csv").write_text(orders.replace(",least", "").replace(",0\n", "\n")
                                         .replace(",60\n", "\n"))  # fmt: skip
    (tmp_path / "terms.toml").write_text('tariff = [["only", "", 0, 350]]\n')
    terms = ["--terms", str(tmp_path / "terms.toml")]
    assert answer([*book, "--mechanism", "posted", *terms]) == DONE
    assert {row["price"] for row in rows_of(tmp_path / "out/fills.csv")} == {"3.50"}
    (tmp_path / "terms.toml").write_text('tariff = [["only", 5]]\n')
    capsys.readouterr()
    assert answer([*book, "--mechanism", "posted", *terms]) == REFUSED
    assert "rows of (instrument, group, begin, price)" in capsys.readouterr().err
    assert answer([*book, "--mechanism", "negotiated"]) == DONE


LISTED = """side,price,quantity,party,sequence,region
sell,1000,1,district,0,east
buy,1000,1,ann,10,east
buy,1040,1,bo,95,east
buy,1060,1,ann,103,east
buy,1080,1,bo,105,east
"""
LISTING_TERMS = """form = "listing"
increment = 20
ends = 100
onsite = 5
reserve = 1050
"""


@pytest.fixture
def listing(tmp_path):
    """A parcel, four bids of which two on site, and the terms."""
    bids, terms = tmp_path / "bids.csv", tmp_path / "terms.toml"
    bids.write_text(LISTED)
    terms.write_text(LISTING_TERMS)
    return bids, ("--mechanism", "listing", "--terms", str(terms), "--out", str(tmp_path / "out"))


def test_a_listing_is_cleared_and_checked_by_its_terms(listing, tmp_path, capsys):
    bids, options = listing
    assert answer(["clear", str(bids), *options]) == DONE
    told = capsys.readouterr().out
    assert "certificate verified: proved: standing, ranking, award, payment" in told
    assert rows_of(tmp_path / "out" / "awards.csv") == [
        {"bid": "4", "offer": "0", "lots": "1", "price": "1080"}
    ]
    standing = [row["standing"] for row in rows_of(tmp_path / "out" / "ranking.csv")]
    assert standing == ["raised", "raised", "outbid", "won"]
    result = ("--result", str(tmp_path / "out"))
    assert answer(["check", str(bids), *result, "--terms", options[3]]) == DONE
    assert answer(["check", str(bids), *result]) == CHECK_FAILED


def test_terms_that_the_mechanism_does_not_have_are_refused(listing, capsys):
    bids, options = listing
    assert answer(["clear", str(bids), *options[2:]]) == REFUSED
    told = capsys.readouterr().err
    assert "markets.bad_parameter: parameter form is listing; give one of price_rule" in told
