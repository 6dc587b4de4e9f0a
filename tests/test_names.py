"""Does the house keep its word? Names in code, commands and headings follow the glossary page."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.reviewer import HOUSE, SOURCE, assert_no_remarks, files, near, tree_of

PAGE = HOUSE / "docs" / "reference" / "glossary.md"
ROWS_MAX = 40
ALLOWED = "allowed:"


@dataclass
class Glossary:
    """What the page says.

    Attributes:
        terms: the words with their place, English to (Chinese, say this not that).
        never: words that are no names, as word lists, with what to say.
        qualified: words that want one of these qualifiers beside them.
    """

    terms: dict[str, tuple[str, str]]
    never: dict[tuple[str, ...], str]
    qualified: dict[str, set[str]]


def read_glossary(text: str) -> Glossary:
    tables: list[list[list[str]]] = []
    before = ""
    for line in text.splitlines():
        if line.startswith("|"):
            if not before.startswith("|"):
                tables.append([])
            tables[-1].append([cell.strip() for cell in line.strip().strip("|").split("|")])
        before = line
    words, never, qualified = (table[2:] for table in tables)
    return Glossary(
        terms={row[0]: (row[1], row[3]) for row in words if not row[0].startswith("**")},
        never={tuple(row[0].split()): row[1] for row in never},
        qualified={
            row[0]: set(re.findall(r"(?:^|, )(\w+) \*", row[1]))
            for row in qualified
            if not row[2].startswith(ALLOWED)
        },
    )


def split_words(name: str) -> list[str]:
    """The words of a name in any spelling, lower case: TitleCertificate, title-certificate."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return re.findall(r"[a-z]+", spaced.lower())


def remarks_on_name(glossary: Glossary, name: str, where: str, context: str = "") -> Iterator[str]:
    """What the glossary has against a name; context is the path that holds it."""
    words = [_singular(word) for word in split_words(name)]
    around = {_singular(word) for word in split_words(context)} | set(words)
    for phrase, say in glossary.never.items():
        wanted = [_singular(word) for word in phrase]
        if any(words[i : i + len(wanted)] == wanted for i in range(len(words))):
            yield f"{where}: {name!r} says {' '.join(phrase)!r}; the glossary says: {say}"
    for word, qualifiers in glossary.qualified.items():
        if word in words and not qualifiers & around:
            yield (
                f"{where}: {name!r} says a bare {word!r}; say which: "
                f"{', '.join(f'{qualifier} {word}' for qualifier in sorted(qualifiers))}"
            )


def _singular(word: str) -> str:
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def names_in_code(source: Path) -> Iterator[tuple[str, str, str]]:
    """(name, where, context) of every file, class, field, public function, tag and code."""
    for path in files(source, ".py"):
        where = near(path, source.parent)
        context = where.removesuffix(".py")
        yield path.stem, where, context
        for node in ast.walk(tree_of(path)):
            match node:
                case ast.ClassDef(name=name, lineno=line):
                    yield name, f"{where}:{line}", context
                    for keyword in node.keywords:
                        if keyword.arg == "tag" and isinstance(keyword.value, ast.Constant):
                            yield str(keyword.value.value), f"{where}:{line}", context
                    for field in node.body:
                        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                            holder = f"{context} {name}"
                            yield field.target.id, f"{where}:{field.lineno}", holder
                case ast.FunctionDef(name=name, lineno=line) if not name.startswith("_"):
                    yield name, f"{where}:{line}", context
                case ast.Call(func=ast.Name(id="declare"), args=[ast.Dict(keys=keys)]):
                    for key in keys:
                        if isinstance(key, ast.Constant):
                            yield str(key.value), f"{where}:{key.lineno}", context
                case ast.Call(
                    func=ast.Attribute(attr="option" | "argument" | "command"), args=args
                ):
                    for argument in args:
                        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                            yield argument.value, f"{where}:{argument.lineno}", context


def headings(docs: Path) -> Iterator[tuple[str, str, str]]:
    """(heading, where, context) of every page but the glossary, code blocks left out."""
    for path in files(docs, ".md"):
        fenced = False
        if path.name == "glossary.md":
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.lstrip().startswith("```"):
                fenced = not fenced
            if not fenced and re.match(r"#+ ", line):
                where = f"{near(path, docs.parent)}:{number}"
                yield line.lstrip("# "), where, near(path, docs)


