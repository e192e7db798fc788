"""The conformance kit finds every planted fault by the rule made for it, and nothing in a sound driver.

`python -m tests.planted_drivers` holds each of them to the whole contract.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from aios.testing.driver import RULES, DriverReport, check_driver
from drivers.modbus.direct import DirectLink
from drivers.modbus.driver import ModbusDriver
from drivers.modbus.entry import Order
from drivers.modbus.map import load_map
from kernel.shell.clock import VirtualClock
from kernel.site import Device
from tests.contract.modbus_bench import bench
from tests.planted_drivers.planted import PlantedFault, planted_faults, report_of

FAULTS = planted_faults()


def names(report: DriverReport) -> set[str]:
    return {result.rule for result in report.broken}


@pytest.mark.system
async def test_nothing_is_found_where_nothing_is_planted() -> None:
    report = await report_of(None, whole=True)
    assert len(report.kept) == len(RULES), str(report)


@pytest.mark.system
@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
async def test_a_planted_driver_is_found_by_its_rule(fault: PlantedFault) -> None:
    report = await report_of(fault, whole=False)
    assert fault.rule in names(report), str(report)


def test_there_are_more_than_ten_and_each_has_a_rule() -> None:
    assert len(FAULTS) >= 10
    assert {fault.rule for fault in FAULTS} <= {rule.name for rule in RULES}


async def test_a_word_order_that_driver_and_simulator_share_is_found_by_the_reference() -> None:
    clock = VirtualClock(start_ns=10**18)
    device, made = bench("feeder_meter", clock)
    swapped = _swapped(load_map("feeder_meter"))
    device.registers = type(device.registers)(swapped)  # the simulator uses the wrong map too

    def driver(host: str, port: int) -> ModbusDriver:
        of = Device(name="meter", asset="f11", map="feeder_meter")
        return ModbusDriver(
            device=of, register_map=swapped, points=swapped.points(of.asset, of.name), rows=made.rows,
            link=DirectLink(device, clock), clock=clock,
        )  # fmt: skip

    report = await check_driver(replace(made, make=driver))
    assert names(report) == {"reads_the_reference"}


def _swapped(register_map: Any) -> Any:
    """Return a map whose floats have their words exchanged."""
    import msgspec

    entries = tuple(
        msgspec.structs.replace(entry, slot=msgspec.structs.replace(entry.slot, order=Order.CDAB))
        for entry in register_map.entries
    )
    return msgspec.structs.replace(register_map, entries=entries)
