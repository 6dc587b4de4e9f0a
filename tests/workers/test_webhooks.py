"""Webhooks: what a party's rows say goes out signed, in order, to public addresses alone."""

import hmac
import json
import socket
import threading
import time
from base64 import b64decode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.stories import EXCHANGE, Story
from yaosu.engine.clock import StepClock
from yaosu.kernel.instant import SECOND
from yaosu.kernel.refusal import Refusal
from yaosu.parties.commands import GivePower, RegisterParty
from yaosu.server.problems import as_json
from yaosu.workers import outbound
from yaosu.workers.delivering import Delivering
from yaosu.workers.outbound import Heard, is_public, post, target_of
from yaosu.workers.outbox import Outbox
from yaosu.workers.webhooks import ED25519, HMAC, SUBSCRIPTIONS_MAX, Webhooks, is_signed

URL = "https://receiver.example/hook"


class Receiver:
    """Stands for the other side: what it got, and what it answers."""

    def __init__(self) -> None:
        self.got: list[tuple[str, bytes, dict[str, str]]] = []
        self.answers = [Heard(200, "200")]

    def __call__(self, url: str, body: bytes, headers: dict[str, str], **_: Any) -> Heard:
        self.got.append((url, body, headers))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class House:
    """A venue with people, webhooks over its outbox, and a receiver; runs when it is told to."""

    def __init__(self, folder: Path) -> None:
        self.story = Story().found([])
        self.acts_for: dict[str, tuple[str, ...]] = {"anna": ("anna", "firm"), "bert": ("bert",)}
        for name in ("anna", "bert", "firm"):
            self.story.ask(RegisterParty, EXCHANGE, party=name, kind="person", name=name)
        self.clock = StepClock(1_800_000_000 * SECOND)
        self.outbox = Outbox(str(folder / "a.outbox"), self.clock, waits=(5, 30))
        self.receiver, self.drawn = Receiver(), 0
        self.hooks = Webhooks(
            self.outbox, self.clock, self.draw, self.acts_for.get, as_json, send=self.receiver
        )
        venue = self.story.venue
        self.running = Delivering(
            self.outbox, venue.store, lambda: venue.size, {"webhooks": self.hooks.feed},
            {"webhook": self.hooks.deliver},
        )  # fmt: skip

    def draw(self, count: int) -> bytes:
        self.drawn += 1
        return sha256(str(self.drawn).encode()).digest()[:count]

    def power(self, name: str, actor: str = "anna", attorney: str = "firm") -> None:
        fields = {"power": name, "attorney": attorney, "commands": ("x",)}
        self.story.ask(GivePower, actor, **fields)

    def run(self) -> list[dict[str, Any]]:
        """Read and deliver all there is; the bodies that came since."""
        before = len(self.receiver.got)
        while self.running.read_on():
            pass
        while self.running.deliver_one():
            pass
        return [json.loads(body) for _, body, _ in self.receiver.got[before:]]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.hooks.close()
    made.outbox.close()


def test_a_message_says_what_happened_to_a_party_and_nothing_of_others(house: House) -> None:
    made, secret = house.hooks.subscribe("anna", ["anna"], URL, ["parties.*"], HMAC)
    house.power("p1")
    house.power("p2", "bert", "firm")
    (said,) = house.run()
    assert (said["type"], said["party"], said["entry"]) == (
        "rows",
        "anna",
        house.story.venue.size - 2,
    )
    assert [row["event"] for row in said["rows"]] == ["parties.power_given/1"]
    assert said["rows"][0]["content"]["power"]["id"] == "p1"
    assert secret not in json.dumps(as_json(house.hooks.subscriptions("anna")).decode())
    assert made.parties == ("anna",)


