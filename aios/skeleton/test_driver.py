"""The driver keeps the contract of AIOS Grid, against the simulated device and behind a bad wire."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aios import Command, Device, Driver, Operation, Point
from aios.skeleton.driver import make
from aios.skeleton.simulated import SimulatedDevice
from aios.testing import DriverBench, DriverReport, Reference, SystemClock, check_driver

POINTS = [Point(name="unit/power", unit="kW"), Point(name="unit/mode", unit="1")]
ROWS = range(len(POINTS))


def command(value: float) -> Command:
    """Return a command that is valid for ever."""
    return Command(
        id="c", trace="t", point="unit/power", value=value, operation=Operation.SETPOINT, tick=1,
        issued_at_ns=0, valid_until_ns=2**62, authority="gate", revision="r", reason="test",
    )  # fmt: skip


def bench_of(
    device: SimulatedDevice, make: Callable[..., Driver] = make, timeout_s: float = 0.2
) -> DriverBench:
    """Describe the device: how to make its driver, what it can show, what it takes and refuses."""
    device.refuses = {13.0}
    clock = SystemClock()

    def driver(host: str, port: int) -> Driver:
        at = Device(name="unit", asset="unit", map="", host=host, port=port, timeout_s=timeout_s)
        return make(at, POINTS, ROWS, clock)

    def show(point: str, value: float) -> None:
        device.values[point.partition("/")[2]] = value

    return DriverBench(
        make=driver,
        clock=clock,
        rows=ROWS,
        address=("127.0.0.1", device.port),
        show=show,
        shown={"unit/power": (12.5, -7.25), "unit/mode": (1.0, 2.0)},
        # An example of the protocol's own document, not of this driver's code:
        reference=[
            Reference(
                put=lambda: device.values.update(power=-1.5e3),
                means={"unit/power": -1500.0},
                source="protocol, example 1",
            )
        ],
        command=command(5.5),
        forbidden=command(1e9),
        refused=command(13.0),
        writes=lambda: len(device.written),
        taken=lambda: device.written[-1],
        timeout_s=timeout_s,
    )


async def checked() -> DriverReport:
    """Hold the driver to its contract."""
    async with SimulatedDevice({"power": 0.0, "mode": 0.0}) as device:
        return await check_driver(bench_of(device))


def test_the_driver_keeps_the_contract() -> None:
    report = asyncio.run(checked())
    report.raise_if_broken()
    assert not [result for result in report.results if result.outcome == "not tried"]
