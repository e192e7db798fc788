"""Mail: a message to people, over SMTP in a thread, so that a slow server holds up nobody."""

from __future__ import annotations

import asyncio
import hashlib
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from aios.notify.courier import NotDelivered, Refused
from aios.notify.message import Message
from kernel.shell.secret import Secret

TIMEOUT_S: Final = 20.0
_FOREVER: Final = range(500, 600)
_PRIORITY: Final = {1: "1 (Highest)", 2: "3 (Normal)", 3: "5 (Lowest)"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A mail server, and how it is spoken to."""

    host: str
    port: int
    security: str
    """starttls, tls or none."""
    tls: ssl.SSLContext
    user: str = ""
    password: Callable[[], Secret] | None = None
    """Reads the password when it is used."""


class Mail:
    """Writes messages to people."""

    name = "mail"

    def __init__(self, server: Server, *, sender: str, to: tuple[str, ...]) -> None:
        """Write over a server, from one address to others."""
        self._server, self._sender, self._to = server, sender, to

    async def deliver(self, message: Message) -> None:
        """Send a message.

        Raises:
            NotDelivered: no connection, no TLS, no sign-in, or the server asks to try later.
            Refused: the server will never take this mail.
        """
        await asyncio.to_thread(self._send, letter(message, sender=self._sender, to=self._to))

    def _send(self, mail: EmailMessage) -> None:
        try:
            with self._opened() as smtp:
                smtp.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise (Refused if all(code in _FOREVER for code in codes) else NotDelivered)(
                str(error)
            ) from error
        except smtplib.SMTPDataError as error:
            raise (Refused if error.smtp_code in _FOREVER else NotDelivered)(str(error)) from error
        except (smtplib.SMTPException, OSError) as error:
            raise NotDelivered(f"{type(error).__name__}: {error}") from error

    def _opened(self) -> smtplib.SMTP:
        server = self._server
        if server.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=TIMEOUT_S, context=server.tls
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
        try:
            if server.security == "starttls":
                smtp.starttls(
                    context=server.tls
                )  # raises where the server offers none: nothing goes in clear
            if server.user and server.password is not None:
                smtp.login(server.user, server.password().reveal())
        except BaseException:  # whatever it is: nobody else would close the connection
            smtp.close()
            raise
        return smtp


def letter(message: Message, *, sender: str, to: tuple[str, ...]) -> EmailMessage:
    """Return a message as a mail; the same message has the same Message-ID however often it is sent."""
    mail = EmailMessage()
    mail["From"], mail["To"] = sender, ", ".join(to)
    mail["Subject"] = " ".join(message.title.split())[:200]
    at = datetime.fromtimestamp(message.at_ns / 1e9, tz=UTC)
    mail["Date"] = format_datetime(at)
    digest = hashlib.sha256(message.id.encode()).hexdigest()[:32]
    mail["Message-ID"] = f"<{digest}@{sender.rpartition('@')[2]}>"
    mail["X-Priority"] = _PRIORITY[message.priority]
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(f"{message.text}\n\n{at:%Y-%m-%d %H:%M:%S} UTC, {message.about}, {message.id}\n")
    return mail
