"""Webhooks over HTTP: a login says what another system is told, and sees what became of it."""

import asyncio

from msgspec import Struct

from yaosu.kernel.refusal import found, refuse_unless
from yaosu.server.entering import UNKEPT, body_of
from yaosu.server.house import Answer, Call, House
from yaosu.server.problems import as_json
from yaosu.server.reads import SIZE_MAX
from yaosu.server.resources import number_of
from yaosu.workers.outbox import Attempt, Delivery
from yaosu.workers.webhooks import HMAC, Subscription, Webhooks

SHOWN_MAX = 200


class NewWebhook(Struct, frozen=True, forbid_unknown_fields=True):
    """A subscription to be made.

    Attributes:
        url: where messages go: https, at a public address.
        events: tags such as ``markets.trades_made``, ``markets.*`` or ``*``.
        parties: of whose rows; left out, all of the login's.
        signature: ``hmac-sha256`` with a secret, or ``ed25519`` with a public key.
    """

    url: str
    events: tuple[str, ...]
    parties: tuple[str, ...] = ()
    signature: str = HMAC


class MadeWebhook(Struct, frozen=True):
    """A new subscription: ``secret`` is told once, here; empty with Ed25519."""

    secret: str
    webhook: Subscription


async def list_webhooks(house: House, call: Call) -> Answer:
    """The webhooks of the login that asks."""
    known = await asyncio.to_thread(_hooks(house).subscriptions, call.caller.login)
    return Answer(body=as_json({"webhooks": known}), headers=UNKEPT)


async def new_webhook(house: House, call: Call) -> Answer:
    """Have another system told what happens to one's parties, by signed messages."""
    asked: NewWebhook = body_of(call, NewWebhook)
    for party in asked.parties:
        refuse_unless(
            party in call.caller.parties,
            "server.not_your_party",
            login=call.caller.login,
            party=party[:100],
        )
    parties = asked.parties or call.caller.parties
    made, secret = await asyncio.to_thread(
        _hooks(house).subscribe, call.caller.login, parties, asked.url, asked.events,
        asked.signature,
    )  # fmt: skip
    return Answer(body=as_json(MadeWebhook(secret, made)), status=201, headers=UNKEPT)


async def end_webhook(house: House, call: Call) -> Answer:
    """End a webhook; what waits for it is not sent."""
    await asyncio.to_thread(_hooks(house).end, call.caller.login, call.path["id"])
    return Answer(status=204)


async def ping_webhook(house: House, call: Call) -> Answer:
    """Send a message that says nothing, to try the other side."""
    sent = await asyncio.to_thread(_hooks(house).ping, call.caller.login, call.path["id"])
    return Answer(body=as_json({"delivery": sent}), status=202, headers=UNKEPT)


async def list_deliveries(house: House, call: Call) -> Answer:
    """What was sent to a webhook and what waits, each with what its last attempt told."""
    hooks = _hooks(house)
    before = number_of(call.query, "before", SIZE_MAX, 1, SIZE_MAX)

    def read() -> list[dict[str, object]]:
        lane = hooks.one(call.caller.login, call.path["id"]).subscription
        found_here = hooks.outbox.deliveries(lane, before=before, limit=SHOWN_MAX)
        return [_told(one, hooks.outbox.attempts(one.number)) for one in found_here]

    rows = await asyncio.to_thread(read)
    return Answer(body=as_json({"deliveries": rows}), headers=UNKEPT)


async def send_again(house: House, call: Call) -> Answer:
    """Begin a dead letter again, as if it had never been tried."""
    hooks = _hooks(house)
    number = number_of(call.path, "sequence", 0, 0, SIZE_MAX)

    def begin() -> None:
        lane = hooks.one(call.caller.login, call.path["id"]).subscription
        hooks.outbox.begin_again(lane, number)

    await asyncio.to_thread(begin)
    return Answer(status=204)


def _hooks(house: House) -> Webhooks:
    return found(house.hooks, "server.no_webhooks")


def _told(one: Delivery, attempts: list[Attempt]) -> dict[str, object]:
    return {
        "number": one.number, "id": one.id, "entry": one.entry, "state": one.state,
        "made": one.made, "due": one.due if one.state == "waiting" else 0,
        "attempts": [{"at": a.at, "ms": a.ms, "told": a.told} for a in attempts],
    }  # fmt: skip
