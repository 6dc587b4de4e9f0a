"""The interface as OpenAPI 3.1, made from the tables: routes, commands, resources, structs."""

import inspect
import re
from typing import Any

import msgspec
from msgspec import Struct

from yaosu import __version__
from yaosu.core import COMMANDS
from yaosu.kernel.columns import Columns
from yaosu.kernel.words import Command, tag_of
from yaosu.languages import LANGUAGES
from yaosu.server import entering, entering_elsewhere, handing, hooks, notices
from yaosu.server.batches import ARROW, NDJSON
from yaosu.server.console import moving, replaying, tending, verifying
from yaosu.server.console.drafts.answering import Draft, Drafted
from yaosu.server.errands import Errand
from yaosu.server.problems import MEDIA_TYPE, Problem
from yaosu.server.questions import QUESTIONS
from yaosu.server.resources import RESOURCES, Resource
from yaosu.server.result_files import RoundFile
from yaosu.server.samples import BATCH, sample_of
from yaosu.server.words import BY_TAG, CANONICAL, ITEMS, JSON, Answered
from yaosu.workers.keeping import KeptNow
from yaosu.workers.listed import DocumentRow
from yaosu.workers.notices.inbox import Wish

REF = "#/components/schemas/{name}"
ABOUT = (
    "One market for the factors of production, over HTTP. Commands are asked under "
    "/v1/commands, what is known is read under /v1, what happens is told under /v1/streams. "
    "Numbers are whole: ticks, lots, minor units, instants in microseconds since 1970 UTC. "
    "Every error is a problem (RFC 9457) with a stable code and what to do next, in English or, "
    "where Accept-Language asks for it, in Chinese."
)
ANY = "*/*"
BODIES: dict[tuple[str, str], type[Struct]] = {
    ("POST", "/v1/session"): entering.SignIn,
    ("POST", "/v1/links"): entering.UseLink,
    ("POST", "/v1/tokens"): entering.NewToken,
    ("POST", "/v1/logins"): entering.NewLogin,
    ("POST", "/v1/webhooks"): hooks.NewWebhook,
    ("POST", "/v1/drafts/{name}"): Draft,
    ("POST", "/v1/imports/{id}"): moving.MoveOn,
    ("POST", "/v1/replays"): replaying.NewReplay,
    ("POST", "/v1/replays/{id}"): replaying.ReplayOn,
    ("POST", "/v1/backups/{id}"): replaying.ReplayOn,
    ("POST", "/v1/demo/reset"): tending.Reset,
    ("POST", "/v1/logins/{login}/parties"): handing.Parties,
    ("POST", "/v1/notices/read"): notices.MarkRead,
    ("POST", "/v1/notices/wishes/{id}"): notices.NewWish,
    ("POST", "/v1/notices/wishes/{id}/address"): notices.NewAddress,
    ("POST", "/v1/notices/wishes/{id}/code"): notices.CodeCame,
}
ANSWERS: dict[tuple[str, str], tuple[str, str, Any]] = {
    ("POST", "/v1/session"): ("200", JSON, entering.Signed),
    ("GET", "/v1/session"): ("200", JSON, entering.Signed),
    ("POST", "/v1/tokens"): ("201", JSON, entering.MadeToken),
    ("POST", "/v1/logins"): ("201", JSON, entering.Link),
    ("GET", "/v1/notices/wishes/{id}"): ("200", JSON, Wish),
    ("POST", "/v1/notices/wishes/{id}"): ("200", JSON, Wish),
    ("POST", "/v1/notices/wishes/{id}/address"): ("200", JSON, Wish),
    ("POST", "/v1/notices/wishes/{id}/code"): ("200", JSON, Wish),
    ("POST", "/v1/documents"): ("201", JSON, KeptNow),
    ("POST", "/v1/title-certificates/check"): ("200", JSON, verifying.CheckedTitle),
    ("GET", "/v1/documents/{id}"): ("200", JSON, DocumentRow),
    ("GET", "/v1/markets/{market}/rounds/{round}"): ("200", JSON, RoundFile),
    ("POST", "/v1/demo/reset"): ("202", JSON, None),
    ("POST", "/v1/backups"): ("201", JSON, Errand),
    ("GET", "/v1/backups/{id}"): ("200", JSON, Errand),
    ("POST", "/v1/backups/{id}"): ("200", JSON, Errand),
    ("POST", "/v1/replays"): ("201", JSON, Errand),
    ("GET", "/v1/replays/{id}"): ("200", JSON, Errand),
    ("POST", "/v1/replays/{id}"): ("200", JSON, Errand),
    ("POST", "/v1/imports"): ("201", JSON, Errand),
    ("GET", "/v1/imports/{id}"): ("200", JSON, Errand),
    ("POST", "/v1/imports/{id}"): ("200", JSON, Errand),
    ("POST", "/v1/drafts/{name}"): ("200", JSON, Drafted),
    ("POST", "/v1/logins/{login}/parties"): ("204", "", None),
    ("DELETE", "/v1/session"): ("204", "", None),
    ("DELETE", "/v1/tokens/{token}"): ("204", "", None),
    ("DELETE", "/v1/logins/{login}"): ("204", "", None),
    ("POST", "/v1/webhooks"): ("201", JSON, hooks.MadeWebhook),
    ("POST", "/v1/identities"): ("200", JSON, entering_elsewhere.LinkBegun),
    ("DELETE", "/v1/identities/{name}"): ("204", "", None),
    ("POST", "/v1/webhooks/{id}/ping"): ("202", JSON, None),
    ("DELETE", "/v1/webhooks/{id}"): ("204", "", None),
    ("POST", "/v1/webhooks/{id}/deliveries/{sequence}"): ("204", "", None),
}
KINDS = (
    ("/v1/streams", "Streams", "text/event-stream"),
    ("/v1/proofs", "Journal", "text/plain"),
    ("/v1/entries/{sequence}/proof", "Journal", "text/plain"),
    ("/v1/entries", "Journal", JSON),
    ("/checkpoint", "Journal", "text/plain"),
    ("/tile", "Journal", "application/octet-stream"),
    ("/v1/notices", "Notices", JSON),
    ("/v1/documents/{id}/file", "Documents", ANY),
    ("/v1/rights/{id}/certificate", "Reading", ANY),
    ("/v1/documents", "Documents", JSON),
    ("/v1/commands", "Commands", JSON),
    ("/v1/drafts", "Commands", JSON),
    ("/v1/imports", "Errands", JSON),
    ("/v1/replays", "Errands", JSON),
    ("/v1/backups", "Errands", JSON),
    ("/v1/demo", "The server", JSON),
    ("/v1/markets/{market}/orders", "Commands", JSON),
    ("/v1/session", "Coming in", JSON),
    ("/v1/links", "Coming in", JSON),
    ("/v1/tokens", "Coming in", JSON),
    ("/v1/logins", "Coming in", JSON),
    ("/v1/identities", "Coming in", JSON),
    ("/v1/webhooks", "Webhooks", JSON),
    ("/v1/openapi.json", "The server", JSON),
    ("/v1", "Reading", JSON),
    ("/health", "The server", JSON),
    ("/ready", "The server", JSON),
    ("/metrics", "The server", "text/plain"),
    ("/assets", "The server", "*/*"),
    ("/live", "Streams", "text/event-stream"),
    ("/preview", "Commands", JSON),
    ("/", "The server", "text/html"),
)
AFTER = (("after", "entries that were seen: what changed since is told", True),)
QUERY: dict[str, tuple[tuple[str, str, bool], ...]] = {  # name, what, is it a whole number
    "/v1/markets/{market}/orders": (
        ("actor", "the party that asks; left out, the one the caller acts for", False),
        ("batch", "id of the batch; left out, the Idempotency-Key", False),
        ("atomic", "true: all or none; false: each order has its own outcome", False),
    ),
    "/v1/notices": (
        ("limit", "rows at most", True),
        ("before", "the field next of the page before", True),
        ("unread", "true: only those not yet read", False),
        ("language", "en or zh", False),
    ),
    "/v1/documents": (
        ("party", "who gives it; left out, the one the caller acts for", False),
        ("kind", "evidence, deed or other", False),
        ("name", "of the file", False),
    ),
    "/v1/documents/{id}": (("right", "the one whose chain rests on it", False),),
    "/v1/documents/{id}/file": (
        (
            "as",
            "preview: to be looked at in a browser, where it can; picture: a page of a PDF as PNG",
            False,
        ),
        ("page", "of a PDF, with as=picture; the first is 1", True),
        ("right", "the one whose chain rests on it", False),
    ),
    "/v1/rights/{id}/certificate": (
        ("as", "json, or pdf: to read and print, with the JSON in it", False),
        ("language", "of the PDF: en or zh", False),
    ),
    "/v1/imports": (
        ("name", "of the file: a workbook or CSV", False),
        ("import", "id of one that it belongs to; left out, a new one", False),
    ),
    "/v1/entries": (
        ("from", "number of the first entry wanted", True),
        ("limit", "rows at most", True),
    ),
    "/v1/webhooks/{id}/deliveries": (("before", "number of a delivery; older ones", True),),
    "/v1/proofs/parties/{id}": (
        ("from", "rows behind this entry", True),
        ("to", "rows up to this entry", True),
    ),
    "/v1/proofs/continuation": (("since", "entries that were there before", True),),
    "/v1/streams/journal": (),
    "/v1/streams/rows": (),
    "/v1/streams/prices": (("market", "only of this market", False),),
    "/v1/streams/book": (
        ("market", "of continuous trading", False),
        ("instrument", "of the book", False),
        ("region", "of the book", False),
    ),
    "/v1/streams/frames": (("market", "that is watched", False),),
    "/live": AFTER,
    "/live/listings": AFTER,
    "/live/listings/{listing}": (("party", "acted for", False), *AFTER),
    "/live/desk": (("party", "acted for", False), *AFTER),
    "/live/markets/{market}": (
        ("instrument", "of the book", False),
        ("region", "of the book", False),
        *AFTER,
    ),
}
DOCUMENTS = (
    ("limit", "rows at most", True),
    ("after", "the field next of the page before", False),
    ("due", "true: only those that may be deleted now", False),
)


