"""Asking: a command, or a batch of orders, to the writer; its receipt or its refusal back."""

from typing import Any

from yaosu.engine.receipt import Receipt
from yaosu.engine.sealed import Submission
from yaosu.kernel.refusal import Refusal, refuse, refuse_unless
from yaosu.languages import language_asked
from yaosu.markets.commands import RecordClearing, SubmitOrders
from yaosu.markets.events import OrdersAccepted
from yaosu.server.batches import MEDIA_TYPES, read_orders
from yaosu.server.house import Answer, Call, House
from yaosu.server.problems import MEDIA_TYPE, problem_of
from yaosu.server.words import (
    CANONICAL,
    JSON,
    check_acts_for,
    kind_of,
    only_party,
    read_asked,
    receipt_bytes,
)

KEY_CHARACTERS_MAX = 200
KNOWN = (JSON, CANONICAL)
LARGE = (RecordClearing, SubmitOrders)  # may be as long as a batch of orders


async def ask(house: House, call: Call) -> Answer:
    """Any command, by its tag."""
    kind = kind_of(call.path["tag"])
    if kind not in LARGE:
        limit = house.settings.number("body_max")
        refuse_unless(len(call.body) <= limit, "server.body_too_large", limit=limit)
    if call.media_type not in KNOWN:
        found, known = call.media_type[:100], ", ".join(KNOWN)
        refuse("server.wrong_media_type", found=found, known=known)
    asked = read_asked(kind, call.media_type, call.body, key_of(call), call.caller)
    return await answer_to(house, call, asked)


async def submit_orders(house: House, call: Call) -> Answer:
    """Many orders in one request: one SubmitOrders."""
    refuse_unless(
        call.media_type in MEDIA_TYPES,
        "server.wrong_media_type",
        found=call.media_type[:100],
        known=", ".join(MEDIA_TYPES),
    )
    key = key_of(call)
    refuse_unless(key, "server.no_key")
    actor = call.query.get("actor") or only_party(call.caller)
    check_acts_for(call.caller, actor)
    is_whole = call.query.get("atomic", "true")
    refuse_unless(
        is_whole in {"true", "false"},
        "server.bad_query",
        name="atomic",
        value=is_whole[:100],
        reason="true or false is wanted",
    )
    orders = read_orders(call.media_type, call.body, house.settings.number("orders_max"))
    command = SubmitOrders(
        actor=actor,
        key=key,
        market=call.path["market"],
        batch=call.query.get("batch") or key,
        orders=orders,
        atomic=is_whole == "true",
    )
    return await answer_to(house, call, command)


def key_of(call: Call) -> str:
    """What the header Idempotency-Key says; it may stand in quotes, as its draft has it."""
    key = call.headers.get("idempotency-key", "").strip()
    if len(key) >= 2 and key[0] == key[-1] == '"':
        key = key[1:-1]
    refuse_unless(
        len(key) <= KEY_CHARACTERS_MAX,
        "kernel.text_too_long",
        where="Idempotency-Key",
        length=len(key),
        limit=KEY_CHARACTERS_MAX,
    )
    return key


async def answer_to(house: House, call: Call, asked: Submission) -> Answer:
    """Hand a command to the writer; the answer leaves once its entry is durable."""
    try:
        receipt = await house.waiting.ask(asked)
    except Refusal:
        house.metrics.count_command("not_taken")
        raise
    refusal = receipt.refusal
    house.metrics.count_command("accepted" if refusal is None else "refused")
    accept = call.headers.get("accept", "")
    if refusal is not None and CANONICAL not in accept:
        language = language_asked(call.headers.get("accept-language", ""))
        status, body, headers = problem_of(refusal, language, receipt.sequence, receipt.hash.hex())
        return Answer(
            body=body, status=status, media_type=MEDIA_TYPE, headers=headers | _named(receipt)
        )
    for event in receipt.events:
        if isinstance(event, OrdersAccepted):
            house.metrics.count_orders(event.orders.rows)
    return _brief(receipt) if _wants_little(call) else _whole(receipt, accept)


def _whole(receipt: Receipt, accept: str) -> Answer:
    body, media_type = receipt_bytes(receipt, accept)
    return Answer(body=body, media_type=media_type, headers=_named(receipt))


def _brief(receipt: Receipt) -> Answer:
    body = (
        f'{{"sequence":{receipt.sequence},"instant":{receipt.instant},'
        f'"hash":"{receipt.hash.hex()}","outcome":"accepted",'
        f'"repeated":{"true" if receipt.repeated else "false"},"events":[]}}'
    )
    return Answer(
        body=body.encode(), headers=_named(receipt) | {"Preference-Applied": "return=minimal"}
    )


def _wants_little(call: Call) -> bool:
    """RFC 7240: who only wants to know that it is taken spares both sides the events."""
    return "return=minimal" in call.headers.get("prefer", "")


def _named(receipt: Receipt) -> dict[str, Any]:
    return {"Yaosu-Entry": str(receipt.sequence)}
