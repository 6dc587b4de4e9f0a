"""Examples for the reference: each struct with its needed fields filled, small and readable."""

import types
import typing
from typing import Any

import msgspec
from msgspec import Struct

from yaosu.kernel.columns import Columns
from yaosu.kernel.words import Command, tag_of

BATCH: list[dict[str, Any]] = [
    {"instrument": "gpu-hour-A", "region": "beijing", "side": 1, "price": 520, "quantity": 40},
    {"instrument": "gpu-hour-A", "region": "hebei", "side": 1, "price": 515, "quantity": 10},
]
WORDS: dict[str, Any] = {  # by name of a field, where its kind alone would say too little
    "actor": "north-star",
    "key": "order-2026-11-22-001",
    "market": "compute",
    "batch": "morning-1",
    "instrument": "gpu-hour-A",
    "region": "beijing",
    "party": "north-star",
    "right": "compute-7",
    "holder": "north-star",
    "unit": "cluster-7",
    "factor": "compute",
    "currency": "CNY",
    "listing": "listing-1",
    "side": 1,
    "price": 520,
    "quantity": 40,
    "login": "li.wei",
    "password": "four words are enough",
    "link": "9f" * 32,
    "name": "nightly batch",
    "scopes": ["act", "read"],
    "role": "bidder",
    "reason": "as agreed on 22 November",
    "salt": "c2FsdA==",
    "orders": BATCH,
    "kind": "organisation",
    "instant": 1_795_338_000_000_000,
}
DEPTH_MAX = 6


def sample_of(kind: type[Struct]) -> dict[str, Any]:
    """An example of a command or of a body: what must be given, no more."""
    return _struct(kind, 0)


def _struct(kind: type[Struct], depth: int) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    made: dict[str, Any] = {}
    is_command = issubclass(kind, Command)
    if issubclass(kind, Command) and depth:
        made["command"] = tag_of(kind)
    for field in msgspec.structs.fields(kind):
        if field.required or (not is_command and field.name == "scopes"):
            is_inner = is_command and depth and field.name in {"actor", "key"}
            if not is_inner:
                made[field.encode_name] = _value(field.name, hints[field.name], depth + 1)
    return made


def _value(name: str, hint: Any, depth: int) -> Any:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if name in WORDS and _fits(WORDS[name], hint):
        return WORDS[name]
    if origin in {typing.Union, types.UnionType}:
        return _value(name, next(one for one in inner if one is not type(None)), depth)
    if origin is typing.Literal:
        return inner[0]
    if origin in {list, tuple}:
        if depth > DEPTH_MAX or not inner:
            return []
        if len(inner) == 2 and inner[1] is Ellipsis:
            inner = inner[:1]
        return [_value("", one, depth + 1) for one in inner]
    if origin is dict:
        return {}
    if isinstance(hint, type) and issubclass(hint, Struct):
        return _struct(hint, depth)
    plain: dict[Any, Any] = {
        str: name.replace("_", "-") or "text",
        int: 1,
        bool: True,
        bytes: "AAAA",
        Columns: {"party": ["north-star"], "amount": [100]},
    }
    return plain.get(hint, {})


def _fits(word: Any, hint: Any) -> bool:
    kinds = {str: (str,), int: (int,), bytes: (str,), Columns: (list,)}
    wanted = kinds.get(hint)
    if wanted is None:
        return isinstance(word, list) and typing.get_origin(hint) is tuple
    return isinstance(word, wanted)
