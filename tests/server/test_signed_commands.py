"""Signed commands through the doors: over HTTP, by the client, by the command line, in Python."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import yaosu as ys
from tests.fixtures.release_signing import VENUE, pen, register
from tests.server.serving import Served, make_logins, make_venue, orders
from tests.stories import EXCHANGE, Story, row
from yaosu.cli.app import answer
from yaosu.engine.recovery import command_of
from yaosu.engine.sealed import Sealed
from yaosu.journal.keys import MEMORY, KeyStore
from yaosu.journal.opening import open_store
from yaosu.journal.wrapping import WrappingKey
from yaosu.kernel.refusal import Refusal
from yaosu.markets.commands import SubmitOrders
from yaosu.parties.commands import AskSigned, RegisterParty, RequireSigned, SealData


def typed(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, Any]:
    assert answer([*words, "--json"]) == code
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return said


def order(key: str) -> SubmitOrders:
    placed = row("anna", 1, 3, 1, "east", "gpu")
    return SubmitOrders(actor="anna", key=key, market="call", batch=key, orders=placed)


def test_from_a_key_file_to_a_journal_that_proves_who_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A key is made, registered and required; a stolen token orders nothing; verify proves it."""
    folder = tmp_path / "venue"
    make_venue(folder)
    served = Served(folder, make_logins(folder))
    token, fields, key = tmp_path / "token", tmp_path / "order.json", tmp_path / "anna.key"
    token.write_text(served.tokens["anna"])
    where = ("--server", served.url, "--token-file", str(token))
    assert answer(["key", "new", "anna", "--out", str(key)]) == 0
    capsys.readouterr()
    made = typed(capsys, "key", "register", str(key), "--as", "anna", *where)
    assert len(made["signing_key"]) == 16
    fields.write_text('{"commands": ["markets.*"]}')
    require = ("ask", "parties.require_signed", str(fields), "--as", "anna", "--key", "r")
    typed(capsys, *require, *where)
    fields.write_text(json.dumps({"market": "call", "batch": "b", "orders": orders((1, 8, 2))}))
    place = ("ask", "markets.submit_orders", str(fields), "--as", "anna", "--key", "b")
    refused = typed(capsys, *place, *where, code=1)
    assert refused["code"] == "parties.signature_needed"
    told = typed(capsys, *place, "--sign", str(key), *where)
    with ys.Client(served.url, served.tokens["anna"]) as plain:
        with pytest.raises(Refusal, match=r"parties\.signature_needed"):
            plain.submit(order("stolen"))
        shown = plain.read(f"/v1/entries/{told['sequence']}")
        assert shown["command"] == "parties.ask_signed"
    from yaosu.cli.proofs import read_signing_key

    with ys.Client(served.url, served.tokens["anna"], signing_key=read_signing_key(key)) as signer:
        first, again = signer.submit(order("c-1")), signer.submit(order("c-1"))
        assert (first.accepted().sequence, again.repeated) == (again.sequence, True)
    with served.as_("anna") as client:
        body = {"request": "AAAA", "signing_key": made["signing_key"], "signature": ""}
        sent = client.post(
            "/v1/commands/parties.ask_signed", json=body, headers={"Idempotency-Key": "x"}
        )
        assert sent.status_code == 400, sent.text
    assert served.stop() == 0
    with open_store(folder / "market.db", readonly=True) as store:
        (entry,) = store.read(told["sequence"], told["sequence"])
        assert isinstance(command_of(entry), AskSigned)
    done = subprocess.run(
        [sys.executable, "-m", "yaosu", "verify", str(folder / "market.db"), "--json"],
        capture_output=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["signed"] == 2


def test_programs_that_await_sign_too(served: Served) -> None:
    import asyncio

    async def story() -> str:
        async with ys.AsyncClient(
            served.url, served.tokens["bert"], signing_key=pen("bert", 9)
        ) as venue:
            asked = RequireSigned(actor="bert", key="await-1")
            with pytest.raises(Refusal) as refused:
                await venue.submit(asked)
        return refused.value.code

    assert asyncio.run(story()) == "parties.not_signed", "no such key is on record"


def test_what_travels_sealed_is_signed_with_its_command() -> None:
    """By the Python door: the notes stand in what is signed, the ciphertext beside the entry."""
    keys = KeyStore(MEMORY, WrappingKey(bytes(range(32))), bytes)
    story = Story(keys=keys).found([])
    story.ask(RegisterParty, EXCHANGE, party="anna", kind="person", name="")
    key = pen("anna")
    register(story, "anna", key)
    story.ask(RequireSigned, "anna", commands=("*",))
    plain = SealData(actor="anna", key="s", party="anna")
    sealed = story.venue.seal(plain, {"phone": "+86 10 5550 1234"})
    with pytest.raises(Refusal, match=r"parties\.signature_needed"):
        story.venue.submit(sealed)
    other = story.venue.seal(SealData(actor="anna", key="s", party="anna"), {"phone": "another"})
    signed = story.venue.sign(sealed, key)
    assert isinstance(signed, Sealed)
    mixed = Sealed(signed.command, other.items)
    with pytest.raises(Refusal):
        story.venue.submit(mixed)
    receipt = story.venue.submit(story.venue.sign(sealed, key)).accepted()
    assert story.venue.open_sealed(receipt.sequence, "phone").value == "+86 10 5550 1234"
    found = story.venue.verify()
    assert (found.signed, found.secrets.matches) == (1, 1)
    assert VENUE == "venue-1"
