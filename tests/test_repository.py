"""The repository around the code: what installs, what the everyday words do, what ships."""

import os
import re
import subprocess
import tomllib

from tests.reviewer import HOUSE, SOURCE

PROJECT = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MAKEFILE = (HOUSE / "Makefile").read_text(encoding="utf-8")
WORDS = ("help", "setup", "run", "test", "test-long", "check", "bench", "reference", "docs")


def name_of(requirement: str) -> str:
    return re.split(r"[^\w-]", requirement, maxsplit=1)[0]


def test_the_core_install_stays_light() -> None:
    names = {name_of(requirement) for requirement in PROJECT["dependencies"]}
    assert names == {
        "cel-expr-python", "click", "cryptography", "joblib", "msgspec", "numba", "numpy", "rich",
    }, "a new core dependency wants a decision record"  # fmt: skip


def test_the_expression_library_is_pinned_to_the_version_that_was_studied() -> None:
    assert "cel-expr-python==0.1.3" in PROJECT["dependencies"]


def test_all_is_what_this_version_uses() -> None:
    (everything,) = PROJECT["optional-dependencies"]["all"]
    extras = set(re.findall(r"\[(.*)\]", everything)[0].split(","))
    assert extras == {
        "arrow", "client", "cluster", "evaluation", "excel", "paper", "postgres", "report",
        "server", "telemetry",
    }  # fmt: skip
    assert extras <= set(PROJECT["optional-dependencies"])


def test_the_command_and_the_module_are_one_program() -> None:
    assert PROJECT["scripts"] == {"yaosu": "yaosu.cli:main"}
    assert (SOURCE / "__main__.py").exists()


def test_institutions_and_types_ship_with_the_code() -> None:
    assert (SOURCE / "py.typed").exists()
    assert len(list((SOURCE / "institutions" / "factors").glob("*.toml"))) >= 7


def test_every_everyday_word_is_explained_by_make_help() -> None:
    told = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=HOUSE,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "MAKEFLAGS": ""},
    ).stdout
    for word in WORDS:
        assert re.search(rf"make {word} +\w", told), f"{word} is not in make help"


def test_what_a_change_has_to_pass_is_make_test_alone() -> None:
    script = HOUSE / ".ci" / "run"
    assert os.access(script, os.X_OK)
    lines = script.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if "make" in line and not line.startswith("#")] == [
        "exec make test"
    ]


def test_make_run_walks_examples_that_are_there() -> None:
    (names,) = re.findall(r"^EXAMPLES := (.*)$", MAKEFILE, flags=re.MULTILINE)
    for name in names.split():
        assert (HOUSE / "examples" / name / "scenario.toml").exists(), f"examples/{name}"


def test_the_licence_is_apache_2() -> None:
    assert PROJECT["license"] == "Apache-2.0"
    text = (HOUSE / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