def document() -> dict[str, Any]:
    """The whole document."""
    from yaosu.server.routes import ROUTES

    kinds: list[Any] = [*BY_TAG.values(), Problem, Answered, *BODIES.values()]
    kinds += [kind for _, _, kind in ANSWERS.values() if kind is not None]
    kinds += {question.asked: None for question in QUESTIONS.values()}
    _, schemas = msgspec.json.schema_components(kinds, schema_hook=_schema_hook, ref_template=REF)
    names = _names(schemas)
    for kind in BY_TAG.values():
        _loosen(schemas[names[kind]], kind)
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        if route.path == "/v1/commands/{tag}":
            for tag in sorted(BY_TAG):
                path = f"/v1/commands/{tag}"
                paths[path] = {"post": _command(BY_TAG[tag], names)}
            continue
        operation = _operation(route, names)
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    ordered = sorted(paths.items(), key=lambda pair: (_section(pair[0])[0], pair[0]))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "yaosu", "version": __version__, "summary": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": dict(ordered),
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "responses": {"Problem": _problem()},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {
                    "type": "apiKey", "in": "cookie", "name": entering.COOKIE,
                    "description": f"{entering.HOST_COOKIE} where the server is reached by https",
                },
            },
        },
    }  # fmt: skip


def _names(schemas: dict[str, Any]) -> dict[Any, str]:
    """Kind -> name of its schema: the class's own, longer where two share one."""
    kinds: list[Any] = [*BY_TAG.values(), Problem, Answered, *BODIES.values()]
    kinds += [kind for _, _, kind in ANSWERS.values() if kind is not None]
    kinds += {question.asked: None for question in QUESTIONS.values()}
    found: dict[Any, str] = {}
    for kind in kinds:
        long = re.sub(r"[^a-zA-Z0-9.\-_]", "_", f"{kind.__module__}.{kind.__qualname__}")
        found[kind] = kind.__name__ if kind.__name__ in schemas else long
    return found


