"""The shipped institutions: every file loads, and every figure says where it comes from."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.floors import INSTITUTIONS, Floors, founded, institution
from yaosu.access.commands import AdoptEntitlements, AdoptLearning, AdoptRecognition, AdoptScale
from yaosu.access.parse import parse_entitlements, parse_learning, parse_recognition, parse_scale
from yaosu.cases.parse import parse_procedure
from yaosu.places.commands import DefineCalendar, DefineRegions, DefineZone
from yaosu.rights.commands import AdoptProfile
from yaosu.rights.profiles import parse_profile
from yaosu.rules.check import protected_fields
from yaosu.rules.commands import AdoptRules
from yaosu.rules.decide import ask, parameter_of
from yaosu.rules.evaluate import AnyItem
from yaosu.rules.fair_competition import parse_checklist
from yaosu.rules.lint import lint_pack
from yaosu.rules.overlay import rules_in_force
from yaosu.rules.pack import Pack, Value
from yaosu.rules.parse import parse_pack
from yaosu.rules.parse_places import parse_calendar, parse_regions, parse_zones

CONFIDENCE = {"statute", "public page", "assumed"}
FILES = sorted(p for p in INSTITUTIONS.rglob("*.toml") if "templates" not in p.parts)
NATIONAL = parse_pack(institution("rules/national.toml"))
PILOTS = (  # the ten, in the order of the published list
    ("CN-BJ-MAC", "Beijing's municipal administrative centre"),
    ("CN-JS-SOUTH", "key cities in southern Jiangsu"),
    ("CN-ZJ-HNW", "Hangzhou-Ningbo-Wenzhou"),
    ("CN-AH-HEFEI", "Hefei metropolitan area"),
    ("CN-FJ-FXQ", "Fuzhou-Xiamen-Quanzhou"),
    ("CN-HA-ZZ", "Zhengzhou"),
    ("CN-HN-CZX", "Changsha-Zhuzhou-Xiangtan"),
    ("CN-GD-GBA", "the nine mainland cities of the Greater Bay Area"),
    ("CN-CQ", "Chongqing"),
    ("CN-SC-CD", "Chengdu"),
)


def institutions() -> Floors:
    """A new venue that has adopted everything that is shipped below the floor of cases."""
    floors = founded()
    regions = tuple(
        region for name in ("cn", "pilots") for region in parse_regions(_text("regions", name))
    )
    floors.when(DefineRegions(actor="gov", key="k", version="cn", regions=regions))
    for zone in parse_zones(_text("zones", "pilots")):
        floors.when(
            DefineZone(
                actor="gov",
                key="k",
                zone=zone.id,
                regions=zone.regions,
                term_from=zone.term_from,
                term_to=zone.term_to,
                name=zone.name,
                name_zh=zone.name_zh,
            )
        )
    for path in FILES:
        match path.parent.name:
            case "factors":
                profile = parse_profile(_text("factors", path.stem))
                floors.when(AdoptProfile(actor="gov", key="k", profile=profile))
            case "calendars":
                calendar = parse_calendar(_text("calendars", path.stem))
                floors.when(DefineCalendar(actor="gov", key="k", calendar=calendar))
            case "recognition":
                table = parse_recognition(_text("recognition", path.stem))
                floors.when(AdoptRecognition(actor="gov", key="k", table=table))
            case "entitlements":
                services = parse_entitlements(_text("entitlements", path.stem))
                floors.when(AdoptEntitlements(actor="gov", key="k", table=services))
            case "learning":
                learning = parse_learning(_text("learning", path.stem))
                floors.when(AdoptLearning(actor="gov", key="k", table=learning))
            case "grades":
                scale = parse_scale(_text("grades", path.stem))
                floors.when(AdoptScale(actor="gov", key="k", scale=scale))
    for name in ("national", "figures", "chongqing"):
        floors.when(AdoptRules(actor="gov", key="k", pack=parse_pack(_text("rules", name))))
    return floors


def _text(shelf: str, name: str) -> str:
    return institution(f"{shelf}/{name}.toml")


def test_every_shipped_institution_is_adopted_by_a_new_venue() -> None:
    """S0-47 S0-65: factors and rules are data that a command puts into the journal."""
    floors = institutions()
    assert sorted(floors.rights.profiles) == sorted(path.stem for path in _shelf("factors"))
    assert sorted(floors.rules.packs) == sorted(path.stem for path in _shelf("rules"))
    assert sorted(floors.places.calendars) == ["cn"]
    known = {item.id for item in NATIONAL.items}
    for path in _shelf("procedures"):
        procedure = parse_procedure(_text("procedures", path.stem))
        assert procedure.id == path.stem
        assert procedure.calendar in floors.places.calendars
        assert procedure.factor in {"", *floors.rights.profiles}
        read = {name for stage in procedure.stages for name in (stage.level, stage.when, stage.fee)}
        read |= {*procedure.conditions, *(split.item for split in procedure.splits)}
        assert read - {""} <= known, procedure.id


def test_every_folder_of_institutions_is_read() -> None:
    assert {path.parent.name for path in FILES} == {
        "calendars",
        "checklists",
        "entitlements",
        "factors",
        "grades",
        "learning",
        "positions",
        "procedures",
        "recognition",
        "regions",
        "rules",
        "sizes",
        "zones",
    }


def _shelf(name: str) -> list[Path]:
    return [path for path in FILES if path.parent.name == name]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_figure_has_its_source_and_how_sure_it_is_beside_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    raw = tomllib.loads(text)
    match path.parent.name:
        case "rules":
            for item in parse_pack(text, NATIONAL if "base" in raw["pack"] else None).items:
                assert item.source.strip(), item.id
                assert item.confidence in CONFIDENCE, item.id
        case "factors":
            figures = list(_figures(raw, ("factor", "nature", "rights", "register", "market")))
            figures += [f"attributes.{name}" for name in raw["attributes"]]
            _assert_covered(raw["sources"], [*figures, "settlement.delivery", "settlement.gates"])
        case "procedures":
            _assert_sure(raw)
            days = [f"stages.{one['id']}.days" for one in raw["stages"] if "days" in one]
            days += [f"owner_commitments.{o['id']}" for o in raw.get("owner_commitments", ())]
            days += [part for part in ("appeal", "splits") if part in raw]
            _assert_covered(raw["sources"], days)
        case "checklists":
            assert parse_checklist(text).confidence in CONFIDENCE
        case _:
            _assert_sure(raw)


def _figures(raw: dict[str, Any], parts: tuple[str, ...]) -> Iterator[str]:
    for part in parts:
        yield from (f"{part}.{name}" for name in raw.get(part, {}))


def _assert_sure(raw: dict[str, Any]) -> None:
    assert raw["source"].strip()
    assert raw["confidence"] in CONFIDENCE


def _assert_covered(sources: list[dict[str, str]], figures: list[str]) -> None:
    """Each figure has a source of its own or of the part it stands in, and no source is idle."""
    for source in sources:
        assert source["basis"] in CONFIDENCE
        assert source["note"].strip()
    fields = [source["field"] for source in sources]
    for figure in figures:
        assert any(f"{figure}.".startswith(f"{field}.") for field in fields), figure


def test_the_rules_have_no_fault_and_nothing_to_look_at() -> None:
    """S0-09: what is shipped passes the linter, the overlay against the national pack too."""
    for name in ("national", "figures", "chongqing"):
        pack: Pack = parse_pack(_text("rules", name), NATIONAL if name == "chongqing" else None)
        found = lint_pack(pack, NATIONAL)
        assert [one for one in found if one.is_fault] == [], name
        undecided = ["land.renewal_floor_area"] if name == "national" else []
        assert [(one.kind, one.item) for one in found] == [("not_decided", i) for i in undecided]


def test_the_national_rules_read_nothing_of_region_ownership_sector_or_size() -> None:
    """S0-27: not even with an authority; the national set needs no exception."""
    items: dict[str, AnyItem] = {item.id: item for item in NATIONAL.items}
    assert [item.id for item in NATIONAL.items if protected_fields(items, item)] == []


def test_the_ten_pilots_are_places_and_zones_by_their_published_names() -> None:
    """S0-38: ten named nodes on one national tree, each a zone for the two years of the pilot."""
    floors = institutions()
    regions = floors.places.trees[-1].regions
    assert [(name, regions[name].name) for name, _ in PILOTS] == list(PILOTS)
    assert sum(region.level == "city" for region in regions.values()) == 31
    zones = [versions[-1] for _, versions in sorted(floors.places.zones.items())]
    assert sorted(zone.regions[0] for zone in zones) == sorted(name for name, _ in PILOTS)
    assert {(zone.term_from, zone.term_to) for zone in zones} == {
        (zones[0].term_from, zones[0].term_to)
    }


def test_the_overlay_of_chongqing_moves_figures_there_and_nowhere_else() -> None:
    """S0-40: overridden within bounds, for a place, until a sunset; elsewhere nothing changes."""
    floors = institutions()
    for item, there, elsewhere in (
        ("farmland.delegated_m2_max", 10_000, 0),
        ("land.renewal_bonus_percent", 15, 0),
        ("technology.joint_projects_percent_min", 70, None),
    ):
        assert parameter_of(floors, item, "CN-CQ") == there
        assert parameter_of(floors, item, "CN-SC-CD") == elsewhere
        assert parameter_of(floors, item) == elsewhere
    floors.now = floors.rules.packs["chongqing"][0].pack.pack.expiry
    assert parameter_of(floors, "land.renewal_bonus_percent", "CN-CQ") == 0


@pytest.mark.parametrize(
    ("floor_area", "region", "is_met"),
    [(11_500, "CN-CQ", True), (11_510, "CN-CQ", False), (10_001, "CN-SC-CD", False)],
)
def test_renewal_adds_fifteen_percent_where_the_pilot_says_so(
    floor_area: int, region: str, is_met: bool
) -> None:
    """S2-65: 15.0 percent passes, 15.1 fails; only with public functions and room in the plan."""
    rules = rules_in_force(institutions(), "national", region)
    assert rules is not None
    facts: dict[str, Value] = {
        "new_floor_area_m2": floor_area,
        "existing_floor_area_m2": 10_000,
        "site_area_m2": 4_000,
        "approved_floor_area_ratio_percent": 250,
        "adds_public_function": True,
        "has_room_in_plan": True,
    }
    assert ask(rules, "land.renewal_floor_area", facts).result is is_met
    for needed in ("adds_public_function", "has_room_in_plan"):
        assert ask(rules, "land.renewal_floor_area", {**facts, needed: False}).result is False
    larger = {**facts, "approved_floor_area_ratio_percent": 260}  # by the other basis
    is_pilot = region == "CN-CQ"
    assert ask(rules, "land.renewal_floor_area", larger).result is (
        is_pilot or floor_area <= 10_400
    )


def test_the_figures_of_the_published_texts_are_on_record() -> None:
    """S2-42: eight grades among them, ordered."""
    figures = {item.id: item.value for item in parse_pack(_text("rules", "figures")).parameter}
    plan = {i.id: i.value for i in parse_pack(_text("rules", "chongqing"), NATIONAL).parameter}
    assert (figures["pilots.count"], figures["pilots.output_percent_min"]) == (10, 25)
    assert (plan["plan.measures"], plan["employment.campaign_posts_target"]) == (30, 10_000)
    tables = {table.id: table for table in NATIONAL.table}
    ladder = [str(row["skill_grade"]) for row in tables["skill_grades"].rows]
    assert len(ladder) == figures["skill.grades"]
    assert [row["rank"] for row in tables["skill_grades"].rows] == list(range(1, 9))


def test_no_institution_is_code() -> None:
    """Institutions are data: TOML and one sentence, nothing that runs."""
    code = (INSTITUTIONS / "__init__.py").read_text(encoding="utf-8").strip()
    assert code.startswith('"""')
    assert code.endswith('"""')
    assert [path.name for path in INSTITUTIONS.rglob("*.py")] == ["__init__.py"]
    for path in INSTITUTIONS.rglob("*.toml"):
        assert tomllib.loads(path.read_text(encoding="utf-8"))


def test_what_access_reads_fits_together() -> None:
    """S0-24 S2-42: the list names a procedure that is there; grades promote as the rules say."""
    floors = institutions()
    (recognised,) = floors.access.recognition_tables["cn"]
    assert recognised.appeal in {path.stem for path in _shelf("procedures")}
    (scale,) = floors.access.scales["skilled_workers"]
    tables = {item.id: item for item in NATIONAL.table}
    ranks = {row["skill_grade"]: row["rank"] for row in tables["skill_grades"].rows}
    assert {one.name: one.grade for one in scale.grades} == ranks