def test_both_signatures_are_those_of_the_published_form(house: House) -> None:
    """Standard Webhooks: id, second and body, joined by points; HMAC or Ed25519 over them."""
    _, secret = house.hooks.subscribe("anna", ["anna"], URL, ["*"], HMAC)
    other, nothing = house.hooks.subscribe("anna", ["anna"], URL, ["*"], ED25519)
    house.power("p1")
    assert nothing == ""
    assert other.public.startswith("whpk_")
    house.run()
    by_kind = {got[2]["webhook-signature"][:3]: got for got in house.receiver.got}
    first, second = by_kind["v1,"], by_kind["v1a"]
    for (_, body, headers), key in ((first, secret), (second, other.public)):
        assert headers["webhook-timestamp"] == "1800000000"
        assert is_signed(key, headers, body)
        assert not is_signed(key, headers, body + b" ")
        assert not is_signed(key, {**headers, "webhook-timestamp": "1800000001"}, body)
        assert not is_signed(key, {**headers, "webhook-id": "x"}, body)
    _, body, headers = first
    message = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = hmac.digest(b64decode(secret.removeprefix("whsec_")), message, "sha256")
    assert b64decode(headers["webhook-signature"].removeprefix("v1,")) == wanted


def test_a_message_is_tried_again_under_its_id_and_the_next_waits_for_it(house: House) -> None:
    house.hooks.subscribe("anna", ["anna"], URL, ["*"], HMAC)
    house.receiver.answers = [Heard(503, "503"), Heard(0, "TimeoutError"), Heard(200, "200")]
    house.power("p1")
    house.power("p2")
    first = house.run()
    assert len(first) == 1
    house.clock.forward(5 * SECOND)
    second = house.run()
    house.clock.forward(30 * SECOND)
    third, fourth = house.run()
    assert first[0]["id"] == second[0]["id"] == third["id"] != fourth["id"]
    signatures = {headers["webhook-signature"] for _, _, headers in house.receiver.got[:3]}
    assert len(signatures) == 3, "each try is signed with its own time"
    lane = house.hooks.subscriptions("anna")[0].subscription
    shown = house.outbox.deliveries(lane)
    assert [one.state for one in shown] == ["delivered", "delivered"]
    told = [attempt.told for attempt in house.outbox.attempts(shown[1].number)]
    assert told == ["503", "TimeoutError", "200"]


def test_whoever_may_no_longer_see_is_told_no_more(house: House) -> None:
    """The login lost the party, ended, or the receiver said that it is gone."""
    house.hooks.subscribe("anna", ["anna", "firm"], URL, ["*"], HMAC)
    house.acts_for["anna"] = ("firm",)
    house.power("p1")
    assert [said["party"] for said in house.run()] == ["firm"]
    del house.acts_for["anna"]
    house.power("p2")
    assert house.run() == []
    assert house.hooks.subscriptions("anna")[0].ended == "its login has ended"
    house.hooks.subscribe("bert", ["bert"], URL, ["*"], HMAC)
    house.receiver.answers = [Heard(410, "410")]
    house.power("p3", "bert")
    house.power("p4", "bert")
    house.run()
    house.power("p5", "bert")
    assert house.run() == []
    (ended,) = house.hooks.subscriptions("bert")
    assert ended.ended == "the receiver is gone (410)"
    assert [one.state for one in house.outbox.deliveries(ended.subscription)] == ["dead", "dead"]
    house.hooks.end("bert", ended.subscription)
    assert house.outbox.deliveries(ended.subscription) == []


def test_only_wanted_events_are_told_and_a_ping_tries_the_other_side(house: House) -> None:
    made, _ = house.hooks.subscribe("anna", ["anna"], URL, ["markets.*"], HMAC)
    house.power("p1")
    assert house.run() == []
    house.hooks.ping("anna", made.subscription)
    assert [said["type"] for said in house.run()] == ["ping"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"events": []}, "it names 0 events"),
        ({"events": ["x" * 101]}, "a tag is empty or too long"),
        ({"signature": "md5"}, "there is no signature 'md5'"),
        ({"parties": []}, "it names no party"),
    ],
)
def test_a_subscription_that_cannot_be_is_refused(
    house: House, changes: dict[str, Any], said: str
) -> None:
    fields = {"parties": ["anna"], "url": URL, "events": ["*"], "signature": HMAC, **changes}
    with pytest.raises(Refusal) as refused:
        house.hooks.subscribe("anna", **fields)
    assert str(refused.value) == (
        f"workers.bad_subscription: the subscription cannot be: {said}; name 1 to 50 tags of "
        "events such as markets.*, and a signature: ed25519, hmac-sha256"
    )


