"""A venue whose call auction has cleared rounds over regions, links and limits, and is served."""

from pathlib import Path

from tests.server.serving import Served, make_logins
from tests.stories import EXCHANGE, Story, both_ways
from yaosu.journal.opening import open_store
from yaosu.kernel.columns import concatenate
from yaosu.kernel.signed_note import signing_key
from yaosu.parties.commands import NameKey, RegisterParty

REGIONS = ("north", "east", "west")
LINKS = concatenate([both_ways("north", "east", 40, 2), both_ways("east", "west", 100, 1)])


def published_venue(folder: Path, *, is_signed: bool = True) -> None:
    """Two rounds of the market ``grid``: one with a full link, one with a single price."""
    folder.mkdir(parents=True, exist_ok=True)
    story = Story(open_store(folder / "market.db"), REGIONS).found(["compute"])
    if is_signed:
        key = signing_key("venue-1", bytes(range(32)))
        (folder / "signing.key").write_text(key.text)
        story.ask(NameKey, EXCHANGE, vkey=key.verifier.text)
    for name, region in (("anna", "north"), ("bert", "west")):
        story.party(name, money=10_000_000)
        story.right(f"gpu-{name}", name, 10_000, region, instrument="gpu")
    for name in ("carl", "eve"):
        story.ask(RegisterParty, EXCHANGE, party=name, kind="organisation", name=name)
    story.market("grid", links=LINKS, regions=REGIONS)
    first_round(story)
    story.close("grid")
    trade(story, ("anna", -1, 50, 30, "north"), ("bert", 1, 90, 30, "east"))
    story.close("grid")
    story.venue.close()


def first_round(story: Story) -> None:
    """North sells more than its link carries; bert stands on both sides in the west."""
    trade(
        story,
        ("anna", -1, 50, 60, "north"),
        ("anna", -1, 55, 30, "north"),
        ("bert", 1, 90, 50, "east"),
        ("bert", 1, 70, 20, "west"),
        ("bert", -1, 65, 80, "west"),
        ("bert", 1, 60, 10, "west"),
        ("anna", 1, 52, 5, "north"),
    )


def trade(story: Story, *rows: tuple[str, int, int, int, str]) -> None:
    """Orders of (party, side, price, lots, region), a batch each."""
    for party, side, price, lots, region in rows:
        story.order(party, side, price, lots, region, "grid").accepted()


def serve_rounds(folder: Path, *, is_signed: bool = True, **setting: str) -> Served:
    """The venue, served."""
    published_venue(folder, is_signed=is_signed)
    flags = ("--signing-key", "signing.key") if is_signed else ()
    return Served(folder, make_logins(folder), *flags, **setting)
