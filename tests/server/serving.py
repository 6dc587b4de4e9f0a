"""A real server process on a loopback port, over a small venue with people in it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from argon2 import PasswordHasher

import yaosu as ys
from tests.server.every_mechanism import FACTORS, adopt_posts, open_every_mechanism
from tests.stories import DOCUMENT, EXCHANGE, MINISTRY, REGISTRY, WATCH, Story, shipped
from yaosu.cases.commands import AdoptProcedure, FileCase
from yaosu.cases.parse import parse_procedure
from yaosu.cases.requests import request_of
from yaosu.door import draw
from yaosu.engine.clock import system_clock
from yaosu.journal.opening import open_store
from yaosu.kernel.columns import Columns
from yaosu.kernel.instant import DAY, MINUTE
from yaosu.kernel.signed_note import signing_key
from yaosu.markets.commands import EnterListing, OpenListing, OpenSealedBid, SealBid
from yaosu.markets.mechanisms.listing_parameters import Criterion
from yaosu.parties.commands import NameKey, RegisterParty
from yaosu.places.commands import DefineCalendar
from yaosu.rights.commands import RegisterRight
from yaosu.rules.parse_places import parse_calendar
from yaosu.server.logins import Logins

PASSWORD = "four words are enough"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # tests hash many
LOGINS = {"operator": EXCHANGE, "registrar": REGISTRY, "supervisor": WATCH, "anna": "anna",
          "bert": "bert", "carl": "carl", "eve": "eve"}  # fmt: skip
SCOPES = ("act", "manage", "metrics", "read")


def quick_rules() -> str:
    """The shipped rules, with listings that take no days: rising, sealed, a tender."""
    text = shipped("rules/national.toml")
    row = next(line for line in text.splitlines() if 'listing_terms = "falling_clock"' in line)
    more = [
        row.replace("falling_clock", name)
        .replace('"dutch"', f'"{form}"')
        .replace("soft_close_minutes = 0", f"soft_close_minutes = {soft}")
        .replace("extension_minutes = 0", f"extension_minutes = {soft}")
        .replace("deposit_percent = 0", "deposit_percent = 10")
        .replace("scoring_days = 1", f"scoring_days = {days}")
        for name, form, soft, days in (
            ("quick_rising", "english", 7, 1),
            ("quick_sealed", "first_price", 0, 1),
            ("quick_tender", "tender", 0, 3_000),
        )
    ]
    return text.replace(row, "\n".join([*more, row]))


def put_up(story: Story) -> None:
    """A listing of bert's with rising bids, that ends in a day or, with a bid at its end, later."""
    now = max(system_clock(), story.clock())
    story.ask(
        OpenListing,
        "bert",
        listing="l1",
        right="gpu-bert",
        terms="quick_rising",
        price=100_000,
        lots=100,
        increment=5_000,
        ends=now + DAY,
    )


def tender(story: Story) -> None:
    """A tender of bert's with anna's bid, that carl and the registrar score."""
    story.right("gpu-tender", "bert", 10, instrument="gpu-tender")
    begins = story.clock()
    story.ask(
        OpenListing,
        "bert",
        listing="t1",
        right="gpu-tender",  # its own: other tests freeze the other
        terms="quick_tender",
        price=1_000,
        lots=10,
        ends=begins + 60 * MINUTE,
        criteria=(
            Criterion(name="plan", weight="1/2", points_max=10),
            Criterion(name="energy", weight="1/5", points_max=10),
        ),
        price_weight="3/10",
        evaluators=("carl", REGISTRY),
    )
    story.ask(EnterListing, "anna", listing="t1")
    bid = Columns.of(price=[1_500], quantity=[1])
    venue = story.venue.state.parties.venue
    assert venue is not None
    command = SealBid(actor="anna", key=story.key(), listing="t1")
    sealed, opened = ys.seal_own(command, {"bid": bid}, venue=venue.id, secret=b"k" * 32)
    story.venue.submit(sealed).accepted()
    story.clock.forward(60 * MINUTE)
    story.venue._writer.tick()
    salt = opened["bid"].salt
    story.ask(OpenSealedBid, "anna", listing="t1", party="anna", salt=salt, bid=bid)


