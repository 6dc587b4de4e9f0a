"""What the import contracts cannot see: who makes events, which rooms a floor has, what is pure."""

import ast
import importlib
import pkgutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import yaosu
from tests.reviewer import HOUSE, SOURCE, assert_no_remarks, files, near, tree_of

FLOORS = (
    "kernel", "journal", "ledger", "places", "rules", "parties", "cases", "rights", "access",
    "markets", "settlement", "dataspace", "returns", "programmes", "supervision", "core", "engine",
    "client", "workers", "evaluation", "server", "cli", "institutions",
)  # fmt: skip
STORY = FLOORS[FLOORS.index("ledger") : FLOORS.index("core")]
PURE = ("kernel", *STORY, "core")
ROOMS = ("commands", "events", "state", "refusals")
BEHIND_ONE_DOOR = {"psycopg": "journal/postgres"}
HEAVY = ("altair", "duckdb", "highspy", "litestar", "numba", "pandas", "polars", "pyarrow", "scipy")
SOLVERS = (  # files that solve in floats; package_exact.py and indivisible_bound.py bring them back
    "indivisible_branch.py",
    "indivisible_propagate.py",
    "indivisible_turned.py",
    "indivisible_core.py",
    "indivisible_near.py",
    "indivisible_part.py",
    "indivisible_root.py",
    "indivisible_simplex.py",
    "indivisible_solve.py",
    "indivisible_uniform.py",
    "package_algebra.py",
    "package_exact.py",
    "package_interior.py",
    "package_smooth.py",
    "package_solve.py",
)


def events_by_floor(source: Path) -> dict[str, set[str]]:
    """The event classes that each folder of the house defines."""
    found: dict[str, set[str]] = {}
    for path in files(source, ".py"):
        floor = floor_of(path, source)
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ClassDef) and any(
                ast.unparse(base).rsplit(".", 1)[-1] == "Event" for base in node.bases
            ):
                found.setdefault(floor, set()).add(node.name)
    return found


def floor_of(path: Path, source: Path) -> str:
    return path.relative_to(source).parts[0].removesuffix(".py")


def remarks_on_events_made_elsewhere(source: Path) -> Iterator[str]:
    """An event is constructed only in its own floor; others call that floor's functions."""
    events = events_by_floor(source)
    owner = {name: floor for floor, names in events.items() for name in names}
    for path in files(source, ".py"):
        floor = floor_of(path, source)
        tree = tree_of(path)
        local = dict(_imported_events(tree, owner))
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            name = local.get(called) or called.rsplit(".", 1)[-1]
            is_event = called in local or (
                "." in called and called.rsplit(".", 1)[0].endswith("events")
            )
            if is_event and owner.get(name, floor) != floor:
                yield (
                    f"{near(path, source.parent)}:{node.lineno} constructs {name}, which belongs "
                    f"to {owner[name]}: call a function of {owner[name]} that returns the event"
                )


def _imported_events(tree: ast.Module, owner: dict[str, str]) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if alias.name in owner:
                    yield alias.asname or alias.name, alias.name


def remarks_on_rooms(source: Path, floors: tuple[str, ...]) -> Iterator[str]:
    """A floor with a story has all its rooms, and words stand in their own room.

    A family of words may have a file of its own, ``<family>_events.py``, that the room gathers.
    """
    for floor in floors:
        folder = source / floor
        if (folder / "decide.py").exists() or (folder / "commands.py").exists():
            for room in (*ROOMS, "decide"):
                if not (folder / f"{room}.py").exists():
                    yield f"{floor}/ has a story but no {room}.py: a reader looks for it there"
        for path in files(folder, ".py"):
            for node in ast.walk(tree_of(path)):
                if isinstance(node, ast.ClassDef):
                    bases = {ast.unparse(base).rsplit(".", 1)[-1] for base in node.bases}
                    for base, room in (("Command", "commands.py"), ("Event", "events.py")):
                        is_there = path.name == room or path.name.endswith(f"_{room}")
                        if base in bases and not is_there:
                            yield (
                                f"{near(path, source.parent)}:{node.lineno} {node.name} is one of "
                                f"the {base.lower()}s: it belongs into {floor}/{room}"
                            )


def remarks_on_inexact_numbers(source: Path, rooms: tuple[str, ...]) -> Iterator[str]:
    """Below the engine there are no floats: whole numbers, and divisions that name a rounding.

    A file that works with Fraction may divide: fractions are exact. Inside a solver there may be
    floats: what it finds is rounded by a rule and checked in whole numbers.
    """
    for room in rooms:
        for path in _files_of(source, room):
            if path.name in SOLVERS:
                continue
            tree = tree_of(path)
            has_fractions = "Fraction" in {
                alias.name
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom)
                for alias in node.names
            }
            for node in ast.walk(tree):
                what = None
                match node:
                    case ast.Constant(value=float()):
                        what = "holds a float"
                    case ast.Call(func=ast.Name(id="float")):
                        what = "makes a float"
                    case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()) if not has_fractions:
                        what = "divides into a float"
                if what:
                    yield (
                        f"{near(path, source.parent)}:{node.lineno} {what}: count in the smallest "
                        "unit and divide with kernel/rounding.py"
                    )


def remarks_on_order(source: Path, rooms: tuple[str, ...]) -> Iterator[str]:
    """A set has no order: what walks over one may differ from run to run."""
    for room in rooms:
        for path in _files_of(source, room):
            for node in ast.walk(tree_of(path)):
                walked = []
                if isinstance(node, ast.For | ast.comprehension):
                    walked = [node.iter]
                elif isinstance(node, ast.Call) and ast.unparse(node.func) in {"list", "tuple"}:
                    walked = node.args
                for over in walked:
                    is_set = isinstance(over, ast.Set | ast.SetComp) or (
                        isinstance(over, ast.Call)
                        and ast.unparse(over.func) in {"set", "frozenset"}
                    )
                    if is_set:
                        yield (
                            f"{near(path, source.parent)}:{over.lineno} walks over a set, which "
                            "has no order: sort it first"
                        )