def remarks_on_house(glossary: Glossary, source: Path, docs: Path) -> Iterator[str]:
    for found in (names_in_code(source), headings(docs)):
        for name, where, context in found:
            yield from remarks_on_name(glossary, name, where, context)


def remarks_on_tags(source: Path) -> Iterator[str]:
    """A tag says its floor and its class; an event's says its version too."""
    for kind, base in (("commands", "Command"), ("events", "Event")):
        for path in files(source, f"{kind}.py"):
            floor = path.parent.relative_to(source).parts[0]
            for node in tree_of(path).body:
                if not isinstance(node, ast.ClassDef):
                    continue
                if base not in {ast.unparse(b).rsplit(".", 1)[-1] for b in node.bases}:
                    continue
                words = "_".join(split_words(node.name))
                wanted = f"{floor}.{words}" + ("/1" if base == "Event" else "")
                tag = next((ast.literal_eval(k.value) for k in node.keywords if k.arg == "tag"), "")
                if re.sub(r"/\d+$", "/1", tag) != wanted:
                    yield (
                        f"{near(path, source.parent)}:{node.lineno} {node.name} has the tag "
                        f"{tag!r}; floor and class make it {wanted!r}"
                    )


def test_the_glossary_has_at_most_forty_rows_in_both_languages() -> None:
    glossary = read_glossary(PAGE.read_text(encoding="utf-8"))
    assert 30 < len(glossary.terms) <= ROWS_MAX
    for term, (chinese, _) in glossary.terms.items():
        assert re.search(r"[\u4e00-\u9fff]", chinese), f"{term} has no Chinese word"
    spoken = [chinese for chinese, _ in glossary.terms.values()]
    assert len(set(spoken)) == len(spoken), "two rows share a Chinese word"


def test_every_word_that_the_table_warns_of_has_its_rule() -> None:
    glossary = read_glossary(PAGE.read_text(encoding="utf-8"))
    known = set(glossary.terms) | {path.name for path in SOURCE.iterdir() if path.is_dir()}
    ruled = {" ".join(phrase) for phrase in glossary.never} | set(glossary.qualified)
    for term, (_, say) in glossary.terms.items():
        told_apart = re.sub(r"([\w-]+ )?[\w-]+ \([^)]*\)", "", say)
        warned = re.findall(r"(?:not|never a|never bare) ([^;:]*)", told_apart)
        for word in re.split(r",|\bor\b|\bnot\b", ",".join(warned)):
            word = word.strip(' "*').removeprefix("a ")
            known_word = word in known or _singular(word) in {_singular(w) for w in ruled}
            assert not word or known_word, f"{term}: {word!r} is warned of, but no rule is below"


def test_names_in_code_and_headings_keep_to_the_glossary() -> None:
    glossary = read_glossary(PAGE.read_text(encoding="utf-8"))
    assert_no_remarks(remarks_on_house(glossary, SOURCE, HOUSE / "docs"))


def test_tags_of_commands_and_events_say_floor_and_class() -> None:
    assert_no_remarks(remarks_on_tags(SOURCE))


def test_a_planted_wrong_word_is_found(tmp_path: Path) -> None:
    source, docs = tmp_path / "house", tmp_path / "docs"
    (source / "parties").mkdir(parents=True)
    docs.mkdir()
    (source / "parties" / "commands.py").write_text(
        'class AddUser(Command, tag="parties.add_member"):\n    rule_set: str\n'
        'class IssueTitleCertificate(Command, tag="parties.issue_title_certificate"):\n'
        "    right: str\n"
        "class Certificate:\n    ...\n"
        "def transfer_money(): ...\n"
        "def transfer_title(): ...\n"
        "def products(): ...\n"
    )
    (source / "clearing.py").write_text("class Certificate: ...\n")
    (docs / "page.md").write_text(
        "# Users\n\nA user may stand in a sentence.\n\n```\n# user\n```\n"
    )
    glossary = read_glossary(PAGE.read_text(encoding="utf-8"))
    found = list(remarks_on_house(glossary, source, docs))
    assert sorted(remark.split(": ")[0] for remark in found) == [
        "docs/page.md:1",
        "house/parties/commands.py:1",
        "house/parties/commands.py:2",
        "house/parties/commands.py:5",
        "house/parties/commands.py:7",
        "house/parties/commands.py:9",
    ], found
    assert "parties.add_user" in next(remarks_on_tags(source))
