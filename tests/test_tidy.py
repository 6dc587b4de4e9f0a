"""Is the house tidy? Measures what the eye would, and says which file, how much, what to do."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reviewer import HOUSE, SOURCE, assert_no_remarks, files, near, tree_of

FILE_LINES_MAX = 600
FILE_LINES_LONG = 400
LONG_FILES_SHARE_MAX = 0.05  # "few over 400"
FUNCTION_LINES_MAX = 70
LINE_LENGTH_MAX = 100
CHANGELOG_KINDS = ("safety", "feature", "change", "fix", "docs")
CHANGELOG_LENGTH_MAX = 300
# calls that raise where something is not as it must be; `ask` raises a refusal
FAILING = re.compile(r"_?(accepted|ask|assert|check|compare|expect|must|prove|raises|refus|verify)")
DECISION_HEADINGS = ("Decision", "Why", "How", "What else was weighed")
DECISION_LINES_MAX = 60

UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK|for now)\b|raise NotImplementedError$")
ONE_MACHINE = re.compile(r"(?<![\w.}])/(home|root|work|Users)/\w")
WORKPLACE = (
    (ONE_MACHINE, "is a path of one person's machine; take it from an argument or a setting"),
    (
        re.compile(r"https?://[\w.]*(pypi|pythonhosted|npmjs)\b", re.IGNORECASE),
        "names a package registry's host; name the package only",
    ),
    (
        re.compile(r"\.\./shared\b"),
        "points outside the repository; copy the fact here and name its published source",
    ),
    (
        re.compile(r"\bissue #?\d+\b", re.IGNORECASE),
        "points at a tracker that may be gone one day; say the reason itself",
    ),
)


def remarks_on_sizes(root: Path) -> Iterator[str]:
    lengths = {
        near(path, root): len(path.read_text(encoding="utf-8").splitlines())
        for path in files(root, ".py", ".js", ".css")
    }
    for name, lines in lengths.items():
        if lines > FILE_LINES_MAX:
            yield (
                f"{name} has {lines} lines, {lines - FILE_LINES_MAX} over what a reader can hold: "
                "split it where the story splits"
            )
    long = sorted(name for name, lines in lengths.items() if lines > FILE_LINES_LONG)
    if len(long) > max(1, LONG_FILES_SHARE_MAX * len(lengths)):
        yield (
            f"{len(long)} of {len(lengths)} files are over {FILE_LINES_LONG} lines; few should be. "
            f"Begin with one of {', '.join(long)}"
        )


def remarks_on_functions(root: Path) -> Iterator[str]:
    for path in files(root, ".py"):
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if ast.get_docstring(node, clean=False) is not None:
                first = node.body[0]
                lines -= (first.end_lineno or first.lineno) - first.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield (
                    f"{near(path, root)}:{node.lineno} {node.name} has {lines} lines without its "
                    f"docstring, more than a screen ({FUNCTION_LINES_MAX}): give its steps names"
                )


def remarks_on_lines(root: Path) -> Iterator[str]:
    for path in files(root, ".py", ".js", ".css", ".sh"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            where = f"{near(path, root)}:{number}"
            if len(line) > LINE_LENGTH_MAX:
                yield f"{where} is {len(line)} wide, over {LINE_LENGTH_MAX}: break the line"
            if line != line.rstrip():
                yield f"{where} ends in blanks: take them away"
            word = UNFINISHED.search(line)
            if word and path != Path(__file__):
                yield (
                    f"{where} says {word.group()!r}: finish it, or leave it out and say so in the "
                    "documentation"
                )


def remarks_on_the_workplace(root: Path) -> Iterator[str]:
    for path in files(root, ".py", ".md", ".toml", ".sh", ".yml", ".js", ".css", "Makefile", "run"):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for pattern, what in WORKPLACE:
                found = pattern.search(line)
                if found:
                    yield f"{near(path, root)}:{number} {found.group()!r} {what}"


def remarks_on_silenced_checks(root: Path) -> Iterator[str]:
    silenced = re.compile(r"#\s*(noqa|type:\s*ignore)(?P<rest>.*)$")
    explained = re.compile(r"(: [A-Z]+\d+(, ?[A-Z]+\d+)*|\[[\w, -]+\])[\s#(:-]+\w+ \w+")
    for path in files(root, ".py"):
        if path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found = silenced.search(line)
            if found and not explained.match(found["rest"]):
                yield (
                    f"{near(path, root)}:{number} silences a check without its code and reason: "
                    "write '# noqa: CODE - why' or '# type: ignore[code]  # why', or mend the line"
                )


def remarks_on_sentences(source: Path) -> Iterator[str]:
    for path in files(source, "__init__.py"):
        name = near(path, source.parent)
        tree = tree_of(path)
        sentence = ast.get_docstring(tree)
        if not sentence:
            yield f"{name} has no sentence: say in one line what this floor does in the story"
            continue
        if not re.search(r"[.?!。]$", sentence.splitlines()[0]):
            yield f"{name}: its first line does not end like a sentence: {sentence!r}"
        if len(path.relative_to(source).parts) > 2:
            continue  # a folder of algorithms may begin with the table of its family
        for node in tree.body[1:]:
            if not _belongs_in_init(node):
                yield (
                    f"{name}:{node.lineno} holds more than its sentence and the public names: "
                    "move it into a file that says what it is"
                )


def _belongs_in_init(node: ast.stmt) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom():
            return True
        case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
            return name in {"__all__", "__version__", "_LAZY"}
        case ast.FunctionDef(name=name):  # public names that arrive when they are asked for
            return name in {"__getattr__", "__dir__"}
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
    return False


def remarks_on_the_changelog(root: Path) -> Iterator[str]:
    for path in files(root / "changelog.d", ""):
        name = near(path, root)
        parts = path.name.split(".")
        if len(parts) != 3 or parts[1] not in CHANGELOG_KINDS or parts[2] != "md":
            yield f"{name}: name it <name>.<kind>.md, the kind one of {', '.join(CHANGELOG_KINDS)}"
            continue
        text = path.read_text(encoding="utf-8").strip()
        if "\n\n" in text or not text.endswith(".") or len(text) > CHANGELOG_LENGTH_MAX:
            yield (
                f"{name}: one sentence for a user, ending with a full stop, at most "
                f"{CHANGELOG_LENGTH_MAX} characters (it has {len(text)})"
            )


def remarks_on_decisions(folder: Path) -> Iterator[str]:
    index = (folder / "index.md").read_text(encoding="utf-8")
    for path in files(folder, ".md"):
        if path.name == "index.md":
            continue
        text = path.read_text(encoding="utf-8")
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}-[a-z0-9-]+\.md", path.name):
            yield f"decisions/{path.name}: name it YYYY-MM-DD-title.md"
        if path.name not in index:
            yield f"decisions/{path.name} is not in decisions/index.md: add one line there"
        if len(text.splitlines()) > DECISION_LINES_MAX:
            yield f"decisions/{path.name} has {len(text.splitlines())} lines: half a page is enough"
        missing = [word for word in DECISION_HEADINGS if f"\n**{word}.**" not in text]
        if missing:
            yield f"decisions/{path.name} lacks {', '.join(missing)}: each begins a paragraph"


def remarks_on_tests(folder: Path) -> Iterator[str]:
    for path in files(folder, ".py"):
        if not path.name.startswith("test_"):
            continue
        functions = [n for n in ast.walk(tree_of(path)) if isinstance(n, ast.FunctionDef)]
        helpers = {f.name for f in functions if any(_can_fail(n, set()) for n in ast.walk(f))}
        for node in functions:
            if not node.name.startswith("test_"):
                continue
            where = f"{near(path, folder.parent)}:{node.lineno} {node.name}"
            if len(node.name.split("_")) < 4:
                yield f"{where}: let the name be a sentence (test_a_pledged_right_cannot_be_sold)"
            if not any(_can_fail(inner, helpers) for inner in ast.walk(node)):
                yield f"{where} asserts nothing, so it cannot fail: say what must be true"


def _can_fail(node: ast.AST, helpers: set[str]) -> bool:
    """Asserts, expects a refusal, or calls something that does."""
    if isinstance(node, ast.Assert):
        return True
    if not isinstance(node, ast.Call):
        return False
    called = node.func
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name in helpers or bool(FAILING.match(name))


@pytest.mark.parametrize("folder", ["src", "tests", "tools", "benchmarks", "examples"])
def test_files_and_functions_fit_a_reader(folder: str) -> None:
    assert_no_remarks(remarks_on_sizes(HOUSE / folder))
    if folder != "examples":  # their functions are pages of prose
        assert_no_remarks(remarks_on_functions(HOUSE / folder))
    assert_no_remarks(remarks_on_lines(HOUSE / folder))


def test_nothing_in_the_repository_belongs_to_one_workplace() -> None:
    assert_no_remarks(remarks_on_the_workplace(HOUSE))


def test_silenced_checks_give_code_and_reason() -> None:
    assert_no_remarks(remarks_on_silenced_checks(HOUSE))


def test_every_floor_begins_with_its_sentence() -> None:
    assert_no_remarks(remarks_on_sentences(SOURCE))


def test_the_changelog_has_one_sentence_a_file() -> None:
    assert_no_remarks(remarks_on_the_changelog(HOUSE))


def test_decision_records_have_their_form_and_are_listed() -> None:
    assert_no_remarks(remarks_on_decisions(HOUSE / "docs" / "decisions"))


def test_test_names_are_sentences_and_every_test_can_fail() -> None:
    assert_no_remarks(remarks_on_tests(HOUSE / "tests"))


def test_the_reviewer_sees_what_is_untidy(tmp_path: Path) -> None:
    (tmp_path / "changelog.d").mkdir()
    (tmp_path / "changelog.d" / "x.new.md").write_text("Something.")
    (tmp_path / "changelog.d" / "y.fix.md").write_text("no full stop")
    (tmp_path / "long.py").write_text("x = 1\n" * (FILE_LINES_MAX + 1))
    body = "    x = 1\n" * FUNCTION_LINES_MAX
    (tmp_path / "f.py").write_text(f'def f():\n    """Long\n    text."""\n{body}')
    (tmp_path / "g.py").write_text(f"def g():\n{body[:-10]}")
    (tmp_path / "w.py").write_text("# TO" + "DO: later\nx = '/ho" + "me/me/data'  # no" + "qa\n")
    (tmp_path / "__init__.py").write_text("x = 1\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "__init__.py").write_text('"""A sentence."""\n\ndef helper(): ...\n')
    (tmp_path / "test_x.py").write_text("def test_it():\n    print(1)\n")
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "index.md").write_text("# none")
    (tmp_path / "d" / "2026-1-2-x.md").write_text("# x\n")

    assert "601 lines" in next(remarks_on_sizes(tmp_path))
    assert [r for r in remarks_on_functions(tmp_path) if "f.py:1 f has 71 lines" in r]
    assert not [r for r in remarks_on_functions(tmp_path) if "g.py" in r]
    assert "finish it" in next(remarks_on_lines(tmp_path))
    assert "one person's machine" in next(remarks_on_the_workplace(tmp_path))
    assert "without its code" in next(remarks_on_silenced_checks(tmp_path))
    assert len(list(remarks_on_sentences(tmp_path))) == 2
    assert len(list(remarks_on_the_changelog(tmp_path))) == 2
    assert len(list(remarks_on_tests(tmp_path))) == 2
    assert len(list(remarks_on_decisions(tmp_path / "d"))) == 3
