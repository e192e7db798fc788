"""Every driver keeps the same contract: Modbus without a wire and behind a bad one, and the fake."""

from __future__ import annotations

import ssl
from dataclasses import replace

import pytest
import trustme

from aios.testing.driver import RULES, DriverBench, DriverReport, Outcome, check_driver
from drivers.modbus.line import Line
from drivers.modbus.link import Link
from drivers.modbus.route import TcpRoute
from drivers.modbus.server import TcpServer
from drivers.modbus.stream_link import StreamLink
from drivers.modbus.tls import Tls
from kernel.command import Transmission
from kernel.point import Operation
from kernel.ports import Driver
from kernel.quality import INVALID
from kernel.shell.clock import SystemClock, VirtualClock
from kernel.testing import FakeDriver
from tests.contract.modbus_bench import ASSETS, TIMEOUT_S, bench, command, direct, make_driver
from tests.unit.kernel.conftest import BATTERY, METER, make_site


def kept(report: DriverReport, *, at_least: int) -> None:
    """Nothing is broken, and so many rules were really tried."""
    report.raise_if_broken()
    assert len(report.kept) >= at_least, str(report)


@pytest.mark.parametrize("name", ASSETS)
async def test_modbus_without_a_wire_keeps_the_contract_in_no_time(name: str) -> None:
    writes = name in {"battery_inverter", "breaker"}
    kept(await check_driver(direct(name, VirtualClock(start_ns=10**18))), at_least=19 if writes else 13)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tls, ssl.SSLContext]:
    """Return how a client comes and what a server asks of it: certificates of one authority."""
    folder, authority = tmp_path_factory.mktemp("papers"), trustme.CA()
    ours = authority.issue_cert("gateway.example")
    names = [str(folder / name) for name in ("ca.pem", "gateway.pem", "gateway.key")]
    authority.cert_pem.write_to_path(names[0])
    ours.cert_chain_pems[0].write_to_path(names[1])
    ours.private_key_pem.write_to_path(names[2])
    asking = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(asking)
    authority.configure_trust(asking)
    asking.verify_mode = ssl.CERT_REQUIRED
    return Tls(ca=names[0], certificate=names[1], key=names[2]), asking


async def report_over(
    name: str, *, rtu: bool = False, shared: bool = False, tls: tuple[Tls, ssl.SSLContext] | None = None
) -> DriverReport:
    clock = SystemClock()
    device, made = bench(name, clock)
    server = TcpServer(device, clock, rtu=rtu, tls=tls and tls[1])

    def driver(host: str, port: int) -> Driver:
        route = TcpRoute(host=host, port=port, rtu=rtu, tls=tls and tls[0])
        link: Link = StreamLink(route, timeout_s=TIMEOUT_S)
        if shared:
            link = Line(link, name="line").seat("device", timeout_s=TIMEOUT_S, wanted_s=0.1)
        return make_driver(name, clock, link)

    await server.open()
    try:
        return await check_driver(replace(made, make=driver, address=("127.0.0.1", server.port)))
    finally:
        await server.close()


@pytest.mark.system
@pytest.mark.parametrize("name", ["battery_inverter", "feeder_meter"])
async def test_modbus_over_tcp_keeps_the_contract(name: str) -> None:
    kept(await report_over(name), at_least=27 if name == "battery_inverter" else 20)


@pytest.mark.system
async def test_rtu_frames_over_tcp_keep_the_contract() -> None:
    kept(await report_over("battery_inverter", rtu=True), at_least=27)


@pytest.mark.system
async def test_a_seat_on_a_shared_line_keeps_the_contract() -> None:
    kept(await report_over("battery_inverter", shared=True), at_least=27)


@pytest.mark.system
async def test_modbus_over_tls_keeps_the_contract(papers: tuple[Tls, ssl.SSLContext]) -> None:
    kept(await report_over("battery_inverter", tls=papers), at_least=27)


def fake_bench(kind: type[FakeDriver]) -> DriverBench:
    clock, site = SystemClock(), make_site()
    made: list[FakeDriver] = []

    def make(host: str, port: int) -> FakeDriver:
        made.append(kind("fake", site, [METER, BATTERY], clock))
        return made[-1]

    async def vanish() -> None:
        made[-1].quality = dict.fromkeys(made[-1].points, INVALID)
        made[-1].answer = Transmission.NO_ANSWER

    async def appear() -> None:
        for fake in made:
            fake.quality = dict.fromkeys(fake.points, 0)
            fake.answer = Transmission.WRITTEN

    return DriverBench(
        make=make, clock=clock, rows=[site.row[METER], site.row[BATTERY]], vanish=vanish, appear=appear,
        show=lambda point, value: made[-1].values.update({point: value}), shown={METER: (1.0, 2.0)},
        holes=False, command=command(BATTERY, 30.0, Operation.SETPOINT),
        writes=lambda: len(made[-1].executed), taken=lambda: made[-1].executed[-1].value,
        exempt={
            "logs_once": "a fake is silent",
            "nothing_leaves_after_its_validity": "it has no wire: the bus looks before it hands over",
        },
    )  # fmt: skip


async def test_the_fake_driver_keeps_the_contract() -> None:
    kept(await check_driver(fake_bench(FakeDriver)), at_least=15)


async def test_a_rule_that_needs_what_the_bench_lacks_says_so() -> None:
    report = await check_driver(fake_bench(FakeDriver), only=["reads_slices", "logs_once"])
    assert [(result.outcome, result.evidence) for result in report.results] == [
        (Outcome.NOT_TRIED, "the bench has no wire"),
        (Outcome.EXEMPT, "a fake is silent"),
    ]


async def test_a_rule_that_does_not_exist_cannot_be_exempted() -> None:
    with pytest.raises(ValueError, match="there is no rule writes_twice"):
        await check_driver(replace(fake_bench(FakeDriver), exempt={"writes_twice": "-"}))


def test_every_rule_has_a_name_of_its_own_and_says_what_to_do() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES) >= 25
    assert all(rule.claim and rule.do for rule in RULES)
