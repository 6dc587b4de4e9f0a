"""A formula: exact arithmetic over whole numbers, rounded once at the end, by name.

Inside, everything is a ratio of whole numbers, so ``(a / 3) * 3`` is ``a``. The language is
``+ - * /``, ``min``, ``max``, ``floor``, ``ceil``, brackets, whole numbers and names.
"""

import ast
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

from yaosu.kernel.numbers import INT64_MAX, INT64_MIN
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.kernel.rounding import divide_down, divide_to_even, divide_up
from yaosu.rules.items.outcome import Outcome
from yaosu.rules.pack import ROUNDINGS, Formula, Value

EXPRESSION_CHARACTERS_MAX = 400
NESTING_MAX = 16
ALLOWED_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_ +-*/(),")
FUNCTIONS = ("min", "max", "floor", "ceil")
ROUND = {"down": divide_down, "up": divide_up, "to_even": divide_to_even}


def check(item: Formula, kinds: Mapping[str, str]) -> None:
    """Refuse a formula outside the language, or over names that are not whole numbers."""
    refuse_unless(
        item.rounding in ROUNDINGS,
        "rules.bad_kind",
        what=f"the rounding of {item.id}",
        kind=item.rounding,
        allowed=", ".join(ROUNDINGS),
    )
    for name in names_read(item):
        refuse_unless(kinds.get(name) == "int", "rules.unknown_fact", item=item.id, fact=name)


def names_read(item: Formula) -> list[str]:
    """The names it reads, sorted."""
    tree = _parsed(item.expression, item.id)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return sorted(names - set(FUNCTIONS))


def evaluate(item: Formula, kinds: Mapping[str, str], facts: Mapping[str, Value]) -> Outcome:
    """The rounded result; none where a fact is missing, a divisor is zero, or it leaves int64."""
    numbers: dict[str, int] = {}
    for name in names_read(item):
        value = facts.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            fault = f"{name} is not known as a whole number"
            return Outcome(item=item.id, result=None, reason=item.reason, fault=fault)
        numbers[name] = value
    try:
        exact = _value(_parsed(item.expression, item.id), numbers)
    except ZeroDivisionError:
        fault = "it divides by zero"
        return Outcome(item=item.id, result=None, reason=item.reason, fault=fault)
    result = ROUND[item.rounding](exact.numerator, exact.denominator)
    if not INT64_MIN <= result <= INT64_MAX:
        fault = "the result leaves the 64-bit range"
        return Outcome(item=item.id, result=None, reason=item.reason, fault=fault)
    return Outcome(item=item.id, result=result)


@lru_cache(maxsize=4096)
def _parsed(expression: str, where: str) -> ast.expr:
    reason = ""
    if len(expression) > EXPRESSION_CHARACTERS_MAX:
        reason = "it is too long"
    elif strange := sorted(set(expression) - ALLOWED_CHARACTERS):
        reason = f"{strange[0]!r} is not allowed"
    elif _depth(expression) > NESTING_MAX:
        reason = "it is nested too deep"
    tree: ast.expr | None = None
    if not reason:
        try:
            tree = ast.parse(expression.strip(), mode="eval").body
            reason = _fault_in(tree)
        except SyntaxError as error:
            reason = error.msg
    if reason or tree is None:
        refuse("rules.bad_expression", where=where, expression=expression, reason=reason)
    return tree


def _depth(expression: str) -> int:
    depth = deepest = 0
    for character in expression:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    return deepest


def _fault_in(node: ast.expr) -> str:
    """Why a parsed expression is outside the language, or nothing."""
    match node:
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            return "" if value <= INT64_MAX else f"{value} is over 64 bits"
        case ast.Name(id=name):
            return f"{name} wants brackets" if name in FUNCTIONS else ""
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            return _fault_in(operand)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div(), right=right):
            return _fault_in(left) or _fault_in(right)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS and args:
            if name in {"floor", "ceil"} and len(args) != 1:
                return f"{name} takes one value"
            return next((fault for fault in map(_fault_in, args) if fault), "")
    return "only + - * / min max floor ceil, names and whole numbers are known"


def _value(node: ast.expr, numbers: Mapping[str, int]) -> Fraction:
    """The exact value of a checked expression."""
    match node:
        case ast.Constant(value=int(value)):
            return Fraction(value)
        case ast.Name(id=name):
            return Fraction(numbers[name])
        case ast.UnaryOp(op=op, operand=operand):
            inner = _value(operand, numbers)
            return -inner if isinstance(op, ast.USub) else inner
        case ast.BinOp(left=left, op=op, right=right):
            return _combined(op, _value(left, numbers), _value(right, numbers))
        case ast.Call(func=ast.Name(id=name), args=args):
            values = [_value(argument, numbers) for argument in args]
            if name in {"min", "max"}:
                return min(values) if name == "min" else max(values)
            return Fraction(floor(values[0]) if name == "floor" else ceil(values[0]))
    raise AssertionError(f"unchecked expression {ast.dump(node)}")


def _combined(op: ast.operator, left: Fraction, right: Fraction) -> Fraction:
    match op:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
    return left / right
