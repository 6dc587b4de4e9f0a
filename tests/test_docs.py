"""Docs are tests: reference pages are fresh and whole, links resolve, examples run."""

import ast
import importlib.util
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reviewer import HOUSE, assert_no_remarks, files, near, tree_of

DOCS = HOUSE / "docs"
RUNS = "<!-- runs -->"
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
EXAMPLE_SECONDS_MAX = 300


def load_maker() -> object:
    """tools/make_reference.py as a module; tools is a folder of scripts, not a package."""
    spec = importlib.util.spec_from_file_location("maker", HOUSE / "tools" / "make_reference.py")
    assert spec
    assert spec.loader
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    return maker


def without_code(text: str) -> str:
    return re.sub(r"`[^`\n]*`", "", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def anchors(text: str) -> set[str]:
    found = set(re.findall(r'(?:id|name)="([^"]+)"', text)) | set(
        re.findall(r"\{#([\w-]+)\}", text)
    )
    for heading in re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.M):
        plain = re.sub(r"[^\w\s-]", "", heading.replace("`", "")).strip().lower()
        found.add(re.sub(r"[\s]+", "-", plain))
    return found


def remarks_on_links(root: Path, pages: list[Path]) -> Iterator[str]:
    for page in pages:
        for found in LINK.finditer(without_code(page.read_text(encoding="utf-8"))):
            target = found[1] or found[2]
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            there = (page.parent / name).resolve() if name else page
            if not there.exists():
                yield f"{near(page, root)} points at {target}, which is not there"
            elif (
                anchor
                and there.suffix == ".md"
                and anchor not in anchors(there.read_text(encoding="utf-8"))
            ):
                yield f"{near(page, root)} points at {target}: no such heading on that page"


def examples(page: Path) -> list[tuple[str, str]]:
    """(kind, text) of the marked blocks, in order; python that follows python goes on.

    The kind is the language of a block marked to run, ``prints`` of what the run before it prints,
    or ``file:NAME`` of a file to be kept.
    """
    marked = re.findall(
        r"<!-- (runs|prints|file: [\w.-]+) -->\n+```(\w+)[^\n]*\n(.*?)```",
        page.read_text(encoding="utf-8"),
        flags=re.DOTALL,
    )
    found: list[tuple[str, str]] = []
    for mark, language, text in marked:
        kind = language if mark == "runs" else mark.replace(" ", "")
        runs = [i for i, (before, _) in enumerate(found) if before != "prints"]
        if kind == "python" and runs and found[runs[-1]][0] == "python":
            found[runs[-1]] = (kind, found[runs[-1]][1] + text)
        else:
            found.append((kind, text))
    return found


def check_page(page: Path, folder: Path, environment: dict[str, str]) -> None:
    """Run the blocks of a page; fails where one fails or does not print what the page shows."""
    told = ""
    for kind, text in examples(page):
        if kind.startswith("file:"):
            (folder / kind.removeprefix("file:")).write_text(text, encoding="utf-8")
        elif kind == "prints":
            check_shown(text, told)
        else:
            told = run_example(kind, text, folder, environment)


def check_shown(shown: str, told: str) -> None:
    """Every line shown must be printed; three dots stand for anything."""
    for line in shown.splitlines():
        missing = [part for part in line.split("...") if part.strip() not in told]
        assert not missing, f"the page shows {missing[0].strip()!r}; it printed\n{told}"


def run_example(language: str, text: str, folder: Path, environment: dict[str, str]) -> str:
    """What the example printed; fails where it fails, or does not print what the page shows."""
    if language == "python":
        return _run([sys.executable, "-c", text], folder, environment)
    assert language == "console", f"an example of {language} cannot be run"
    printed = ""
    steps = re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]
    assert steps, "a console example needs a line that begins with '$ '"
    for step in steps:
        command, _, shown = step.partition("\n")
        told = _run(["sh", "-ec", command], folder, environment)
        check_shown(shown, told)
        printed += told
    return printed


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=EXAMPLE_SECONDS_MAX,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, f"{command[-1]}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


