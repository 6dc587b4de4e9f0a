"""Every address of the server: one literal table, each row with the right it needs.

What is not in this table is not there. The tests walk it and ask each row without its right.
"""

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from yaosu.server import (
    answering,
    commands,
    documents,
    entering,
    entering_elsewhere,
    handing,
    hooks,
    journals,
    notices,
    pages,
    reads,
    results,
    streams,
    titles,
    watching,
)
from yaosu.server.console import (
    applying,
    explaining,
    moving,
    opening,
    operating,
    papers,
    replaying,
    result_rooms,
    rooms,
    statements,
    tending,
    trading,
    verifying,
)
from yaosu.server.console.drafts import answering as drafting
from yaosu.server.house import Handler
from yaosu.server.resources import RESOURCES

ANYONE = "anyone"  # also who is not signed in
SIGNED_IN = "signed in"  # whatever the scopes
READ, ACT, MANAGE, METRICS = "read", "act", "manage", "metrics"  # scopes of a token
SINGLE = tuple(name for name, resource in RESOURCES.items() if len(resource.key) == 1)


Method = Literal["GET", "POST", "DELETE"]


class Route(Struct, frozen=True, kw_only=True):
    """One address.

    Attributes:
        path: with its variable parts in braces.
        right: what the caller must have.
        handler: answers it.
        fixed: variable parts that this row fixes.
        is_large: whether its body may be as long as a batch of orders.
        is_streamed: whether its body is a document, handed on while it comes.
        is_page: whether people read it, refusals too.
        is_known: whether who asks is looked at even where anyone may.
        holds_ids: whether its variable parts name things of the journal, whose ids may hold a
            slash; then it is sent as %2F.
    """

    method: Method
    path: str
    right: str
    handler: Handler
    fixed: dict[str, str] = {}
    is_large: bool = False
    is_streamed: bool = False
    is_page: bool = False
    is_known: bool = False
    holds_ids: bool = False


def _get(path: str, right: str, handler: Handler, **fixed: str) -> Route:
    return Route(method="GET", path=path, right=right, handler=handler, fixed=fixed)


def _page(path: str, right: str, handler: Handler) -> Route:
    return Route(method="GET", path=path, right=right, handler=handler, is_page=True)


def _follow(path: str, right: str, handler: Handler) -> Route:
    """A page as a stream of what changes: to each what the page shows them."""
    return Route(method="GET", path=path, right=right, handler=handler, is_known=True)


def _post(path: str, right: str, handler: Handler, *, is_large: bool = False) -> Route:
    return Route(method="POST", path=path, right=right, handler=handler, is_large=is_large)


def _file(path: str, right: str, handler: Handler) -> Route:
    return Route(method="POST", path=path, right=right, handler=handler, is_streamed=True)


def _delete(path: str, right: str, handler: Handler) -> Route:
    return Route(method="DELETE", path=path, right=right, handler=handler)


def _named(route: Route) -> Route:
    """An address of something of the journal: its id may hold a slash."""
    return replace(route, holds_ids=True)


