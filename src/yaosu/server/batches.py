"""Orders in the body of a request: an Arrow stream, lines of JSON, or a JSON array, to columns.

What could unfold into more than its limit says is refused before it is unfolded: packed buffers of
Arrow by the header of each message, other types by the schema, rows by their stated number.
"""

import struct
from typing import Any

from yaosu.engine.extras import load_extra
from yaosu.kernel.columns import Columns
from yaosu.kernel.frames import columns_from
from yaosu.kernel.refusal import refuse, refuse_unless
from yaosu.server.words import JSON, columns_from_json, read_json

ARROW = "application/vnd.apache.arrow.stream"
NDJSON = "application/x-ndjson"
MEDIA_TYPES = (ARROW, NDJSON, JSON)
COLUMNS_MAX = 64
DICTIONARY, RECORDS = 2, 3  # kinds of message that carry buffers
MESSAGES_MAX = 100_000


def read_orders(media_type: str, body: bytes, rows_max: int) -> Columns:
    """The orders of a body.

    Raises:
        Refusal: ``server.bad_orders``, ``server.too_many_orders``, ``server.bad_body``.
    """
    if media_type == ARROW:
        orders = _of_arrow(body, rows_max)
    else:
        orders = _of_json(_lines(body) if media_type == NDJSON else body, rows_max)
    refuse_unless(orders.rows, "server.bad_orders", reason="there are none")
    return orders


def _lines(body: bytes) -> bytes:
    """Lines as one array; empty lines are passed over."""
    lines = [line for line in body.split(b"\n") if line.strip()]
    return b"[" + b",".join(lines) + b"]"


def _of_json(body: bytes, rows_max: int) -> Columns:
    raw = read_json(body, "orders")
    if not isinstance(raw, list | dict):
        refuse("server.bad_orders", reason="an array of orders, or columns by name, is wanted")
    if isinstance(raw, list):
        refuse_unless(len(raw) <= rows_max, "server.too_many_orders", rows=len(raw), limit=rows_max)
    try:
        orders = columns_from_json(raw)
    except ValueError as error:
        refuse("server.bad_orders", reason=str(error)[:200])
    refuse_unless(
        orders.rows <= rows_max, "server.too_many_orders", rows=orders.rows, limit=rows_max
    )
    return orders


def _of_arrow(body: bytes, rows_max: int) -> Columns:
    pa = load_extra("pyarrow")
    try:
        rows = _check_messages(pa, body)
        refuse_unless(rows <= rows_max, "server.too_many_orders", rows=rows, limit=rows_max)
        with pa.ipc.open_stream(body) as reader:
            _check_schema(pa, reader.schema)
            table = reader.read_all()
        table.validate(full=True)
    except (pa.ArrowException, struct.error, OSError, ValueError, OverflowError) as error:
        refuse("server.bad_orders", reason=str(error).splitlines()[0][:200])
    return columns_from(_plain_texts(pa, table))


def _check_schema(pa: Any, schema: Any) -> None:
    refuse_unless(
        len(schema) <= COLUMNS_MAX,
        "server.bad_orders",
        reason=f"{len(schema)} columns; at most {COLUMNS_MAX} are taken",
    )
    for field in schema:
        kind = field.type
        inner = kind.value_type if pa.types.is_dictionary(kind) else kind
        is_text = pa.types.is_string(inner) or pa.types.is_large_string(inner)
        fits = is_text or (inner is kind and (pa.types.is_integer(kind) or kind == pa.bool_()))
        reason = f"column {field.name[:50]} is {kind}; whole numbers and text are taken"
        refuse_unless(fits, "server.bad_orders", reason=reason[:200])


def _plain_texts(pa: Any, table: Any) -> Any:
    """Dictionary coded text as plain: what the dictionary holds beside it is left out."""
    for place, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            plain = table.column(place).cast(pa.large_string())
            table = table.set_column(place, field.name, plain)
    return table


def _check_messages(pa: Any, body: bytes) -> int:
    """Walk the messages of a stream by their heads; how many rows they state in all."""
    rows = count = place = 0
    while place + 8 <= len(body):
        mark, length = struct.unpack_from("<II", body, place)
        if mark != 0xFFFFFFFF:
            raise ValueError("it is not an Arrow stream")
        if length == 0:
            break
        head = body[place + 8 : place + 8 + length]
        if len(head) < length:
            raise ValueError("it ends too early")
        kind, body_length, stated, is_packed = _head_of(head)
        if is_packed:
            raise ValueError("its buffers are packed; send them plain")
        rows += stated if kind == RECORDS else 0
        count += 1
        if count > MESSAGES_MAX or body_length < 0 or stated < 0:
            raise ValueError("it has too many messages, or one of no length")
        place += 8 + length + body_length
    return rows


def _head_of(head: bytes) -> tuple[int, int, int, bool]:
    """Of a message: its kind, the bytes of its body, its rows, whether its buffers are packed.

    Source: Apache Arrow, format/Message.fbs; the tables are flatbuffers.
    """
    message = struct.unpack_from("<I", head, 0)[0]
    kind_at, inner_at, length_at = (_field(head, message, n) for n in (1, 2, 3))
    kind = struct.unpack_from("<B", head, kind_at)[0] if kind_at else 0
    body_length = struct.unpack_from("<q", head, length_at)[0] if length_at else 0
    if not inner_at or kind not in {DICTIONARY, RECORDS}:
        return kind, body_length, 0, False
    table = inner_at + struct.unpack_from("<I", head, inner_at)[0]
    if kind == DICTIONARY:
        data_at = _field(head, table, 1)
        table = data_at + struct.unpack_from("<I", head, data_at)[0]
    rows_at = _field(head, table, 0)
    rows = struct.unpack_from("<q", head, rows_at)[0] if rows_at else 0
    return kind, body_length, rows, bool(_field(head, table, 3))


def _field(head: bytes, table: int, number: int) -> int:
    """Where a field of a flatbuffer's table lies; 0 where it is left out."""
    slots = table - struct.unpack_from("<i", head, table)[0]
    size = struct.unpack_from("<H", head, slots)[0]
    slot = 4 + 2 * number
    offset = struct.unpack_from("<H", head, slots + slot)[0] if slot < size else 0
    return table + offset if offset else 0
