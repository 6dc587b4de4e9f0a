"""The address of a server where a journal may be named: the same words, over HTTP.

    yaosu rights list market.db
    yaosu rights list --server https://market.example
    yaosu rights list https://market.example

``YAOSU_SERVER`` stands for ``--server`` where no journal is named, and ``YAOSU_TOKEN`` for
``--token-file``. What is asked is one of the questions of the server; from a journal the same
function answers it. Refusals and exit codes are the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click
from msgspec import Struct, to_builtins

from yaosu.cli.ask import token_of
from yaosu.cli.opening import journal_place, open_journal
from yaosu.cli.output import PATH, progress
from yaosu.cli.where import WEB
from yaosu.kernel.refusal import refuse_unless

if TYPE_CHECKING:
    from yaosu.client import Answer, Client
    from yaosu.core import State
    from yaosu.engine.receipt import Receipt
    from yaosu.journal.opening import Place
    from yaosu.journal.store import Store
    from yaosu.kernel.words import Command

TOKEN_FILE = "yaosu.token_file"  # of the context: where the option is kept


class ServerPlace(Struct, frozen=True):
    """A venue elsewhere."""

    url: str
    token_file: Path | None = None

    def __str__(self) -> str:
        return self.url

    def client(self) -> "Client":
        """Asks it; to be closed."""
        from importlib import import_module

        from yaosu.client import Client

        import_module("yaosu.server.refusals")  # so that what it says no with is known here
        return Client(self.url, token_of(self.token_file))


class _PlaceOrServer(click.ParamType["Place | ServerPlace"]):
    name = "journal"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> "Place | ServerPlace":
        if not isinstance(value, str):
            return value  # type: ignore[no-any-return]  # it was one before
        if not value.startswith(WEB):
            return journal_place(value)
        token_file = None if ctx is None else ctx.meta.get(TOKEN_FILE)
        return ServerPlace(value.rstrip("/"), token_file)


PLACE_OR_SERVER = _PlaceOrServer()


class AtServer(click.Command):
    """A word whose JOURNAL may be left out for ``--server``: the address takes its place."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        token = click.Option(
            ["--token-file"],
            type=PATH,
            expose_value=False,
            help="File of a token; else YAOSU_TOKEN.",
        )
        server = click.Option(
            ["--server"],
            metavar="URL",
            expose_value=False,
            help="Ask this server in place of a JOURNAL; without one, YAOSU_SERVER.",
        )
        self.params = [*self.params[:-1], server, token, *self.params[-1:]]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The same, with the address where the journal would stand."""
        from yaosu.door import server_named

        given, _, _ = self.make_parser(ctx).parse_args(args=list(args))
        if isinstance(given.get("token_file"), str):
            ctx.meta[TOKEN_FILE] = Path(given["token_file"])
        named = given.get("server")
        wanted = [one for one in self.params if isinstance(one, click.Argument) and one.required]
        if not isinstance(named, str) and not all(_is_given(given, one) for one in wanted):
            named = server_named()[0] or None
        if isinstance(named, str):
            if not named.startswith(WEB):
                raise click.UsageError("name a server: --server https://HOST, or YAOSU_SERVER", ctx)
            place = next(one for one in self.params if one.type is PLACE_OR_SERVER)
            is_option = isinstance(place, click.Option)
            args = [place.opts[0], named, *args] if is_option else [named, *args]
        return super().parse_args(ctx, args)


def _is_given(given: dict[str, Any], one: click.Argument) -> bool:
    """Whether an argument has text; what stands for none differs between versions of click."""
    text = given.get(one.name or "")
    return isinstance(text, str | tuple) and bool(text)


def answered(place: "Place | ServerPlace", question: str, /, **asked: Any) -> Any:
    """What a question is answered, as plain values, whoever answers it.

    Raises:
        Refusal: of the question; those of the server and the way to it.
    """
    if isinstance(place, ServerPlace):
        with place.client() as venue:
            return venue.question(question, **asked)
    from yaosu.server.questions import QUESTIONS
    from yaosu.server.words import convert

    row = QUESTIONS[question]
    return to_builtins(row.answer(_AtHand(place), convert(asked, row.asked)))


class _AtHand:
    """A journal here: everything is shown."""

    parties: frozenset[str] | None = None

    def __init__(self, place: "Place") -> None:
        self._place = place

    @contextmanager
    def state(self, at: int | None = None) -> "Iterator[State]":
        from yaosu.cli.state_tables import read_state

        yield read_state(self._place) if at is None else state_at(self._place, at)[0]

    @contextmanager
    def state_apart(self) -> "Iterator[State]":
        with self.state() as state:
            yield state

    @contextmanager
    def store(self) -> "Iterator[Store]":
        with open_journal(self._place) as store:
            yield store

    def check_entries(self, count: int) -> None:
        """Any number: nobody else waits."""


def state_at(journal: "Place", at: int | None) -> "tuple[State, int, str]":
    """The state up to an instant, the number of its last entry and the root up to there, hex."""
    from yaosu.core import State
    from yaosu.engine.recovery import fold
    from yaosu.journal.merkle import root_of
    from yaosu.kernel.instant import format_instant

    state, last = State(), -1
    with open_journal(journal) as store:
        entries = iter(store.read())

        def wanted() -> Any:
            for entry in entries:
                if at is not None and entry.header.instant > at:
                    return
                yield entry

        with progress("reading", store.size) as step:
            for entry, _ in fold(store, state, entries=wanted()):
                last = entry.header.sequence
                step(1)
        told = "now" if at is None else format_instant(at)
        refuse_unless(last >= 0, "cli.nothing_then", path=str(journal), at=told)
        root = root_of(store.hashes(0, last)).hex()
    state.now = at if at is not None else state.now
    return state, last, root


class Asking(Protocol):
    """To whom commands are handed."""

    def submit(self, command: "Command") -> "Receipt | Answer":
        """The receipt; a refusal that is on record is one too."""


@contextmanager
def asking(place: "Place | ServerPlace") -> Iterator[tuple[Asking, int]]:
    """To whom commands are handed, and how many entries there are: for keys of new questions."""
    from yaosu import door

    if isinstance(place, ServerPlace):
        with place.client() as venue:
            yield venue, venue.read("/v1/venue")["entries"]
        return
    with open_journal(place):  # it must be there: opening to write would begin a new one
        pass
    with door.open(place) as venue_here:
        yield venue_here, venue_here.store.size
