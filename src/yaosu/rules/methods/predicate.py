"""A condition's expression as a tree, so that it can be reasoned about.

It reads the language that ``cel.py`` lets through and nothing more; what an expression gives is
still worked out there alone. The grammar, weakest first: ``a ? b : c``, ``||``, ``&&``, comparison
and ``in``, ``+ -``, ``* / %``, ``! -``, a method after a dot.
"""

from functools import lru_cache
from typing import NoReturn

from msgspec import Struct

from yaosu.kernel.refusal import refuse
from yaosu.rules import refusals
from yaosu.rules.cel import TOKEN
from yaosu.rules.pack import Value

__all__ = ["refusals"]

BINARY = (("||",), ("&&",), ("==", "!=", "<", "<=", ">", ">=", "in"), ("+", "-"), ("*", "/", "%"))
COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")


class Part(Struct, frozen=True):
    """A part of an expression.

    Attributes:
        op: a sign of the language, or ``name``, ``literal``, ``list``, ``negative``, ``size``,
            ``contains``, ``startsWith``, ``endsWith``.
        parts: what it works on.
        value: of a literal; of a name, the name.
    """

    op: str
    parts: tuple["Part", ...] = ()
    value: Value = ""


@lru_cache(maxsize=4096)
def read_predicate(expression: str, where: str) -> Part:
    """The tree of an expression.

    Args:
        where: id of the item, for the message.

    Raises:
        Refusal: ``rules.bad_expression``.
    """
    reader = _Reader(expression, where)
    tree = reader.choice()
    reader.end()
    return tree


class _Reader:
    """One pass over the tokens, one method a level of the grammar."""

    def __init__(self, expression: str, where: str) -> None:
        self.expression, self.where = expression, where
        self.tokens: list[tuple[str, str]] = []
        place = 0
        while place < len(expression):
            token = TOKEN.match(expression, place)
            if token is None:
                self.fail(f"{expression[place : place + 12]!r} is not allowed")
            if token.lastgroup is not None:
                self.tokens.append((token.lastgroup, token.group(token.lastgroup)))
            place = token.end()
        self.place = 0

    def fail(self, reason: str) -> NoReturn:
        refuse("rules.bad_expression", where=self.where, expression=self.expression, reason=reason)

    def next(self) -> str:
        """The text of the token that comes next, or nothing at the end."""
        return self.tokens[self.place][1] if self.place < len(self.tokens) else ""

    def take(self, wanted: str = "") -> tuple[str, str]:
        """The next token, which must be the one wanted, if any."""
        if self.place >= len(self.tokens) or (wanted and self.next() != wanted):
            self.fail(f"{wanted or 'something'} is missing")
        self.place += 1
        return self.tokens[self.place - 1]

    def end(self) -> None:
        if self.place < len(self.tokens):
            self.fail(f"{self.next()!r} stands where nothing may follow")

    def choice(self) -> Part:
        condition = self.binary(0)
        if self.next() != "?":
            return condition
        self.take("?")
        first = self.choice()
        self.take(":")
        return Part("?", (condition, first, self.choice()))

    def binary(self, level: int) -> Part:
        if level == len(BINARY):
            return self.unary()
        part = self.binary(level + 1)
        while self.next() in BINARY[level]:
            _, sign = self.take()
            part = Part(sign, (part, self.binary(level + 1)))
        return part

    def unary(self) -> Part:
        if self.next() in ("!", "-") and self.tokens[self.place][0] == "sign":
            _, sign = self.take()
            return Part("!" if sign == "!" else "negative", (self.unary(),))
        part = self.primary()
        while self.place < len(self.tokens) and self.tokens[self.place][0] == "method":
            _, method = self.take()
            self.take("(")
            argument = self.choice()
            self.take(")")
            part = Part(method.removeprefix("."), (part, argument))
        return part

    def primary(self) -> Part:
        kind, text = self.take()
        match kind, text:
            case "number", _:
                return Part("literal", value=int(text))
            case "text", _:
                return Part("literal", value=text[1:-1])
            case "word", ("true" | "false"):
                return Part("literal", value=text == "true")
            case "word", _:
                return Part("name", value=text)
            case "function", _:
                self.take("(")
                argument = self.choice()
                self.take(")")
                return Part(text, (argument,))
            case _, "(":
                inner = self.choice()
                self.take(")")
                return inner
            case _, "[":
                return Part("list", self.members())
        self.fail(f"{text!r} stands where a value should")

    def members(self) -> tuple[Part, ...]:
        members: list[Part] = []
        while self.next() != "]":
            members.append(self.choice())
            if self.next() != "]":
                self.take(",")
        self.take("]")
        return tuple(members)
