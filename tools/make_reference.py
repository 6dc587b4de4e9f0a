"""Write the reference pages that follow from the code: commands, events, refusals, mechanisms, CLI.

    python tools/make_reference.py            write docs/reference/*.md
    python tools/make_reference.py --check    say which pages are stale; exit 1 if any is

Offline; the code is imported, nothing is run. The pages are committed, so that they can be read
without building anything; tests/test_docs.py fails when one is stale.
"""

import argparse
import importlib
import inspect
import pkgutil
import re
import sys
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import msgspec

import yaosu
from yaosu.kernel.refusal import TEXTS
from yaosu.kernel.words import Command, Event, tag_of

PAGES = Path(__file__).resolve().parent.parent / "docs" / "reference"
MARK = "<!-- made by `make reference`; edit the code, not this page -->"
STORY = (
    "kernel", "journal", "ledger", "places", "rules", "parties", "cases", "rights", "access",
    "markets", "settlement", "dataspace", "returns", "programmes", "supervision", "core", "engine",
)  # fmt: skip
PLAIN = {
    "str": "text",
    "int": "whole number",
    "bool": "yes or no",
    "Columns": "columns",
    "Share": "share",
}


def main() -> int:
    """Write the pages, or compare them."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("--check", action="store_true", help="compare only")
    check = arguments.parse_args().check
    stale = [name for name, text in pages().items() if text != _read(PAGES / name)]
    for name in stale:
        if check:
            print(f"docs/reference/{name} is stale: run make reference")
        else:
            (PAGES / name).write_text(pages()[name], encoding="utf-8")
            print(f"wrote docs/reference/{name}")
    return 1 if check and stale else 0


def pages() -> dict[str, str]:
    """Every page that follows from the code, by file name."""
    import_the_house()
    return {
        "commands.md": "\n".join(commands_page()),
        "events.md": "\n".join(events_page()),
        "refusals.md": "\n".join(refusals_page()),
        "refusals-zh.md": "\n".join(refusals_in_chinese_page()),
        "register-entries.md": "\n".join(register_entries_page()),
        "mechanisms.md": "\n".join(mechanisms_page()),
        "settings.md": "\n".join(settings_page()),
        "cli.md": "\n".join(cli_page()),
        "words-at-a-server.md": "\n".join(words_at_a_server_page()),
        "profile-fields.md": "\n".join(profile_fields_page()),
        "http-api.md": "\n".join(http_api_page()),
        "replay-tables.md": "\n".join(replay_tables_page()),
    }


def import_the_house() -> None:
    """Import every module of yaosu: words and texts are declared when their module is read."""
    for module in pkgutil.walk_packages(yaosu.__path__, "yaosu."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def words(kind: type) -> list[type]:
    """All commands or all events of the house, by tag."""
    found: set[type] = set()
    wanted: list[type] = [kind]
    while wanted:
        below: list[type] = wanted.pop().__subclasses__()
        for word in below:
            if word not in found and word.__module__.startswith("yaosu."):
                found.add(word)
                wanted.append(word)
    return sorted(found, key=lambda word: _in_story_order(tag_of(word)))


def _in_story_order(code: str) -> tuple[int, str]:
    floor = code.partition(".")[0]
    return (STORY.index(floor) if floor in STORY else len(STORY), code)


def commands_page() -> Iterator[str]:
    """What a party may ask."""
    yield from _head(
        "Commands",
        "What a party may ask, floor by floor. Every command also carries `actor` (the id of the "
        "party that asks) and `key` (chosen by the actor: the same key is answered once). A "
        "command carries no time; the writer stamps it. Accepted or refused, it is an entry.",
    )
    yield from _words_by_floor(words(Command), hidden={"actor", "key"}, about=_who_may_ask)


def events_page() -> Iterator[str]:
    """What may have happened."""
    yield from _head(
        "Events",
        "What may have happened, floor by floor. State is the fold of events. The number after "
        "the slash is the version: a released event is never edited, a new version is added.",
    )
    yield from _words_by_floor(words(Event), hidden=set(), about=_what_follows)


def refusals_page() -> Iterator[str]:
    """Every answer that is not yes."""
    yield from _head(
        "Refusals",
        "Every code a command can be refused with, what it says, and what to do next. Words in "
        "braces are facts of the case. The codes are stable; the sentences may be improved. The "
        "same [in Chinese](refusals-zh.md).",
    )
    yield from _refusals(("code", "what it says", "what to do"), TEXTS)


def refusals_in_chinese_page() -> Iterator[str]:
    """The same in Chinese."""
    yield from _head(
        "拒绝",
        "命令可能被拒绝的每个代码、说明和如何办理。花括号内是事项中的事实。代码不变，说明可以改进。"
        "控制台的中文页面、带有 `Accept-Language: zh` 的 HTTP 请求和设有 `YAOSU_LANG=zh` "
        "的命令行以中文答复。[英文](refusals.md)。",
    )
    from yaosu.languages import texts

    told = {code: (said.sentence, said.what_next) for code, said in texts("zh").items()}
    yield from _refusals(("代码", "说明", "如何办理"), told)


def _refusals(heads: tuple[str, str, str], told: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    for floor in sorted({code.split(".")[0] for code in told}, key=_in_story_order):
        yield from (f"## {floor}", "", f"| {' | '.join(heads)} |", "|---|---|---|")
        for code in sorted(told):
            if code.split(".")[0] == floor:
                sentence, what_next = told[code]
                yield f"| `{code}` | {_cell(sentence)} | {_cell(what_next)} |"
        yield ""


def register_entries_page() -> Iterator[str]:
    """How the register changes: one vocabulary for all factors."""
    yield from _head(
        "Register entries",
        "The register changes by these entries alone, the same ones for every factor. Nothing is "
        "overwritten: every entry ends a version and begins another, and names its document. What "
        "stands on a right until it is released bars its disposal. `yaosu rights show ID` draws "
        "the entries of a right in their order.",
    )
    from yaosu.rights.vocabulary import VOCABULARY

    yield from ("| entry | | what it changes | stands until released by |", "|---|---|---|---|")
    for kind, row in VOCABULARY.items():
        head = row.name or kind.replace("_", " ")
        name = f"[{head}](#{head.replace(' ', '-')})"
        yield f"| {name} | {row.zh} | {_cell(row.says)} | {_cell(row.releases)} |"
    for kind, row in VOCABULARY.items():
        said = (
            ("What it changes", row.says),
            ("Who asks", row.asked_by),
            ("What must hold", row.needs),
            ("Who ends it", row.releases),
        )
        commands = ", ".join(f"[`rights.{name}`](commands.md)" for name in row.commands)
        yield from ("", f"## {row.name or kind.replace('_', ' ')}", "", row.zh, "")
        for head, text in said:
            if text:
                yield f"- {head}: {_cell(text)}."
        yield f"- Command: {commands}."
    yield ""


def mechanisms_page() -> Iterator[str]:
    """How prices may be made."""
    yield from _head(
        "Mechanisms",
        "A mechanism is a pure function from orders, network and parameters to a clearing. It "
        "knows nothing of the market around it; a market names the one it uses.",
    )
    from yaosu.markets.mechanisms import MECHANISMS

    for name in sorted(MECHANISMS):
        row = MECHANISMS[name]
        yield from (f"## {name}", "", row.sentence, "")
        if (PAGES / "mechanisms" / f"{name}.md").exists():
            yield from (f"The rule, step by step: [{name}](mechanisms/{name}.md).", "")
        parameters = getattr(row.parameters, "__self__", row.parameters)
        if isinstance(parameters, type) and issubclass(parameters, msgspec.Struct):
            parts: dict[str, type] = {}
            yield from ("Parameters:", "")
            yield from _fields(parameters, set(), parts)
            yield from _parts(parts)


def settings_page() -> Iterator[str]:
    """What the environment may say."""
    yield from _head(
        "Settings",
        "What yaosu reads from the environment: once, in one place (`door.py`), and handed down "
        "from there. Nothing else looks at the environment. Rules of the market are not settings: "
        "they are rule packs, and stand in the journal.",
    )
    from yaosu.engine.environment import SETTINGS

    yield from ("| variable | what |", "|---|---|")
    for name, what in SETTINGS.items():
        yield f"| `{name}` | {_cell(what)} |"
    yield from ("", "## Of a server", "")
    yield from _wrapped(
        "`yaosu serve` reads these from `yaosu.toml` in its folder, from the environment (in "
        "capitals, with `YAOSU_` before the name), and some from its options, which count most; "
        "`yaosu config show` tells where each value comes from."
    )
    from yaosu.server.settings import SETTINGS as SERVER

    yield from ("", "| setting | left out | what |", "|---|---|---|")
    for name, row in SERVER.items():
        default = str(row.default).lower() if isinstance(row.default, bool) else row.default
        shown = f"`{default}`" if default != "" else ""
        yield f"| `{name}` | {shown} | {_cell(row.what)} |"
    yield ""


def http_api_page() -> Iterator[str]:
    """What can be asked of a server."""
    from yaosu.server.metrics import METRICS
    from yaosu.server.openapi import document

    said = document()
    yield from _head(
        "HTTP",
        f"What can be asked of `yaosu serve`. {said['info']['summary']} The server gives this as "
        "OpenAPI 3.1 with every schema at `/v1/openapi.json`, and as a page at `/docs/api`.",
    )
    tag = ""
    for path, operations in said["paths"].items():
        for method, one in operations.items():
            if one["tags"][0] != tag:
                tag = one["tags"][0]
                yield from ("", f"## {tag}", "", *_lead_of(tag))
                yield from ("| address | right | what |", "|---|---|---|")
            yield (
                f"| `{method.upper()} {path}` | {one['x-right']} | {_cell(one['summary'])}"
                f"{_said_of(one)} |"
            )
    yield from ("", "## Metrics", "", "| name | what |", "|---|---|")
    for name, what in METRICS.items():
        yield f"| `{name}` | {_cell(what)} |"
    yield ""


LEADS = {
    "Commands": "The body is the command as JSON; `actor` may be left out by whoever acts for one "
    "party, `key` where the header `Idempotency-Key` says it. The fields are on the page of "
    "[commands](commands.md). 200 is accepted and durable; a refusal is a problem with its "
    "[code](refusals.md), and with `sequence` where it is on record.",
    "Reading": "Lists take `limit`, `after` (the field `next` of the page before), `fields`, "
    "`at_least` (entries that the rows must take in) and each column as a filter. Answers have an "
    "`ETag`. Rows that concern somebody are shown to whom they concern, and to offices.",
    "Streams": "Server-sent events. The id of an event is the number of its entry; sent back as "
    "`Last-Event-ID`, what followed is told again.",
}


def _lead_of(tag: str) -> list[str]:
    return [*_wrapped(LEADS[tag]), ""] if tag in LEADS else []


def _said_of(one: dict[str, Any]) -> str:
    names = [p["name"] for p in one.get("parameters", ()) if p["in"] == "query"]
    names = [name for name in names if name not in {"limit", "after", "fields", "at_least"}]
    return f" Takes {', '.join(f'`{name}`' for name in names)}." if names else ""


def cli_page() -> Iterator[str]:
    """What can be typed."""
    yield from _head(
        "Command line",
        "`yaosu COMMAND`. Every command ends with one of the [exit codes](exit-codes.md) and never "
        "with a traceback.",
    )
    from yaosu.cli.app import app

    yield from _cli_command(app, ["yaosu"])


def _cli_command(command: click.Command, path: list[str]) -> Iterator[str]:
    context = click.Context(command, info_name=" ".join(path))
    usage = " ".join(command.collect_usage_pieces(context))
    yield from (f"## {' '.join(path)}", "", "```", f"{' '.join(path)} {usage}", "```", "")
    yield from (inspect.cleandoc(command.help or "").replace("\b\n", ""), "")
    options = [p for p in command.params if isinstance(p, click.Option) and not p.hidden]
    if options:
        yield from ("| option | what |", "|---|---|")
        for option in options:
            yield f"| `{', '.join(option.opts)}` | {_cell(option.help or '')} |"
        yield ""
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None and not inner.hidden:
                yield from _cli_command(inner, [*path, name])


def words_at_a_server_page() -> Iterator[str]:
    """Every word of the command line, and whether it works at a server."""
    from yaosu.cli.where import WORDS

    lead = (
        "Where a word takes a JOURNAL it takes `--server URL` in its place, or the address itself; "
        "where none is named, `YAOSU_SERVER` is asked. `--token-file` or `YAOSU_TOKEN` says as "
        "whom. The server answers the same question by the same code for what the login may see, "
        "and the same text is printed ([how](http-api.md)). What works beside the files of a venue "
        "alone is refused with `cli.needs_journal`, and says why."
    )
    yield from _head("Words at a server", lead)
    ways = {
        "both": "Of a journal, or of a server",
        "server": "Of a server alone",
        "journal": "Beside the journal alone",
        "files": "Needs no venue",
    }
    for way, title in ways.items():
        rows = {word: row for word, row in sorted(WORDS.items()) if row.at == way}
        yield from (f"## {title}", "")
        if way in {"both", "server"}:
            yield from ("| word | at a server |", "|---|---|")
            yield from (f"| `{word}` | {row.shown} |" for word, row in rows.items())
        else:
            yield from ("| word | why | what to do |", "|---|---|---|")
            yield from (f"| `{word}` | {row.why} | {row.instead} |" for word, row in rows.items())
        yield ""


def profile_fields_page() -> Iterator[str]:
    """What each field of a factor profile decides."""
    from yaosu.rights.profile_fields import FIELDS

    yield from _head(
        "Fields of a profile",
        "What a factor profile says, field by field. `yaosu institutions show land` shows the "
        "fields of a shipped one with their sources; [add a factor](../how-to/add-a-factor.md) "
        "shows a whole file.",
    )
    for field, words in FIELDS.items():
        yield f"## {field}\n"
        yield f"*{words.title}.* {words.says}\n"
        if words.values:
            yield "| value | what it means |\n|---|---|"
            yield from (f"| `{value}` | {means} |" for value, means in words.values.items())
            yield ""


def replay_tables_page() -> Iterator[str]:
    """The tables a replay writes."""
    from yaosu.evaluation.replays.tables import TABLES

    yield from _head(
        "Tables of a replay",
        "`yaosu replay --out DIR` writes a page (`report.html`), the figures as JSON "
        "(`replay.json`) and one Parquet file a table. Numbers are whole: ticks, lots, minor "
        "units. *Recorded* is what the journal says, *replayed* what came of the same commands "
        "under the other rules. In Python they are the fields of a `Comparison`. An earlier replay "
        "in the folder is replaced; a folder with anything else in it is refused.",
    )
    for name, columns in TABLES.items():
        yield from (f"## {name}", "", "| column | kind | what it holds |", "|---|---|---|")
        for column, (kind, what) in columns.items():
            yield f"| `{column}` | {kind} | {_cell(what)} |"
        yield ""


def _head(title: str, lead: str) -> Iterator[str]:
    yield from (f"# {title}", "", MARK, "", *_wrapped(lead), "")


def _who_may_ask(command: type) -> str:
    from yaosu.core import ANYONE, COMMANDS
    from yaosu.core.families import family_of
    from yaosu.engine.replay import PROMPT

    row = COMMANDS[command]
    who = "any registered party" if row.roles == ANYONE else " or ".join(row.roles)
    prompt = f"; under the policy `prompt` {PROMPT[command]}" if command in PROMPT else ""
    family = family_of(command)
    part = f" Of the government's part: {family}." if family else ""
    return f"May be asked by: {who}.{part} In a replay: {row.kind}{prompt}."


def _what_follows(event: type) -> str:
    from yaosu.core import REACTIONS

    follows = [f"`{reaction.__name__}`" for reaction in REACTIONS.get(event, ())]
    return f"What follows: {', '.join(follows)}." if follows else ""


def _words_by_floor(
    found: list[type], hidden: set[str], about: Callable[[type], str]
) -> Iterator[str]:
    floor = ""
    parts: dict[str, type] = {}
    for word in found:
        tag = tag_of(word)
        if tag.split(".")[0] != floor:
            yield from _parts(parts)
            parts = {}
            floor = tag.split(".")[0]
            yield from (f"## {floor}", "")
        yield from (f"### {tag}", "", f"`{word.__name__}`", "")
        yield from _docstring(word)
        if told := about(word):
            yield from (told, "")
        yield from _fields(word, hidden, parts)
    yield from _parts(parts)


def _parts(parts: dict[str, type]) -> Iterator[str]:
    """The structs that the words of a floor are made of."""
    done: set[str] = set()
    while names := sorted(set(parts) - done):
        for name in names:
            done.add(name)
            yield from (f"**{name}**", "", *_docstring(parts[name]))
            yield from _fields(parts[name], set(), parts)


def _fields(word: type, hidden: set[str], parts: dict[str, type]) -> Iterator[str]:
    hints = typing.get_type_hints(word, include_extras=False)
    told: dict[str, str] = {}
    for base in reversed(word.__mro__):
        told |= _attributes(inspect.cleandoc(base.__dict__.get("__doc__") or ""))
    fields = [f for f in msgspec.structs.fields(word) if f.name not in hidden]
    if not fields:
        return
    yield from ("| field | type | what |", "|---|---|---|")
    for field in fields:
        kind = _type(hints[field.name], parts)
        if not field.required:
            kind += "; may be left out"
        yield f"| `{field.name}` | {kind} | {told.get(field.name, '')} |"
    yield ""


def _type(hint: Any, parts: dict[str, type]) -> str:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint is type(None):
        return "none"
    if origin in {typing.Union, types.UnionType}:
        return " or ".join(_type(option, parts) for option in inner)
    if origin is typing.Literal:
        return " or ".join(f"`{option}`" for option in inner)
    if origin in {list, tuple} and len({*inner} - {...}) == 1:
        return f"list of {_type(inner[0], parts)}"
    if origin is tuple:
        return f"({', '.join(_type(option, parts) for option in inner)})"
    if origin in {dict} and len(inner) == 2:
        return f"map of {_type(inner[0], parts)} to {_type(inner[1], parts)}"
    name = getattr(hint, "__name__", str(hint))
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        parts[name] = hint
    return PLAIN.get(name, name)


def _docstring(thing: type | Callable[..., Any]) -> list[str]:
    """The docstring without its list of attributes, which the table shows."""
    text = inspect.getdoc(thing) or ""
    text = re.split(r"\n\s*Attributes:\n", text)[0].rstrip()
    sections = re.sub(r"\n(Args|Returns|Raises|Cost|Source):", r"\n\n**\1.**", text)
    plain = sections.replace("``", "`")
    lines = [line.strip() if line.startswith("    ") else line for line in plain.splitlines()]
    return [*lines, ""]


def _attributes(text: str) -> dict[str, str]:
    """Google style: ``Attributes:``, then ``    name, name: what``, going on deeper indented."""
    section = text.split("Attributes:\n", 1)
    told: dict[str, str] = {}
    names: list[str] = []
    for line in section[1].splitlines() if len(section) == 2 else []:
        if not line.strip():
            break
        begins = re.match(r" {4}(\w+(?:, \w+)*): (.*)", line)
        if begins:
            names = begins[1].split(", ")
            told |= dict.fromkeys(names, begins[2].strip())
        else:
            told |= {name: f"{told[name]} {line.strip()}" for name in names}
    return {name: _cell(what) for name, what in told.items()}


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("``", "`")


def _wrapped(text: str) -> list[str]:
    import textwrap

    return textwrap.wrap(text, 100, break_long_words=False, break_on_hyphens=False)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
