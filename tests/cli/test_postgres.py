"""Every command that reads a journal takes an address of PostgreSQL; none shows its password."""

import json
from collections.abc import Iterator

import pytest

from tests.postgres import journal_url, run_sql
from tests.stories import Story
from yaosu.cli.app import answer
from yaosu.journal import open_postgres
from yaosu.journal.postgres_url import parse_postgres_url

SECRET = "s3cr3t-pass"
Output = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def place() -> Iterator[str]:
    """The address, with a password that nobody asks for, of a small venue's journal."""
    with journal_url() as url:
        with open_postgres(url) as store:
            Story(store, ("east",)).found(factors=("compute",)).party("ann", money=100)
        user = parse_postgres_url(url).name.partition("//")[2].partition("@")[0]
        yield url.replace(f"//{user}@", f"//{user}:{SECRET}@", 1)


def run(output: Output, *words: str) -> tuple[int, str, str]:
    code = answer(words)
    said = output.readouterr()
    assert SECRET not in said.out + said.err
    return code, said.out, said.err


def test_every_reading_command_takes_an_address(
    place: str, capsys: Output, tmp_path_factory: pytest.TempPathFactory
) -> None:
    out = tmp_path_factory.mktemp("out")
    name = parse_postgres_url(place).name
    code, said, _ = run(capsys, "verify", place)
    assert (code, said.partition(":  ")[0].startswith(name)) == (0, True)
    code, said, _ = run(capsys, "verify", place, "--json")
    assert (code, json.loads(said)["journal"]) == (0, name)
    assert run(capsys, "audit", place)[0] == 0
    code, said, _ = run(capsys, "journal", "show", place, "--json")
    assert json.loads(said)["entries"][0]["command"] == "parties.found_venue"
    assert run(capsys, "export", place, "--out", str(out / "tables"))[0] == 0
    assert run(capsys, "key", "new", "example.org/m", "--out", str(out / "m.key"))[0] == 0
    proof, key = str(out / "1.proof"), str(out / "m.key")
    assert run(capsys, "prove", place, "1", "--key", key, "--out", proof)[0] == 0


def test_what_goes_wrong_with_an_address_is_said_without_its_password(
    place: str, capsys: Output
) -> None:
    for words, code in (
        (("verify", f"postgresql://ann:{SECRET}@127.0.0.1:1/m"), "journal.no_connection"),
        (("verify", f"postgresql://ann:{SECRET}/x@db/m"), "journal.bad_url"),
        (("verify", place.replace("schema=", "schema=none_")), "journal.not_found"),
        (("verify", place + "&colour=red"), "journal.bad_url"),
    ):
        for more in ((), ("--json",)):
            ending, out, err = run(capsys, *words, *more)
            assert ending == 1
            assert err.startswith(code)
            if more:
                assert json.loads(out)["code"] == code
    ending, _, err = run(capsys, "export", "a", place)
    assert ending == 2
    assert "unexpected extra argument" in err
    assert parse_postgres_url(place).schema in err


def test_what_the_server_promises_and_who_writes_is_told(place: str, capsys: Output) -> None:
    code, said, _ = run(capsys, "journal", "server", place)
    assert code == 0
    assert "fsync" in said
    assert "nobody writes; the next epoch is 2" in said
    with open_postgres(place):
        code, said, _ = run(capsys, "journal", "server", place)
        assert "writes, epoch 2, for" in said
    code, said, _ = run(capsys, "journal", "server", place, "--json")
    told = json.loads(said)
    assert (told["durable"], told["lease"]["epoch"]) == (True, 2)
    assert {one["verdict"] for one in told["settings"]} == {"good", "told"}
    run_sql(f"ALTER TABLE {parse_postgres_url(place).schema}.notes SET UNLOGGED")
    code, said, _ = run(capsys, "journal", "server", place, "--json")
    assert (code, json.loads(said)["durable"]) == (3, False)
    run_sql(f"ALTER TABLE {parse_postgres_url(place).schema}.notes SET LOGGED")
    code, said, _ = run(capsys, "journal", "server", place.replace("schema=", "schema=no_"))
    assert (code, "no journal yet" in said) == (0, True)
    assert run(capsys, "journal", "server", "market.db")[0] == 2