def _schema_hook(kind: type) -> dict[str, Any]:
    if kind is Columns:
        cell = {"type": ["integer", "string", "boolean", "null"]}
        by_name = {"type": "object", "additionalProperties": {"type": "array", "items": cell}}
        by_row = {"type": "array", "items": {"type": "object", "additionalProperties": cell}}
        return {
            "anyOf": [by_name, by_row],
            "description": "columns: lists by name, all of one length; or a list of rows",
        }
    raise NotImplementedError(kind)


def _loosen(schema: dict[str, Any], kind: type[Command]) -> None:
    """Actor and key may come from the caller and the header; sealed items may travel along."""
    required = [n for n in schema["required"] if n not in {"command", "actor", "key"}]
    schema["required"] = required
    if not required:
        del schema["required"]
    told = inspect.getdoc(kind) or ""
    schema["description"] = told.split("\n\nAttributes:")[0]
    schema["properties"]["command"] = {"const": tag_of(kind)}
    schema["properties"][ITEMS] = {
        "type": "string",
        "contentEncoding": "base64",
        "description": "the sealed items whose notes the command names, canonical bytes",
    }
    if "request" in schema["properties"]:
        asked = {"type": "object", "description": "the command it leads to"}
        schema["properties"]["request"] = {"anyOf": [schema["properties"]["request"], asked]}