def _files_of(source: Path, room: str) -> Iterator[Path]:
    if (source / f"{room}.py").exists():
        yield source / f"{room}.py"
    else:
        yield from files(source / room, ".py")


@pytest.mark.parametrize("floor", FLOORS)
def test_every_floor_of_the_plan_stands(floor: str) -> None:
    assert (SOURCE / floor / "__init__.py").exists() or (SOURCE / f"{floor}.py").exists()


def test_the_import_contract_names_every_floor() -> None:
    settings = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(c for c in contracts if c["name"] == "the floors of the house")
    assert layers["exhaustive"]
    named = {name.strip() for row in layers["layers"] for name in row.replace("|", ":").split(":")}
    assert set(FLOORS) <= named
    for contract in contracts:
        assert not {key for key in contract if "ignore" in key}, "no ignore lists: mend the design"


def test_an_event_is_constructed_only_in_its_own_floor() -> None:
    assert_no_remarks(remarks_on_events_made_elsewhere(SOURCE))


def test_a_floor_with_a_story_has_all_its_rooms() -> None:
    assert_no_remarks(remarks_on_rooms(SOURCE, STORY))


def test_every_command_is_decided_and_every_event_taken_in() -> None:
    """The tables of the core are literal, so a word that nobody entered would go unheard."""
    for module in pkgutil.walk_packages(yaosu.__path__, "yaosu."):
        if "__main__" not in module.name:
            importlib.import_module(module.name)
    from yaosu.core import COMMANDS, EVOLVE, OWN_EVENTS, REACTIONS, UPCASTS
    from yaosu.kernel.words import Command, Event

    def words(kind: type) -> set[type]:
        own = {word for word in kind.__subclasses__() if word.__module__.startswith("yaosu.")}
        return own.union(*(words(word) for word in own))

    assert words(Command) - set(COMMANDS) == set(), "enter it in COMMANDS of core/commands.py"
    known = {*EVOLVE, *OWN_EVENTS, *UPCASTS}
    assert words(Event) - known == set(), "enter it in EVOLVE of core/events.py, or in UPCASTS"
    assert not set(UPCASTS) & {*EVOLVE, *OWN_EVENTS}, "an event is either of today or an old one"
    assert set(REACTIONS) <= set(EVOLVE)


def test_there_are_no_floats_below_the_engine() -> None:
    assert_no_remarks(remarks_on_inexact_numbers(SOURCE, PURE))


def test_nothing_below_the_engine_walks_over_a_set() -> None:
    assert_no_remarks(remarks_on_order(SOURCE, PURE))


def test_importing_yaosu_brings_no_heavy_library() -> None:
    looked = f"import sys, yaosu; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    seen = subprocess.run(
        [sys.executable, "-c", looked],
        capture_output=True,
        text=True,
        check=True,
        cwd=SOURCE.parent,
    )
    assert seen.stdout.split() == [], "import it inside the function that needs it"


def remarks_on_libraries_elsewhere(source: Path) -> Iterator[str]:
    """A library that is behind one door is imported there alone, and only when it is used."""
    for path in files(source, ".py"):
        tree = tree_of(path)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Import | ast.ImportFrom):
                continue
            names = [alias.name for alias in node.names]
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                home = BEHIND_ONE_DOOR.get(name.partition(".")[0])
                if home is not None and not near(path, source).startswith(home):
                    yield f"{near(path, source)}:{node.lineno} imports {name}; only {home}* may"
                if home is not None and node in tree.body:
                    yield f"{near(path, source)}:{node.lineno} imports {name} before it is used"


def test_a_library_behind_one_door_is_imported_there_alone_and_late() -> None:
    assert_no_remarks(remarks_on_libraries_elsewhere(SOURCE))


def test_planted_faults_are_found(tmp_path: Path) -> None:
    rights, markets = tmp_path / "house" / "rights", tmp_path / "house" / "markets"
    rights.mkdir(parents=True)
    markets.mkdir()
    (rights / "commands.py").write_text("class RegisterRight(Command): ...\n")
    (rights / "events.py").write_text("class RightRegistered(Event): ...\n")
    (rights / "decide.py").write_text(
        "from house.rights.events import RightRegistered\n"
        "def decide():\n    return [RightRegistered()]\n"
    )
    (markets / "decide.py").write_text(
        "from house.rights import events\n"
        "from house.rights.events import RightRegistered as R\n"
        "class Sneaked(Event): ...\n"
        "def decide(a, b):\n"
        "    x = [R(), events.RightRegistered(), Sneaked()]\n"
        "    for y in set(a): x.append(y / b * 0.5)\n"
        "    return x, sorted({a, b}), list({a, b})\n"
    )
    source = tmp_path / "house"
    made = list(remarks_on_events_made_elsewhere(source))
    assert len(made) == 2, made
    assert all("markets/decide.py:5 constructs RightRegistered" in remark for remark in made)
    rooms = list(remarks_on_rooms(source, ("rights", "markets")))
    assert sum("has a story but no" in remark for remark in rooms) == 6, rooms
    assert any("Sneaked is one of the events" in remark for remark in rooms)
    assert len(list(remarks_on_inexact_numbers(source, ("markets",)))) == 2
    assert len(list(remarks_on_order(source, ("markets",)))) == 2
    (rights / "views.py").write_text("import psycopg\ndef f():\n    from psycopg import sql\n")
    assert len(list(remarks_on_libraries_elsewhere(source))) == 3
