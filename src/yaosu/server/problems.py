"""A refusal as the one shape of all errors over HTTP: problem details (RFC 9457)."""

from typing import Any

import msgspec
from msgspec import Struct

from yaosu.kernel.refusal import Fact, Refusal
from yaosu.languages import in_language

MEDIA_TYPE = "application/problem+json"
DEFAULT = 422
STATUS = {  # what is not in it, is 422: understood, and refused
    "cases.document_not_kept": 404,
    "cli.file_missing": 503,
    "core.engine_only": 403,
    "core.role_needed": 403,
    "core.unknown_actor": 403,
    "engine.key_conflict": 409,
    "engine.quarantined": 409,
    "engine.too_old": 409,
    "engine.queue_full": 503,
    "engine.stopped": 503,
    "engine.not_leading": 503,
    "kernel.malformed": 400,
    "kernel.too_large": 413,
    "markets.unknown_market": 404,
    "markets.unknown_listing": 404,
    "rights.bad_title_certificate": 400,
    "rights.bad_title_paper": 400,
    "server.bad_body": 400,
    "server.bad_link": 404,
    "server.bad_query": 400,
    "server.bad_token": 401,
    "server.body_missing": 400,
    "server.body_too_large": 413,
    "server.encoded_body": 415,
    "server.identity_taken": 409,
    "server.errand_runs": 409,
    "server.errands_busy": 429,
    "server.login_exists": 409,
    "server.login_rests": 429,
    "server.manager_needed": 403,
    "server.no_document": 404,
    "server.no_key": 400,
    "server.no_notices": 404,
    "server.no_oidc": 404,
    "server.no_signing_key": 404,
    "server.no_such_identity": 404,
    "server.no_such_login": 404,
    "server.no_such_token": 404,
    "server.no_venue": 503,
    "server.no_webhooks": 404,
    "server.not_here": 404,
    "server.not_ready": 503,
    "server.not_signed_in": 401,
    "server.not_your_party": 403,
    "server.office_needed": 403,
    "server.oidc_failed": 401,
    "server.oidc_unlinked": 403,
    "server.oidc_unreachable": 503,
    "server.our_error": 500,
    "server.party_needed": 400,
    "server.scope_needed": 403,
    "server.session_needed": 403,
    "server.stands_by": 503,
    "server.too_far_back": 410,
    "server.too_many_orders": 413,
    "server.too_many_requests": 429,
    "server.too_many_streams": 503,
    "server.two_keys": 400,
    "server.two_tags": 400,
    "server.no_room": 507,
    "server.unknown_command": 404,
    "server.unknown_draft": 404,
    "server.unknown_row": 404,
    "server.wrong_media_type": 415,
    "server.wrong_method": 405,
    "server.wrong_origin": 403,
    "server.wrong_password": 401,
    "workers.document_altered": 400,
    "workers.document_empty": 400,
    "workers.document_missing": 503,
    "workers.document_too_large": 413,
    "workers.document_type": 415,
    "workers.documents_full": 503,
    "workers.no_picture": 404,
    "workers.no_such_delivery": 404,
    "workers.no_such_subscription": 404,
}
STORAGE = ("journal.disk_full", "journal.write_failed", "journal.overtaken", "journal.stopped")
RETRY_SECONDS = 1  # where waiting helps


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why not, and what to do next.

    Attributes:
        type: address of the page that lists all codes, with this one.
        title: the kind of refusal, the same whatever the facts.
        status: of the answer.
        detail: what was asked, and what stood in the way.
        code: stable; see the page of refusals.
        what_next: what to do about it.
        facts: what the rule read.
        sequence: number of the entry that holds the refused command; left out where none does.
        hash: of that entry's header, hex.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    what_next: str
    facts: dict[str, Fact] = {}
    sequence: int | None = None
    hash: str | None = None


def status_of(refusal: Refusal) -> int:
    """The status of an answer that is this refusal."""
    if refusal.code in STORAGE:
        return 503
    return STATUS.get(refusal.code, DEFAULT)


def problem_of(
    refusal: Refusal,
    language: str,
    sequence: int | None = None,
    hashed: str | None = None,
) -> tuple[int, bytes, dict[str, str]]:
    """Status, body and headers of the answer.

    Args:
        language: of title, detail and what to do next; code and facts are the same in each.
    """
    status, said = status_of(refusal), in_language(refusal, language)
    body = Problem(
        type=f"/docs/refusals#{refusal.code}",
        title=said.title,
        status=status,
        detail=said.sentence,
        code=refusal.code,
        what_next=said.what_next,
        facts=refusal.facts,
        sequence=sequence,
        hash=hashed,
    )
    headers = {"Content-Language": language, "Vary": "Accept-Language"}
    if status in {429, 503}:
        headers["Retry-After"] = str(refusal.facts.get("seconds", RETRY_SECONDS))
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="yaosu"'
    return status, msgspec.json.encode(body), headers


def as_json(value: Any) -> bytes:
    """Values as JSON; columns as lists by name."""
    return _ENCODER.encode(value)


def _plain(value: Any) -> Any:
    from yaosu.kernel.columns import Columns

    if isinstance(value, Columns):
        return {name: value.column(name).tolist() for name in value.names}
    raise NotImplementedError(f"{type(value).__name__} has no JSON")


_ENCODER = msgspec.json.Encoder(enc_hook=_plain)