def _command(kind: type[Command], names: dict[Any, str]) -> dict[str, Any]:
    roles = COMMANDS[kind].roles
    first = (inspect.getdoc(kind) or "").split("\n\n")[0].replace("\n", " ")
    key = _parameter("Idempotency-Key", "the key of the command; the same is answered once")
    prefer = _parameter("Prefer", "return=minimal: leave the events out of the answer")
    return {
        "operationId": tag_of(kind),
        "summary": f"{first} May be asked by: {' or '.join(roles)}.",
        "tags": ["Commands"],
        "x-right": "act",
        "security": [{"token": []}, {"session": []}],
        "parameters": [key | {"in": "header"}, prefer | {"in": "header"}],
        "requestBody": {
            "required": True,
            "content": {
                JSON: {"schema": _ref(names[kind]), "example": sample_of(kind)},
                CANONICAL: {"schema": {"type": "string", "format": "binary"}},
            },
        },
        "responses": {
            "200": {
                "description": "accepted, and durable",
                "content": {
                    JSON: {"schema": _ref(names[Answered])},
                    CANONICAL: {"schema": {"type": "string", "format": "binary"}},
                },
            },
            "default": {"$ref": "#/components/responses/Problem"},
        },
    }


def _operation(route: Any, names: dict[Any, str]) -> dict[str, Any]:
    _, tag, media_type = _section(route.path)
    name = f"{route.handler.__name__}{'_' + route.fixed['resource'] if route.fixed else ''}"
    resource = RESOURCES.get(route.fixed.get("resource", ""))
    summary = (inspect.getdoc(route.handler) or "").split("\n\n")[0].replace("\n", " ")
    if resource is not None:
        summary = resource.what if "{" not in route.path else f"One row. {resource.what}"
    status, answer_type, kind = ANSWERS.get((route.method, route.path), ("200", media_type, None))
    said: dict[str, Any] = {"description": "done"}
    if answer_type:
        said["content"] = {answer_type: {"schema": _answer(route, resource, kind, names)}}
    one: dict[str, Any] = {
        "operationId": name.replace("-", "_"),
        "summary": summary,
        "tags": [tag],
        "x-right": route.right,
        "parameters": _parameters(route, resource),
        "responses": {status: said, "default": _otherwise(media_type)},
    }
    if route.right != "anyone":
        one["security"] = [{"token": []}, {"session": []}]
    body = BODIES.get((route.method, route.path))
    if body is not None:
        content = {JSON: {"schema": _ref(names[body]), "example": sample_of(body)}}
        one["requestBody"] = {"required": True, "content": content}
    if route.handler.__name__ == "answer_question":
        one["parameters"][0]["schema"] = {"type": "string", "enum": sorted(QUESTIONS)}
        one["description"] = "\n".join(f"- `{n}`: {q.what}" for n, q in sorted(QUESTIONS.items()))
        asked = {names[question.asked]: None for question in QUESTIONS.values()}
        schema = {"anyOf": [_ref(name) for name in asked]}
        one["requestBody"] = {"required": True, "content": {JSON: {"schema": schema}}}
    if route.is_streamed:
        anything = {ANY: {"schema": {"type": "string", "format": "binary"}}}
        one["requestBody"] = {"required": True, "content": anything}
        if status != "200":
            repeated = {**said, "description": "kept before, by the same party"}
            one["responses"] = {"200": repeated, **one["responses"]}
    if route.handler.__name__ == "submit_orders":
        binary = {"schema": {"type": "string", "format": "binary"}}
        rows = {"schema": _schema_hook(Columns), "example": BATCH}
        one["requestBody"] = {
            "required": True,
            "content": {JSON: rows, NDJSON: {"schema": {"type": "string"}}, ARROW: binary},
        }
        key = _parameter("Idempotency-Key", "the key of the command")
        one["parameters"].append(key | {"in": "header", "required": True})
    return one


