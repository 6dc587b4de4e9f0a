"""Templates to HTML: one environment, everything escaped, every text from the one key set."""

from functools import cache
from typing import Any
from urllib.parse import quote

import jinja2
from msgspec import Struct

from yaosu.server.console import courses, maps, numbers, pictures
from yaosu.server.console.following import end_part, part
from yaosu.server.console.look import style_digest
from yaosu.server.console.pairs import pairs
from yaosu.server.console.words import LANGUAGES, say_in, texts

ROOMS = (
    ("today", "/"),
    ("listings", "/listings"),
    ("desk", "/desk"),
    ("register", "/register"),
    ("cases", "/cases"),
    ("journal", "/journal"),
    ("operate", "/operate"),
)
OF_OFFICES = ("operate",)  # rooms that others are not led to
CHOICES = {"language": ("en", "zh"), "theme": ("", "light", "dark"), "rise": ("red", "green")}


class Look(Struct, frozen=True, kw_only=True):
    """How one reader sees the pages.

    Attributes:
        language: ``en`` or ``zh``.
        theme: ``light``, ``dark``, or empty: as the device says.
        rise: the colour of a rising price; left out, as the language has it.
        path: of the page, to come back to.
    """

    language: str = "en"
    theme: str = ""
    rise: str = ""
    path: str = "/"


def render(
    template: str,
    page: object,
    look: Look,
    *,
    here: str,
    venue: str = "",
    entries: int | None = None,
    login: str = "",
    mark: str = "",
    done: int | None = None,
    is_office: bool = False,
    unread: int | None = None,
    own: object = None,
    size: int = 0,
    instant: int = 0,
) -> str:
    """The HTML of a page.

    Args:
        here: the room it is in, one of ``ROOMS``; or empty.
        entries: in the journal, at the time of the page.
        login: who reads; ``mark``: of the session, which its changes must carry.
        is_office: whether the reader acts for an office.
        own: what is the reader's own on the page.
        size, instant: of the state that the page shows: its entries, the instant of the last.
        done: the entry that the reader has just made, to be told of.
        unread: notices that the reader has not read; None where there is no inbox.
    """
    rise = look.rise or ("red" if look.language == "zh" else "green")
    told: dict[str, Any] = {
        "language": look.language,
        "theme": look.theme,
        "rise": rise,
        "path": look.path,
        "style": style_digest(),
        "choices": CHOICES,
        "chosen": {"language": look.language, "theme": look.theme, "rise": rise},
    }
    return (
        _templates()
        .get_template(template)
        .render(
            page=page,
            look=told,
            say=say_in(look.language),
            words=texts(look.language),
            here=here,
            venue=venue,
            rooms=[row for row in ROOMS if is_office or row[0] not in OF_OFFICES],
            languages=LANGUAGES,
            entries=None if entries is None else numbers.whole(entries),
            login=login,
            mark=mark,
            done=done,
            unread=unread,
            own=own,
            size=size,
            instant=instant,
        )
    )


@cache
def in_path(name: str) -> str:
    """A name as one part of an address, whatever it holds."""
    return quote(name, safe="")


def _templates() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("yaosu.server.console"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "whole": numbers.whole,
        "in_path": in_path,
        "money": numbers.decimal,
        "moved": numbers.moved,
        "moment": numbers.moment,
        "bytes": numbers.size,
        "clock": numbers.clock,
        "iso": numbers.iso,
        "time_of_day": numbers.time_of_day,
    }
    made.globals |= {"strip": pictures.strip, "curves": pictures.curves, "pairs": pairs}
    made.globals |= {"spark": courses.spark, "depth": courses.depth, "share": courses.share}
    made.globals |= {"region_map": maps.region_map}
    made.globals |= {"part": part, "end_part": end_part}
    return made
