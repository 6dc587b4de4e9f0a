"""What notices say: the file of texts, read once; no text is made anywhere else."""

import tomllib
from functools import cache
from importlib.resources import files

from msgspec import Struct, convert

LANGUAGES = ("en", "zh")
WITH_LINK = {"en": "Read it here, signed in: {link}", "zh": "请登录后查看：{link}"}
NOT_ANSWERED = {
    "en": "Sent by {venue}. Answers to this message are not read.",
    "zh": "本邮件由 {venue} 自动发送，请勿回复。",
}
CODE = {
    "en": ("Your address for notices", "The code is {code}. Type it in the console within a day."),
    "zh": ("确认接收通知的邮箱", "确认码为 {code}，请在一天内填入控制台。"),
}


class Said(Struct, frozen=True, forbid_unknown_fields=True):
    """A text in one language."""

    subject: str
    text: str


class Form(Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of notice.

    Attributes:
        served: whether its service is proved on record.
        mail: whether it goes by e-mail too, where a party has said nothing else.
    """

    en: Said
    zh: Said
    mail: bool
    served: bool = False


@cache
def forms() -> dict[str, Form]:
    """Every kind of notice by its name."""
    text = files("yaosu.workers.notices").joinpath("texts.toml").read_text("utf-8")
    return convert(tomllib.loads(text), dict[str, Form])


def say(kind: str, facts: dict[str, str], language: str) -> Said:
    """What a notice says in a language."""
    form = forms()[kind]
    said = form.zh if language == "zh" else form.en
    return Said(said.subject.format(**facts), said.text.format(**facts))


def letter(said: Said, link: str, venue: str, language: str) -> str:
    """The text of an e-mail."""
    foot = NOT_ANSWERED[language].format(venue=venue)
    return f"{said.text}\n\n{WITH_LINK[language].format(link=link)}\n\n-- \n{foot}\n"