def _answer(
    route: Any, resource: Resource | None, kind: Any, names: dict[Any, str]
) -> dict[str, Any]:
    if kind is not None:
        return _ref(names[kind])
    if route.handler.__name__ == "submit_orders":
        return _ref(names[Answered])
    if resource is None:
        is_text = not _section(route.path)[2].startswith(JSON)
        return {"type": "string"} if is_text else {"type": "object"}
    row = {
        "type": "object",
        "properties": {
            name: {
                "type": "integer" if what.startswith("#") else "string",
                "description": what.removeprefix("# "),
            }
            for name, what in resource.columns.items()
        },
    }
    if "{" in route.path:
        return row
    return {
        "type": "object",
        "required": ["entries", "instant", "rows", "next"],
        "properties": {
            "entries": {"type": "integer", "description": "of the journal, taken in"},
            "instant": {"type": "integer", "description": "of the last of them"},
            "rows": {"type": "array", "items": row},
            "next": {"type": ["string", "null"], "description": "send it as after, to go on"},
        },
    }


def _parameters(route: Any, resource: Resource | None) -> list[dict[str, Any]]:
    found = [
        _parameter(name, "as it is named there") | {"in": "path", "required": True}
        for name in re.findall(r"{(\w+)}", route.path)
    ]
    for one in found:
        if one["name"] == "sequence":
            one["schema"] = {"type": "integer", "minimum": 0}
    if resource is not None and "{" not in route.path:
        found += [
            _parameter("limit", "rows at most", is_whole=True),
            _parameter("after", "the field next of the page before"),
            _parameter("fields", "columns wanted, parted by commas"),
            _parameter("at_least", "entries that the rows must take in", is_whole=True),
        ]
        found += [
            _parameter(name, what.removeprefix("# "), is_whole=what.startswith("#"))
            for name, what in resource.columns.items()
        ]
    for name, what, is_whole in _query_of(route):
        found.append(_parameter(name, what, is_whole=is_whole))
    if route.path.startswith("/v1/streams") and not route.path.endswith("frames"):
        found.append(
            _parameter("Last-Event-ID", "the last id seen: what followed is told again")
            | {"in": "header"}
        )
    return found


def _query_of(route: Any) -> tuple[tuple[str, str, bool], ...]:
    if (route.method, route.path) == ("GET", "/v1/documents"):
        return DOCUMENTS
    return QUERY.get(route.path, ())


def _parameter(name: str, what: str, *, is_whole: bool = False) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "integer", "minimum": 0} if is_whole else {"type": "string"}
    return {"name": name, "in": "query", "description": what, "schema": schema}


def _section(path: str) -> tuple[int, str, str]:
    """Place in the order of the document, title and media type of an address."""
    order = (
        *("Commands", "Reading", "Documents", "Notices", "Streams", "Journal", "Errands"),
        *("Coming in", "Webhooks", "The server"),
    )
    for begin, tag, media_type in KINDS:
        if path.startswith(begin) and (begin != "/" or path != ""):
            return order.index(tag), tag, media_type
    raise AssertionError(path)


def _otherwise(media_type: str) -> dict[str, Any]:
    """A refusal: a problem; of a page, a page that says the same."""
    if media_type != "text/html":
        return {"$ref": "#/components/responses/Problem"}
    told = _problem()
    return {**told, "content": {**told["content"], media_type: {"schema": {"type": "string"}}}}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": REF.format(name=name)}


def _problem() -> dict[str, Any]:
    sample = {
        "type": "/docs/refusals#core.role_needed",
        "title": "role needed",
        "status": 403,
        "detail": "north-star may not ask for OpenMarket; it needs the role operator",
        "code": "core.role_needed",
        "what_next": "have the role granted (GrantRole), or ask a party that has it",
        "facts": {"actor": "north-star", "command": "OpenMarket", "roles": "operator"},
        "sequence": 41,
        "hash": "4f" * 32,
    }
    return {
        "description": "refused; with a sequence where the refusal is on record",
        "headers": {
            "Content-Language": {
                "description": "of title, detail and what_next: as Accept-Language asks",
                "schema": {"type": "string", "enum": list(LANGUAGES)},
            }
        },
        "content": {MEDIA_TYPE: {"schema": _ref("Problem"), "example": sample}},
    }
