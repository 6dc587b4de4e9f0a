"""What can be read: one literal table of resources, each a view of the state with its key.

A family of resources has a file; a new one is a row of its family's table.
A resource with ``owners`` shows a caller the rows that name a party it acts for in one of those
columns; offices see all of them. One without is shown to whoever is signed in.
"""

from yaosu.server.resources.gate import GATE
from yaosu.server.resources.paging import PAGE, Page, Resource, Rows, number_of, page_of, rows_of
from yaosu.server.resources.procedures import PROCEDURES
from yaosu.server.resources.register import REGISTER
from yaosu.server.resources.trading import TRADING
from yaosu.server.resources.trading_tables import levels_of

OFFICES = ("authority", "operator", "registrar", "supervisor")
RESOURCES: dict[str, Resource] = {**REGISTER, **TRADING, **PROCEDURES, **GATE}

__all__ = [
    "OFFICES",
    "PAGE",
    "RESOURCES",
    "Page",
    "Resource",
    "Rows",
    "levels_of",
    "number_of",
    "page_of",
    "rows_of",
]
