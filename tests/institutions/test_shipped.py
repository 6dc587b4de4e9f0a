"""The shipped institutions: every file loads, and says where its figures come from."""

import tomllib

from tests.floors import INSTITUTIONS, founded, institution
from yaosu.cases.parse import parse_procedure
from yaosu.places.commands import DefineCalendar, DefineRegions
from yaosu.rights.commands import AdoptProfile
from yaosu.rights.profiles import parse_profile
from yaosu.rules.commands import AdoptRules
from yaosu.rules.fair_competition import parse_checklist
from yaosu.rules.parse import parse_pack
from yaosu.rules.parse_places import parse_calendar, parse_regions

CONFIDENCE = {"statute", "public page", "assumed"}


def test_every_shipped_file_is_adopted_by_a_new_venue() -> None:
    """S0-47 S0-65: factors and rules are data that a command puts into the journal."""
    floors = founded()
    procedures = []
    for path in sorted(INSTITUTIONS.rglob("*.toml")):
        text = path.read_text(encoding="utf-8")
        match path.parent.name:
            case "factors":
                floors.when(AdoptProfile(actor="gov", key="k", profile=parse_profile(text)))
            case "rules":
                floors.when(AdoptRules(actor="gov", key="k", pack=parse_pack(text)))
            case "calendars":
                floors.when(DefineCalendar(actor="gov", key="k", calendar=parse_calendar(text)))
            case "regions":
                regions = parse_regions(text)
                floors.when(DefineRegions(actor="gov", key="k", version="1", regions=regions))
            case "procedures":
                procedures.append(parse_procedure(text))
            case "checklists":
                assert parse_checklist(text).confidence in CONFIDENCE
            case folder:
                raise AssertionError(f"nothing reads {folder}/{path.name}")
    assert len(floors.rights.profiles) == 7
    assert sorted(floors.rules.packs) == ["national"]
    assert len(floors.places.trees[0].regions) == 32
    assert sorted(floors.places.calendars) == ["cn"]
    items = {item.id for item in floors.rules.packs["national"][0].pack.items}
    assert len(procedures) == 3
    for procedure in procedures:
        assert procedure.calendar in floors.places.calendars
        assert procedure.confidence in CONFIDENCE
        read = {name for stage in procedure.stages for name in (stage.level, stage.when, stage.fee)}
        assert read - {""} | set(procedure.conditions) <= items, procedure.id


def test_every_figure_of_the_national_rules_says_how_sure_it_is() -> None:
    pack = parse_pack(institution("rules/national.toml"))
    assert {item.confidence for item in pack.items} <= CONFIDENCE


def test_the_national_rules_read_nothing_of_region_ownership_sector_or_size() -> None:
    """S0-27: not even with an authority; the national set needs no exception."""
    from yaosu.rules.check import protected_fields
    from yaosu.rules.evaluate import AnyItem

    pack = parse_pack(institution("rules/national.toml"))
    items: dict[str, AnyItem] = {item.id: item for item in pack.items}
    assert [item.id for item in pack.items if protected_fields(items, item)] == []


def test_no_institution_is_code() -> None:
    """Institutions are data: TOML and one sentence, nothing that runs."""
    code = (INSTITUTIONS / "__init__.py").read_text(encoding="utf-8").strip()
    assert code.startswith('"""')
    assert code.endswith('"""')
    assert [path.name for path in INSTITUTIONS.rglob("*.py")] == ["__init__.py"]
    for path in INSTITUTIONS.rglob("*.toml"):
        assert tomllib.loads(path.read_text(encoding="utf-8"))
