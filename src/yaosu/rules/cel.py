"""The one place where conditions written in CEL are compiled and evaluated.

CEL (Common Expression Language, https://cel.dev) always ends and has no side effects. This wrapper
makes it narrower and safe:

- facts are flat and typed (whole number, text, truth value); an expression may use them, literals
  without fractions, comparison, arithmetic, ``&& || !``, ``in``, ``size``, ``contains``,
  ``startsWith``, ``endsWith`` and the conditional, and nothing else;
- length and nesting are limited;
- an evaluation that fails gives back a value, and one that would count as true: so the type of the
  result is looked at first, and whatever is not a truth value is *undecided*, never true;
- a fact that is missing or of another kind leaves the expression undecided.

Expressions are compiled once and kept; one evaluation costs some microseconds, so rules are
evaluated for a party, an instrument and a rule version, never for an order.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from msgspec import Struct

from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.rules import refusals
from yaosu.rules.facts import kind_of
from yaosu.rules.pack import Value

__all__ = ["refusals"]

EXPRESSION_CHARACTERS_MAX = 500
NESTING_MAX = 16
COMPILED_MAX = 4096
WORDS = ("true", "false", "in")
TOKEN = re.compile(
    r"""\s+
    | (?P<text>(?<![A-Za-z0-9_"'])(?:"[^"\\\n]*"|'[^'\\\n]*')(?![A-Za-z0-9_"']))
    | (?P<function>size(?=\())
    | (?P<method>\.(?:contains|startsWith|endsWith)(?=\())
    | (?P<number>[0-9]+)(?![0-9A-Za-z_.])
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<sign>&&|\|\||[=!<>]=|[-+*/%<>!?:,()\[\]])
    """,
    re.VERBOSE,
)


class Answer(Struct, frozen=True):
    """What an expression says: whether it holds, and why it could not be decided, or empty."""

    holds: bool
    fault: str = ""


@lru_cache(maxsize=COMPILED_MAX)
def names_in(expression: str, where: str) -> tuple[str, ...]:
    """The facts an expression reads, sorted.

    Raises:
        Refusal: ``rules.bad_expression`` for a length, nesting, word or sign that is not allowed.
    """
    _check(len(expression) <= EXPRESSION_CHARACTERS_MAX, where, expression, "it is too long")
    names: set[str] = set()
    place = depth = 0
    while place < len(expression):
        token = TOKEN.match(expression, place)
        if token is None:
            refuse(
                "rules.bad_expression",
                where=where,
                expression=expression,
                reason=f"{expression[place : place + 12]!r} is not allowed",
            )
        word, sign = token.group("word"), token.group("sign")
        if word and word not in WORDS:
            names.add(word)
        depth += (sign in {"(", "["}) - (sign in {")", "]"})
        _check(depth <= NESTING_MAX, where, expression, "it is nested too deep")
        place = token.end()
    return tuple(sorted(names))


def check_expression(expression: str, kinds: Mapping[str, str], where: str) -> None:
    """Refuse an expression that does not compile to a truth value over these facts.

    Args:
        kinds: name -> int, text or truth of every fact it may read.
        where: id of the item, for the message.

    Raises:
        Refusal: ``rules.bad_expression``, ``rules.unknown_fact``.
    """
    for name in names_in(expression, where):
        refuse_unless(name in kinds, "rules.unknown_fact", item=where, fact=name)
    try:
        compiled = _compiled(expression, tuple(sorted(kinds.items())))
    except RuntimeError as error:
        refuse(
            "rules.bad_expression",
            where=where,
            expression=expression,
            reason=str(error).splitlines()[0],
        )
    kind = compiled.return_type().name()
    _check(kind == "BOOL", where, expression, f"it gives {kind}, not a truth value")


def evaluate(expression: str, kinds: Mapping[str, str], facts: Mapping[str, Value]) -> Answer:
    """Whether a checked expression holds; undecided is never true."""
    read = names_in(expression, "condition")
    data: dict[str, Value] = {}
    for name in read:
        if name not in facts:
            return Answer(False, f"{name} is not known")
        if kind_of(facts[name]) != kinds[name]:
            return Answer(False, f"{name} is {kind_of(facts[name])}, not {kinds[name]}")
        data[name] = facts[name]
    compiled = _compiled(expression, tuple((name, kinds[name]) for name in read))
    value = compiled.eval(data=data)
    if value.type().name() != "BOOL":
        return Answer(False, str(value.plain_value()))
    return Answer(value.plain_value() is True)


def _check(condition: bool, where: str, expression: str, reason: str) -> None:
    refuse_unless(
        condition, "rules.bad_expression", where=where, expression=expression, reason=reason
    )


@lru_cache(maxsize=COMPILED_MAX)
def _compiled(expression: str, kinds: tuple[tuple[str, str], ...]) -> Any:
    from cel_expr_python import cel

    types = {"int": cel.Type.INT, "text": cel.Type.STRING, "truth": cel.Type.BOOL}
    environment = cel.NewEnv(variables={name: types[kind] for name, kind in kinds})
    return environment.compile(expression)
