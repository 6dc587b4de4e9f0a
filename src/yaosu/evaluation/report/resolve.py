"""A specification for one language and one theme, out of the one that serves all.

A text ``@@English@@中文`` becomes the words of the language, ``$$accent`` the colour of the theme.
The page does the same in JavaScript (``page.js``); a test compares the two.
"""

from typing import Any, Literal

from yaosu.evaluation.report.tokens import DARK, LIGHT

Language = Literal["en", "zh"]
Theme = Literal["light", "dark"]


def resolve(value: Any, language: Language, theme: Theme) -> Any:
    """The value with every pair of words and every token name replaced; any JSON value."""
    if isinstance(value, str):
        if value.startswith("@@"):
            english, chinese = value[2:].split("@@")
            return english if language == "en" else chinese
        if value.startswith("$$"):
            return (LIGHT if theme == "light" else DARK)[value[2:]]
        return value
    if isinstance(value, dict):
        return {name: resolve(item, language, theme) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [resolve(item, language, theme) for item in value]
    return value
