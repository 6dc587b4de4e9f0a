"""Block orders in a file: cleared, told by row and by block, and checked again without a solver."""

import json

import pytest

from tests.cli.test_bad_input import refused
from tests.cli.test_clear import rows_of
from yaosu.cli.app import answer
from yaosu.cli.output import CHECK_FAILED, DONE

HEAD = (
    "instrument,region,side,price,quantity,block,parent,exclusive,ratio,income_fixed,income_each\n"
)
PLAIN = "h1,only,sell,2.00,8,,,,,,\nh1,only,sell,4.50,20,,,,,,\n"
PLAIN += "h1,only,buy,5.00,10,,,,,,\nh1,only,buy,3.00,10,,,,,,\n"


def cleared(tmp_path, legs, plain=PLAIN, tick="0.01"):
    """The summary of a cleared file, and where things are."""
    book, out = tmp_path / "orders.csv", tmp_path / "out"
    book.write_text(HEAD + plain + legs)
    assert answer(["clear", str(book), "--tick", tick, "--out", str(out), "--json"]) == DONE
    return book, out


def test_a_block_that_would_lose_is_listed_and_one_that_may_be_cut_is_cut(tmp_path, capsys):
    """The worked example of the page: 10 lots at 4.00 would push the price under it; one would not.
    Rows are those of the file, whether plain or of a block."""
    legs = "h1,only,sell,4.00,10,plant,,,,,\nh1,only,sell,4.00,10,peaker,,,0.1,,\n"
    book, out = cleared(tmp_path, legs)
    told = json.loads(capsys.readouterr().out)
    assert told["blocks"] == {"curtailed": 1, "paradoxically_rejected": 1}
    assert (told["volume"], told["filled_orders"]) == ("10", 4)
    assert told["scarcity"] == [
        {
            "kind": "good",
            "rank": 1,
            "instrument": "h1",
            "region": "",
            "target": "",
            "shadow_price": "4.50",
            "quantity": "10",
            "worth": "45.00",
        }
    ]
    fills = rows_of(out / "fills.csv")
    shown = [(row["row"], row["quantity"], row["price"], row["block"]) for row in fills]
    assert shown == [
        ("0", "8", "4.50", ""),
        ("1", "1", "4.50", ""),
        ("2", "10", "4.50", ""),
        ("5", "1", "4.50", "peaker"),
    ]
    blocks = {row["block"]: row for row in rows_of(out / "blocks.csv")}
    assert (blocks["peaker"]["parts"], blocks["peaker"]["of_parts"]) == ("1", "10")
    assert blocks["plant"]["status"] == "paradoxically_rejected"
    asked = ["check", str(book), "--tick", "0.01", "--result", str(out)]
    assert answer([*asked, "--json"]) == DONE
    said = json.loads(capsys.readouterr().out)
    assert said["verdict"] == "holds"
    assert {"no_block_loses", "block_families", "blocks_listed"} <= set(said["proved"])
    book.write_text(book.read_text().replace("4.00,10,plant", "4.40,10,plant"))
    assert answer(asked) == CHECK_FAILED, "the result of other blocks"


def test_what_people_read_names_the_blocks_and_what_is_scarce(tmp_path, capsys):
    """S3-05: goods, regions and links by what one more would be worth, in the answer itself."""
    legs = "h1,only,sell,4.00,10,plant,,,,,\n"
    cleared(tmp_path, legs)
    capsys.readouterr()
    book, out = str(tmp_path / "orders.csv"), str(tmp_path / "out")
    assert answer(["clear", book, "--tick", "0.01", "--out", out]) == DONE
    said = capsys.readouterr().out
    assert "blocks   1 paradoxically rejected" in said
    assert ["good", "1", "h1", "4.50", "45.00"] in [line.split() for line in said.splitlines()]


def test_families_and_least_incomes_come_from_the_file(tmp_path, capsys):
    """A child without its parent, the second of a group, and who earns too little stay out."""
    plain = "h1,only,buy,9,30,,,,,,\nh2,only,buy,9,30,,,,,,\nh1,only,sell,8,30,,,,,,\n"
    plain += "h2,only,sell,8,30,,,,,,\n"
    legs = (
        "h1,only,sell,7,2,one,,either,,,\nh2,only,sell,7,2,one,,either,,,\n"
        "h1,only,sell,7,1,two,,either,,,\n"
        "h2,only,sell,1,2,child,two,,,,\n"
        "h1,only,sell,5,1,poor,,,,100,0\n"
        "h1,only,sell,5,1,rich,,,,3,2\n"
    )
    book, out = cleared(tmp_path, legs, plain, tick="1")
    capsys.readouterr()
    statuses = {row["block"]: row["status"] for row in rows_of(out / "blocks.csv")}
    assert statuses["poor"] != "accepted"
    assert statuses["rich"] == "accepted"
    assert (statuses["one"] == "accepted") + (statuses["two"] == "accepted") <= 1
    assert statuses["child"] != "accepted" or statuses["two"] == "accepted"
    assert "accepted" in {statuses["one"], statuses["two"]}
    assert answer(["check", str(book), "--result", str(out)]) == DONE


@pytest.mark.parametrize(
    ("legs", "code"),
    [
        ("h1,only,sell,4,10,plant,,,1.5,,\n", "markets.bad_block"),
        ("h1,only,sell,4,10,plant,,,half,,\n", "cli.not_a_number"),
        ("h1,only,sell,4,10,plant,,,0.0000001,,\n", "cli.not_a_multiple"),
        ("h1,only,sell,4,10,,nobody,,,,\n", "markets.bad_block"),
        ("h1,only,sell,4,10,plant,nobody,,,,\n", "markets.block_unknown"),
        ("h1,only,sell,4,10,plant,,,,-1,0\n", "markets.bad_block"),
        ("h1,only,sell,4,9,plant,,,,,\nh1,only,sell,4,9,plant,,,,,\n", "markets.block_leg_twice"),
        ("h1,only,sell,4,9,plant,,,,,\nh2,only,buy,4,9,plant,,,,,\n", "markets.bad_block"),
    ],
)
def test_a_block_that_cannot_stand_is_refused(tmp_path, capsys, legs, code):
    book = tmp_path / "orders.csv"
    book.write_text(HEAD + PLAIN + legs)
    refused(capsys, code, "clear", book, "--tick", "0.01", "--out", tmp_path / "out")


def test_terms_of_blocks_without_a_name_for_them_are_refused(tmp_path, capsys):
    """A column that says something of blocks needs the column that names them."""
    book = tmp_path / "orders.csv"
    book.write_text("region,side,price,quantity,ratio\nonly,buy,5,1,0.5\n")
    said = refused(capsys, "cli.missing_column", "clear", book, "--out", tmp_path / "out")
    assert "block" in said


def test_only_the_call_auction_reads_blocks(tmp_path, capsys):
    book = tmp_path / "orders.csv"
    book.write_text(HEAD + PLAIN)
    asked = ["clear", book, "--mechanism", "posted", "--out", tmp_path / "out"]
    refused(capsys, "cli.unknown_column", *asked)


def test_a_file_whose_blocks_are_all_empty_is_a_plain_book(tmp_path, capsys):
    """Empty cells say nothing, and the result is that of the orders alone."""
    cleared(tmp_path, "")
    told = json.loads(capsys.readouterr().out)
    assert "blocks" not in told
    assert told["volume"] == "10"
