"""Roles kept apart."""

import pytest

from yaosu.parties.methods.roles import (
    GRANTED_BY_ADMISSION,
    KEPT_APART,
    ROLES,
    conflict_with,
    granter_of,
)

SEPARATED = ("operator", "owner_of_state_assets", "price_regulator", "registrar", "supervisor")


@pytest.mark.parametrize("role", SEPARATED)
@pytest.mark.parametrize("other", SEPARATED)
def test_each_two_of_the_five_offices_exclude_each_other(role: str, other: str) -> None:
    """S0-13: registrar, operator, owner of state assets, price regulator, supervisor."""
    assert conflict_with(role, [other]) == ("" if role == other else other)


def test_a_conflict_is_the_same_seen_from_either_side() -> None:
    for role in ROLES:
        for other in ROLES:
            assert bool(conflict_with(role, [other])) == bool(conflict_with(other, [role]))


def test_every_role_is_known_and_granted_by_one_side() -> None:
    assert {role for row in KEPT_APART for role in row} <= set(ROLES)
    for role in ROLES:
        assert bool(granter_of(role)) != (role in GRANTED_BY_ADMISSION)


def test_who_watches_or_keeps_the_register_does_not_trade() -> None:
    for office in ("operator", "price_regulator", "registrar", "supervisor"):
        assert conflict_with("bidder", [office]) == office
        assert conflict_with("holder", [office]) == office
    assert conflict_with("holder", ["bidder"]) == ""
    assert conflict_with("bidder", ["owner_of_state_assets"]) == ""
