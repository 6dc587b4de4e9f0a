"""Templates to HTML: one environment, everything escaped, every text from the one key set."""

from functools import cache
from hashlib import sha256
from typing import Any

import jinja2
from msgspec import Struct

from yaosu.server.console import numbers, pictures
from yaosu.server.console.look import stylesheet
from yaosu.server.console.words import LANGUAGES, say_in

ROOMS = (
    ("today", "/"),
    ("desk", "/desk"),
    ("register", "/register"),
    ("cases", "/cases"),
    ("journal", "/journal"),
    ("replay", "/replay"),
    ("operate", "/operate"),
)
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


def render(template: str, page: object, look: Look, *, here: str, venue: str, entries: int) -> str:
    """The HTML of a page.

    Args:
        here: the room it is in, one of ``ROOMS``.
        entries: in the journal, at the time of the page.
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
            here=here,
            venue=venue,
            rooms=ROOMS,
            languages=LANGUAGES,
            entries=numbers.whole(entries),
        )
    )


@cache
def style_digest() -> str:
    """Names the style in its address, so that a browser may keep it for ever."""
    return sha256(stylesheet().encode()).hexdigest()[:16]


@cache
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
        "money": numbers.decimal,
        "moved": numbers.moved,
        "moment": numbers.moment,
    }
    made.globals |= {"strip": pictures.strip, "curves": pictures.curves}
    return made
