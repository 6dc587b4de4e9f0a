"""E-mail by SMTP: one message to one address, and what the server answered to it."""

import smtplib
import ssl
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256

from msgspec import Struct

SECONDS_MAX = 30.0
PLAIN, STARTTLS, TLS = "plain", "starttls", "tls"
WAYS = (PLAIN, STARTTLS, TLS)
ANSWER_CHARACTERS_MAX = 200
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Server(Struct, frozen=True, kw_only=True):
    """Where e-mail goes out.

    Attributes:
        way: ``starttls`` and ``tls`` check the server's certificate; ``plain`` is for a server on
            the same machine.
        login, password: empty where the server wants none.
        sender: address that messages come from.
    """

    host: str
    port: int
    way: str
    sender: str
    login: str = ""
    password: str = ""


class Answered(Struct, frozen=True):
    """What a server answered: whether it took the message, and whether it never will."""

    is_taken: bool
    is_final: bool
    said: str


def message(id: str, sender: str, to: str, subject: str, text: str, at: int) -> bytes:
    """An e-mail; the same arguments give the same bytes, and the same Message-ID.

    Args:
        id: of what is told; who gets a message twice knows it by that.
        at: instant, microseconds UTC.
    """
    made = EmailMessage(policy=SMTP)
    host = sender.rpartition("@")[2]
    made["Message-ID"] = f"<{sha256(id.encode()).hexdigest()[:40]}@{host}>"
    made["Date"] = format_datetime(EPOCH + timedelta(microseconds=at))
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: no machine answers it
    made.set_content(text, cte="base64" if not text.isascii() else "7bit")
    return made.as_bytes()


def send(server: Server, to: str, data: bytes) -> Answered:
    """Hand a message to the server."""
    try:
        with _connected(server) as smtp:
            if server.login:
                smtp.login(server.login, server.password)
            smtp.ehlo_or_helo_if_needed()
            for code, said in (smtp.mail(server.sender), smtp.rcpt(to)):
                if code not in {250, 251}:
                    return _refused(code, said)
            code, said = smtp.data(data)
            return Answered(True, False, _text(code, said)) if code == 250 else _refused(code, said)
    except smtplib.SMTPResponseException as error:
        return _refused(error.smtp_code, error.smtp_error)
    except (OSError, smtplib.SMTPException) as error:
        return Answered(False, False, type(error).__name__)


def _connected(server: Server) -> smtplib.SMTP:
    if server.way == TLS:
        safe = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS_MAX, context=safe)
    smtp = smtplib.SMTP(server.host, server.port, timeout=SECONDS_MAX)
    if server.way == STARTTLS:
        try:
            smtp.starttls(context=ssl.create_default_context())
        except BaseException:
            smtp.close()
            raise
    return smtp


def _refused(code: int, said: bytes | str) -> Answered:
    return Answered(False, 500 <= code < 600, _text(code, said))


def _text(code: int, said: bytes | str) -> str:
    text = said.decode("ascii", "replace") if isinstance(said, bytes) else said
    plain = "".join(sign for sign in f"{code} {text}" if sign.isprintable())
    return plain[:ANSWER_CHARACTERS_MAX]
