"""Many parties and many pledges in one entry: each row as if it had been asked by itself."""

from typing import Any

from tests.rights.test_registering_many import many, row, venue
from tests.stories import EXCHANGE, REGISTRY, Story
from yaosu.engine.receipt import Receipt
from yaosu.kernel.canonical import encode
from yaosu.kernel.ids import cause_of
from yaosu.kernel.numbers import Share
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.sealing import SealedNote
from yaosu.parties.commands import RegisterParties, RegisterParty
from yaosu.parties.events import PartiesRefused
from yaosu.parties.registering_many import ROWS_MAX
from yaosu.parties.values import Member, RefusedRow
from yaosu.rights.commands import PledgeRight, TakeOverPledges
from yaosu.rights.events import RegistrationsRefused

NOTE = SealedNote(
    name="name", level="personal", data_key="own:k", digest=b"d" * 32, hash_commitment=b"h" * 32
)


def party(name: str, **other: Any) -> RegisterParty:
    fields = {"kind": "organisation", "name": name, "actor": "any", "key": f"key-{name}"}
    return RegisterParty(party=name, **(fields | other))


def pledge(entry: str, right: str, holder: str = "mill", **other: Any) -> PledgeRight:
    return PledgeRight(
        actor=holder, key=f"key-{entry}", entry=entry, right=right, creditor="li", **other
    )


def told(receipt: Receipt) -> list[tuple[int, str]]:
    rows: list[RefusedRow] = []
    for event in receipt.events:
        if isinstance(event, PartiesRefused | RegistrationsRefused):
            rows += event.rows
    return [(one.row, one.code) for one in rows]


def parties(story: Story, *rows: RegisterParty) -> Receipt:
    return story.try_to(RegisterParties, REGISTRY, rows=rows)


def refusal_of(receipt: Receipt) -> Refusal:
    assert receipt.refusal is not None
    return receipt.refusal


def test_each_party_is_registered_or_refused_as_by_itself() -> None:
    """S0-26: one entry, the same parties; the refused rows stand in it with their reasons."""
    together, single = venue(), venue()
    pair = (Member("a", Share(1, 2)), Member("li", Share(1, 2)))
    rows = (
        party("a", facts={"size": 3}),
        party("mill"),  # is there
        party("b", kind="ghost"),
        party("c"),
        party("c"),
        party("d", kind="group", members=pair),  # builds on the first row
        party("e", sealed=(NOTE,)),
    )
    before = together.venue.store.size
    receipt = parties(together, *rows)
    assert together.venue.store.size == before + 1
    assert told(receipt) == [
        (1, "parties.exists"),
        (2, "parties.bad_kind"),
        (4, "parties.exists"),
        (5, "parties.bad_members"),
        (6, "parties.sealed_in_batch"),
    ]
    for name in ("a", "c"):
        asked = party(name, facts={"size": 3} if name == "a" else {})
        single.venue.submit(RegisterParty(**{**_fields(asked), "actor": REGISTRY}))
        mine, other = (one.venue.state.parties.parties[name] for one in (together, single))
        assert (mine.kind, mine.name, mine.facts) == (other.kind, other.name, other.facts)


def _fields(asked: RegisterParty) -> dict[str, Any]:
    return {name: getattr(asked, name) for name in asked.__struct_fields__}


def test_a_batch_has_rows_and_not_too_many() -> None:
    story = venue()
    assert refusal_of(parties(story)).sentence == (
        "0 parties in one command; from 1 to 1000 go together"
    )
    crowd = tuple(party(f"p{n}") for n in range(ROWS_MAX + 1))
    assert refusal_of(parties(story, *crowd)).code == "parties.bad_batch"
    sealed = Refusal("parties.sealed_in_batch", party="e")
    assert sealed.sentence == (
        "party e comes with sealed items, which travel with a command of its own"
    )
    assert refusal_of(story.try_to(TakeOverPledges, REGISTRY, rows=())).code == "rights.bad_batch"


def test_pledges_are_taken_over_as_their_holders() -> None:
    """S0-26: made by the holder, in one entry, by a registrar alone."""
    together, single = venue(), venue()
    for story in (together, single):
        assert many(story, row(1), row(2), row(3, holder="li"), row(4)).is_accepted
    rows = (
        pledge("P-1", "R-1", amount_minor=500),
        pledge("P-2", "R-1", rank=2),  # builds on the first row
        pledge("P-1", "R-2"),
        pledge("P-3", "R-3"),  # of somebody else
        pledge("P-4", "R-4"),
    )
    assert (
        refusal_of(together.try_to(TakeOverPledges, "mill", rows=rows)).code == "core.role_needed"
    )
    assert refusal_of(together.try_to(TakeOverPledges, EXCHANGE, rows=rows)).code == (
        "core.role_needed"
    )
    receipt = together.try_to(TakeOverPledges, REGISTRY, rows=rows)
    assert told(receipt) == [
        (1, "rights.not_independent"),
        (2, "rights.entry_exists"),
        (3, "rights.not_holder"),
    ]
    for one in (rows[0], rows[4]):
        single.venue.submit(one)
        mine, other = (story.venue.state.rights.entries[one.entry] for story in (together, single))
        assert (mine.made_by, mine.beneficiary, mine.amount_minor) == (
            "mill",
            "li",
            mine.amount_minor,
        )
        assert encode([mine.right, mine.lots, mine.number]) == encode(
            [other.right, other.lots, other.number]
        )
    assert together.try_to(TakeOverPledges, REGISTRY, rows=(rows[1],)).is_accepted
    assert cause_of("mill", "key-P-1") != cause_of("li", "key-P-1")
