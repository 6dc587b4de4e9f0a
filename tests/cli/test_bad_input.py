"""Bad input at the command line: a refusal with code and advice, never a traceback."""

import gzip
import json
import os
from pathlib import Path

import pytest

from yaosu.cli.app import answer
from yaosu.cli.output import REFUSED, USAGE

HEAD = "region,side,price,quantity\n"
GOOD = HEAD + "N,buy,12.50,10\nN,sell,12.00,4\n"


def refused(capsys, code: str, *arguments: object) -> str:
    """Run, expect this refusal, and give what was said."""
    ended = answer([str(a) for a in arguments])
    said = capsys.readouterr().err
    assert said.startswith(f"{code}: "), said
    assert ended == REFUSED
    assert "; " in said, "what to do next is missing"
    assert "Traceback" not in said
    return said


def clearing_of(path: Path, *more: str) -> list[object]:
    return ["clear", path, "--out", path.parent / "out", "--tick", "0.01", *more]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "cli.file_empty"),
        (b"\n\n", "cli.file_empty"),
        (b"\x00\x01\x02PAR1\xff\xfe", "cli.not_text"),
        (b"region,side,price\nN,buy,1\n", "cli.missing_column"),
        (b"region,side,price,quantity,terms\nN,buy,1,1,block\n", "cli.unknown_column"),
        (b"region,side,price,quantity,price\nN,buy,1,1,1\n", "cli.duplicate_column"),
        (HEAD.encode() + b"N,buy,1", "cli.fields_in_row"),
        (HEAD.encode() + b'N,buy,"1', "cli.bad_csv"),
        (HEAD.encode() + b"N,buy,cheap,1\n", "cli.not_a_number"),
        (HEAD.encode() + b"N,buy,,1\n", "cli.not_a_number"),
        (HEAD.encode() + b"N,buy,NaN,1\n", "cli.not_a_number"),
        (HEAD.encode() + b"N,buy,Infinity,1\n", "cli.not_a_number"),
        (HEAD.encode() + b"N,buy,0x10,1\n", "cli.not_a_number"),
        (HEAD.encode() + b"N,buy,1.005,1\n", "cli.not_a_multiple"),
        (HEAD.encode() + b"N,buy,1,0.5\n", "cli.not_a_multiple"),
        (HEAD.encode() + b"N,buy,1e39,1\n", "cli.number_too_large"),
        (HEAD.encode() + b"N,buy,1e999999999,1\n", "cli.number_too_large"),
        (HEAD.encode() + b"N,buy,1e-999999999,1\n", "cli.number_too_large"),
        (HEAD.encode() + b"N,buy,1,99999999999999999999\n", "cli.number_too_large"),
    ],
)
def test_a_file_that_is_not_a_book_is_refused(tmp_path, capsys, content, code):
    path = tmp_path / "orders.csv"
    path.write_bytes(content)
    refused(capsys, code, *clearing_of(path))
    assert not (tmp_path / "out").exists(), "a refused command leaves nothing behind"


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ("N,hold,1,1\n", "cli.not_a_side"),
        ("N,buy,1,0\n", "markets.quantity_not_positive"),
        ("N,buy,1,-5\n", "markets.quantity_not_positive"),
        ("N,buy,90000000000000,1\n", "markets.value_overflow"),
        ("N,buy,10000000,9000000000000\n", "markets.value_overflow"),
    ],
)
def test_orders_that_no_market_takes_are_refused(tmp_path, capsys, rows, code):
    path = tmp_path / "orders.csv"
    path.write_text(HEAD + rows)
    refused(capsys, code, *clearing_of(path))


@pytest.mark.parametrize(
    ("links", "code"),
    [
        ("source,target,capacity\nN,N,5\n", "markets.self_link"),
        ("source,target,capacity\nN,S,5\nN,S,6\n", "markets.duplicate_link"),
        ("source,target,capacity\nN,S,-5\n", "markets.link_number"),
        ("source,target,capacity,loss\nN,S,5,1\n", "markets.link_number"),
        ("source,target\nN,S\n", "cli.missing_column"),
        ("source,target,capacity\nM,S,5\n", "markets.unknown_region"),
    ],
)
def test_links_that_are_no_network_are_refused(tmp_path, capsys, links, code):
    orders, network = tmp_path / "orders.csv", tmp_path / "links.csv"
    orders.write_text(GOOD)
    network.write_text(links)
    refused(capsys, code, *clearing_of(orders, "--network", str(network)))


