"""For those who run the server: is it alive, does it take commands, what has it counted."""

import asyncio

from yaosu.kernel.refusal import Refusal
from yaosu.languages import language_asked
from yaosu.server.house import Answer, Call, House
from yaosu.server.problems import as_json, problem_of

UNKEPT = {"Cache-Control": "no-store"}


async def health(house: House, call: Call) -> Answer:
    """The process answers."""
    return Answer(body=b'{"status":"alive"}', headers=UNKEPT)


async def ready(house: House, call: Call) -> Answer:
    """The server takes commands: the writer writes, and nobody is stopping it."""
    reason = why_not(house)
    if reason:
        language = language_asked(call.headers.get("accept-language", ""))
        refusal = Refusal("server.not_ready", reason=reason)
        status, body, headers = problem_of(refusal, language)
        return Answer(body=body, status=status, headers=headers | UNKEPT)
    return Answer(body=as_json({"status": "ready", "entries": house.venue.size}), headers=UNKEPT)


async def metrics(house: House, call: Call) -> Answer:
    """What has been counted, for Prometheus."""
    house.metrics.entries.set(house.venue.size)
    house.metrics.worker_up.set(int(house.worker is not None and house.worker.is_alive))
    if house.outbox is not None:
        for (channel, state), count in (await asyncio.to_thread(house.outbox.counts)).items():
            house.metrics.outbox.labels(channel, state).set(count)
    body, media_type = house.metrics.text()
    return Answer(body=body, media_type=media_type, headers=UNKEPT)


def why_not(house: House) -> str:
    """Why no commands are taken now; empty where they are."""
    if house.is_stopping:
        return "it is being stopped"
    if not house.live.is_alive:
        return "entries are no longer followed"
    if not house.venue.is_running:
        return "the writer has stopped"
    return ""
