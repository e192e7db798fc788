"""Webhook and mail against servers on this machine: signed, over TLS, down and back."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme
from aiosmtpd.smtp import SMTP, AuthResult

from aios.notify.courier import Courier, NotDelivered, Refused
from aios.notify.mail import Mail, Server, letter
from aios.notify.queue import Queue
from aios.notify.section import NotifySection, WebhookSection
from aios.notify.settings import channels_of
from aios.notify.webhook import ID, SIGNATURE, Webhook, signed
from kernel.shell.secret import NoSecret, Secret
from tests.unit.aios.notify.test_queue import message

NOW_NS = 1_700_000_000_000_000_000


class Hooks:
    """An HTTP server of one answer."""

    def __init__(self) -> None:
        self.status = 204
        self.followed = False
        self.got: list[tuple[dict[str, str], bytes]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.got and self.status == 302:
            self.followed = True
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        names = dict(line.split(": ", 1) for line in head[1:] if ": " in line)
        headers = {name.lower(): value for name, value in names.items()}
        self.got.append((headers, await reader.readexactly(int(headers.get("content-length", "0")))))
        writer.write(f"HTTP/1.1 {self.status} x\r\nLocation: /elsewhere\r\n".encode())
        writer.write(b"Connection: close\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def listening(hooks: Hooks, port: int = 0) -> AsyncIterator[int]:
    server = await asyncio.start_server(hooks.serve, "127.0.0.1", port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def hook(port: int) -> Webhook:
    return Webhook(f"http://127.0.0.1:{port}/x", lambda: Secret("s3cret"), now_ns=lambda: NOW_NS)


async def test_a_webhook_is_signed_over_its_time_and_body_and_carries_its_id():
    hooks = Hooks()
    async with listening(hooks) as port:
        await hook(port).deliver(message("a"))
    ((headers, body),) = hooks.got
    stamp, signature = (part.split("=")[1] for part in headers[SIGNATURE.lower()].split(","))
    due = hmac.new(b"s3cret", f"{NOW_NS // 10**9}.".encode() + body, hashlib.sha256).hexdigest()
    assert (int(stamp), signature) == (NOW_NS // 10**9, due)
    assert headers[ID.lower()] == json.loads(body)["id"] == "a"


@pytest.mark.parametrize(
    ("status", "error"), [(500, NotDelivered), (429, NotDelivered), (403, NotDelivered), (302, NotDelivered),
                          (400, Refused), (413, Refused)],
)  # fmt: skip
async def test_an_answer_that_says_later_is_tried_again_and_one_that_says_never_is_not(status, error):
    hooks = Hooks()
    hooks.status = status
    async with listening(hooks) as port:
        with pytest.raises(error):
            await hook(port).deliver(message("a"))
    assert len(hooks.got) == 1
    assert not hooks.followed, "a redirection is not followed: the address is the site's"


async def test_a_webhook_server_that_was_down_gets_each_message_once_when_it_is_back(tmp_path: Path):
    hooks, now = Hooks(), [0]
    queue = Queue(tmp_path / "q.sqlite", ("webhook",), most=100, within_s=60.0)
    async with listening(hooks) as port:
        pass
    courier = Courier(queue, hook(port), now_ns=lambda: now[0])
    queue.take([message("a"), message("b")], now_ns=0)
    assert not await courier.bring_one()
    assert courier.down
    now[0] = 10**12
    async with listening(hooks, port):
        while await courier.bring_one():
            pass
    assert sorted(json.loads(body)["id"] for _, body in hooks.got) == ["a", "b"]
    queue.close()


async def test_a_secret_that_is_not_there_keeps_the_message_waiting():
    def missing() -> Secret:
        raise NoSecret("hook.secret")

    with pytest.raises(NotDelivered, match=r"hook\.secret"):
        await Webhook("http://127.0.0.1:9/", missing, now_ns=lambda: 0).deliver(message("a"))


class Box:
    """A mailbox behind a server."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, list[str], str]] = []
        self.answer = "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's own name
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, envelope.content.decode()))
        return self.answer


AUTHORITY = trustme.CA()


def contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    AUTHORITY.issue_cert("localhost").configure_cert(server)
    AUTHORITY.configure_trust(client)
    return server, client


def allowed(server, session, envelope, mechanism, told) -> AuthResult:
    return AuthResult(success=told.password == b"pass", handled=False)


