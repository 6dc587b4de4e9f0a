"""Commands and events as JSON values, for people and for programs in other languages."""

from typing import Any

from msgspec import Struct

from yaosu.kernel.columns import Columns


def plain(value: Any) -> Any:
    """Any value of a command or event as JSON has it; columns as lists by name, bytes as hex."""
    if isinstance(value, Columns):
        return {name: value.column(name).tolist() for name in value.names}
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Struct):
        return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
