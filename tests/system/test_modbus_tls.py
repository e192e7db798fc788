"""Modbus/TCP Security: the right chain works; every wrong certificate is refused with its cause."""

import asyncio
import socket
import ssl
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from threading import Event, Thread

import pytest
import trustme
import uvloop

from drivers.modbus.entry import Table
from drivers.modbus.link import LinkDown, NoAnswer
from drivers.modbus.route import TcpRoute
from drivers.modbus.server import TcpServer
from drivers.modbus.stream_link import StreamLink
from drivers.modbus.tls import Tls, server_side
from tests.system.modbus_wire import HOST, Recorder, WallClock

pytestmark = pytest.mark.system

PAST = datetime(2020, 1, 1, tzinfo=UTC)


class Pki:
    """Certificates of one test: an authority, and a stranger's."""

    def __init__(self, folder):
        self.folder = folder
        self.authority, self.stranger = trustme.CA(), trustme.CA()
        self.ca = self._written("ca", self.authority.cert_pem)

    def _written(self, name, *blobs):
        path = self.folder / f"{name}.pem"
        path.write_bytes(b"".join(blob.bytes() for blob in blobs))
        path.chmod(0o600)
        return str(path)

    def issued(self, name, *identities, by=None, **more):
        """Issue a certificate; return the paths of chain and key."""
        made = (by or self.authority).issue_cert(*identities, **more)
        chain = self._written(name, *made.cert_chain_pems)
        return chain, self._written(f"{name}_key", made.private_key_pem)

    def client(self, *, ca=None, by=None, server_name="", **more):
        chain, key = self.issued("gateway", "gateway.example", by=by, **more)
        return Tls(ca=ca or self.ca, certificate=chain, key=key, server_name=server_name)


@pytest.fixture
def pki(tmp_path):
    return Pki(tmp_path)


async def ask(pki, tls, *server_names, server_ca=None, **server):
    """Read one register and write it, over TLS."""
    chain, key = pki.issued("meter", *(server_names or (HOST,)), **server)
    bank = Recorder({(Table.HOLDING, 0): 7})
    served = TcpServer(bank, WallClock(), tls=server_side(ca=server_ca or pki.ca, certificate=chain, key=key))
    await served.open()
    link = StreamLink(TcpRoute(host=HOST, port=served.port, tls=tls), timeout_s=5.0)
    try:
        read = await link.read(1, Table.HOLDING, 0, 1)
        await link.write(1, Table.HOLDING, 0, [8])
        return read, bank.writes
    finally:
        await link.close()
        await served.close()


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_a_device_is_read_and_written_over_tls(pki, run):
    assert run(ask(pki, pki.client())) == ([7], [(Table.HOLDING, 0, [8])])


async def test_the_name_in_the_certificate_may_be_another_than_the_address(pki):
    read, _ = await ask(pki, pki.client(server_name="meter.example"), "meter.example")
    assert read == [7]


async def test_a_server_of_an_unknown_authority_is_refused(pki):
    with pytest.raises(LinkDown, match=r"cannot be reached: .*unable to get local issuer certificate"):
        await ask(pki, pki.client(), by=pki.stranger)


async def test_a_server_whose_certificate_has_expired_is_refused(pki):
    with pytest.raises(LinkDown, match=r"cannot be reached: .*certificate has expired"):
        await ask(pki, pki.client(), not_after=PAST)


async def test_a_server_with_another_name_is_refused(pki):
    with pytest.raises(LinkDown, match=r"cannot be reached: .*IP address mismatch.*127\.0\.0\.1"):
        await ask(pki, pki.client(), "meter.example")
    with pytest.raises(LinkDown, match=r"cannot be reached: .*Hostname mismatch.*'meter\.example'"):
        await ask(pki, pki.client(server_name="meter.example"))


REFUSED = (LinkDown, NoAnswer)
"""With TLS 1.3 the server says no after the client believes itself connected."""


@contextmanager
def picky(pki):
    """A server of plain OpenSSL, which tells a client it refuses why; asyncio's hangs up in silence."""
    chain, key = pki.issued("meter", HOST)
    secured = server_side(ca=pki.ca, certificate=chain, key=key)
    with socket.create_server((HOST, 0)) as listening:

        def serve():
            raw, _ = listening.accept()
            one = secured.wrap_socket(raw, server_side=True, do_handshake_on_connect=False)
            with suppress(OSError):
                one.do_handshake()
            Event().wait(0.3)  # a reset of the connection could overtake the alert
            one.close()

        thread = Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1]
        thread.join()


async def refused_by_openssl(pki, tls):
    with picky(pki) as port:
        link = StreamLink(TcpRoute(host=HOST, port=port, tls=tls), timeout_s=5.0)
        try:
            await link.read(1, Table.HOLDING, 0, 1)
        finally:
            await link.close()


def bare(tls):
    """Check the server and show nothing."""
    return ssl.create_default_context(cafile=tls.ca)


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
@pytest.mark.parametrize("who", ["stranger", "expired", "nobody"])
def test_a_client_that_the_server_does_not_believe_is_refused_and_the_finding_says_why(
    pki, monkeypatch, who, run
):
    more, why = {
        "stranger": ({"by": pki.stranger}, "alert unknown ca"),
        "expired": ({"not_after": PAST}, "alert certificate expired"),
        "nobody": ({}, "alert certificate required"),
    }[who]
    client = pki.client(**more)
    if who == "nobody":
        monkeypatch.setattr(Tls, "context", bare)
    with pytest.raises(REFUSED, match=f"(?i){why}"):
        run(refused_by_openssl(pki, client))
    with pytest.raises(REFUSED):
        run(ask(pki, client))


async def test_a_file_that_is_missing_or_no_certificate_is_named(pki, tmp_path):
    with pytest.raises(LinkDown, match=r"no\.pem: No such file"):
        await ask(pki, pki.client(ca=str(tmp_path / "no.pem")))
    (tmp_path / "empty.pem").write_text("nothing")
    with pytest.raises(LinkDown, match=r"empty\.pem: "):
        await ask(pki, pki.client(ca=str(tmp_path / "empty.pem")))


def test_nothing_older_than_tls_1_2_is_spoken(pki):
    assert pki.client().context().minimum_version is ssl.TLSVersion.TLSv1_2
    assert pki.client().context().verify_mode is ssl.CERT_REQUIRED
    assert pki.client().context().check_hostname
