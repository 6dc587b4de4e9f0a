"""Many byte strings as one parameter: an array of bytea in PostgreSQL's binary form."""

import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

BYTEA, BYTEA_ARRAY = 17, 1001  # pg_type.oid, the same in every version
# dimensions, whether there are nulls, type of the elements, how many, number of the first
ARRAY = struct.Struct(">iiIii")
LENGTH = struct.Struct(">i")


class Blobs:
    """An array of byte strings, already in the form in which it is sent."""

    def __init__(self, items: Sequence[bytes]) -> None:
        parts = [ARRAY.pack(1, 0, BYTEA, len(items), 1)]
        pack = LENGTH.pack
        for item in items:
            parts += (pack(len(item)), item)
        self.data = b"".join(parts)


def register(connection: "psycopg.Connection[Any]") -> None:
    """Teach a connection to send :class:`Blobs`; the library's own way is several times slower."""
    from psycopg.adapt import Dumper
    from psycopg.pq import Format

    class BlobsDumper(Dumper):
        format = Format.BINARY
        oid = BYTEA_ARRAY

        def dump(self, obj: Any) -> bytes:
            data: bytes = obj.data
            return data

    connection.adapters.register_dumper(Blobs, BlobsDumper)
