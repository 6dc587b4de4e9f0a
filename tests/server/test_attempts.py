"""Guessing is slow, and the owner comes in all the same: known devices, places, all strangers."""

from pathlib import Path

import pytest

from tests.server.serving import PASSWORD, QUICK, Served
from tests.server.test_entering import Counted
from yaosu.engine.clock import StepClock
from yaosu.kernel.instant import DAY, SECOND
from yaosu.kernel.refusal import Refusal
from yaosu.server import attempts as room
from yaosu.server.attempts import DEVICE_DAYS, DEVICES_MAX, STRANGERS, network_of
from yaosu.server.logins import Logins

MOST = 3


@pytest.fixture
def clock() -> StepClock:
    return StepClock(1_000_000 * SECOND)


@pytest.fixture
def logins(tmp_path: Path, clock: StepClock) -> Logins:
    made = Logins(str(tmp_path / "a.logins"), clock, Counted(), hasher=QUICK, attempts_max=MOST)
    made.use_link(made.new_link("anna", ["anna"], manages=False), PASSWORD)
    return made


def guess(logins: Logins, address: str, login: str = "anna", device: str = "") -> str:
    """One wrong password; the code of the refusal."""
    with pytest.raises(Refusal) as refused:
        logins.sign_in(login, "wrong", address, device)
    return refused.value.code


def test_somebody_elsewhere_who_guesses_does_not_keep_the_owner_out(logins: Logins) -> None:
    codes = [guess(logins, "203.0.113.9") for _ in range(MOST + 1)]
    assert codes == ["server.wrong_password"] * MOST + ["server.login_rests"]
    assert logins.sign_in("anna", PASSWORD, "198.51.100.1")[1].login == "anna"
    assert guess(logins, "203.0.113.9") == "server.login_rests", "that place goes on waiting"


def test_guesses_from_everywhere_make_strangers_wait_and_not_a_known_device(
    logins: Logins, clock: StepClock
) -> None:
    """One guess from each of many addresses: from a new one the owner waits, from hers not."""
    device = logins.attempts.know("anna", "")
    for number in range(MOST * STRANGERS):
        assert guess(logins, f"2001:db8:{number:x}::1") == "server.wrong_password"
    assert guess(logins, "198.51.100.1") == "server.login_rests"
    assert logins.logins()[0].rests_until > clock()
    assert logins.sign_in("anna", PASSWORD, "198.51.100.1", device)[1].login == "anna"
    with pytest.raises(Refusal, match=r"server\.login_rests: this login takes no password from"):
        logins.sign_in("anna", PASSWORD, "198.51.100.1", "yd_" + "0" * 64)
    clock.forward(room.REST_SECONDS * SECOND)
    assert logins.sign_in("anna", PASSWORD, "198.51.100.2")[1].login == "anna"


def test_a_stolen_device_is_no_way_to_guess_faster(logins: Logins) -> None:
    device = logins.attempts.know("anna", "")
    codes = [guess(logins, f"192.0.2.{n}", device=device) for n in range(MOST + 1)]
    assert codes == ["server.wrong_password"] * MOST + ["server.login_rests"]
    other = logins.new_link("bert", ["bert"], manages=False)
    logins.use_link(other, PASSWORD)
    guess(logins, "192.0.2.1", "bert", device)
    assert logins.attempts.sources("bert", "192.0.2.1", device)[0][0] == "address 192.0.2.1"


def test_waits_double_and_end_at_an_hour(logins: Logins, clock: StepClock) -> None:
    for _ in range(MOST):
        guess(logins, "192.0.2.1")
    waits = []
    for _ in range(8):
        with pytest.raises(Refusal) as refused:
            logins.sign_in("anna", "wrong", "192.0.2.1")
        wait = int(refused.value.facts["seconds"])
        waits.append(wait - 1)
        clock.forward(wait * SECOND)
        guess(logins, "192.0.2.1")
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600]


def test_a_login_that_is_not_there_waits_like_one_that_is(logins: Logins) -> None:
    """Nobody learns by waiting which logins there are."""
    there = [guess(logins, "192.0.2.1") for _ in range(MOST + 1)]
    assert [guess(logins, "192.0.2.1", "nobody") for _ in range(MOST + 1)] == there


def test_a_new_password_forgets_guesses_and_devices(logins: Logins) -> None:
    device = logins.attempts.know("anna", "")
    for _ in range(MOST):
        guess(logins, "192.0.2.1")
    logins.use_link(logins.new_link("anna", ["anna"], manages=False), PASSWORD)
    assert logins.sign_in("anna", PASSWORD, "192.0.2.1")[1].login == "anna"
    assert logins.attempts.sources("anna", "x", device)[0][0] == "address x"


def test_devices_end_and_are_so_many(logins: Logins, clock: StepClock) -> None:
    first = logins.attempts.know("anna", "")
    assert logins.attempts.know("anna", first) == first
    for _ in range(DEVICES_MAX):
        clock.forward(1)
        last = logins.attempts.know("anna", "")
    assert logins.attempts.sources("anna", "x", first)[0][0] == "address x", "the oldest has gone"
    assert logins.attempts.sources("anna", "x", last)[0][0].startswith("device ")
    clock.forward(DEVICE_DAYS * DAY)
    assert logins.attempts.know("anna", last) != last


def test_the_table_of_guesses_has_an_end(
    logins: Logins, clock: StepClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "ROWS_MAX", 20)
    for number in range(60):
        logins.attempts.failed(f"l{number}", [("*", 9)])
    assert logins._rows("select count(*) from guess")[0][0] <= 20
    clock.forward(2 * DAY)
    logins.attempts.failed("one", [("*", 9)])
    assert logins._rows("select count(*) from guess")[0][0] == 1


def test_what_counts_as_one_place() -> None:
    assert network_of("192.0.2.7") == network_of("::ffff:192.0.2.7") == "192.0.2.7"
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:1") == "2001:db8::/64"
    assert network_of("a proxy") == "a proxy"


def test_a_browser_that_signed_in_carries_a_proof_of_it(served: Served) -> None:
    """A cookie for signing in alone; no script reads it and it says nothing of the session."""
    with served.as_() as client:
        answer = client.post("/v1/session", json={"login": "carl", "password": PASSWORD})
        told = [one for one in answer.headers.get_list("set-cookie") if "yaosu_device" in one]
        assert len(told) == 1
        for word in ("HttpOnly", "Path=/v1/session", "SameSite=strict"):
            assert word.lower() in told[0].lower()
        first = client.cookies.get("yaosu_device", path="/v1/session")
        client.post("/v1/session", json={"login": "carl", "password": PASSWORD})
        assert client.cookies.get("yaosu_device", path="/v1/session") == first
        other = client.post("/v1/session", json={"login": "bert", "password": PASSWORD})
        assert first is not None
        assert first not in str(other.headers)
        assert served.as_(Authorization=f"Bearer {first}").get("/v1/session").status_code == 401
