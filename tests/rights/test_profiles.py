"""Profiles: a factor is a file, and a file that leaves something open does not load."""

import re

import pytest

from tests.floors import FACTORS, INSTITUTIONS, institution, settled
from yaosu.kernel.refusal import Refusal
from yaosu.rights.commands import AdoptProfile
from yaosu.rights.profiles import DECLARED, parse_profile


@pytest.mark.parametrize("factor", FACTORS)
def test_every_shipped_profile_loads_and_names_its_sources(factor: str) -> None:
    """S0-48: unit of measure, divisibility, rivalry, exclusivity, term, derived rights."""
    profile = parse_profile(institution(f"factors/{factor}.toml"))
    assert profile.name == factor
    assert profile.factor.zh
    assert profile.rights.derived
    assert {source.basis for source in profile.sources} <= {"statute", "public page", "assumed"}
    assert profile.sources


def test_the_factors_are_shipped() -> None:
    """S0-26: the seven classes, the environmental rights in four kinds."""
    shipped = sorted(path.stem for path in (INSTITUTIONS / "factors").glob("*.toml"))
    assert tuple(shipped) == tuple(sorted((*FACTORS, "energy", "pollutant", "water")))


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize(("field", "part", "name"), DECLARED)
def test_a_profile_missing_a_declared_field_does_not_load(
    factor: str, field: str, part: str, name: str
) -> None:
    """S0-48: each of the six, for each factor; the refusal names the field."""
    text = institution(f"factors/{factor}.toml")
    value = r'(?:"[^"]*"|\[[^\]]*\]|true|false)'
    without = re.sub(rf"(?m)^({part}\s*= \{{.*?)\b{name} = {value},? ?", r"\1", text)
    without = without.replace(", }", " }")
    assert without != text
    with pytest.raises(Refusal) as caught:
        parse_profile(without)
    assert str(caught.value) == (
        f"rights.profile_incomplete: the profile of {factor} does not say its {field} "
        f"({part}.{name}); add the field; a factor without it cannot be registered"
    )


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ('"declaratory"', '"maybe"', "nature.legal_effect is 'maybe'"),
        ('"P5Y"', '"5 years"', "nature.term_max is '5 years', not like P5Y or unlimited"),
        ('"P5Y"', '"P"', "nature.term_max is 'P'"),
        ('"sum_to_one"', '"any"', "rights.share_check is 'any'"),
        ('"one_price"', '"cheap"', "market.price_notion is 'cheap'"),
        ('"device-hour"', '" "', "factor.measurement is empty"),
        ('"spot_use"', '"reserved_use"', "a kind of right is there twice"),
        ('"spot_use"', '"Spot use"', "'Spot use' is not a name for a kind of right"),
        ("rival = true", "rival = false", ""),
        ("lot = 1", "lot = 0", "market.lot is 0"),
        ('"level?"', '"levels"', "attribute security_class is of kind 'levels'"),
        ("security_class", "Security", "'Security' is not a name for an attribute"),
    ],
)
def test_a_profile_that_contradicts_itself_does_not_load(
    before: str, after: str, reason: str
) -> None:
    text = institution("factors/compute.toml")
    assert before in text
    changed = text.replace(before, after)
    if not reason:
        assert not parse_profile(changed).nature.rival
        return
    with pytest.raises(Refusal) as caught:
        parse_profile(changed)
    assert caught.value.code == "rights.profile_wrong"
    assert reason in str(caught.value)


def test_a_factor_that_is_not_rival_needs_a_derived_kind() -> None:
    text = institution("factors/data.toml").replace('derived = ["usage_grant"]', "derived = []")
    with pytest.raises(Refusal, match="it needs a derived kind of right"):
        parse_profile(text)


def test_a_profile_with_an_unknown_field_or_a_fraction_is_refused() -> None:
    text = institution("factors/compute.toml")
    for broken in (text + "\ncolour = 1", text.replace("lot = 1", "lot = 1.5"), "factor = 1"):
        with pytest.raises(Refusal) as caught:
            parse_profile(broken)
        assert caught.value.code in {"rules.malformed", "rights.profile_incomplete"}


def test_a_profile_version_is_adopted_once_and_the_last_one_holds() -> None:
    floors = settled()
    profile = parse_profile(institution("factors/compute.toml"))
    refusal = floors.refused(
        AdoptProfile(actor="gov", key="k", profile=profile), "rights.profile_exists"
    )
    assert str(refusal) == (
        "rights.profile_exists: version 1 of the profile of compute was adopted before; "
        "give the profile a new version"
    )
    text = institution("factors/compute.toml").replace('version    = "1"', 'version = "2"')
    floors.when(AdoptProfile(actor="gov", key="k", profile=parse_profile(text)))
    assert [known.version for known in floors.rights.profiles["compute"]] == ["1", "2"]
