"""Line, link and RTU together: the silence after a lost answer is nobody's slow answer, and is paid for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from aios.testing.seeded_loop import run_seeded
from drivers.modbus.breaker import CREDIT_S, SHARE
from drivers.modbus.entry import Table
from drivers.modbus.line import Line
from drivers.modbus.link import FAILURES, Lapsed, LinkDown, NoAnswer
from drivers.modbus.seat import Seat
from drivers.modbus.stream_link import StreamLink
from tests.fakes.rtu_devices import RtuDevices

HOLDING = Table.HOLDING
TIMEOUT_S = 1.0
GAP_S = 0.002


def in_virtual_time(test: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    def run() -> None:
        run_seeded(test(), seed=9)  # type: ignore[arg-type]

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


def line_of(devices: RtuDevices, timeouts_s: dict[int, float]) -> dict[int, Seat]:
    link = StreamLink(devices, timeout_s=max(timeouts_s.values()))
    line = Line(link, name="line", gap_s=devices.gap_s)
    for unit, timeout_s in timeouts_s.items():
        link.wait_for(unit, timeout_s)
    return {
        unit: line.seat(f"d{unit}", timeout_s=timeout_s, wanted_s=1.0)
        for unit, timeout_s in timeouts_s.items()
    }


async def poll(unit: int, seat: Seat, seconds: float, every_s: float = 1.0) -> list[bool]:
    """Read a device every so often; tell of each reading whether it was answered."""
    loop, answered = asyncio.get_running_loop(), []
    end_s = loop.time() + seconds
    while loop.time() < end_s:
        await asyncio.sleep((loop.time() // every_s + 1) * every_s - loop.time())
        answered.append(False)
        with suppress(*FAILURES):
            await seat.read(unit, HOLDING, 0, 1)
            answered[-1] = True
    return answered


@in_virtual_time
async def test_a_write_soon_after_a_lost_read_of_its_device_waits_for_the_silence_and_is_acknowledged():
    devices = RtuDevices(takes_s={1: None})
    one = line_of(devices, {1: TIMEOUT_S, 2: TIMEOUT_S})[1]
    with pytest.raises(NoAnswer):
        await one.read(1, HOLDING, 0, 1)
    devices.takes_s[1] = 0.9
    await one.write(1, HOLDING, 0, [5])
    assert [round(at_s, 3) for at_s, _, _ in devices.sent] == [0.0, 2 * TIMEOUT_S + GAP_S]
    assert one.breaker.failures == 0
    assert one.profile.traffic().p99_ms == pytest.approx(900.0, rel=0.1)


@in_virtual_time
async def test_while_one_device_is_not_asked_for_the_sake_of_its_late_answer_its_neighbours_are():
    devices = RtuDevices(takes_s={1: None})
    one, two = line_of(devices, {1: TIMEOUT_S, 2: TIMEOUT_S}).values()
    with pytest.raises(NoAnswer):
        await one.read(1, HOLDING, 0, 1)
    writing = asyncio.ensure_future(one.write(1, HOLDING, 0, [5]))
    await asyncio.sleep(0)
    await two.read(2, HOLDING, 0, 1)
    assert [unit for _, unit, _ in devices.sent] == [1, 2]
    writing.cancel()
    await asyncio.wait({writing})


@in_virtual_time
async def test_a_write_that_comes_while_the_wire_must_be_silent_leaves_before_what_waits_for_it():
    devices = RtuDevices(takes_s={1: None})
    one, two, three = line_of(devices, {1: TIMEOUT_S, 2: TIMEOUT_S, 3: TIMEOUT_S}).values()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):  # its caller gives up, and its answer may still come
            await one.read(1, HOLDING, 0, 1)
    reading = asyncio.ensure_future(two.read(2, HOLDING, 0, 1))
    await asyncio.sleep(0.1)
    await three.write(3, HOLDING, 0, [1])
    await reading
    assert [unit for _, unit, _ in devices.sent] == [1, 3, 2]
    assert devices.sent[1][0] == pytest.approx(TIMEOUT_S, abs=2 * GAP_S)


@in_virtual_time
async def test_a_write_whose_validity_ends_in_the_silence_never_leaves_and_is_counted_nowhere():
    devices = RtuDevices(takes_s={1: None})
    one = line_of(devices, {1: TIMEOUT_S})[1]
    loop = asyncio.get_running_loop()
    with pytest.raises(NoAnswer):
        await one.read(1, HOLDING, 0, 1)
    with pytest.raises(Lapsed):
        await one.write(1, HOLDING, 0, [5], lambda: loop.time() <= 1.5)
    assert len(devices.sent) == one.line.state().requests == 1
    assert one.breaker.failures == 1
    assert one.tried_s == 0.0


@in_virtual_time
async def test_a_short_probe_fails_no_neighbour_and_its_silence_is_paid_from_the_stated_share():
    devices = RtuDevices()
    seats = line_of(devices, {1: 8.0, 2: 0.3, 3: 0.3})
    await asyncio.gather(*(poll(unit, seat, 30.0) for unit, seat in seats.items()))
    devices.takes_s[1] = None
    seconds = 600.0
    _, two, three = await asyncio.gather(*(poll(unit, seat, seconds) for unit, seat in seats.items()))
    assert all(two)
    assert all(three)
    assert [seat.profile.timeouts for seat in seats.values()][1:] == [0, 0]
    asked = [at_s for at_s, unit, _ in devices.sent if unit == 1 and at_s > 31.0]
    assert len(asked) > 3
    silent_s = 8.0 * len(asked)  # nobody talks until the whole time-out of each is over
    assert silent_s <= CREDIT_S + SHARE * seconds + 2 * 8.0
    assert seats[2].line.state().failing_percent == pytest.approx(100 * silent_s / 630.0, rel=0.1)
    assert seats[2].profile.traffic().p99_ms == pytest.approx(10.0, rel=0.1)


@in_virtual_time
async def test_a_lost_device_that_answers_again_is_found_at_its_first_probe_however_short():
    devices = RtuDevices()
    one = line_of(devices, {1: 5.0})[1]
    await one.read(1, HOLDING, 0, 1)  # from then on a probe waits for a moment only
    devices.takes_s[1] = None
    for _ in range(2):
        with pytest.raises(NoAnswer):
            await one.read(1, HOLDING, 0, 1)
    devices.takes_s[1] = 0.01
    await asyncio.sleep(1.5)
    await one.read(1, HOLDING, 0, 1)
    assert one.breaker.failures == 0


@in_virtual_time
async def test_a_wire_on_which_somebody_talks_unasked_is_down_and_no_write_on_it_is_in_doubt():
    devices = RtuDevices()
    one = line_of(devices, {1: TIMEOUT_S})[1]
    await one.read(1, HOLDING, 0, 1)

    async def babble() -> None:
        while True:
            devices.say(b"\x55")
            await asyncio.sleep(GAP_S / 2)

    babbling = asyncio.ensure_future(babble())
    await asyncio.sleep(0.1)
    with pytest.raises(LinkDown, match="never silent"):
        async with asyncio.timeout(10 * TIMEOUT_S):
            await one.write(1, HOLDING, 0, [5])
    assert len(devices.sent) == 1
    assert one.breaker.failures == 0
    babbling.cancel()
    await asyncio.wait({babbling})
