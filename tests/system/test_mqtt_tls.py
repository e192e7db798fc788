"""The link over TLS: a real mosquitto that wants client certificates, with an authority of the test's own."""

import asyncio
import datetime as dt
from pathlib import Path

import pytest
import trustme

from drivers.mqtt.broker import free_port
from drivers.mqtt.link import LinkDown, MqttLink, address_of
from drivers.mqtt.message import OutgoingMessage
from kernel.shell.clock import SystemClock
from kernel.site import BrokerTls
from tests.contract.check_historian_mqtt import mosquitto

pytestmark = pytest.mark.system
HELLO = OutgoingMessage(topic="aios/nord/x", payload=b"1")
LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


class Papers:
    """Files with the certificates of one authority."""

    def __init__(self, folder: Path, name: str) -> None:
        self.authority, self._folder, self._name = trustme.CA(organization_name=name), folder, name
        self.ca = str(folder / f"{name}-ca.pem")
        self.authority.cert_pem.write_to_path(self.ca)

    def issue(self, *names: str, **more) -> tuple[str, str]:
        issued = self.authority.issue_cert(*names, **more)
        stem = self._folder / f"{self._name}-{names[0]}-{len(list(self._folder.iterdir()))}"
        issued.cert_chain_pems[0].write_to_path(f"{stem}.pem")
        issued.private_key_pem.write_to_path(f"{stem}.key")
        return f"{stem}.pem", f"{stem}.key"


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    return Papers(tmp_path_factory.mktemp("ours"), "ours")


@pytest.fixture(scope="module")
def foreign(tmp_path_factory):
    return Papers(tmp_path_factory.mktemp("foreign"), "foreign")


def tls_lines(authority: Papers, certificate: tuple[str, str]) -> tuple[str, ...]:
    """Settings of a broker that lets only those in whom the authority vouches for."""
    return (
        f"cafile {authority.ca}",
        f"certfile {certificate[0]}",
        f"keyfile {certificate[1]}",
        "require_certificate true",
    )


@pytest.fixture(scope="module")
def broker(ours, tmp_path_factory):
    certificate = ours.issue("127.0.0.1", "localhost")
    with mosquitto(tmp_path_factory.mktemp("tls"), free_port(), *tls_lines(ours, certificate)) as port:
        yield port


class OneAttempt(SystemClock):
    """Says when an attempt has failed, and never comes to the next."""

    def __init__(self) -> None:
        super().__init__()
        self.failed = asyncio.Event()

    async def sleep_until(self, at_ns: int) -> None:
        self.failed.set()
        await asyncio.Event().wait()


async def outcome(port: int, tls: BrokerTls, host: str = "127.0.0.1") -> str:
    """Why a link with these certificates is down, or `up` when a message went through."""
    clock = OneAttempt()
    link = MqttLink(address_of(f"mqtts://{host}:{port}", tls), "nord", clock=clock, deadline_s=1.0)
    running, up = asyncio.create_task(link.run()), asyncio.create_task(link.wait_until_up())
    failed = asyncio.create_task(clock.failed.wait())
    try:
        await asyncio.wait({up, failed}, timeout=8, return_when=asyncio.FIRST_COMPLETED)
        await link.publish([HELLO])
    except LinkDown as down:
        return str(down)
    finally:
        for task in (running, up, failed):
            task.cancel()
        await asyncio.gather(running, up, failed, return_exceptions=True)
    return "up"


async def test_a_client_certificate_of_the_brokers_authority_is_let_in(broker, ours):
    certificate, key = ours.issue("gateway.nord")
    assert await outcome(broker, BrokerTls(ca=ours.ca, certificate=certificate, key=key)) == "up"


async def test_the_name_in_the_brokers_certificate_may_differ_from_the_address(broker, ours):
    certificate, key = ours.issue("gateway.nord")
    tls = BrokerTls(ca=ours.ca, certificate=certificate, key=key, server_name="localhost")
    assert await outcome(broker, tls) == "up"


async def test_without_a_client_certificate_the_finding_says_what_to_set(broker, ours):
    assert "uplinks.tls.certificate" in await outcome(broker, BrokerTls(ca=ours.ca))


async def test_a_client_certificate_of_another_authority_is_not_let_in(broker, ours, foreign):
    certificate, key = foreign.issue("gateway.nord")
    down = await outcome(broker, BrokerTls(ca=ours.ca, certificate=certificate, key=key))
    assert "client certificate" in down


async def test_a_broker_of_another_authority_is_refused(broker, ours, foreign):
    certificate, key = ours.issue("gateway.nord")
    down = await outcome(broker, BrokerTls(ca=foreign.ca, certificate=certificate, key=key))
    assert "not from an authority in uplinks.tls.ca" in down


async def test_a_broker_under_another_name_is_refused(broker, ours):
    certificate, key = ours.issue("gateway.nord")
    tls = BrokerTls(ca=ours.ca, certificate=certificate, key=key, server_name="broker.nord")
    assert "for another name" in await outcome(broker, tls)


async def test_a_broker_whose_certificate_has_expired_is_refused(ours, tmp_path):
    late = ours.issue("127.0.0.1", not_before=LONG_AGO, not_after=LONG_AGO + dt.timedelta(days=1))
    certificate, key = ours.issue("gateway.nord")
    with mosquitto(tmp_path, free_port(), *tls_lines(ours, late)) as port:
        down = await outcome(port, BrokerTls(ca=ours.ca, certificate=certificate, key=key))
    assert "has expired" in down


async def test_files_that_are_not_there_are_named(broker, tmp_path):
    down = await outcome(broker, BrokerTls(ca=str(tmp_path / "none.pem")))
    assert "none.pem" in down


async def test_a_port_without_tls_is_told(ours, tmp_path):
    with mosquitto(tmp_path, free_port()) as port:
        down = await outcome(port, BrokerTls(ca=ours.ca))
    assert down != "up"
