"""Settings: from the section `notify` to channels, a queue and a watch."""

from __future__ import annotations

import ssl
import time
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from aios.control_room.source import SocketSource
from aios.folder import Folder
from aios.notify.courier import Channel, Courier
from aios.notify.mail import Mail, Server
from aios.notify.message import About, Message
from aios.notify.queue import Queue
from aios.notify.section import MailSection, NotifySection, WebhookSection
from aios.notify.watch import Watch
from kernel.shell.secret import read_secret, seen_from

FILE: Final = "notify.sqlite"


class Post(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that notifies of one gateway."""

    watch: Watch
    couriers: tuple[Courier, ...]
    queue: Queue
    source: SocketSource


def section_of(site_file: Path) -> NotifySection | None:
    """Return the section of a site file that was checked; None where it has none."""
    told = tomllib.loads(site_file.read_text(encoding="utf-8")).get("notify")
    return None if told is None else NotifySection.model_validate(told)


def channels_of(
    section: NotifySection, home: Path, *, now_ns: Callable[[], int] = time.time_ns
) -> tuple[Channel, ...]:
    """Make the channels of a section; files that it names lie beside the site file.

    Raises:
        OSError: a certificate cannot be read.
    """
    found: list[Channel] = []
    if section.webhook is not None:
        found.append(_webhook(section.webhook, home, now_ns))
    if section.mail is not None:
        found.append(_mail(section.mail, home))
    return tuple(found)


def _webhook(section: WebhookSection, home: Path, now_ns: Callable[[], int]) -> Channel:
    from aios.notify.webhook import Webhook  # noqa: PLC0415 - httpx is for those who use it

    secret = partial(read_secret, seen_from(section.secret_file, home))
    return Webhook(section.url, secret, now_ns=now_ns, tls=_tls(section.ca, home))


def _mail(section: MailSection, home: Path) -> Channel:
    named = seen_from(section.password_file, home)
    server = Server(
        host=section.host,
        port=section.port,
        security=section.security,
        tls=_tls(section.ca, home),
        user=section.user,
        password=partial(read_secret, named) if named else None,
    )
    return Mail(server, sender=section.sender, to=tuple(section.to))


def _tls(ca: str, home: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(home / ca) if ca else None)


def post_of(section: NotifySection, site: str, home: Path, root: Path) -> Post:
    """Make what watches the gateway of a folder and tells of it."""
    folder, channels = Folder(root=root), channels_of(section, home)
    queue = Queue(root / FILE, [one.name for one in channels], most=section.most, within_s=section.within_s)
    source = SocketSource(folder.socket)
    watch = Watch(source, queue, section, site=site, now_ns=time.time_ns)
    couriers = tuple(Courier(queue, one, now_ns=time.time_ns) for one in channels)
    return Post(watch=watch, couriers=couriers, queue=queue, source=source)


def trial(site: str) -> Message:
    """Return a message that tries whether a channel works."""
    now_ns = time.time_ns()
    return Message(
        id=f"{site}:test:{now_ns}",
        about=About.TEST,
        site=site,
        priority=3,
        at_ns=now_ns,
        title=f"{site}: a test",
        text="Nothing happened. This message was asked for with `aios notify test`.",
    )
