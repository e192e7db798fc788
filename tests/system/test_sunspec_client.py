"""pysunspec2's own client, which is not ours, reads and limits the simulated SunSpec inverter."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from sunspec2.modbus.client import SunSpecModbusClientDeviceTCP

from drivers.modbus.server import TcpServer
from simulators.devices.sunspec_inverter import SunSpecInverter
from tests.fakes.still_clock import StillClock

pytestmark = pytest.mark.system


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
async def port(clock: StillClock) -> AsyncIterator[int]:
    server = TcpServer(SunSpecInverter(rating_kw=50.0, available_kw=40.0), clock)
    await server.open()
    yield server.port
    await server.close()


async def stock(port: int, ask: Callable[[Any], Any]) -> Any:
    """Let pysunspec2's client scan the device, and ask it something."""

    def run() -> Any:
        device = SunSpecModbusClientDeviceTCP(slave_id=1, ipaddr="127.0.0.1", ipport=port, timeout=2.0)
        try:
            device.scan()
            device.connect()
            return ask(device)
        finally:
            device.disconnect()

    return await asyncio.to_thread(run)


async def test_it_finds_every_model_whole(port):
    models = await stock(port, lambda device: [(one.model_id, one.error_info) for one in device.model_list])
    assert models == [(number, "") for number in (1, 103, 120, 121, 123, 701, 704, 705)]


async def test_it_reads_texts_scaled_numbers_and_repeating_groups_as_they_are(port):
    def read(device):
        old, new = device.inverter_three_phase[0], device.DERMeasureAC[0]
        return {
            "maker": device.common[0].Mn.value,
            "watts": old.W.cvalue,
            "hertz": old.Hz.cvalue,
            "volts": old.PhVphA.cvalue,
            "amps": old.A.cvalue,
            "hertz_701": new.Hz.cvalue,
            "energy": new.TotWhInj.cvalue,
            "not there": old.TmpSnk.cvalue,
            "rating": device.nameplate[0].WRtg.cvalue,
            "curve": device.DERVoltVar[0].Crv[1].Pt[3].Var.cvalue,
        }

    assert await stock(port, read) == {
        "maker": "AIOS Grid",
        "watts": 40_000,
        "hertz": 50.02,
        "volts": 230.1,
        "amps": pytest.approx(40_000 / 230.1, abs=0.05),
        "hertz_701": 50.02,
        "energy": 1_234_000,
        "not there": None,
        "rating": 50_000,
        "curve": -44.0,
    }


def limit_by_123(device, percent: float, seconds: int) -> None:
    controls = device.controls[0]
    controls.WMaxLimPct.cvalue = percent
    controls.WMaxLimPct_RvrtTms.value = seconds
    controls.WMaxLim_Ena.value = 1
    controls.write()


def limit_by_704(device, percent: float, seconds: int) -> None:
    controls = device.DERCtlAC[0]
    controls.WMaxLimPctRvrt.cvalue = 60.0
    controls.WMaxLimPctEnaRvrt.value = 1
    controls.WMaxLimPctRvrtTms.value = seconds
    controls.write()
    controls.WMaxLimPct.cvalue = percent
    controls.WMaxLimPctEna.value = 1
    controls.write()


def watts(device) -> float:
    return float(device.inverter_three_phase[0].W.cvalue)


@pytest.mark.parametrize(
    ("limit", "after_w"), [(limit_by_123, 40_000.0), (limit_by_704, 30_000.0)], ids=["model 123", "model 704"]
)
async def test_a_limit_it_writes_is_followed_and_falls_back_by_itself(port, clock, limit, after_w):
    await stock(port, lambda device: limit(device, 20.0, 30))
    assert await stock(port, watts) == 10_000.0
    clock.pass_s(29.9)
    assert await stock(port, watts) == 10_000.0
    clock.pass_s(0.1)
    assert await stock(port, watts) == after_w


async def test_the_time_that_is_left_counts_down(port, clock):
    await stock(port, lambda device: limit_by_704(device, 20.0, 30))

    def left(device):
        return device.DERCtlAC[0].WMaxLimPctRvrtRem.value

    assert await stock(port, left) == 30
    clock.pass_s(12.0)
    assert await stock(port, left) == 18
    clock.pass_s(60.0)
    assert await stock(port, left) == 0


async def test_a_limit_without_a_timer_stays(port, clock):
    await stock(port, lambda device: limit_by_123(device, 20.0, 0))
    clock.pass_s(1e6)
    assert math.isclose(await stock(port, watts), 10_000.0)


async def test_what_it_must_not_write_is_refused_and_changes_nothing(port):
    def overdo(device):
        with pytest.raises(Exception, match=r"(?i)exception"):
            limit_by_123(device, 120.0, 0)

    await stock(port, overdo)
    assert await stock(port, lambda device: device.controls[0].WMaxLimPct.cvalue) == 100.0
