"""One command registers a right of every factor; profiles alone make the difference."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.floors import DOCUMENT, FACTORS, INSTITUTIONS, START, Floors, institution, settled
from tests.rights.samples import YEAR, registration
from yaosu.kernel.instant import DAY
from yaosu.kernel.numbers import Share
from yaosu.kernel.refusal import Refusal
from yaosu.kernel.words import Command, tag_of
from yaosu.parties.commands import RegisterParty
from yaosu.rights.commands import AdoptProfile, HolderShare
from yaosu.rights.profiles import parse_profile
from yaosu.rights.register import current_rights, lots_of
from yaosu.rules.commands import AdoptRules
from yaosu.rules.parse import parse_pack


@pytest.mark.parametrize("factor", FACTORS)
def test_the_same_command_registers_a_right_of_every_factor(factor: str) -> None:
    """S0-26: land, labour, capital, technology, data, compute, carbon; one schema, one path."""
    floors = settled()
    events = floors.when(registration(factor))
    assert [tag_of(event) for event in events] == [
        "rights.unit_registered/1",
        "rights.right_registered/1",
        "ledger.posted/1",
    ]
    (right,) = current_rights(floors, holder="anna")
    quantity = floors.rights.units[f"U-{factor}"].quantity
    assert lots_of(floors, right.id) == quantity == floors.free("anna", f"U-{factor}")
    entry = floors.rights.entries[right.entry]
    assert (entry.kind, entry.made_by, entry.source) == ("first", "reg", DOCUMENT)


def test_no_factor_is_named_in_the_code_of_the_register() -> None:
    """S0-26: no factor has a code path of its own."""
    for path in sorted((INSTITUTIONS.parent / "rights").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for factor in FACTORS:
            for quoted in (f'"{factor}"', f"'{factor}'"):
                assert quoted not in text, f"{path.name} names {factor}"


@settings(max_examples=30)
@given(
    factor=st.sampled_from(FACTORS),
    facts=st.fixed_dictionaries(
        {},
        optional={
            "region": st.sampled_from(["R01", "R02", "elsewhere"]),
            "ownership": st.sampled_from(["state", "private", "foreign", "collective"]),
            "sector": st.sampled_from(["steel", "software", "farming"]),
            "size": st.sampled_from(["micro", "small", "large"]),
            "employees": st.integers(0, 10**6),
            "registered_capital": st.integers(0, 10**12),
        },
    ),
    share=st.sampled_from([Share(1, 1), Share(1, 2), Share(2, 1), Share(1, 7)]),
    quantity=st.sampled_from([0, 1, 1000]),
    source=st.sampled_from([DOCUMENT, "", "not a digest"]),
)
def test_the_applicants_region_ownership_sector_and_size_never_change_the_outcome(
    factor: str, facts: dict[str, str | int], share: Share, quantity: int, source: str
) -> None:
    """S0-27: the same registration by a plain applicant and by one with these facts."""
    outcomes = []
    for applicant in ({}, facts):
        floors = base_floors()
        floors.when(
            RegisterParty(
                actor="op", key="k", party="x", kind="organisation", name="x", facts=dict(applicant)
            )
        )
        command = registration(factor, holder="x", share=share, quantity=quantity, source=source)
        try:
            outcomes.append([repr(event) for event in floors.when(command)])
        except Refusal as refusal:
            outcomes.append([str(refusal)])
    assert outcomes[0] == outcomes[1]


def base_floors() -> Floors:
    return settled(regions=2)


def test_a_new_factor_is_a_file_only() -> None:
    """S0-47: a profile adopted is a factor that can be registered at once."""
    floors = settled()
    text = institution("factors/carbon.toml").replace('name = "carbon"', 'name = "sea_corridor"')
    floors.refused(registration("carbon", factor="sea_corridor"), "rights.unknown_factor")
    floors.when(AdoptProfile(actor="gov", key="k", profile=parse_profile(text)))
    floors.when(registration("carbon", factor="sea_corridor"))
    assert current_rights(floors, holder="anna")[0].factor == "sea_corridor"


def test_co_holders_are_registered_together_with_shares_that_sum_to_one() -> None:
    """S0-26: shares are exact and sum to one."""
    floors = settled()
    both = (HolderShare(right="R-2", holder="bao", share=Share(2, 3)),)
    floors.when(registration("capital", quantity=300, share=Share(2, 6), co_holders=both))
    assert floors.free("anna", "U-capital") == 100
    assert floors.free("bao", "U-capital") == 200
    assert floors.rights.rights["R-capital"].share == Share(1, 3), "in lowest terms"


def test_three_rights_stand_beside_each_other_on_one_data_resource_with_instruments_apart() -> None:
    floors = settled()
    floors.when(registration("data"))
    floors.when(registration("data", right="R-p", kind="processing_use", holder="bao"))
    floors.when(registration("data", right="R-o", kind="product_operation", holder="bao"))
    instruments = [right.instrument for right in current_rights(floors, holder="bao")]
    assert instruments == ["U-data/product_operation", "U-data/processing_use"]
    floors.refused(registration("data", right="R-x"), "rights.shares_do_not_sum")


def test_units_of_one_grade_may_share_an_instrument_and_others_may_not() -> None:
    floors = settled()
    floors.when(registration("carbon", instrument="CEA-2026"))
    floors.when(registration("carbon", right="R2", unit="U2", holder="bao", instrument="CEA-2026"))
    ids = [right.id for right in current_rights(floors, instrument="CEA-2026")]
    assert ids == ["R-carbon", "R2"]
    refusal = floors.refused(
        registration("capital", instrument="CEA-2026"), "rights.instrument_taken"
    )
    assert str(refusal) == (
        "rights.instrument_taken: instrument CEA-2026 stands for holding of carbon already; "
        "choose another instrument"
    )
    floors.refused(registration("capital", instrument="CNY"), "rights.instrument_taken")


def test_national_conditions_of_registration_hold_for_everybody() -> None:
    floors = settled()
    refusal = floors.refused(registration("capital", source=""), "rights.conditions_not_met")
    assert str(refusal) == (
        "rights.conditions_not_met: right R-capital does not meet the conditions of registration: "
        "no_document; meet the conditions named and register again"
    )
    longer = registration("land", term_to=START + 60 * YEAR)
    assert floors.refused(longer, "rights.conditions_not_met").facts["reasons"] == (
        "longer_than_the_use_allows"
    )


def test_without_a_national_pack_the_profile_alone_decides() -> None:
    floors = settled()
    floors.rules.packs.clear()
    floors.when(registration("capital", source=""))
    assert floors.free("anna", "U-capital") == 500


REFUSED: list[tuple[Callable[[], Command], str]] = [
    (
        lambda: registration("capital", factor="gold"),
        "rights.unknown_factor: no profile of 'gold' is adopted; "
        "adopt one (adopt_profile), or correct the name",
    ),
    (
        lambda: registration("capital", right="R-0"),
        "rights.exists: right R-0 is in the register already; choose another id",
    ),
    (
        lambda: registration("capital", kind="lease"),
        "rights.unknown_kind: 'lease' is not a kind of right of capital; "
        "use one of: holding, option, income_right",
    ),
    (
        lambda: registration("capital", quantity=0),
        "rights.bad_quantity: the quantity of unit U-capital is 0; "
        "give a whole number of lots from 1 up to 4611686018427387904",
    ),
    (
        lambda: registration("carbon", unit="U-0", quantity=299),
        "rights.unit_differs: unit U-0 is registered with another quantity; "
        "give it as it stands in the register, or register another unit",
    ),
    (
        lambda: registration("land", unit_attributes={"use": "industrial"}),
        "rights.attribute_missing: unit U-land does not say its land_title, which the profile of "
        "land asks for; add it to unit_attributes",
    ),
    (
        lambda: registration("carbon", unit_attributes={"scheme": "n", "vintage": "old"}),
        "rights.attribute_wrong: vintage of unit U-carbon is not acceptable: it is not a whole "
        "number; give it as the profile of the factor asks",
    ),
    (
        lambda: registration("capital", share=Share(1, 3)),
        "rights.share_not_in_lots: a share of 1/3 in 500 lots is not a whole number of lots; "
        "choose a share or a quantity that divides, or a smaller measurement unit",
    ),
    (
        lambda: registration("capital", share=Share(1, 2)),
        "rights.shares_do_not_sum: the shares of holding in unit U-capital would sum to 1/2, "
        "not 1; register all holders of the unit together, with shares that sum as they must",
    ),
    (
        lambda: registration("compute", term_to=START),
        "rights.bad_term: the term of right R-compute is not acceptable: it ends before it "
        "begins; give an end after the beginning and within P5Y of it",
    ),
    (
        lambda: registration("capital", source="xyz"),
        "rights.bad_source: 'xyz' is not the digest of a document; "
        "give the SHA-256 of the document in 64 hexadecimal digits, or leave it empty",
    ),
    (
        lambda: registration("capital", instrument="CNY"),
        "rights.instrument_taken: instrument CNY stands for the currency of the venue already; "
        "choose another instrument",
    ),
]


@pytest.mark.parametrize(("command", "message"), REFUSED, ids=[m.split(":")[0] for _, m in REFUSED])
def test_what_may_not_be_registered_is_refused_with_what_to_do(
    command: Callable[[], Command], message: str
) -> None:
    floors = settled()
    floors.when(registration("carbon", right="R-0", unit="U-0"))
    assert str(floors.refused(command(), message.split(":")[0])) == message


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"holder": "zoe"}, "parties.unknown"),
        ({"region": "Q"}, "places.unknown_region"),
        ({"right": "bad id"}, "kernel.bad_id"),
        ({"unit": ""}, "kernel.bad_id"),
        ({"share": Share(0, 1)}, "rights.share_not_in_lots"),
        ({"share": Share(3, 2)}, "kernel.bad_share"),
        ({"share": Share(1, 0)}, "kernel.bad_share"),
        ({"quantity": 2**62 + 1}, "rights.bad_quantity"),
        ({"quantity": -5}, "rights.bad_quantity"),
        ({"term_to": 2**62}, "kernel.bad_instant"),
        ({"term_from": -(2**62)}, "kernel.bad_instant"),
        (
            {"co_holders": (HolderShare(right="R-capital", holder="bao", share=Share(1, 2)),)},
            "rights.exists",
        ),
    ],
)
def test_odd_values_are_refusals_and_never_errors(changes: dict[str, object], code: str) -> None:
    settled().refused(registration("capital", **changes), code)


@pytest.mark.parametrize(
    ("factor", "attributes", "reason"),
    [
        ("compute", {"grade": "Z", "site": "R01"}, "Z is not in table compute_grades"),
        ("compute", {"grade": "A", "site": "Q"}, "Q is not a region in force"),
        ("compute", {"grade": "A", "site": "R01", "security_class": -1}, "not a level"),
        ("compute", {"grade": "A", "site": "R01", "slot": "soon"}, "not an interval"),
        ("compute", {"grade": "A", "site": "R01", "slot": "2026-02-02/2026-02-01"}, "an interval"),
        ("compute", {"grade": "A", "site": "R01", "colour": "red"}, "the profile does not know it"),
        ("data", {"content_digest": "00"}, "it is not 64 hexadecimal digits"),
        ("data", {"updated": "2026-02-30"}, "it is not a date"),
        ("data", {"level": "heap"}, "heap is not in table data_levels"),
        ("technology", {"patent_number": " "}, "it is empty"),
        ("technology", {"patent_number": 3}, "it is not text"),
        ("technology", {"is_service_invention": "yes"}, "it is not true or false"),
    ],
)
def test_an_attribute_is_checked_as_its_profile_says(
    factor: str, attributes: dict[str, str | int], reason: str
) -> None:
    command = registration(factor, unit_attributes=attributes)
    assert reason in str(settled().refused(command, "rights.attribute_wrong"))


def test_a_table_that_is_not_in_force_lets_nothing_through() -> None:
    floors = settled()
    floors.rules.packs.clear()
    refusal = floors.refused(registration("compute"), "rights.attribute_wrong")
    assert "table compute_grades is not in force" in str(refusal)


def test_a_term_within_the_longest_of_the_profile_is_accepted_to_the_day() -> None:
    floors = settled()
    begin = START - 10 * DAY
    exactly = begin + 5 * 365 * DAY + DAY  # one leap day, 2028
    floors.when(registration("compute", term_from=begin, term_to=exactly))
    longer = registration("compute", right="R2", unit="U2", term_from=begin, term_to=exactly + 1)
    assert "it is too long" in str(floors.refused(longer, "rights.bad_term"))
    open_end = registration("compute", right="R2", unit="U2", term_to=0)
    assert "it is open" in str(floors.refused(open_end, "rights.bad_term"))


def test_a_regional_overlay_changes_nothing_of_a_registration() -> None:
    """S0-27: the region where a unit lies has no conditions of its own."""
    floors = settled()
    text = """
[pack]
id = "r02"
version = "1"
title = { en = "an overlay" }
effective = 2026-01-01
expiry = 2027-01-01
authority = "R02"
legal_basis = "a notice"
base = "national"
region = "R02"
[facts]
has_source = "truth"
[[condition]]
id = "extra"
purpose = "registration"
expression = "!has_source"
reason = "never"
[[condition.example]]
facts = { has_source = false }
result = true
"""
    command = AdoptRules(actor="gov", key="k", pack=parse_pack(text))
    floors.refused(command, "rules.extra_entry_condition")
    floors.when(registration("capital", region="R02"))
