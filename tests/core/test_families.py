"""What government may ask: three families, and nothing of the market."""

from yaosu.core import COMMANDS
from yaosu.core.families import FAMILIES, NAMED, family_of, government_commands
from yaosu.kernel.words import tag_of
from yaosu.parties.methods.roles import GRANTED_BY_AUTHORITY


def test_government_commands_fall_in_three_families_only() -> None:
    """S0-13: rules, oversight, public service; each command of an office is in one of them."""
    found = government_commands()
    assert set(found.values()) == set(FAMILIES)
    for command, row in COMMANDS.items():
        is_of_office = not set(GRANTED_BY_AUTHORITY).isdisjoint(row.roles)
        assert not is_of_office or command in found, tag_of(command)
    assert set(NAMED) <= set(found)


def test_no_office_of_government_trades_prices_or_clears() -> None:
    """S0-13: of the market's commands, an office halts trade, permits revenue, or registers."""
    of_markets = {
        tag_of(command): family
        for command, family in government_commands().items()
        if tag_of(command).partition(".")[0] in {"markets", "settlement", "returns"}
    }
    assert of_markets == {
        "markets.halt_trading": "oversight",
        "markets.resume_trading": "oversight",
        "markets.change_phase": "oversight",
        "markets.permit_revenue": "rules",
        "markets.register_and_offer": "public service",
        "settlement.void_contract": "oversight",
    }


def test_what_an_office_opens_belongs_to_it() -> None:
    """S0-13: who makes the rules, who watches and who keeps the register ask different things."""
    families = {tag_of(command): family for command, family in government_commands().items()}
    assert families["rules.adopt_rules"] == "rules"
    assert families["access.suspend_admission"] == "oversight"
    assert families["rights.register_right"] == "public service"
    for command in COMMANDS:
        if COMMANDS[command].roles == ("operator",):
            assert family_of(command) == "", tag_of(command)
