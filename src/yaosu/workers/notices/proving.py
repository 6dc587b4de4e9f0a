"""Proof of service: what was sent, to whom, when, what the other side answered, as a document."""

from hashlib import sha256

from msgspec import Struct

from yaosu.kernel.ids import derive_id
from yaosu.kernel.instant import format_instant


class Service(Struct, frozen=True, kw_only=True):
    """One notice that reached one party by one channel.

    Attributes:
        to: the address, or whose inbox. answer: of the server, or what the inbox did.
        sent: the very bytes.
    """

    venue: str
    notice: str
    form: str
    about: str
    party: str
    channel: str
    to: str
    told_at: int
    answer: str
    sent: bytes


def proof_of(service: Service) -> bytes:
    """The document; the same service gives the same bytes."""
    lines = (
        "Proof of service / 送达证明",
        f"venue: {service.venue}",
        f"notice: {service.notice}",
        f"form: {service.form}",
        f"about: {service.about or '-'}",
        f"party: {service.party}",
        f"channel: {service.channel}",
        f"to: {service.to}",
        f"told: {format_instant(service.told_at)}",
        f"answer: {service.answer}",
        f"sha256 of what was sent: {sha256(service.sent).hexdigest()}",
        "",
        "What was sent / 送达内容:",
        "",
    )
    return "\n".join(lines).encode() + service.sent.replace(b"\r\n", b"\n")


def notice_id(id: str, channel: str) -> str:
    """The id under which the service of a notice by a channel stands in the journal."""
    return derive_id("notice", id, channel)
