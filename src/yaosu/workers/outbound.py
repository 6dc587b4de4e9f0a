"""Requests that leave the house: to one address, looked at before, and bounded in all they take.

A receiver is named by whoever may sign in. Its name is looked up once, every address it has must
be one of the public network, and the connection goes to the address that was looked at, so that no
second look-up can lead elsewhere (DNS rebinding). Redirects are not followed, proxies of the
environment are not used, and one request takes no longer than its time in all.

Source: the Standard Webhooks specification 1.0, "Server side request forgery"; RFC 6890.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from msgspec import Struct

from yaosu.kernel.refusal import Refusal, declare, refuse, refuse_unless

SECONDS = 15.0  # of a whole request
CONNECT_SECONDS = 5.0
HEARD_MAX = 4_096  # bytes of an answer that are read
URL_MAX = 2_000
WAIT_MAX = 24 * 3600
TRANSLATED = ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")  # v4 inside v6

REFUSALS = declare(
    {
        "workers.bad_address": (
            "{url} is no address to deliver to: {reason}",
            "name an https address of the public network, without a password in it",
        ),
    }
)


class Target(Struct, frozen=True):
    """Where a request goes, before names are looked up."""

    is_tls: bool
    host: str
    port: int
    path: str


class Heard(Struct, frozen=True):
    """What came back: status (0: nothing came), a few words on it, seconds to wait as asked."""

    status: int
    told: str
    wait_seconds: int = 0


def target_of(url: str, *, private_ok: bool = False) -> Target:
    """The parts of an address; its name is not looked up here.

    Args:
        private_ok: plain http and private addresses are allowed.

    Raises:
        Refusal: ``workers.bad_address``.
    """
    shown = url[:100]
    parts, port = _split(url)
    reason = ""
    if parts is None or len(url) > URL_MAX or not url.isascii() or not url.isprintable():
        reason = "it cannot be read"
    elif parts.scheme != "https" and not (private_ok and parts.scheme == "http"):
        reason = "it does not begin with https://"
    elif "@" in parts.netloc or parts.fragment or " " in url or "\\" in url:
        reason = "it holds a name, a fragment or a blank"
    elif not parts.hostname:
        reason = "it names no host"
    refuse_unless(not reason, "workers.bad_address", url=_without_name(shown), reason=reason)
    assert parts is not None
    is_tls = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(is_tls, parts.hostname or "", port or (443 if is_tls else 80), path)


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    private_ok: bool = False,
    seconds: float = SECONDS,
) -> Heard:
    """Send a body; what came of it is told, never raised."""
    try:
        target = target_of(url, private_ok=private_ok)
        address = looked_up(target, private_ok=private_ok)
    except Refusal as refusal:
        return Heard(0, str(refusal.facts["reason"]))
    began = time.monotonic()
    connection = _Connection(target, address)
    ending = threading.Timer(seconds, connection.end)
    ending.daemon = True
    ending.start()
    try:
        connection.request("POST", target.path, body, dict(headers))
        response = connection.getresponse()
        response.read(HEARD_MAX)
        return Heard(response.status, str(response.status), _wait_of(response))
    except (OSError, http.client.HTTPException, ValueError) as error:
        late = time.monotonic() - began >= seconds
        return Heard(0, f"no answer in {seconds:g} s" if late else type(error).__name__)
    finally:
        ending.cancel()
        connection.close()


def looked_up(target: Target, *, private_ok: bool = False) -> str:
    """One address of the host, where all it has are public.

    Raises:
        Refusal: ``workers.bad_address``.
    """
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        refuse("workers.bad_address", url=target.host, reason="its name is not known")
    addresses = [str(one[4][0]) for one in found]
    for address in addresses:
        refuse_unless(
            private_ok or is_public(address),
            "workers.bad_address",
            url=target.host,
            reason="it is an address of a private network",
        )
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether an address belongs to the public network; one inside another counts as both."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        if any(found in ipaddress.ip_network(one) for one in TRANSLATED):
            return False
    return found.is_global and not found.is_multicast and not found.is_reserved


class _Connection(http.client.HTTPConnection):
    """A connection to an address that was looked at; TLS is for the name it was looked up by."""

    def __init__(self, target: Target, address: str) -> None:
        super().__init__(target.host, target.port, timeout=CONNECT_SECONDS)
        self._target, self._address = target, address

    def connect(self) -> None:
        where = (self._address, self._target.port)
        self.sock = socket.create_connection(where, CONNECT_SECONDS)
        if self._target.is_tls:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self._target.host)

    def end(self) -> None:
        """Break off, from another thread."""
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


def _split(url: str):  # type: ignore[no-untyped-def]  # SplitResult of text
    try:
        parts = urlsplit(url)
        return parts, parts.port
    except ValueError:
        return None, None


def _wait_of(response: http.client.HTTPResponse) -> int:
    said = response.headers.get("Retry-After", "")
    return min(int(said[:9]), WAIT_MAX) if said.isdecimal() else 0


def _without_name(url: str) -> str:
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"
