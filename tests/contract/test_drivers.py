"""Every driver keeps the same contract: Modbus without a wire and behind a bad one, and the fake."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aios.testing.driver import RULES, DriverBench, DriverReport, Outcome, check_driver
from drivers.modbus.server import TcpServer
from kernel.command import Transmission
from kernel.point import Operation
from kernel.quality import INVALID
from kernel.shell.clock import SystemClock, VirtualClock
from kernel.testing import FakeDriver
from tests.contract.modbus_bench import ASSETS, bench, command, direct, make_driver
from tests.unit.kernel.conftest import BATTERY, METER, make_site


def kept(report: DriverReport, *, at_least: int) -> None:
    """Nothing is broken, and so many rules were really tried."""
    report.raise_if_broken()
    assert len(report.kept) >= at_least, str(report)


@pytest.mark.parametrize("name", ASSETS)
async def test_modbus_without_a_wire_keeps_the_contract_in_no_time(name: str) -> None:
    writes = name in {"battery_inverter", "breaker"}
    kept(await check_driver(direct(name, VirtualClock(start_ns=10**18))), at_least=19 if writes else 13)


@pytest.mark.system
@pytest.mark.parametrize("name", ["battery_inverter", "feeder_meter"])
async def test_modbus_over_tcp_keeps_the_contract(name: str) -> None:
    clock = SystemClock()
    device, made = bench(name, clock)
    server = TcpServer(device, clock)
    await server.open()
    try:
        report = await check_driver(
            replace(
                made,
                make=lambda host, port: make_driver(name, clock, None, host, port),
                address=("127.0.0.1", server.port),
            )
        )
    finally:
        await server.close()
    kept(report, at_least=27 if name == "battery_inverter" else 20)


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
