"""Every address of the server: one literal table, each row with the right it needs.

What is not in this table is not there. The tests walk it and ask each row without its right.
"""

from typing import Literal

from msgspec import Struct

from yaosu.server import commands, entering, journals, pages, reads, streams, watching
from yaosu.server.console import operating, rooms, statements, trading
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
        is_page: whether people read it, refusals too.
        is_known: whether who asks is looked at even where anyone may.
    """

    method: Method
    path: str
    right: str
    handler: Handler
    fixed: dict[str, str] = {}
    is_large: bool = False
    is_page: bool = False
    is_known: bool = False


def _get(path: str, right: str, handler: Handler, **fixed: str) -> Route:
    return Route(method="GET", path=path, right=right, handler=handler, fixed=fixed)


def _page(path: str, right: str, handler: Handler) -> Route:
    return Route(method="GET", path=path, right=right, handler=handler, is_page=True)


def _follow(path: str, right: str, handler: Handler) -> Route:
    """A page as a stream of what changes: to each what the page shows them."""
    return Route(method="GET", path=path, right=right, handler=handler, is_known=True)


def _post(path: str, right: str, handler: Handler, *, is_large: bool = False) -> Route:
    return Route(method="POST", path=path, right=right, handler=handler, is_large=is_large)


def _delete(path: str, right: str, handler: Handler) -> Route:
    return Route(method="DELETE", path=path, right=right, handler=handler)


ROUTES: tuple[Route, ...] = (
    _page("/", ANYONE, trading.today_room),
    _follow("/live", ANYONE, trading.today_live),
    _page("/markets/{market}", ANYONE, trading.market_room),
    _follow("/live/markets/{market}", ANYONE, trading.market_live),
    _page("/markets/{market}/order", SIGNED_IN, trading.ticket_room),
    _page("/listings", ANYONE, trading.listings_room),
    _follow("/live/listings", ANYONE, trading.listings_live),
    _page("/listings/{listing}", ANYONE, trading.listing_room),
    _follow("/live/listings/{listing}", ANYONE, trading.listing_live),
    _post("/preview/{tag}", ACT, trading.preview),
    _page("/desk", SIGNED_IN, trading.desk_room),
    _follow("/live/desk", SIGNED_IN, trading.desk_live),
    _page("/desk/statement", SIGNED_IN, statements.statement_room),
    _page("/desk/statement/{name}", SIGNED_IN, statements.statement_file),
    _page("/register", SIGNED_IN, rooms.register_room),
    _page("/register/{id}", SIGNED_IN, rooms.right_room),
    _page("/cases", SIGNED_IN, rooms.cases_room),
    _page("/cases/{id}", SIGNED_IN, rooms.case_room),
    _page("/journal", SIGNED_IN, rooms.journal_room),
    _page("/journal/{sequence}", SIGNED_IN, rooms.entry_room),
    _page("/operate", SIGNED_IN, operating.operate_room),
    _page("/tokens", SIGNED_IN, operating.tokens_room),
    _page("/enter", ANYONE, rooms.enter),
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
    _delete("/v1/logins/{login}", MANAGE, entering.end_login),
    _post("/v1/commands/{tag}", ACT, commands.ask, is_large=True),
    _post("/v1/markets/{market}/orders", ACT, commands.submit_orders, is_large=True),
    _get("/v1/venue", ANYONE, reads.venue),
    *(_get(f"/v1/{name}", READ, reads.list_rows, resource=name) for name in RESOURCES),
    *(_get(f"/v1/{name}/{{id}}", READ, reads.one_row, resource=name) for name in SINGLE),
    _get("/v1/rights/{id}/history", READ, reads.title_chain),
    _get("/v1/cases/{id}/page", READ, reads.whole_case),
    _get("/v1/entries", READ, journals.list_entries),
    _get("/v1/entries/{sequence}", READ, journals.one_entry),
    _get("/v1/entries/{sequence}/proof", READ, journals.prove_entry),
    _get("/v1/proofs/continuation", READ, journals.prove_continuation),
    _get("/v1/proofs/parties/{id}", READ, journals.prove_party),
    _get("/v1/streams/journal", READ, streams.journal),
    _get("/v1/streams/prices", READ, streams.prices),
    _get("/v1/streams/rows", READ, streams.own_rows),
    _get("/v1/streams/book", READ, streams.book),
    _get("/v1/streams/frames", READ, streams.frames),
)
