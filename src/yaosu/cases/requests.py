"""The command a case leads to, carried in it as canonical bytes."""

from typing import Any

from msgspec.structs import replace

from yaosu.kernel import canonical
from yaosu.kernel.words import Command

REQUEST_BYTES_MAX = 1 << 20


def request_of(command: Command, case: str, applicant: str) -> bytes:
    """What an applicant puts into ``FileCase.request``."""
    return canonical.encode(replace(command, actor=applicant, key=key_of(case)))


def key_of(case: str) -> str:
    """The key of the command a case leads to: a case leads to one command, once."""
    return f"case/{case}"


def fields_of(request: bytes) -> dict[str, Any]:
    """The fields of a request by name, its tag under ``command``; untyped.

    Raises:
        Refusal: ``kernel.malformed``.
    """
    return canonical.decode(request, dict[str, Any])


def field_of(fields: dict[str, Any], dotted: str) -> Any:
    """One of the fields of a request by its dotted name; None where there is none."""
    value: Any = fields
    for part in dotted.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def on_behalf_of(request: bytes, actor: str) -> bytes:
    """The same request as somebody else's."""
    return canonical.encode({**fields_of(request), "actor": actor})