@pytest.fixture
def reader(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """A desk as a reader has it, with the examples on it and `yaosu` on the path."""
    desk, commands = tmp_path / "desk", tmp_path / "bin"
    desk.mkdir()
    commands.mkdir()
    if (HOUSE / "examples").exists():
        shutil.copytree(HOUSE / "examples", desk / "examples", ignore=shutil.ignore_patterns("out"))
    yaosu = commands / "yaosu"
    yaosu.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m yaosu "$@"\n')
    yaosu.chmod(yaosu.stat().st_mode | stat.S_IXUSR)
    environment = dict(os.environ)
    environment["PATH"] = f"{commands}{os.pathsep}{environment.get('PATH', '')}"
    environment["PYTHONPATH"] = str(HOUSE / "src")
    environment["COLUMNS"] = "200"
    return desk, environment


PAGES_THAT_RUN = [page for page in (HOUSE / "README.md", *files(DOCS, ".md")) if examples(page)]


@pytest.mark.parametrize("page", PAGES_THAT_RUN, ids=lambda page: near(page, HOUSE))
def test_the_examples_of_a_page_run(page: Path, reader: tuple[Path, dict[str, str]]) -> None:
    check_page(page, *reader)


def test_the_reference_pages_are_fresh() -> None:
    maker = load_maker()
    stale = [
        name
        for name, text in maker.pages().items()
        if not (DOCS / "reference" / name).exists()
        or (DOCS / "reference" / name).read_text(encoding="utf-8") != text
    ]
    assert not stale, f"run `make reference`; stale: {', '.join(stale)}"


def test_every_command_and_event_says_what_it_is() -> None:
    maker = load_maker()
    maker.import_the_house()
    from yaosu.kernel.words import Command, Event, tag_of

    for kind, page in ((Command, "commands.md"), (Event, "events.md")):
        shown = (DOCS / "reference" / page).read_text(encoding="utf-8")
        for word in maker.words(kind):
            assert f"### {tag_of(word)}\n" in shown, f"{tag_of(word)} is not on {page}"
            # a Struct without a docstring has none of its own
            assert word.__dict__.get("__doc__"), (
                f"{word.__name__} needs a docstring of one sentence"
            )


def test_every_refusal_says_what_stood_in_the_way_and_what_to_do() -> None:
    maker = load_maker()
    maker.import_the_house()
    from yaosu.kernel.refusal import TEXTS

    shown = (DOCS / "reference" / "refusals.md").read_text(encoding="utf-8")
    for code, (sentence, what_next) in TEXTS.items():
        assert f"| `{code}` |" in shown
        assert re.fullmatch(r"[a-z]+\.[a-z0-9_]+", code), code
        assert len(sentence.split()) > 2, f"{code}: {sentence!r} is no sentence"
        assert len(what_next.split()) > 1, f"{code}: {what_next!r} does not say what to do"


def test_every_setting_that_is_read_is_documented() -> None:
    house = HOUSE / "src" / "yaosu"
    door = "".join((house / name).read_text() for name in ("door.py", "engine/environment.py"))
    read = set(re.findall(r'environ(?:ment)?(?:\.get\(|\[)"(\w+)"', door))
    from yaosu.engine.environment import SETTINGS

    assert read == set(SETTINGS), "engine/environment.py lists what it may say"
    shown = (DOCS / "reference" / "settings.md").read_text(encoding="utf-8")
    assert all(f"| `{name}` |" in shown for name in SETTINGS)


def test_the_files_shown_in_the_how_to_pages_load() -> None:
    from yaosu.rights.profiles import parse_profile
    from yaosu.rules.parse import parse_pack

    pack = parse_pack("\n".join(toml_blocks(DOCS / "how-to" / "write-a-rule-pack.md")))
    assert pack.name == "national@2026.1"
    (profile,) = toml_blocks(DOCS / "how-to" / "add-a-factor.md")
    assert parse_profile(profile).name == "spectrum"


def toml_blocks(page: Path) -> list[str]:
    return re.findall(r"```toml\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)


def test_every_exit_code_is_documented() -> None:
    from yaosu.cli import output

    shown = (DOCS / "reference" / "exit-codes.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \|", shown, re.MULTILINE)
    names = ("DONE", "REFUSED", "USAGE", "CHECK_FAILED", "OUR_ERROR", "INTERRUPTED")
    assert [int(row) for row in rows] == [getattr(output, name) for name in names]


MECHANISM_PAGE = {  # what each page says: a heading or a mark by which it is found
    "the rule": r"^## .*(rule|Commands)",
    "the mathematics with its source": r"^(## .*[Ss]ources|Sources?:)|\(\d{4}\)",
    "a worked example": r"^(<!-- runs|## .*[Ee]xample)",
    "its limits": r"^## .*([Ll]imit|and what not)",
}


def remarks_on_mechanism_pages(names: set[str], folder: Path) -> Iterator[str]:
    pages = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    for name in sorted(names ^ set(pages)):
        lack = "has no page" if name in names else "is no mechanism"
        yield f"{name} {lack}"
    for name in sorted(names & set(pages)):
        for what, mark in MECHANISM_PAGE.items():
            if not re.search(mark, pages[name], re.MULTILINE):
                yield f"{name}.md does not say {what}"


def test_every_mechanism_has_its_page() -> None:
    """Rule, mathematics with source, worked example, limits: for each, and for nothing else."""
    from yaosu.markets.mechanisms import MECHANISMS

    assert (
        list(remarks_on_mechanism_pages(set(MECHANISMS), DOCS / "reference" / "mechanisms")) == []
    )


def test_a_page_that_lacks_its_limits_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "toy.md").write_text("# toy\n\n## The rule\n\n<!-- runs -->\n\nSource: A (1999).\n")
    found = list(remarks_on_mechanism_pages({"toy", "other"}, tmp_path))
    assert found == ["other has no page", "toy.md does not say its limits"]


def test_what_must_hold_is_proved_by_a_test_that_names_it() -> None:
    page = (DOCS / "reference" / "requirements.md").read_text(encoding="utf-8")
    promised = set(re.findall(r"^\| (S\d-\d\d) \|", page, re.MULTILINE))
    named: dict[str, str] = {}
    for path in files(HOUSE / "tests", ".py"):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for row in re.findall(r"\bS\d-\d\d\b", ast.get_docstring(node) or ""):
                    named[row] = f"{near(path, HOUSE)} {node.name}"
    assert len(promised) > 15
    assert not promised - set(named), "a row without a test is a wish"
    lost = {row: where for row, where in named.items() if row not in promised}
    assert not lost, f"say on docs/reference/requirements.md what these rows are: {lost}"


def test_links_between_pages_resolve() -> None:
    pages = [*files(DOCS, ".md"), *sorted(HOUSE.glob("*.md"))]
    assert_no_remarks(remarks_on_links(HOUSE, pages))


def test_every_page_can_be_reached_from_the_menu() -> None:
    menu = (HOUSE / "mkdocs.yml").read_text(encoding="utf-8")
    lost = [near(page, DOCS) for page in files(DOCS, ".md") if f" {near(page, DOCS)}" not in menu]
    lost = [name for name in lost if not re.match(r"decisions/\d", name)]
    assert not lost, f"add to nav in mkdocs.yml: {', '.join(lost)}"


def test_a_broken_link_and_a_wrong_example_are_found(
    tmp_path: Path, reader: tuple[Path, dict[str, str]]
) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# One heading\n[a](none.md) [b](#one-heading) [c](#no) [d](https://x.org) `[e](no.md)`\n"
        f"{RUNS}\n```console\n$ echo one two\none ... two\n$ echo three\nfour\n```\n"
        f"{RUNS}\n```python\nassert 1 == 2\n```\n"
    )
    remarks = list(remarks_on_links(tmp_path, [page]))
    assert len(remarks) == 2, remarks
    (first, second) = examples(page)
    with pytest.raises(AssertionError, match="the page shows 'four'"):
        run_example(*first, *reader)
    with pytest.raises(AssertionError, match="assert 1 == 2"):
        run_example(*second, *reader)