@pytest.mark.parametrize(
    ("rows", "code", "where"),
    [
        ("N,buy,1,1\n\n\nN,buy,x,1\n", "cli.not_a_number", "price in line 5 "),
        ('"N\nS",buy,1,1\nN,buy,x,1\n', "cli.not_a_number", "price in line 4 "),
        ("N,buy,1,1\n\nN,buy,2,1\nN,buy,x,1\n", "cli.not_a_number", "price in line 5 "),
        ("N,buy,1,1\n\nN,hold,1,1\n", "cli.not_a_side", "side in line 4 "),
        ("N,buy,1,1\n,buy,1,1\n", "cli.missing_value", "region in line 3 "),
        (" ,buy,1,1\n", "cli.missing_value", "region in line 2 "),
    ],
)
def test_a_refusal_names_the_line_as_an_editor_counts_it(tmp_path, capsys, rows, code, where):
    path = tmp_path / "orders.csv"
    path.write_text(HEAD + rows)
    assert where in refused(capsys, code, *clearing_of(path))


def test_a_missing_file_a_folder_and_an_unknown_ending_are_refused(tmp_path, capsys):
    refused(capsys, "cli.file_missing", *clearing_of(tmp_path / "none.csv"))
    (tmp_path / "folder.csv").mkdir()
    refused(capsys, "workers.no_orders_here", *clearing_of(tmp_path / "folder.csv"))
    (tmp_path / "good.csv").write_text(GOOD)
    with_folder = clearing_of(tmp_path / "good.csv", "--network", str(tmp_path / "folder.csv"))
    refused(capsys, "cli.is_a_folder", *with_folder)
    (tmp_path / "orders.xlsx").write_text(GOOD)
    refused(capsys, "cli.unknown_format", *clearing_of(tmp_path / "orders.xlsx"))


