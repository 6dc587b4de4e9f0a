"""The address of a server where a journal may be named: the same commands, over HTTP.

    yaosu cases list market.db
    yaosu cases list https://market.example

The token is that of YAOSU_TOKEN. Refusals and exit codes are the same.
"""

from typing import TYPE_CHECKING, Any

from msgspec import Struct

from yaosu.cli.ask import token_of
from yaosu.cli.verify import journal_place
from yaosu.kernel.refusal import refuse

if TYPE_CHECKING:
    from yaosu.client import Client
    from yaosu.journal.opening import Place


class ServerPlace(Struct, frozen=True):
    """A venue elsewhere."""

    url: str

    def __str__(self) -> str:
        return self.url

    def client(self) -> "Client":
        """Asks it; to be closed."""
        from yaosu.client import Client

        return Client(self.url, token_of(None))


def place_or_server(text: str) -> "Place | ServerPlace":
    """A journal, or a server that has one."""
    is_server = text.startswith(("http://", "https://"))
    return ServerPlace(text.rstrip("/")) if is_server else journal_place(text)


def at_hand(place: "Place | ServerPlace") -> "Place":
    """The journal itself, where a command reads more of it than a server tells.

    Raises:
        Refusal: ``cli.needs_journal``.
    """
    if isinstance(place, ServerPlace):
        refuse("cli.needs_journal", server=place.url)
    return place


def rows_of(place: ServerPlace, resource: str, **filters: Any) -> list[dict[str, Any]]:
    """Every row of a resource that is shown to the login."""
    with place.client() as venue:
        return list(venue.rows(resource, **filters))
