"""The look: the tokens of the house, two colours more for prices that rise and fall, one style.

Red rises in China and falls in the West. The reader's language decides, and a switch overrules it;
an arrow always stands beside the colour.
"""

from functools import cache
from hashlib import sha256
from importlib.resources import files

from yaosu.evaluation.report.tokens import css_variables

STYLE = "console.css"  # made of SHEETS, in this order
SHEETS = (
    *("page.css", "parts.css", "pictures.css", "operating.css", "papers.css"),
    *("trading.css", "register.css", "markets.css", "narrow.css"),
)
STATIC = {
    STYLE: "text/css",
    "asking.js": "text/javascript",
    "giving.js": "text/javascript",
    "notices.js": "text/javascript",
    "canonical.js": "text/javascript",
    "clearing.js": "text/javascript",
    "decoding.js": "text/javascript",
    "interval.js": "text/javascript",
    "published.js": "text/javascript",
    "result.js": "text/javascript",
    "tying.js": "text/javascript",
    "doors.js": "text/javascript",
    "drafts.js": "text/javascript",
    "live.js": "text/javascript",
    "numbers.js": "text/javascript",
    "proof.js": "text/javascript",
    "reserve.js": "text/javascript",
    "sealing.js": "text/javascript",
    "dropping.js": "text/javascript",
    "speaking.js": "text/javascript",
    "tokens.js": "text/javascript",
    "errands.js": "text/javascript",
    "replays.js": "text/javascript",
    "demo.js": "text/javascript",
    "links.js": "text/javascript",
    "ticket.js": "text/javascript",
    "verify.js": "text/javascript",
    "apply.js": "text/javascript",
}
RED = {"light": "#b3261e", "dark": "#f2897f"}
GREEN = {"light": "#1e6b3a", "dark": "#74c48f"}


@cache
def style_digest() -> str:
    """Names style and scripts in their addresses, so that a browser may keep them for ever."""
    scripts = (shipped(f"static/{name}") for name in sorted(STATIC) if name != STYLE)
    texts = [stylesheet(), *scripts]
    return sha256("".join(texts).encode()).hexdigest()[:16]


@cache
def stylesheet() -> str:
    """The whole style of the console: tokens, then components."""
    return (
        css_variables() + "".join(_rising()) + "".join(shipped(f"static/{name}") for name in SHEETS)
    )


def shipped(name: str) -> str:
    """A file that comes with the console, as text."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _rising() -> list[str]:
    rules = []
    for rises, (up, down) in {"red": (RED, GREEN), "green": (GREEN, RED)}.items():
        here = f":root[data-rise={rises}]"
        light, dark = (f"--rise:{up[m]};--fall:{down[m]}" for m in ("light", "dark"))
        rules.append(
            f"{here}{{{light}}}"
            f"@media (prefers-color-scheme:dark){{{here}:not([data-theme=light]){{{dark}}}}}"
            f"{here}[data-theme=dark]{{{dark}}}"
        )
    return rules