def test_a_file_the_system_will_not_give_out_is_refused(tmp_path, capsys, monkeypatch):
    """Root may read everything, so the system's answer is played."""

    def denied(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    path = tmp_path / "orders.csv"
    path.write_text(GOOD)
    monkeypatch.setattr(Path, "read_bytes", denied)
    refused(capsys, "cli.cannot_read", *clearing_of(path))


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["clear", "kept", "--out", "out"], "cli.cannot_read"),
        (["verify", "kept"], "journal.cannot_read"),
        (["journal", "show", "kept"], "journal.cannot_read"),
    ],
)
def test_a_file_that_is_not_ours_to_read_is_refused(tmp_path, capsys, monkeypatch, command, code):
    """With a code, and not as wrong usage."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "kept.csv"
    path.write_text(GOOD)
    path.chmod(0)
    refused(capsys, code, *[path if word == "kept" else word for word in command])


def test_truncated_files_are_refused(tmp_path, capsys):
    packed = tmp_path / "orders.csv.gz"
    packed.write_bytes(gzip.compress(GOOD.encode())[:-9])
    refused(capsys, "cli.bad_gzip", *clearing_of(packed))
    pytest.importorskip("pyarrow", reason="needs the extra arrow")
    from yaosu.cli.tables import parquet_bytes

    whole = parquet_bytes({"region": ["N"], "side": ["buy"], "price": [1], "quantity": [1]})
    table = tmp_path / "orders.parquet"
    table.write_bytes(whole[: len(whole) // 2])
    refused(capsys, "workers.cannot_read_chunk", *clearing_of(table))
    (tmp_path / "good.csv").write_text(GOOD)
    with_links = clearing_of(tmp_path / "good.csv", "--network", str(table))
    refused(capsys, "cli.bad_parquet", *with_links)


def test_missing_values_in_parquet_are_refused(tmp_path, capsys):
    pytest.importorskip("pyarrow", reason="needs the extra arrow")
    from yaosu.cli.tables import parquet_bytes

    table = tmp_path / "orders.parquet"
    table.write_bytes(
        parquet_bytes({"region": ["N"], "side": ["buy"], "price": [None], "quantity": [1]})
    )
    refused(capsys, "cli.missing_value", *clearing_of(table))


@pytest.mark.parametrize("unit", ["0", "-1", "abc", "NaN", "1e999"])
def test_a_tick_or_lot_that_is_no_unit_is_refused(tmp_path, capsys, unit):
    path = tmp_path / "orders.csv"
    path.write_text(GOOD)
    refused(capsys, "cli.bad_unit", "clear", path, "--out", tmp_path / "o", "--tick", unit)
    refused(capsys, "cli.bad_unit", "clear", path, "--out", tmp_path / "o", "--lot", unit)


def test_an_unknown_mechanism_is_refused(tmp_path, capsys):
    path = tmp_path / "orders.csv"
    path.write_text(GOOD)
    refused(capsys, "cli.mechanism_from_python", *clearing_of(path, "--mechanism", "astrology"))


def test_a_mechanism_of_the_journal_alone_is_not_run_on_files(tmp_path, capsys):
    path = tmp_path / "orders.csv"
    path.write_text(GOOD)
    refused(capsys, "cli.mechanism_from_python", *clearing_of(path, "--mechanism", "barter"))
    (tmp_path / "folder").mkdir()
    in_chunks = clearing_of(tmp_path / "folder", "--mechanism", "posted")
    refused(capsys, "cli.chunks_by_call", *in_chunks)
    assert not (tmp_path / "out").exists()


def test_a_backup_into_a_folder_that_is_not_there_is_refused(tmp_path, capsys):
    refused(capsys, "cli.no_folder", "backup", tmp_path / "a.db", f"{tmp_path}/backups/")
    assert not (tmp_path / "backups").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["verify", "a.db", "--unknown"],
        ["journal", "show", "a.db", "--from", "3", "--to", "1"],
        ["prove", "a.db", "--party", "p", "--key", "k", "--out", "o", "--from", "5", "--to", "5"],
        ["verify", "--proof", "p", "--vkey", "v", "--quorum", "2"],
        ["nonsense"],
    ],
)
def test_wrong_usage_is_told_as_json_where_asked(capsys, arguments):
    assert answer([*arguments, "--json"]) == USAGE
    said = json.loads(capsys.readouterr().out)
    assert (said["schema"], said["code"]) == ("yaosu.refusal/1", "cli.usage")
    assert said["sentence"]
    assert said["what_next"]


def test_a_result_folder_that_is_a_file_is_refused(tmp_path, capsys):
    path = tmp_path / "orders.csv"
    path.write_text(GOOD)
    (tmp_path / "out").write_text("in the way")
    refused(capsys, "cli.cannot_write", *clearing_of(path))
    assert (tmp_path / "out").read_text() == "in the way"


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes into read-only folders")
def test_a_read_only_result_folder_is_refused(tmp_path, capsys):
    path = tmp_path / "orders.csv"
    path.write_text(GOOD)
    (tmp_path / "out").mkdir()
    (tmp_path / "out").chmod(0o555)
    refused(capsys, "cli.cannot_write", *clearing_of(path))


def test_a_full_disk_is_refused_and_leaves_the_old_result(tmp_path, capsys, monkeypatch):
    """The disk is made full by letting fsync fail as it does there."""
    import errno

    path = tmp_path / "orders.csv"
    path.write_text(GOOD)
    assert answer([str(a) for a in clearing_of(path)]) == 0
    capsys.readouterr()
    before = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    refused(capsys, "cli.disk_full", *clearing_of(path))
    assert {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()} == before


@pytest.mark.parametrize(
    "arguments",
    [["clear"], ["clear", "x.csv"], ["nonsense"], ["verify"], ["--nonsense"], ["clear", "--tick"]],
)
def test_wrong_usage_ends_with_two(capsys, arguments):
    assert answer(arguments) == USAGE
    assert "Traceback" not in capsys.readouterr().err


def test_an_error_of_ours_is_one_line_with_what_to_send(capsys, monkeypatch):
    from yaosu.cli import app
    from yaosu.cli.output import OUR_ERROR

    def broken(**_: object) -> None:
        raise ZeroDivisionError("boom")

    monkeypatch.setattr(app.version, "callback", broken)
    assert answer(["version"]) == OUR_ERROR
    said = capsys.readouterr().err
    assert said.startswith("cli.our_error: ZeroDivisionError at test_bad_input.py:")
    assert said.count("\n") == 1
    assert "report this line" in said