def make_venue(folder: Path) -> None:
    """A venue with a call auction, a continuous market, and two people with money and lots."""
    folder.mkdir(parents=True, exist_ok=True)
    story = Story(open_store(folder / "market.db")).found(["compute", "capital"], quick_rules())
    adopt_posts(story)
    key = signing_key("venue-1", bytes(range(32)))
    (folder / "signing.key").write_text(key.text)
    story.ask(NameKey, EXCHANGE, vkey=key.verifier.text)
    for name in ("anna", "bert"):
        story.party(name, FACTORS, money=1_000_000_000)
        story.right(f"gpu-{name}", name, 1_000_000, instrument="gpu")
    story.party("carl")  # has nothing and does whatever the document gives as an example
    story.ask(RegisterParty, EXCHANGE, party="eve", kind="organisation", name="eve")  # no more
    story.market("call", clear_at_close=False)
    story.market("live", mechanism="continuous", clear_at_close=False)
    tender(story)
    put_up(story)
    open_every_mechanism(story)
    file_case(story)
    story.venue.close()


def file_case(story: Story) -> None:
    """A case of anna's that waits for the registrar, one of its two papers missing."""
    story.ask(DefineCalendar, MINISTRY, calendar=parse_calendar(shipped("calendars/cn.toml")))
    procedure = parse_procedure(shipped("procedures/first_registration.toml"))
    story.ask(AdoptProcedure, MINISTRY, procedure=procedure)
    given: dict[str, Any] = story.registration("gpu-new", "anna", 10)
    entry = RegisterRight(actor="anna", key="any", **given)
    story.ask(
        FileCase,
        "anna",
        case="case-1",
        procedure="first_registration",
        facts={"right": "gpu-new", "unit": given["unit"]},
        documents={"application": DOCUMENT},
        request=request_of(entry, "case-1", "anna"),
    )


def make_logins(folder: Path) -> dict[str, str]:
    """A login for each of ``LOGINS``; login -> a token with all scopes it may have."""
    logins = Logins(str(folder / "market.logins"), system_clock, draw, hasher=QUICK)
    tokens = {}
    for name, party in LOGINS.items():
        link = logins.new_link(name, [party], manages=name == "operator")
        logins.use_link(link, PASSWORD)
        _, caller = logins.sign_in(name, PASSWORD)
        tokens[name], _ = logins.new_token(caller, "tests", caller.scopes, (), 3600)
    logins.close()
    return tokens


class Served:
    """A server process; ``as_`` gives a client that is signed in by a token."""

    def __init__(self, folder: Path, tokens: dict[str, str], *flags: str, **setting: str) -> None:
        self.folder, self.tokens = folder, tokens
        words = (sys.executable, "-m", "yaosu", "serve", str(folder), "--json")
        environment = {**os.environ, **{f"YAOSU_{k.upper()}": v for k, v in setting.items()}}
        self.log = (folder / "server.log").open("ab")
        self.process = subprocess.Popen(
            [*words, "--listen", "127.0.0.1:0", *flags],
            stdout=subprocess.PIPE,
            stderr=self.log,
            env=environment,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, (folder / "server.log").read_text()
        self.told: dict[str, Any] = json.loads(line)
        self.url = str(self.told["url"])

    def as_(self, login: str = "", **headers: str) -> httpx.Client:
        if login:
            headers["Authorization"] = f"Bearer {self.tokens[login]}"
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)

    def said(self) -> str:
        """The log so far."""
        return (self.folder / "server.log").read_text()

    def stop(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.log.close()
        return code


def serve(folder: Path, *flags: str, **setting: str) -> Served:
    """A venue with its logins, served."""
    make_venue(folder)
    tokens = make_logins(folder)
    return Served(folder, tokens, "--signing-key", "signing.key", *flags, **setting)


def ask(client: httpx.Client, tag: str, key: str, /, **fields: Any) -> httpx.Response:
    """Ask a command."""
    return client.post(f"/v1/commands/{tag}", json=fields, headers={"Idempotency-Key": key})


def orders(*rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Orders of (side, price, quantity)."""
    return [
        {"instrument": "gpu", "region": "east", "side": side, "price": price, "quantity": lots}
        for side, price, lots in rows
    ]