def test_a_login_has_so_many_and_sees_its_own(house: House) -> None:
    for _ in range(SUBSCRIPTIONS_MAX):
        house.hooks.subscribe("anna", ["anna"], URL, ["*"], HMAC)
    with pytest.raises(Refusal, match=r"workers\.too_many_subscriptions: the login anna has 20"):
        house.hooks.subscribe("anna", ["anna"], URL, ["*"], HMAC)
    name = house.hooks.subscriptions("anna")[0].subscription
    for ask in (house.hooks.end, house.hooks.one, house.hooks.ping):
        with pytest.raises(Refusal, match=r"workers\.no_such_subscription: there is no subscr"):
            ask("bert", name)


# ---- where messages may go


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0",
        "100.64.0.1", "192.0.2.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1",
        "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "64:ff9b::7f00:1", "2002:7f00:1::1", "2001:0:1::1", "no address",
    ],
)  # fmt: skip
def test_an_address_of_a_private_network_is_none_to_deliver_to(address: str) -> None:
    assert not is_public(address)


def test_an_address_of_the_public_network_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_public("93.184.216.34")
    assert is_public("2606:2800:220:1:248:1893:25c8:1946")
    assert is_public("::ffff:93.184.216.34")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://receiver.example/", "it does not begin with https://"),
        ("file:///etc/passwd", "it does not begin with https://"),
        ("https://user:hidden@receiver.example/", "it holds a name, a fragment or a blank"),
        ("https://receiver.example/#x", "it holds a name, a fragment or a blank"),
        ("https://receiver.example/\r\nX: y", "it cannot be read"),
        ("https://receiver.example:x/", "it cannot be read"),
        ("https://", "it names no host"),
        ("https://receiver.example/" + "x" * 2_000, "it cannot be read"),
    ],
)
def test_what_is_no_address_is_refused(url: str, said: str) -> None:
    with pytest.raises(Refusal) as refused:
        target_of(url)
    assert refused.value.facts["reason"] == said
    assert "hidden" not in str(refused.value), "a password is not repeated"


def test_a_name_that_leads_inside_is_refused_even_where_one_of_its_addresses_is_public(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def names(host: str, port: int, **_: Any) -> list[Any]:
        return [(0, 0, 0, "", ("93.184.216.34", port)), (0, 0, 0, "", ("10.0.0.1", port))]

    monkeypatch.setattr(outbound.socket, "getaddrinfo", names)
    assert post(URL, b"", {}).told == "it is an address of a private network"


class Listening:
    """A port of this machine that answers each connection with these bytes, slowly if told so."""

    def __init__(self, answer: bytes, pause: float = 0.0) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/hook?a=b"
        self.heard, self._answer, self._pause = b"", answer, pause
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        connection, _ = self.socket.accept()
        with connection:
            while b"\r\n\r\n" not in self.heard:
                self.heard += connection.recv(65_536)
            try:
                for byte in (self._answer,) if not self._pause else self._answer:
                    connection.sendall(byte if isinstance(byte, bytes) else bytes([byte]))
                    time.sleep(self._pause)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65_536):
                    pass
            except OSError:
                return


def test_it_goes_to_the_address_that_was_looked_at_and_follows_nobody() -> None:
    """The second look-up of a rebinding name never happens; a redirect is an answer, no way."""
    moved = Listening(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n")
    assert post(moved.url, b"{}", {"X": "y"}, private_ok=True) == Heard(302, "302")
    assert moved.heard.startswith(b"POST /hook?a=b HTTP/1.1\r\n")
    assert post(moved.url, b"{}", {}).status == 0, "not without the setting"


def test_who_answers_byte_by_byte_or_without_end_holds_nobody_up() -> None:
    slow = Listening(b"HTTP/1.1 200 OK\r\n" * 50, pause=0.05)
    began = time.monotonic()
    assert post(slow.url, b"{}", {}, private_ok=True, seconds=0.5) == Heard(0, "no answer in 0.5 s")
    assert time.monotonic() - began < 5
    waits = Listening(b"HTTP/1.1 429 Slow\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n")
    assert post(waits.url, b"{}", {}, private_ok=True) == Heard(429, "429", 120)
    assert post("http://127.0.0.1:9/", b"", {}, private_ok=True).told == "ConnectionRefusedError"
