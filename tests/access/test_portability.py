"""What goes along when somebody moves, and what it costs where it does not."""

import pytest

from tests.access.tables import HEAD
from tests.floors import Floors, institution, settled
from tests.markets.test_matching import choose, offer, office
from tests.stories import MINISTRY, REGISTRY
from yaosu.access.commands import AdoptEntitlements, MoveResidence
from yaosu.access.parse import parse_entitlements
from yaosu.access.portability import residence_of
from yaosu.access.tables import Entitlement, EntitlementTable
from yaosu.evaluation.portability import friction_effect, friction_in_market, lost_by_moving
from yaosu.kernel.columns import Columns
from yaosu.markets.mechanisms.matching_choices import Choices
from yaosu.markets.mechanisms.matching_parameters import MatchingParameters
from yaosu.parties.commands import IssueAttestation
from yaosu.rules.pack import Text


def insure(floors: Floors, scheme: str, region: str, months: int) -> None:
    floors.when(
        IssueAttestation(
            actor="agency",
            key="k",
            attestation=f"{scheme}-{region}",
            about="anna",
            kind="insurance_period",
            level=months,
            scope={"scheme": scheme, "region": region},
        )
    )


def move(region: str, actor: str = "anna", party: str = "anna", source: str = "") -> MoveResidence:
    return MoveResidence(actor=actor, key="k", party=party, region=region, source=source)


@pytest.fixture
def floors() -> Floors:
    """Anna lives in R01 with two years of pension and one of medical insurance there."""
    floors = settled()
    table = parse_entitlements(institution("entitlements/cn.toml"))
    floors.when(AdoptEntitlements(actor="gov", key="k", table=table))
    insure(floors, "pension", "R01", 24)
    insure(floors, "medical", "R01", 12)
    floors.when(move("R01"))
    return floors


def test_a_move_carries_periods_and_says_what_is_kept_and_lost(floors: Floors) -> None:
    """S0-07: the record names every period and entitlement."""
    floors.when(move("R02", actor="reg"))
    record = floors.access.residences["anna"][-1]
    assert (record.before, record.region) == ("R01", "R02")
    assert [(one.scheme, one.months) for one in record.periods] == [
        ("pension", 24),
        ("medical", 12),
    ]
    assert record.kept == ("pension_credit", "school_place")
    assert record.lost == ("housing_purchase",)
    floors.when(move("R01"))
    assert floors.access.residences["anna"][-1].kept[-1] == "housing_purchase"
    assert residence_of(floors, "anna") == "R01"


def test_what_would_be_lost_if_nothing_went_along_is_counted(floors: Floors) -> None:
    """S0-07: the friction of a move to a region, in entitlements."""
    assert lost_by_moving(floors, "anna", "R01") == 0
    assert lost_by_moving(floors, "anna", "R02") == 3
    assert lost_by_moving(floors, "bao", "R02") == 0


def test_the_matching_prices_or_lifts_the_friction_and_the_effect_is_reported() -> None:
    """S0-07: with the friction lifted people go where they would; barred, seats stay empty."""
    choices = Choices.of(
        {"person": ["a", "a", "b", "b"], "post": ["lab@W", "shop@E", "shop@E", "lab@W"]},
        {"post": ["lab@W", "shop@E"], "seats": [1, 1]},
    )
    lost = {("a", "lab@W"): 2}
    homes = {"a": "E", "b": "E"}
    parameters = MatchingParameters.of(seed="5e" * 32)
    table = friction_effect(choices, lost, homes, 1, parameters)
    rows = {row["friction"]: row for row in table.iterate()}
    assert rows["lifted"] == {"friction": "lifted", "placed": 2, "away": 1, "left": 0, "first": 2}
    assert rows["priced"]["away"] <= 1
    assert rows["barred"]["placed"] <= rows["lifted"]["placed"]
    free = friction_effect(choices, {}, homes, 1, parameters)
    assert len({tuple(list(row.values())[1:]) for row in free.iterate()}) == 1
    alone = Choices.of({"person": ["a"], "post": ["lab@W"]}, {"post": ["lab@W"], "seats": [1]})
    left = friction_effect(alone, lost, homes, 1, parameters)
    assert left["placed"].tolist() == [1, 1, 0]
    assert isinstance(table, Columns)


def test_the_book_of_a_market_tells_what_the_friction_costs_there() -> None:
    """S0-07: from residences, periods and choices in the journal alone."""
    story = office()
    table = parse_entitlements(institution("entitlements/cn.toml"))
    story.ask(AdoptEntitlements, MINISTRY, table=table)
    story.ask(MoveResidence, "ann", party="ann", region="west")
    scope = {"scheme": "medical", "region": "west"}
    fields = {"attestation": "m", "about": "ann", "kind": "insurance_period", "level": 12}
    story.ask(IssueAttestation, REGISTRY, **fields, scope=scope)
    offer(story, "lab", 1)
    choose(story, "ann", "lab")
    found = friction_in_market(story.venue.state, "m", 1, "5e" * 32)
    rows = {row["friction"]: row for row in found.iterate()}
    assert (rows["lifted"]["placed"], rows["lifted"]["away"]) == (1, 1)
    assert (rows["barred"]["placed"], rows["barred"]["left"]) == (0, 1)


def test_only_persons_move_by_themselves_or_a_registrar(floors: Floors) -> None:
    floors.refused(move("R02", actor="bao"), "access.not_your_residence")
    floors.refused(move("R02", actor="reg", party="bao"), "access.not_a_person")
    floors.refused(move("R01"), "access.lives_there")
    floors.refused(move("R02", source="x"), "parties.bad_source")


@pytest.mark.parametrize(
    "entitlements",
    [
        (),
        (Entitlement(id="a", text=Text(en="a"), scheme="", months=1),),
        (Entitlement(id="a", text=Text(en="a"), scheme="s", months=-1),),
        (Entitlement(id="a", text=Text(en="a"), scheme="s", months=1),) * 2,
    ],
)
def test_tables_of_entitlements_that_do_not_hold_together_are_refused(
    entitlements: tuple[Entitlement, ...],
) -> None:
    table = EntitlementTable(**HEAD, id="t", entitlements=entitlements)
    settled().refused(AdoptEntitlements(actor="gov", key="k", table=table), "access.bad_table")