ROUTES: tuple[Route, ...] = (
    _page("/", ANYONE, trading.today_room),
    _follow("/live", ANYONE, trading.today_live),
    _named(_page("/markets/{market}", ANYONE, trading.market_room)),
    _named(_follow("/live/markets/{market}", ANYONE, trading.market_live)),
    _named(_page("/markets/{market}/order", SIGNED_IN, trading.ticket_room)),
    _named(_page("/markets/{market}/rounds/{round}", ANYONE, result_rooms.result_room)),
    _page("/listings", ANYONE, trading.listings_room),
    _follow("/live/listings", ANYONE, trading.listings_live),
    _named(_page("/listings/{listing}", ANYONE, trading.listing_room)),
    _named(_follow("/live/listings/{listing}", ANYONE, trading.listing_live)),
    _page("/why", SIGNED_IN, explaining.why_room),
    _page("/offer", SIGNED_IN, opening.offer_room),
    _post("/preview/{tag}", ACT, trading.preview),
    _page("/desk", SIGNED_IN, trading.desk_room),
    _follow("/live/desk", SIGNED_IN, trading.desk_live),
    _page("/desk/limits", SIGNED_IN, trading.limits_room),
    _follow("/live/desk/limits", SIGNED_IN, trading.limits_live),
    _page("/desk/statement", SIGNED_IN, statements.statement_room),
    _page("/desk/statement/{name}", SIGNED_IN, statements.statement_file),
    _page("/register", SIGNED_IN, rooms.register_room),
    _named(_page("/register/{id}", SIGNED_IN, rooms.right_room)),
    _page("/cases", SIGNED_IN, rooms.cases_room),
    _named(_page("/cases/{id}", SIGNED_IN, rooms.case_room)),
    _page("/apply", SIGNED_IN, applying.apply_room),
    _page("/apply/{name}", SIGNED_IN, applying.application_room),
    _page("/journal", SIGNED_IN, rooms.journal_room),
    _page("/journal/{sequence}", SIGNED_IN, rooms.entry_room),
    _page("/setup", SIGNED_IN, opening.setup_room),
    _page("/operate", SIGNED_IN, operating.operate_room),
    _page("/operate/rules", SIGNED_IN, opening.adopt_room),
    _page("/operate/markets/new", SIGNED_IN, opening.open_room),
    _page("/operate/import", SIGNED_IN, moving.import_room),
    _page("/operate/import/{id}", SIGNED_IN, moving.moving_room),
    _page("/operate/import/{id}/files/{name}", SIGNED_IN, moving.import_file),
    _page("/operate/backups", SIGNED_IN, tending.backups_room),
    _page("/operate/replays", SIGNED_IN, replaying.replays_room),
    _page("/operate/replays/{id}", SIGNED_IN, replaying.replay_room),
    _page("/operate/replays/{id}/files/{name}", SIGNED_IN, replaying.replay_file),
    _page("/operate/packs/{name}", SIGNED_IN, replaying.pack_text),
    _page("/operate/templates/{name}", SIGNED_IN, moving.template_file),
    _page("/tokens", SIGNED_IN, operating.tokens_room),
    _page("/documents", SIGNED_IN, papers.documents_room),
    _page("/documents/{id}", SIGNED_IN, papers.document_room),
    _page("/notices", SIGNED_IN, papers.notices_room),
    _page("/notices/wishes", SIGNED_IN, papers.wishes_room),
    _page("/verify", ANYONE, verifying.verify_room),
    _page("/enter", ANYONE, rooms.enter),
    _page("/enter/oidc", ANYONE, entering_elsewhere.begin_entering),
    _page("/enter/oidc/back", ANYONE, entering_elsewhere.come_back),
    _page("/join", ANYONE, rooms.join),
    _page("/styleguide", ANYONE, rooms.styleguide),
    _post("/look", ANYONE, rooms.set_look),
    _get("/assets/{tag}/{name}", ANYONE, rooms.asset),
    _get("/docs/api", ANYONE, pages.reference),
    _get("/docs/refusals", ANYONE, pages.refusals),
    _get("/assets/{name}", ANYONE, pages.asset),
    _get("/v1/openapi.json", ANYONE, pages.openapi),
    _get("/health", ANYONE, watching.health),
    _get("/ready", ANYONE, watching.ready),
    _get("/metrics", METRICS, watching.metrics),
    _get("/checkpoint", ANYONE, journals.checkpoint),
    _get("/tile/{tile}", ANYONE, journals.tile),
    _post("/v1/session", ANYONE, entering.sign_in),
    _get("/v1/session", SIGNED_IN, entering.who),
    _delete("/v1/session", SIGNED_IN, entering.sign_out),
    _post("/v1/links", ANYONE, entering.use_link),
    _get("/v1/tokens", SIGNED_IN, entering.list_tokens),
    _post("/v1/tokens", SIGNED_IN, entering.new_token),
    _delete("/v1/tokens/{token}", SIGNED_IN, entering.end_token),
    _get("/v1/logins", MANAGE, entering.list_logins),
    _post("/v1/logins", MANAGE, entering.new_login),
    _post("/v1/logins/{login}/parties", MANAGE, handing.let_act),
    _delete("/v1/logins/{login}", MANAGE, entering.end_login),
    _get("/v1/identities", SIGNED_IN, entering_elsewhere.list_identities),
    _post("/v1/identities", SIGNED_IN, entering_elsewhere.begin_linking),
    _delete("/v1/identities/{name}", SIGNED_IN, entering_elsewhere.end_identity),
    _get("/v1/webhooks", READ, hooks.list_webhooks),
    _post("/v1/webhooks", ACT, hooks.new_webhook),
    _delete("/v1/webhooks/{id}", ACT, hooks.end_webhook),
    _post("/v1/webhooks/{id}/ping", ACT, hooks.ping_webhook),
    _get("/v1/webhooks/{id}/deliveries", READ, hooks.list_deliveries),
    _post("/v1/webhooks/{id}/deliveries/{sequence}", ACT, hooks.send_again),
    _post("/v1/imports", ACT, moving.take_file, is_large=True),
    _get("/v1/imports/{id}", READ, moving.told_import),
    _post("/v1/imports/{id}", ACT, moving.move_on),
    _post("/v1/demo/reset", ACT, tending.reset_demo),
    _post("/v1/backups", ACT, tending.new_backup),
    _get("/v1/backups/{id}", READ, tending.told_backup),
    _post("/v1/backups/{id}", ACT, tending.backup_on),
    _post("/v1/replays", ACT, replaying.new_replay, is_large=True),
    _get("/v1/replays/{id}", READ, replaying.told_replay),
    _post("/v1/replays/{id}", ACT, replaying.replay_on),
    _post("/v1/drafts/{name}", ACT, drafting.draft, is_large=True),
    _post("/v1/commands/{tag}", ACT, commands.ask, is_large=True),
    _named(_post("/v1/markets/{market}/orders", ACT, commands.submit_orders, is_large=True)),
    _named(_get("/v1/markets/{market}/rounds/{round}", ANYONE, results.published_round)),
    _get("/v1/venue", ANYONE, reads.venue),
    _post("/v1/questions/{name}", READ, answering.answer_question),
    *(_get(f"/v1/{name}", READ, reads.list_rows, resource=name) for name in RESOURCES),
    *(_named(_get(f"/v1/{name}/{{id}}", READ, reads.one_row, resource=name)) for name in SINGLE),
    _get("/v1/notices", READ, notices.list_notices),
    _post("/v1/notices/read", ACT, notices.mark_read),
    _named(_get("/v1/notices/wishes/{id}", READ, notices.one_wish)),
    _named(_post("/v1/notices/wishes/{id}", ACT, notices.set_wish)),
    _named(_post("/v1/notices/wishes/{id}/address", ACT, notices.set_address)),
    _named(_post("/v1/notices/wishes/{id}/code", ACT, notices.confirm_address)),
    _file("/v1/documents", ACT, documents.keep_document),
    _get("/v1/documents", READ, documents.list_documents),
    _get("/v1/documents/{id}", READ, documents.one_document),
    _get("/v1/documents/{id}/file", READ, documents.document_file),
    _named(_get("/v1/rights/{id}/history", READ, reads.title_chain)),
    _named(_get("/v1/rights/{id}/certificate", READ, titles.title_certificate)),
    _file("/v1/title-certificates/check", ANYONE, verifying.check_title),
    _named(_get("/v1/cases/{id}/page", READ, reads.whole_case)),
    _get("/v1/entries", READ, journals.list_entries),
    _get("/v1/entries/{sequence}", READ, journals.one_entry),
    _get("/v1/entries/{sequence}/proof", READ, journals.prove_entry),
    _get("/v1/proofs/continuation", READ, journals.prove_continuation),
    _named(_get("/v1/proofs/parties/{id}", READ, journals.prove_party)),
    _get("/v1/proofs/venue-keys", ANYONE, journals.prove_venue_keys),
    _get("/v1/streams/journal", READ, streams.journal),
    _get("/v1/streams/prices", READ, streams.prices),
    _get("/v1/streams/rows", READ, streams.own_rows),
    _get("/v1/streams/book", READ, streams.book),
    _get("/v1/streams/frames", READ, streams.frames),
)
