"""Notices of a server: where they are kept, and how e-mail goes out, from the settings."""

from contextlib import ExitStack
from pathlib import Path

from yaosu import door
from yaosu.kernel.refusal import found, refuse_unless
from yaosu.server.entering import public_url
from yaosu.server.folder import notices_path
from yaosu.server.house import House
from yaosu.server.settings import Settings
from yaosu.workers.notices.inbox import Inbox
from yaosu.workers.notices.mail import WAYS, Server
from yaosu.workers.notices.notifier import Notifier
from yaosu.workers.outbox import Outbox


def make_notifier(folder: Path, house: House, outbox: Outbox, stack: ExitStack) -> Notifier:
    """The notices of the venue; what falls due is looked for from now on."""
    settings = house.settings
    inbox = Inbox(str(notices_path(folder, settings)), house.clock)
    stack.callback(inbox.close)
    notifier = Notifier(
        house.venue,
        inbox,
        found(house.keeper, "server.not_ready", reason="documents are not kept here"),
        outbox,
        house.clock,
        door.draw,
        url=public_url(house),
        server=mail_server(folder, settings),
        days=settings.number("notice_days"),
    )
    house.notifier = notifier
    notifier.start()
    stack.callback(notifier.stop)
    return notifier


def mail_server(folder: Path, settings: Settings) -> Server | None:
    """Where e-mail goes out; None where no host is set.

    Raises:
        Refusal: ``server.bad_setting``, ``cli.file_missing``.
    """
    host = settings.text("smtp_host")
    if not host:
        return None
    way, sender = settings.text("smtp_way"), settings.text("smtp_sender")
    for name, value, fits, reason in (
        ("smtp_way", way, way in WAYS, f"one of {', '.join(WAYS)} is wanted"),
        ("smtp_sender", sender, "@" in sender, "the address that messages come from is wanted"),
    ):
        origin = settings.values[name].origin
        refuse_unless(
            fits, "server.bad_setting", setting=name, origin=origin, value=value, reason=reason
        )
    password, given = "", settings.text("smtp_password_file")
    if given:
        path = folder / given
        refuse_unless(path.is_file(), "cli.file_missing", path=str(path))
        password = path.read_text("utf-8").strip()
    return Server(
        host=host,
        port=settings.number("smtp_port"),
        way=way,
        sender=sender,
        login=settings.text("smtp_login"),
        password=password,
    )