@asynccontextmanager
async def mailing(box: Box, tls: ssl.SSLContext | None = None, port: int = 0) -> AsyncIterator[int]:
    options = {"tls_context": tls, "authenticator": allowed, "auth_require_tls": True} if tls else {}
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(box, hostname="localhost", **options), "127.0.0.1", port
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def mail(port: int, client: ssl.SSLContext, *, password: str = "pass", security: str = "starttls") -> Mail:
    server = Server(
        host="localhost", port=port, security=security, tls=client, user="gw" if password else "",
        password=lambda: Secret(password),
    )  # fmt: skip
    return Mail(server, sender="gateway@nord.example", to=("mara@example.org", "jan@example.org"))


async def test_a_mail_goes_over_tls_with_a_password_to_everybody():
    box, (server, client) = Box(), contexts()
    async with mailing(box, server) as port:
        await mail(port, client).deliver(message("a", 1))
    ((sender, to, text),) = box.mails
    assert (sender, to) == ("gateway@nord.example", ["mara@example.org", "jan@example.org"])
    assert "Subject: alarm a" in text
    assert "X-Priority: 1 (Highest)" in text


async def test_a_server_without_tls_or_with_a_foreign_certificate_gets_neither_password_nor_mail():
    box, (server, _) = Box(), contexts()
    async with mailing(box) as port:
        with pytest.raises(NotDelivered, match="STARTTLS"):
            await mail(port, contexts()[1]).deliver(message("a"))
    async with mailing(box, server) as port:
        with pytest.raises(NotDelivered, match="CERTIFICATE_VERIFY_FAILED"):
            await mail(port, ssl.create_default_context()).deliver(message("a"))
    assert box.mails == []


async def test_a_wrong_password_keeps_the_mail_waiting():
    box, (server, client) = Box(), contexts()
    async with mailing(box, server) as port:
        with pytest.raises(NotDelivered, match="Authentication"):
            await mail(port, client, password="wrong").deliver(message("a"))


@pytest.mark.parametrize(("answer", "error"), [("451 later", NotDelivered), ("554 never", Refused)])
async def test_a_server_that_says_later_is_asked_again_and_one_that_says_never_is_not(answer, error):
    box = Box()
    box.answer = answer
    async with mailing(box) as port:
        with pytest.raises(error):
            await mail(port, contexts()[1], password="", security="none").deliver(message("a"))


async def test_a_mail_server_that_was_down_gets_the_mail_once_when_it_is_back(tmp_path: Path):
    box, now = Box(), [0]
    queue = Queue(tmp_path / "q.sqlite", ("mail",), most=100, within_s=60.0)
    async with mailing(box) as port:
        pass
    channel = mail(port, contexts()[1], password="", security="none")
    courier = Courier(queue, channel, now_ns=lambda: now[0])
    queue.take([message("a")], now_ns=0)
    assert not await courier.bring_one()
    now[0] = 10**12
    async with mailing(box, port=port):
        while await courier.bring_one():
            pass
    assert len(box.mails) == 1
    queue.close()


def test_a_letter_has_one_message_id_and_no_header_of_anybodys_making():
    evil = message("a\r\nBcc: x@y")
    one, again = (letter(evil, sender="a@b", to=("c@d",)) for _ in range(2))
    assert one["Message-ID"] == again["Message-ID"]
    assert one["Bcc"] is None
    assert one["Auto-Submitted"] == "auto-generated"


async def test_a_secret_lies_beside_the_site_file_and_a_new_one_counts_at_once(tmp_path: Path):
    hooks, key = Hooks(), tmp_path / "hook.secret"
    async with listening(hooks) as port:
        url = f"http://127.0.0.1:{port}/x"
        section = NotifySection(webhook=WebhookSection(url=url, secret_file=key.name))
        (channel,) = channels_of(section, tmp_path, now_ns=lambda: NOW_NS)
        with pytest.raises(NotDelivered, match=r"hook\.secret cannot be read"):
            await channel.deliver(message("a"))
        for words in ("old", "new"):
            key.write_text(f"{words}\n# a note\n")
            key.chmod(0o600)
            await channel.deliver(message("a"))
    signatures = [headers[SIGNATURE.lower()].partition("v1=")[2] for headers, _ in hooks.got]
    bodies = [body for _, body in hooks.got]
    stamp = str(NOW_NS // 10**9)
    assert signatures == [
        signed(words, stamp, body) for words, body in zip(("old", "new"), bodies, strict=True)
    ]
