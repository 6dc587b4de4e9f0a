"""The reference for programs, as pages: every address, every refusal."""

from functools import lru_cache
from html import escape
from importlib.resources import files
from typing import Any

from yaosu.kernel.refusal import TEXTS, refuse
from yaosu.languages import language_asked, texts
from yaosu.server.house import Answer, Call, House
from yaosu.server.openapi import document
from yaosu.server.problems import as_json
from yaosu.server.reads import with_etag

HTML = "text/html"  # in UTF-8, as the framework adds
ASSETS = {"plain.css": "text/css"}
HEADS = {"zh": ("拒绝", "代码", "说明", "如何办理")}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


async def asset(house: House, call: Call) -> Answer:
    """A file that the pages load."""
    name = call.path["name"]
    if name not in ASSETS:
        refuse("server.not_here", path=f"/assets/{name}"[:200])
    body = files("yaosu.server").joinpath("assets", name).read_bytes()
    return Answer(body=body, media_type=ASSETS[name], headers={"Cache-Control": "no-cache"})


async def openapi(house: House, call: Call) -> Answer:
    """The whole interface as OpenAPI 3.1."""
    body = _openapi_bytes()
    return with_etag(call, body, body)


async def reference(house: House, call: Call) -> Answer:
    """The same for people."""
    return Answer(body=_reference_page(), media_type=HTML, headers=_headers())


async def refusals(house: House, call: Call) -> Answer:
    """Every refusal code with its sentence, in the language that is asked for."""
    language = language_asked(call.headers.get("accept-language", ""))
    known = texts(language) if language in HEADS else {}
    title, *heads = HEADS.get(language, ("Refusals", "code", "what it says", "what to do"))
    rows = []
    for code, told in sorted(TEXTS.items()):
        sentence, what_next = known[code][1:] if code in known else told
        rows.append(
            f'<tr id="{escape(code)}"><td><code>{escape(code)}</code></td>'
            f"<td>{escape(sentence)}</td><td>{escape(what_next)}</td></tr>"
        )
    head = "".join(f"<th>{one}</th>" for one in heads)
    table = f"<table><tr>{head}</tr>{''.join(rows)}</table>"
    body = _html(title, f"<h1>{title}</h1>{table}", "zh-Hans" if language == "zh" else "en")
    more = {"Content-Language": language, "Vary": "Accept-Language"}
    return Answer(body=body, media_type=HTML, headers=_headers() | more)


@lru_cache(maxsize=1)
def _openapi_bytes() -> bytes:
    return as_json(document())


@lru_cache(maxsize=1)
def _reference_page() -> bytes:
    said = document()
    parts = [
        "<h1>The interface, address by address</h1>",
        f"<p>{escape(said['info']['summary'])}</p>",
    ]
    tag = ""
    for path, operations in said["paths"].items():
        for method, one in operations.items():
            if one["tags"][0] != tag:
                tag = one["tags"][0]
                parts.append(f"<h2>{escape(tag)}</h2>")
            parts.append(_operation(method, path, one))
    return _html("Interface", "\n".join(parts))


def _operation(method: str, path: str, one: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(p['name'])}</code></td><td>{escape(p['in'])}</td>"
        f"<td>{escape(p.get('description', ''))}</td></tr>"
        for p in one.get("parameters", ())
        if "name" in p
    )
    table = f"<table>{rows}</table>" if rows else ""
    body = one.get("requestBody", {}).get("content", {}).get("application/json", {})
    sample = f"<pre>{escape(as_json(body['example']).decode())}</pre>" if "example" in body else ""
    return (
        f'<h3 id="{escape(one["operationId"])}"><code>{method.upper()} {escape(path)}</code></h3>'
        f"<p>{escape(one['summary'])} <em>Right: {escape(one['x-right'])}.</em></p>{table}{sample}"
    )


def _html(title: str, body: str, language: str = "en") -> bytes:
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        f"<title>{escape(title)}</title>"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="/assets/plain.css"></head><body>{body}</body></html>'
    ).encode()


def _headers() -> dict[str, str]:
    return {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
