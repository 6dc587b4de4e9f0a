"""An address of a journal in PostgreSQL: read, or refused without repeating a password."""

from pathlib import Path

import pytest

from yaosu.journal.opening import place_of
from yaosu.journal.postgres_url import PostgresUrl, parse_postgres_url
from yaosu.kernel.refusal import Refusal

SECRET = "s3cr3t-pass"


def test_an_address_is_read_with_the_settings_of_ours_taken_out() -> None:
    url = parse_postgres_url(
        f"postgresql://ann:{SECRET}@db.example.org:5433/market"
        "?schema=venue_7&lease_ms=2000&accept=fsync,full_page_writes&sslmode=require"
    )
    assert (url.schema, url.lease_ms) == ("venue_7", 2000)
    assert url.accept == {"fsync", "full_page_writes"}
    assert url.connection == (
        f"postgresql://ann:{SECRET}@db.example.org:5433/market?sslmode=require"
    )
    plain = parse_postgres_url("postgres://db/market")
    assert (plain.schema, plain.lease_ms, plain.accept) == ("yaosu", 10_000, frozenset())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            f"postgresql://ann:{SECRET}@db:5432/market",
            "postgresql://ann@db:5432/market?schema=yaosu",
        ),
        (f"postgresql://ann@/m?host=/run/pg&password={SECRET}", "?schema=yaosu&host=/run/pg"),
        (f"postgres://ann:{SECRET}@[::1]:1,b:2/m?schema=x", "postgresql://ann@[::1]:1,b:2/m?"),
        (f"postgresql://ann:{SECRET}@%2Frun%2Fpg/m", "postgresql://ann@%2Frun%2Fpg/m?"),
        ("postgresql:///m", "postgresql:///m?schema=yaosu"),
    ],
)
def test_no_form_in_which_an_address_is_shown_has_its_password(text: str, shown: str) -> None:
    url = parse_postgres_url(text)
    assert shown in url.name
    for form in (str(url), repr(url), f"{url}", url.name, str(place_of(text)), f"{[url]}"):
        assert SECRET not in form


@pytest.mark.parametrize(
    "text",
    [
        f"postgresql://ann:{SECRET}/more@db/market",
        f"postgresql://ann:{SECRET}@more@db/market",
        f"postgresql://ann:12/{SECRET}@db/market",
        f"postgresql://ann:{SECRET}#more@db/market",
        f"postgresql://ann:{SECRET}?more=1@db/market",
        f"postgresql://ann:1?{SECRET}=1@db/market",
        f"postgresql://ann:{SECRET}@db:54321x/market",
        f"postgresql://ann:{SECRET}@db/market?x",
        f"postgresql://ann:{SECRET}@[::1/market",
        f"postgresql://ann:{SECRET}@db/market#x",
        f"postgresql://ann:{SECRET}@db/m?schema=A-B",
        f"postgresql://ann:{SECRET}@db/m?schema=a&schema=b",
        f"postgresql://ann:{SECRET}@db/m?lease_ms=1.5",
        f"postgresql://ann:{SECRET}@db/m?lease_ms=1",
        f"postgresql://ann:{SECRET}@db/m?lease_ms=9999999999",
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(Refusal) as refusal:
        parse_postgres_url(text)
    assert refusal.value.code == "journal.bad_url"
    assert SECRET not in str(refusal.value)
    assert "percent code" in refusal.value.what_next


def test_an_address_that_was_made_into_a_path_is_refused() -> None:
    """A path loses one stroke of the address, and would be shown as it is."""
    with pytest.raises(Refusal, match=r"journal\.bad_url.*give it as text") as refusal:
        place_of(Path(f"postgresql://ann:{SECRET}@db/market"))
    assert SECRET not in str(refusal.value)


def test_a_place_is_a_path_or_an_address() -> None:
    assert place_of("out/market.db") == Path("out/market.db")
    assert place_of(Path("market.db")) == Path("market.db")
    url = place_of("postgresql:///m")
    assert isinstance(url, PostgresUrl)
    assert place_of(url) is url
