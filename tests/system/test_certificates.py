"""One table of bad certificates, three protocols: HTTP, MQTT and Modbus refuse each one and say why."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import socket
import ssl
from pathlib import Path

import pytest
import structlog
import trustme
from trustme import KeyType

from aios.api.front import Front
from aios.api.serve import NotLoopback, serve
from aios.api.tls import DeskTls
from drivers.modbus.entry import Table
from drivers.modbus.link import LinkDown, NoAnswer
from drivers.modbus.route import TcpRoute
from drivers.modbus.server import TcpServer
from drivers.modbus.stream_link import StreamLink
from drivers.modbus.tls import Tls, server_side
from drivers.mqtt.broker import free_port
from kernel.site import BrokerTls
from tests.contract.check_historian_mqtt import mosquitto
from tests.fakes.front_door import empty as nobody
from tests.fakes.front_door import people
from tests.fakes.snapshots import FakeSource
from tests.system.modbus_wire import Recorder, WallClock
from tests.system.test_mqtt_tls import outcome, tls_lines

pytestmark = pytest.mark.system
HOST = "127.0.0.1"
DAY = dt.timedelta(days=1)
PAST, FUTURE = dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2998, 1, 1, tzinfo=dt.UTC)
SERVERS = {
    "another authority": "unable to get local issuer|not from an authority",
    "expired": "has expired",
    "not yet valid": "not yet valid|not valid yet",
    "self-signed": "self-signed|not from an authority",
    "another name": "mismatch|for another name",
}
"""What a client says of a server that shows such a certificate."""
CLIENTS = {
    "another authority": "not from an authority in --client-ca",
    "expired": "has expired",
    "not yet valid": "not valid yet",
    "self-signed": "signed by itself",
    "none": "showed no certificate",
}
"""What the control room says of a client that shows such a certificate."""


class Papers:
    """Certificates of an authority, good and bad, as files."""

    def __init__(self, folder):
        self._folder, self._authority = folder, trustme.CA(key_type=KeyType.ECDSA)
        self._stranger = trustme.CA(key_type=KeyType.ECDSA)
        self.ca = str(folder / "ca.pem")
        self._authority.cert_pem.write_to_path(self.ca)

    def shown(self, how: str) -> tuple[str, str]:
        """Make a certificate; return the files of chain and key."""
        if how == "self-signed":
            return self._written(how, [self._stranger.cert_pem], self._stranger.private_key_pem)
        by = self._stranger if how == "another authority" else self._authority
        spans = {"expired": (PAST, PAST + DAY), "not yet valid": (FUTURE, FUTURE + DAY)}
        more = dict(zip(("not_before", "not_after"), spans.get(how, ()), strict=False))
        name = "elsewhere.example" if how == "another name" else HOST
        made = by.issue_cert(name, key_type=KeyType.ECDSA, **more)
        return self._written(how, made.cert_chain_pems, made.private_key_pem)

    def _written(self, how, chain, key):
        stem = self._folder / how.replace(" ", "_")
        stem.with_suffix(".pem").write_bytes(b"".join(one.bytes() for one in chain))
        key.write_to_path(stem.with_suffix(".key"))
        return str(stem.with_suffix(".pem")), str(stem.with_suffix(".key"))


@pytest.fixture(scope="module")
def papers(tmp_path_factory):
    return Papers(tmp_path_factory.mktemp("papers"))


@contextlib.asynccontextmanager
async def desk(tls: DeskTls):
    """The control room over TLS; gives its port."""
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(serve(FakeSource(), tls=tls, ready=address.set_result))
    try:
        await asyncio.wait({address, running}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
        yield int((await address).rsplit(":", 1)[1].strip("/"))
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


def get(port: int, ca: str, shown: tuple[str, str] | None) -> str:
    """Ask the page whether it is there, as any client would; return the first line of the answer."""
    context = ssl.create_default_context(cafile=ca)
    if shown is not None:
        context.load_cert_chain(*shown)
    with (
        socket.create_connection((HOST, port), timeout=5) as raw,
        context.wrap_socket(raw, server_hostname=HOST) as secured,
    ):
        secured.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        return secured.recv(4096).split(b"\r\n", 1)[0].decode()


async def over_http(papers, server: str, client: str) -> str:
    certificate, key = papers.shown(server)
    shown = None if client == "none" else papers.shown(client)
    tls = DeskTls(certificate=Path(certificate), key=Path(key), client_ca=Path(papers.ca))
    with structlog.testing.capture_logs() as lines:
        async with desk(tls) as port:
            try:
                answer = await asyncio.to_thread(get, port, papers.ca, shown)
            except OSError as error:
                answer = str(error)
    told = [line["why"] for line in lines if line["event"] == "tls.client_refused"]
    if answer.endswith("200 OK"):
        return "up"
    assert answer == "" or "200" not in answer
    return told[0] if server == "good" else answer


async def over_mqtt(papers, server: str, client: str) -> str:
    shown = ("", "") if client == "none" else papers.shown(client)
    with mosquitto(papers._folder, free_port(), *tls_lines(papers, papers.shown(server))) as port:
        return await outcome(port, BrokerTls(ca=papers.ca, certificate=shown[0], key=shown[1]))


async def over_modbus(papers, server: str, client: str, monkeypatch) -> str:
    certificate, key = papers.shown(server)
    shown = papers.shown("good" if client == "none" else client)
    if client == "none":
        monkeypatch.setattr(Tls, "context", lambda tls: ssl.create_default_context(cafile=tls.ca))
    bank = Recorder({(Table.HOLDING, 0): 7})
    secured = server_side(ca=papers.ca, certificate=certificate, key=key)
    served = TcpServer(bank, WallClock(), tls=secured)
    await served.open()
    tls = Tls(ca=papers.ca, certificate=shown[0], key=shown[1])
    link = StreamLink(TcpRoute(host=HOST, port=served.port, tls=tls), timeout_s=5.0)
    try:
        assert await link.read(1, Table.HOLDING, 0, 1) == [7]
    except (LinkDown, NoAnswer) as error:
        return str(error) or "refused"
    finally:
        await link.close()
        await served.close()
    return "up"


async def over(protocol: str, papers, monkeypatch, *, server: str = "good", client: str = "good") -> str:
    if protocol == "modbus":
        return await over_modbus(papers, server, client, monkeypatch)
    return await (over_http if protocol == "http" else over_mqtt)(papers, server, client)


PROTOCOLS = ("http", "mqtt", "modbus")


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_good_certificates_on_both_sides_work(protocol, papers, monkeypatch):
    assert await over(protocol, papers, monkeypatch) == "up"


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("how", SERVERS)
async def test_a_server_with_a_bad_certificate_is_refused_and_the_words_say_why(
    protocol, how, papers, monkeypatch
):
    told = await over(protocol, papers, monkeypatch, server=how)
    assert any(words in told for words in SERVERS[how].split("|")), told


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("how", CLIENTS)
async def test_a_client_with_a_bad_certificate_or_none_is_refused(protocol, how, papers, monkeypatch):
    told = await over(protocol, papers, monkeypatch, client=how)
    assert told
    assert told != "up"
    if protocol == "http":
        assert CLIENTS[how] in told
    elif protocol == "mqtt":
        assert "certificate" in told


async def test_a_renewed_certificate_counts_without_a_restart(papers, tmp_path):
    shown = tmp_path / "shown.pem", tmp_path / "shown.key"

    def show(how: str) -> None:
        for old, new in zip(papers.shown(how), shown, strict=True):
            new.write_bytes(Path(old).read_bytes())

    show("expired")
    async with desk(DeskTls(certificate=shown[0], key=shown[1])) as port:
        with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
            await asyncio.to_thread(get, port, papers.ca, None)
        show("good")
        assert (await asyncio.to_thread(get, port, papers.ca, None)).endswith("200 OK")
        shown[1].write_text("half a key")
        assert (await asyncio.to_thread(get, port, papers.ca, None)).endswith("200 OK")


def test_another_address_than_loopback_takes_tls_and_accounts(papers, tmp_path):
    certificate, key = (Path(file) for file in papers.shown("good"))
    tls = DeskTls(certificate=certificate, key=key)
    known = Front(access=people(tmp_path / "known"))
    empty = Front(access=nobody(tmp_path / "empty"))
    try:
        for front, shown in ((known, None), (empty, tls), (None, tls), (None, None)):
            with pytest.raises(NotLoopback, match=r"only over TLS .* and to people who have accounts"):
                asyncio.run(asyncio.wait_for(serve(FakeSource(), host="0.0.0.0", front=front, tls=shown), 5))
        asyncio.run(reached(known, tls))
    finally:
        known.access.close()
        empty.access.close()


async def reached(front: Front, tls: DeskTls) -> None:
    """Serve at every address until it is ready."""
    ready: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = serve(FakeSource(), host="0.0.0.0", front=front, tls=tls, ready=ready.set_result)
    running = asyncio.create_task(serving)
    assert (await ready).startswith("https://0.0.0.0:")
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


def test_the_page_answers_for_the_names_of_its_certificate(papers):
    certificate, key = (Path(file) for file in papers.shown("another name"))
    assert DeskTls(certificate=certificate, key=key).names() == {"elsewhere.example"}


def test_nothing_older_than_tls_1_2_is_spoken(papers):
    certificate, key = (Path(file) for file in papers.shown("good"))
    assert DeskTls(certificate=certificate, key=key).context().minimum_version is ssl.TLSVersion.TLSv1_2
