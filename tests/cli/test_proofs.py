"""`key new`, `export --tlog`, `prove`, `verify --proof`: from a journal to an outsider's answer."""

import json
import sqlite3
import stat
from pathlib import Path

import pytest

import yaosu as ys
from tests.journal.build import journal_of
from tests.kernel.test_signed_note import cosignature, witness_key
from yaosu.cli.app import answer
from yaosu.cli.output import CHECK_FAILED, DONE, REFUSED, USAGE
from yaosu.journal.merkle import Tree
from yaosu.kernel.signed_note import COSIGNATURE, VerifierKey, parse_verifier_key
from yaosu.parties.commands import FoundVenue, RegisterParty


def grown(path: Path, parties: int) -> Path:
    """A real journal: a venue is founded and parties are registered, one entry each."""
    with ys.open(path) as venue:
        venue.submit(
            FoundVenue(
                actor="founder", key="1", venue="V", operator="op", authority="gov", currency="CNY"
            )
        )
        for number in range(parties):
            name = f"firm-{number}"
            venue.submit(
                RegisterParty(actor="op", key=name, party=name, kind="organisation", name=name)
            ).accepted()
    return path


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A journal, a key, and the exported log."""
    journal = grown(tmp_path / "market.db", 5)
    ended(DONE, "key", "new", "example.org/market", "--out", tmp_path / "key")
    ended(DONE, "export", journal, "--tlog", tmp_path / "log", "--key", tmp_path / "key")
    return tmp_path


def ended(code: int, *arguments: object) -> None:
    assert answer([str(argument) for argument in arguments]) == code


def said(capsys, *arguments: object) -> tuple[int, dict]:
    capsys.readouterr()
    code = answer([*map(str, arguments), "--json"])
    return code, json.loads(capsys.readouterr().out)


def refused(capsys, code: int, refusal: str, *arguments: object) -> None:
    capsys.readouterr()
    assert answer([str(argument) for argument in arguments]) == code
    lines = capsys.readouterr().err.splitlines()
    words = "\n".join(line for line in lines if not line.startswith("writing "))
    assert words.startswith(f"{refusal}: "), words


def test_an_entry_is_proved_to_somebody_who_has_two_files_only(desk: Path, capsys) -> None:
    checkpoint, proof = desk / "log" / "checkpoint", desk / "3.tlog-proof"
    ended(
        DONE, "prove", desk / "market.db", 3, "--out", proof,
        "--checkpoint", checkpoint, "--payloads", desk / "3.json",
    )  # fmt: skip
    vkey = (desk / "log" / "vkey").read_text().strip()
    (desk / "market.db").unlink()
    code, proved = said(capsys, "verify", "--proof", proof, "--vkey", vkey)
    assert code == DONE
    assert proved["schema"] == "yaosu.verify-proof/1"
    assert (proved["sequence"], proved["outcome"], proved["payloads"]) == (3, "accepted", None)
    assert (proved["origin"], proved["algorithm"]) == ("example.org/market", "Ed25519")
    more = ("--payloads", desk / "3.json")
    code, proved = said(capsys, "verify", "--proof", proof, "--vkey", desk / "log" / "vkey", *more)
    assert proved["payloads"]["command"] == "parties.register_party"
    assert proved["payloads"]["body"]["party"] == "firm-2"
    ended(DONE, "verify", "--proof", proof, "--vkey", vkey, *more)
    assert "parties.register_party by op" in capsys.readouterr().out
    ended(DONE, "verify", "--proof", proof, "--vkey", vkey)
    assert "(digest)" in capsys.readouterr().out


def test_a_proof_under_another_key_or_changed_ends_with_three(desk: Path, capsys) -> None:
    proof = desk / "3.tlog-proof"
    ended(DONE, "prove", desk / "market.db", 3, "--out", proof, "--key", desk / "key")
    _, other = said(capsys, "key", "new", "example.org/market", "--out", desk / "other")
    refused(
        capsys, CHECK_FAILED, "kernel.not_signed",
        "verify", "--proof", proof, "--vkey", other["vkey"],
    )  # fmt: skip
    vkey, text = desk / "log" / "vkey", proof.read_text()
    lines = text.split("\n")
    lines[3], lines[4] = lines[4], lines[3]
    proof.write_text("\n".join(lines))
    refused(capsys, CHECK_FAILED, "journal.proof_fails", "verify", "--proof", proof, "--vkey", vkey)
    head, _, note = text.partition("\n\n")
    origin, size, rest = note.split("\n", 2)
    proof.write_text(f"{head}\n\n{origin}\n{int(size) + 1}\n{rest}")
    refused(
        capsys, CHECK_FAILED, "kernel.signature_fails", "verify", "--proof", proof, "--vkey", vkey
    )
    ended(
        DONE, "prove", desk / "market.db", 2, "--out", proof, "--key", desk / "key",
        "--payloads", desk / "2.json",
    )  # fmt: skip
    document = json.loads((desk / "2.json").read_text())
    (desk / "2.json").write_text(json.dumps(document | {"events": document["command"]}))
    refused(
        capsys, CHECK_FAILED, "journal.payload_differs",
        "verify", "--proof", proof, "--vkey", vkey, "--payloads", desk / "2.json",
    )  # fmt: skip


def test_a_later_journal_is_proved_to_continue_the_checkpoint_kept(desk: Path, capsys) -> None:
    kept, proof, vkey = desk / "kept", desk / "proof", desk / "log" / "vkey"
    kept.write_bytes((desk / "log" / "checkpoint").read_bytes())
    journal = grown(desk / "market.db", 9)
    ended(DONE, "prove", journal, "--since", kept, "--out", proof, "--key", desk / "key")
    code, proved = said(capsys, "verify", "--proof", proof, "--vkey", vkey, "--since", kept)
    assert code == DONE
    assert proved["schema"] == "yaosu.verify-continuation/1"
    assert proved["entries"] > proved["since"]
    ended(DONE, "verify", "--proof", proof, "--vkey", vkey, "--since", kept)
    ended(USAGE, "verify", "--proof", proof, "--vkey", vkey)
    code, proved = said(capsys, "verify", journal, "--since", kept, "--vkey", vkey)
    assert (code, proved["since"]) == (DONE, proved["since"])
    assert proved["since"] < proved["entries"]
    ended(DONE, "verify", journal, "--since", kept, "--vkey", vkey)
    assert "continues the checkpoint" in capsys.readouterr().out


def test_a_journal_written_anew_is_found_by_the_checkpoint_kept(desk: Path, capsys) -> None:
    """The journal fits together in itself; only what was kept elsewhere tells."""
    kept, log = desk / "log" / "checkpoint", desk / "log"
    before = kept.read_bytes()
    for name, parties in (("anew.db", 9), ("cut.db", 1)):
        anew = grown(desk / name, parties)
        ended(DONE, "verify", anew)
        for arguments in (
            ("verify", anew, "--since", kept, "--vkey", log / "vkey"),
            ("prove", anew, 1, "--out", desk / "p", "--checkpoint", kept),
            ("prove", anew, "--since", kept, "--out", desk / "p", "--key", desk / "key"),
            ("export", anew, "--tlog", log, "--key", desk / "key"),
        ):
            refused(capsys, CHECK_FAILED, "journal.other_history", *arguments)
    assert kept.read_bytes() == before
    assert not (desk / "p").exists()


def test_a_proof_from_tiles_is_the_one_from_all_headers(desk: Path) -> None:
    kept, log = desk / "kept", desk / "log"
    kept.write_bytes((log / "checkpoint").read_bytes())
    journal = grown(desk / "market.db", 9)
    ended(DONE, "export", journal, "--tlog", log, "--key", desk / "key")
    for what in ((3,), ("--since", kept)):
        for name, by in (("headers", ("--checkpoint", log / "checkpoint")), ("t", ("--tlog", log))):
            ended(DONE, "prove", journal, *what, "--out", desk / name, *by)
        assert (desk / "t").read_bytes() == (desk / "headers").read_bytes()


def test_no_proof_is_handed_out_that_does_not_hold(desk: Path, capsys) -> None:
    kept, log, out = desk / "kept", desk / "log", desk / "p"
    kept.write_bytes((log / "checkpoint").read_bytes())
    journal = grown(desk / "market.db", 9)
    ended(DONE, "export", journal, "--tlog", log, "--key", desk / "key")
    size = (log / "checkpoint").read_text().splitlines()[1]
    tile = log / "tile" / "0" / "000.p" / size
    whole = tile.read_bytes()
    tile.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    for what in ((3,), ("--since", kept)):
        arguments = ("prove", journal, *what, "--out", out, "--tlog", log)
        refused(capsys, CHECK_FAILED, "journal.proof_fails", *arguments)
    tile.write_bytes(whole[:-1])
    refused(capsys, CHECK_FAILED, "journal.damaged", "prove", journal, 3, "--out", out,
            "--tlog", log)  # fmt: skip
    tile.unlink()
    refused(capsys, REFUSED, "cli.file_missing", "prove", journal, 3, "--out", out, "--tlog", log)
    assert not out.exists()


def test_options_of_the_other_kind_of_proof_are_wrong_usage(desk: Path) -> None:
    checkpoint, vkey = desk / "log" / "checkpoint", desk / "log" / "vkey"
    by = ("--tlog", desk / "log")
    ended(DONE, "prove", desk / "market.db", 1, "--out", desk / "e", *by)
    ended(DONE, "prove", desk / "market.db", "--since", checkpoint, "--out", desk / "c", *by)
    ended(USAGE, "verify", "--proof", desk / "e", "--vkey", vkey, "--since", checkpoint)
    ended(
        USAGE, "verify", "--proof", desk / "c", "--vkey", vkey, "--since", checkpoint,
        "--payloads", desk / "e",
    )  # fmt: skip
    ended(REFUSED, "verify", "--proof", desk / "e", "--vkey", "x" * 5000)


def test_an_export_goes_on_where_the_last_one_ended(desk: Path, capsys) -> None:
    log = desk / "log"
    tile = next((log / "tile" / "0").glob("*.p/*"))
    before = tile.read_bytes()
    journal = grown(desk / "market.db", 8)
    code, exported = said(capsys, "export", journal, "--tlog", log, "--key", desk / "key")
    assert code == DONE
    assert exported["rows"] == {}
    assert exported["tlog"]["entries"] == int((log / "checkpoint").read_text().splitlines()[1])
    assert tile.read_bytes() == before, "the tiles of an earlier checkpoint stay"
    later = (log / "tile" / "0" / "000.p" / str(exported["tlog"]["entries"])).read_bytes()
    assert later.startswith(before)


def test_an_export_without_a_key_signs_nothing(desk: Path, capsys) -> None:
    code, exported = said(capsys, "export", desk / "market.db", "--tlog", desk / "plain")
    assert code == DONE
    assert exported["tlog"]["checkpoint"] is None
    assert not (desk / "plain" / "checkpoint").exists()
    ended(DONE, "export", desk / "market.db", "--tlog", desk / "plain")
    assert "give --key to sign one" in capsys.readouterr().out


def test_no_payload_and_no_secret_leaves_with_the_log(desk: Path) -> None:
    secret = (desk / "key").read_text().strip().split("+", 4)[4]
    assert len(secret) == 44
    for path in (desk / "log").rglob("*"):
        if path.is_file():
            assert b"firm-2" not in path.read_bytes()
            assert secret.encode() not in path.read_bytes()
    assert secret.encode() not in (desk / "market.db").read_bytes()


def test_a_key_is_for_its_owner_and_never_written_over(desk: Path, capsys) -> None:
    path = desk / "key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    refused(capsys, REFUSED, "cli.file_exists", "key", "new", "example.org/x", "--out", path)
    assert path.read_bytes() == before
    refused(capsys, REFUSED, "kernel.bad_key", "key", "new", "two words", "--out", desk / "k2")
    assert not (desk / "k2").exists()
    refused(
        capsys, REFUSED, "cli.cannot_write",
        "key", "new", "example.org/x", "--out", desk / "none" / "key",
    )  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [
        ("verify",),
        ("verify", "J", "--proof", "P", "--vkey", "V"),
        ("verify", "--proof", "P"),
        ("verify", "J", "--since", "C"),
        ("verify", "J", "--payloads", "P"),
        ("verify", "J", "--vkey", "V"),
        ("prove", "J", "--out", "P", "--key", "K"),
        ("prove", "J", "1", "--since", "C", "--out", "P", "--key", "K"),
        ("prove", "J", "1", "--out", "P"),
        ("prove", "J", "1", "--out", "P", "--key", "K", "--checkpoint", "C"),
        ("prove", "J", "1", "--out", "P", "--key", "K", "--tlog", "D"),
        ("prove", "J", "--since", "C", "--out", "P", "--key", "K", "--payloads", "F"),
        ("export", "J"),
        ("export", "J", "--out", "F", "--key", "K"),
    ],
)
def test_what_does_not_go_together_is_wrong_usage(arguments: tuple[str, ...]) -> None:
    ended(USAGE, *arguments)


def test_a_head_that_does_not_fit_is_never_signed(desk: Path, capsys) -> None:
    """Root and peaks fit each other, so opening sees nothing; they are not those of the entries."""
    with sqlite3.connect(desk / "market.db") as database:
        size, peaks = database.execute("select size, peaks from head").fetchone()
        forged = Tree(size, bytes(len(peaks)))
        database.execute("update head set peaks = ?, root = ?", (forged.peaks, forged.root()))
    database.close()
    for arguments in (
        ("prove", desk / "market.db", 1, "--out", desk / "p", "--key", desk / "key"),
        ("export", desk / "market.db", "--tlog", desk / "log2", "--key", desk / "key"),
    ):
        refused(capsys, CHECK_FAILED, "journal.damaged", *arguments)
    assert not (desk / "p").exists()
    assert not (desk / "log2" / "checkpoint").exists()


def test_an_entry_that_is_not_there_is_refused(desk: Path, capsys) -> None:
    refused(
        capsys, REFUSED, "journal.bad_range",
        "prove", desk / "market.db", 99, "--out", desk / "p", "--key", desk / "key",
    )  # fmt: skip
    refused(
        capsys, REFUSED, "kernel.bad_key",
        "prove", desk / "market.db", 1, "--out", desk / "p", "--key", desk / "log" / "vkey",
    )  # fmt: skip
    empty = journal_of(desk / "empty.db")
    ended(DONE, "export", empty, "--tlog", desk / "none", "--key", desk / "key")
    assert (desk / "none" / "checkpoint").read_text().splitlines()[1] == "0"


def test_a_party_proves_all_its_rows_to_somebody_who_has_one_file(desk: Path, capsys) -> None:
    """S2-26: from the command line, checked with the public key alone."""
    vkey, proof = desk / "log" / "vkey", desk / "own"
    journal = desk / "market.db"
    code, made = said(
        capsys, "prove", journal, "--party", "firm-2", "--key", desk / "key", "--out", proof
    )
    assert (code, made["party"]) == (DONE, "firm-2")
    code, proven = said(capsys, "verify", "--proof", proof, "--vkey", vkey)
    assert code == DONE
    assert (proven["party"], proven["first"], proven["last"]) == ("firm-2", 0, 1)
    (entry,) = proven["held"]
    assert entry["sequence"] == 3
    assert entry["rows"][0]["content"]["party"]["id"] == "firm-2"
    ended(DONE, "verify", "--proof", proof, "--vkey", vkey)
    assert "1 rows of firm-2 in 1 entries; all it has from the beginning" in capsys.readouterr().out

    raw = bytearray(proof.read_bytes())
    raw[len(raw) // 2] ^= 1
    proof.write_bytes(raw)
    assert answer(["verify", "--proof", str(proof), "--vkey", str(vkey)]) in (REFUSED, CHECK_FAILED)
    ended(USAGE, "prove", journal, "--party", "a", "--since", vkey, "--key", vkey, "--out", proof)
    ended(USAGE, "prove", journal, "3", "--to", "2", "--key", vkey, "--out", proof)


def test_a_new_key_is_named_and_who_trusts_the_old_one_finds_it(desk: Path, capsys) -> None:
    """Key rotation from the command line: signed by the old key, found by a proof of keys."""
    journal, old, new = desk / "market.db", desk / "key", desk / "new"
    kept = desk / "kept"
    kept.write_text((desk / "log" / "checkpoint").read_text())
    vkey = desk / "old.vkey"
    vkey.write_text((desk / "log" / "vkey").read_text())
    ended(DONE, "key", "new", "example.org/market", "--out", new)
    ended(DONE, "key", "rotate", journal, "--to", old, "--actor", "op")
    refused(capsys, REFUSED, "parties.not_endorsed", "key", "rotate", journal, "--to", new,
            "--actor", "op")  # fmt: skip
    code, named = said(
        capsys, "key", "rotate", journal, "--to", new, "--from", old, "--actor", "op"
    )
    assert (code, named["sequence"]) == (DONE, 11)
    signs = ("export", journal, "--tlog", desk / "log", "--key")
    refused(capsys, REFUSED, "engine.key_replaced", *signs, old)
    refused(
        capsys, REFUSED, "engine.key_replaced",
        "prove", journal, "3", "--key", old, "--out", desk / "no",
    )  # fmt: skip
    ended(DONE, *signs, new)
    ended(DONE, "prove", journal, "3", "--tlog", desk / "log", "--out", desk / "proof")
    ended(DONE, "prove", journal, "--venue-keys", "--tlog", desk / "log", "--out", desk / "keys")

    checked = ("verify", "--proof", desk / "proof", "--vkey", vkey)
    refused(capsys, CHECK_FAILED, "kernel.not_signed", *checked)
    ended(DONE, *checked, "--venue-keys", desk / "keys")
    ended(DONE, "verify", journal, "--vkey", vkey, "--since", kept)
    ended(DONE, "verify", journal, "--vkey", vkey, "--since", desk / "log" / "checkpoint")


def test_witnesses_are_counted(desk: Path, capsys) -> None:
    """C2SP tlog-cosignature: as many as the verifier asks for."""
    path = desk / "log" / "checkpoint"
    note = path.read_text()
    one = ("witness.example/1", bytes([1]) * 32)
    path.write_text(note + cosignature(note, *one, 1_700_000_000))
    ended(DONE, "export", desk / "market.db", "--tlog", desk / "log", "--key", desk / "key")
    assert "witness.example/1" in path.read_text()  # the same checkpoint keeps its witnesses
    ended(DONE, "prove", desk / "market.db", "2", "--tlog", desk / "log", "--out", desk / "p")
    seen, unseen = witness_key(*one), witness_key("witness.example/2", bytes([2]) * 32)
    checked = ("verify", "--proof", desk / "p", "--vkey", desk / "log" / "vkey", "--witness", seen)
    code, proven = said(capsys, *checked)
    assert (code, list(proven["witnesses"])) == (DONE, ["witness.example/1"])
    refused(capsys, CHECK_FAILED, "journal.too_few_witnesses", *checked, "--witness", unseen)
    ended(DONE, *checked, "--witness", unseen, "--quorum", "1")
    # nobody is counted twice: not by another name, not by another key, not the venue itself
    venue = parse_verifier_key((desk / "log" / "vkey").read_text())
    twice = [
        seen,
        witness_key("witness.example/3", one[1]),
        witness_key(one[0], bytes([3]) * 32),
        VerifierKey("witness.example/4", COSIGNATURE, venue.public).text,
    ]
    for again in twice:
        refused(capsys, REFUSED, "kernel.bad_key", *checked, "--witness", again)
    ended(DONE, "verify", desk / "market.db", *checked[3:], "--since", path)
