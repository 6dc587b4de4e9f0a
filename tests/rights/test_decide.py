"""Titles move, are granted, burdened and released; nothing is overwritten, nothing lost."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.floors import DOCUMENT, START, Floors, settled
from tests.rights.samples import YEAR, registration
from yaosu.kernel.instant import DAY
from yaosu.kernel.numbers import Share
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Command
from yaosu.rights.commands import (
    EnterObjection,
    EnterPriorityNotice,
    FreezeRight,
    GrantUse,
    PledgeRight,
    ReleaseRight,
    TransferTitle,
)
from yaosu.rights.events import TitleMoved
from yaosu.rights.register import (
    blocking_entry,
    current_rights,
    lots_of,
    move_title,
    move_titles,
    obstacle_to,
)
from yaosu.rights.views import lots_by_holder, register_entries, rights, title_history


def transfer(
    right: str, target: str = "bao", lots: int | None = None, actor: str = "anna"
) -> TransferTitle:
    return TransferTitle(actor=actor, key="k", right=right, target=target, lots=lots)


def freeze(right: str, entry: str = "F1", actor: str = "reg", until: int = 0) -> FreezeRight:
    return FreezeRight(
        actor=actor, key="k", entry=entry, right=right, reason="court order 7", until=until
    )


def pledge(right: str, entry: str = "P1", actor: str = "anna") -> PledgeRight:
    return PledgeRight(actor=actor, key="k", entry=entry, right=right, creditor="bao")


def objection(right: str, entry: str = "O1", actor: str = "bao") -> EnterObjection:
    return EnterObjection(actor=actor, key="k", entry=entry, right=right, reason="mine")


def notice(right: str, entry: str = "N1") -> EnterPriorityNotice:
    return EnterPriorityNotice(actor="anna", key="k", entry=entry, right=right, beneficiary="bao")


def release(entry: str, actor: str) -> ReleaseRight:
    return ReleaseRight(actor=actor, key="k", entry=entry)


def grant(lots: int = 10, name: str = "G1", actor: str = "anna", **rest: object) -> GrantUse:
    fields = {"right": "R-data", "target": "bao", **rest}
    return GrantUse(actor=actor, key="k", granted=name, lots=lots, **fields)


@pytest.fixture
def floors() -> Floors:
    floors = settled()
    floors.when(registration("capital"))
    floors.when(registration("data"))
    floors.now += DAY
    return floors


def test_a_part_of_a_title_splits_the_share_exactly_and_nothing_is_overwritten(
    floors: Floors,
) -> None:
    floors.when(transfer("R-capital", lots=200))
    (bao,) = current_rights(floors, holder="bao")
    assert bao.share == Share(2, 5)
    assert floors.rights.rights["R-capital"].share == Share(3, 5)
    assert floors.free("bao", "U-capital") == 200
    first, second = title_history(floors.rights, "R-capital")
    assert (first.right.share, first.right.end) == (Share(1, 1), START + DAY)
    assert (second.right.version, second.entry.kind, second.entry.lots) == (2, "transfer", 200)
    then = rights(floors.rights, at=START)
    assert then.text("right").tolist() == ["R-capital", "R-data"]
    assert then["lots"].tolist() == [500, 1000]


def test_a_whole_title_keeps_its_id_and_changes_its_holder(floors: Floors) -> None:
    floors.when(transfer("R-capital"))
    assert floors.rights.rights["R-capital"].holder == "bao"
    assert [r.id for r in current_rights(floors, holder="anna")] == ["R-data"]
    kinds = register_entries(floors.rights, "R-capital").text("kind").tolist()
    assert kinds == ["first", "transfer"]


def test_parts_of_the_same_unit_merge_again_in_one_hand(floors: Floors) -> None:
    floors.when(transfer("R-capital", lots=200))
    floors.when(transfer("R-capital", lots=100))
    (bao,) = current_rights(floors, holder="bao")
    assert (bao.share, bao.version) == (Share(3, 5), 2)
    floors.when(transfer(bao.id, target="anna", actor="bao"))
    (capital,) = current_rights(floors, instrument="U-capital")
    assert (capital.id, capital.share) == ("R-capital", Share(1, 1))
    assert floors.rights.rights[bao.id].share == Share(0, 1)
    floors.refused(transfer(bao.id, target="anna", actor="bao"), "rights.ended")


def test_a_burdened_right_is_not_merged_into(floors: Floors) -> None:
    floors.when(transfer("R-capital", lots=200))
    (bao,) = current_rights(floors, holder="bao")
    floors.when(freeze(bao.id))
    floors.when(transfer("R-capital", lots=100))
    lots = sorted(lots_of(floors, right.id) for right in current_rights(floors, holder="bao"))
    assert lots == [100, 200]


BURDENS: list[tuple[str, Callable[[], Command], str]] = [
    ("freeze", lambda: freeze("R-capital", "E1"), "reg"),
    ("pledge", lambda: pledge("R-capital", "E1"), "bao"),
    ("objection", lambda: objection("R-capital", "E1"), "bao"),
    ("priority_notice", lambda: notice("R-capital", "E1"), "bao"),
]


@pytest.mark.parametrize(("kind", "burden", "who"), BURDENS, ids=[row[0] for row in BURDENS])
def test_while_a_burden_stands_every_transfer_fails_and_names_it(
    floors: Floors, kind: str, burden: Callable[[], Command], who: str
) -> None:
    """S0-49 S0-50: the exact blocking entry is named; released, the title moves."""
    floors.when(burden())
    maker = floors.rights.entries["E1"].made_by
    refusal = floors.refused(transfer("R-capital", target="watch"), "rights.blocked")
    assert str(refusal) == (
        f"rights.blocked: right R-capital cannot be disposed of: {kind} E1 by {maker} stands on "
        "it; have E1 released first (release_right)"
    )
    assert refusal.facts["entry"] == "E1"
    assert blocking_entry(floors, "R-capital") == "E1"
    with pytest.raises(Refusal, match=r"rights\.blocked"):
        move_title(floors, "cause", "R-capital", "watch", 1)
    floors.when(release("E1", who))
    assert blocking_entry(floors, "R-capital") is None
    floors.when(transfer("R-capital", target="watch"))
    entry = floors.rights.entries["E1"]
    assert (entry.released_at, entry.released_by) == (floors.now, who)


def test_a_grant_of_use_fails_under_a_freeze_too(floors: Floors) -> None:
    """S0-50: every transfer command."""
    floors.when(freeze("R-data"))
    floors.refused(grant(), "rights.blocked")


def test_a_priority_notice_does_not_bar_the_one_it_protects(floors: Floors) -> None:
    """S0-50: the coming change it was entered for goes through."""
    floors.when(notice("R-capital"))
    assert blocking_entry(floors, "R-capital", "bao") is None
    floors.when(transfer("R-capital", target="bao"))


def test_a_burden_with_an_end_lapses_by_itself(floors: Floors) -> None:
    """S0-50: a freeze for a time."""
    floors.when(freeze("R-capital", until=floors.now + DAY))
    floors.refused(transfer("R-capital"), "rights.blocked")
    floors.now += DAY
    floors.when(transfer("R-capital"))


def test_the_protection_is_the_same_for_every_class_of_owner() -> None:
    """S0-27 S0-50: who owns does not matter to a freeze."""
    messages = set()
    for facts in ({}, {"ownership": "state"}, {"ownership": "private", "size": 3}):
        floors = settled()
        party = floors.parties.parties["anna"]
        floors.parties.parties["anna"] = type(party)(
            id="anna", kind="organisation", name="a", facts=dict(facts)
        )
        floors.when(registration("capital"))
        floors.when(freeze("R-capital"))
        messages.add(str(floors.refused(transfer("R-capital"), "rights.blocked")))
    assert len(messages) == 1


def test_a_use_is_granted_and_counted_and_gives_nothing_else(floors: Floors) -> None:
    """S0-48: derived rights of a factor that is not rival are counted grants."""
    floors.when(grant(30, scope={"purpose": "research"}, source=DOCUMENT))
    (granted,) = current_rights(floors, holder="bao")
    assert (granted.kind, granted.based_on) == ("usage_grant", "R-data")
    assert granted.scope == {"purpose": "research"}
    assert lots_of(floors, "R-data") == 970
    assert floors.rights.rights["R-data"].share == Share(1, 1), "the holding is not less"
    assert lots_by_holder(floors.rights)["bao", "U-data"] == 30
    refusal = floors.refused(transfer("G1", "watch", actor="bao"), "rights.not_transferable")
    assert "may not be passed on" in str(refusal)


def test_what_was_granted_stays_granted_when_the_holding_moves(floors: Floors) -> None:
    floors.when(grant(30))
    floors.refused(transfer("R-data", lots=5), "rights.only_whole")
    floors.when(transfer("R-data", target="watch"))
    assert lots_of(floors, "R-data") == 970
    assert floors.rights.rights["G1"].based_on == "R-data"
    assert [right.holder for right in current_rights(floors, instrument="U-data")] == [
        "bao",
        "watch",
    ]


def test_moves_of_one_clearing_split_and_merge_in_order(floors: Floors) -> None:
    events = move_titles(
        floors,
        "trade",
        [("R-capital", "bao", 100), ("R-capital", "watch", 50), ("R-capital", "bao", 50)],
    )
    (moved,) = events
    assert isinstance(moved, TitleMoved)
    assert [entry.lots for entry in moved.entries] == [100, 50, 50]
    shares = {right.holder: right.share for right in moved.rights}
    assert shares == {"anna": Share(3, 5), "bao": Share(3, 10), "watch": Share(1, 10)}
    assert all(right.version in {1, 2} for right in moved.rights)
    assert [moved] == move_titles(
        floors,
        "trade",
        [("R-capital", "bao", 100), ("R-capital", "watch", 50), ("R-capital", "bao", 50)],
    ), "ids derive from the cause"


def test_a_move_to_the_holder_changes_nothing(floors: Floors) -> None:
    assert move_title(floors, "trade", "R-capital", "anna", 5) == []


def test_a_sale_out_of_a_right_that_is_not_rival_grants_and_merges_like_grants(
    floors: Floors,
) -> None:
    (moved,) = move_titles(floors, "t", [("R-data", "bao", 10), ("R-data", "bao", 5)])
    assert isinstance(moved, TitleMoved)
    by_holder = {right.holder: right for right in moved.rights}
    assert by_holder["anna"].granted == 15
    assert by_holder["bao"].share == Share(3, 200)
    assert [entry.kind for entry in moved.entries] == ["grant", "grant"]


def test_an_obstacle_is_told_without_raising(floors: Floors) -> None:
    assert obstacle_to(floors, [("R-capital", "bao", 500)]) is None
    too_many = obstacle_to(floors, [("R-capital", "bao", 400), ("R-capital", "watch", 101)])
    assert too_many is not None
    assert too_many.code == "rights.not_enough_lots"


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["anna", "bao", "watch"]), st.integers(0, 9), st.integers(1, 400)
        ),
        min_size=1,
        max_size=25,
    )
)
def test_however_titles_move_shares_sum_to_one_and_the_books_agree(
    moves: list[tuple[str, int, int]],
) -> None:
    """S0-26: issued is held, whatever is transferred, split and merged."""
    floors = settled(regions=1)
    floors.when(registration("capital"))
    codes: set[str] = set()
    for target, pick, lots in moves:
        floors.now += 1
        known = current_rights(floors, instrument="U-capital")
        right = known[pick % len(known)]
        try:
            floors.when(transfer(right.id, target, lots, actor=right.holder))
        except Refusal as refusal:
            codes.add(refusal.code)
    assert codes <= {"rights.not_enough_lots", "rights.same_holder"}
    known = current_rights(floors, instrument="U-capital")
    assert sum(right.share.fraction for right in known) == 1
    assert len({right.holder for right in known}) == len(known), "like rights merge"


REFUSED: list[tuple[Callable[[], Command], str]] = [
    (
        lambda: transfer("R-9"),
        "rights.unknown_right: right R-9 is not in the register; check the id",
    ),
    (
        lambda: transfer("R-capital", actor="bao"),
        "rights.not_holder: bao does not hold right R-capital; only its holder may do this",
    ),
    (
        lambda: transfer("R-capital", target="anna"),
        "rights.same_holder: anna holds right R-capital already; name another party",
    ),
    (
        lambda: transfer("R-capital", lots=501),
        "rights.not_enough_lots: right R-capital has 500 lots, 501 are asked for; ask for less",
    ),
    (
        lambda: transfer("R-data", lots=1),
        "rights.only_whole: right R-data of data can be transferred only as a whole; "
        "transfer all of it, or grant uses out of it (grant_use)",
    ),
    (
        lambda: grant(kind="holding"),
        "rights.unknown_kind: 'holding' is not a kind of right of data; use one of: usage_grant",
    ),
    (
        lambda: grant(name="R-capital"),
        "rights.exists: right R-capital is in the register already; choose another id",
    ),
    (
        lambda: grant(1001),
        "rights.not_enough_lots: right R-data has 1000 lots, 1001 are asked for; ask for less",
    ),
    (
        lambda: grant(term_to=START + 9 * YEAR),
        "rights.bad_term: the term of right G1 is not acceptable: it outlasts the right it is "
        "granted from; give an end after the beginning and within 2028-03-01T09:00:00Z of it",
    ),
    (
        lambda: pledge("R-capital", actor="bao"),
        "rights.not_holder: bao does not hold right R-capital; only its holder may do this",
    ),
    (
        lambda: freeze("R-capital", until=START),
        "rights.bad_term: the term of right R-capital is not acceptable: freeze F1 would end "
        "before it begins; give an end after the beginning and within any time of it",
    ),
    (
        lambda: release("E9", "reg"),
        "rights.unknown_entry: E9 is not a freeze, pledge, objection or priority notice; "
        "check the id",
    ),
    (
        lambda: release("E-first", "reg"),
        "rights.unknown_entry: E-first is not a freeze, pledge, objection or priority notice; "
        "check the id",
    ),
]


@pytest.mark.parametrize(("command", "message"), REFUSED, ids=[m.split(":")[0] for _, m in REFUSED])
def test_what_may_not_be_is_refused_with_what_to_do(
    floors: Floors, command: Callable[[], Command], message: str
) -> None:
    assert str(floors.refused(command(), message.split(":")[0])) == message


def test_a_burden_is_released_once_and_only_by_whom_it_concerns(floors: Floors) -> None:
    floors.when(freeze("R-capital"))
    assert str(floors.refused(release("F1", "anna"), "rights.may_not_release")) == (
        "rights.may_not_release: freeze F1 can be released by who made it, an authority or the "
        "registrar, not by anna; ask them to release it"
    )
    floors.when(release("F1", "gov"))
    assert str(floors.refused(release("F1", "gov"), "rights.released_before")) == (
        "rights.released_before: register entry F1 does not stand any more; nothing is to be done"
    )
    assert str(floors.refused(freeze("R-data"), "rights.entry_exists")) == (
        "rights.entry_exists: register entry F1 was made before; choose another id"
    )


def test_a_right_is_pledged_once_and_released_by_its_creditor_alone(floors: Floors) -> None:
    floors.when(pledge("R-capital"))
    assert str(floors.refused(pledge("R-capital", "P2"), "rights.already_pledged")) == (
        "rights.already_pledged: right R-capital is pledged to bao by P1; "
        "have the pledge released first (release_right)"
    )
    floors.refused(release("P1", "anna"), "rights.may_not_release")
    floors.refused(release("P1", "reg"), "rights.may_not_release")
    floors.when(release("P1", "bao"))
    floors.when(pledge("R-capital", "P2"))


def test_a_right_past_its_term_cannot_be_disposed_of(floors: Floors) -> None:
    floors.now = START + 3 * YEAR
    assert str(floors.refused(grant(), "rights.term_over")) == (
        "rights.term_over: the term of right R-data ended at 2028-03-01T09:00:00Z; "
        "renew the right first"
    )


def test_what_is_on_offer_cannot_be_given_away(floors: Floors) -> None:
    floors.reserved = {"R-capital": 100, "R-data": 990}
    assert str(floors.refused(transfer("R-capital"), "rights.lots_reserved")) == (
        "rights.lots_reserved: 100 of the 500 lots of right R-capital are on offer or promised; "
        "cancel the offers, or dispose of what is left"
    )
    floors.refused(grant(11), "rights.lots_reserved")
    floors.when(grant(10))
    floors.when(transfer("R-capital", lots=400))


def test_an_indivisible_right_moves_whole(floors: Floors) -> None:
    profile = floors.rights.profiles["capital"][-1]
    nature = type(profile.nature)(divisible=False, rival=True, exclusive=True, term_max="unlimited")
    floors.rights.profiles["capital"].append(
        type(profile)(
            factor=profile.factor,
            nature=nature,
            rights=profile.rights,
            market=profile.market,
            settlement=profile.settlement,
        )
    )
    assert str(floors.refused(transfer("R-capital", lots=1), "rights.indivisible")) == (
        "rights.indivisible: right R-capital has 500 lots and cannot be divided; "
        "dispose of the whole right"
    )
    floors.when(transfer("R-capital"))


def test_held_lots_do_not_move_with_a_transfer(floors: Floors) -> None:
    from yaosu.ledger import book

    for event in book.move(floors, "b", "anna", "U-capital", "free", "order:m", 450):
        floors.take(event)
    floors.refused(transfer("R-capital"), "ledger.insufficient")
    floors.when(transfer("R-capital", lots=50))
