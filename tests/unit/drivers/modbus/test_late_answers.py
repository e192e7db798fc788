"""An orphaned reply never answers the next request: no transaction numbers, in virtual time."""

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aios.testing.seeded_loop import SeededLoop
from drivers.modbus.client import rtu_frame
from drivers.modbus.entry import Table
from drivers.modbus.framing import RTU
from drivers.modbus.link import BadEcho, Broadcast, Lapsed, LinkDown, NoAnswer
from drivers.modbus.stream_link import StreamLink

TIMEOUT_S = 1.0
GAP_S = 0.002
EPSILON_S = 1e-6


class Wire(asyncio.Transport):
    """A line on which every request is answered by its own number, as late as the script says."""

    def __init__(self, device: "Slow", listener: asyncio.Protocol) -> None:
        super().__init__()
        self._device, self._listener, self._gone = device, listener, False

    def write(self, data: bytes) -> None:
        self._device.asked(bytes(data), self.hear)

    def hear(self, data: bytes) -> None:
        if not self._gone:
            self._listener.data_received(data)

    def is_closing(self) -> bool:
        return self._gone

    def abort(self) -> None:
        self._gone = True


@dataclass
class Slow:
    """Devices on a line; a delay of None is no answer at all."""

    delays: list
    can_drop: bool = False
    name: str = "line"
    framing = RTU
    gap_s: float = GAP_S
    number: int = 0
    sent: list = field(default_factory=list)
    listeners: list = field(default_factory=list)

    async def connect(self, listening) -> None:
        listener = listening()
        wire = Wire(self, listener)
        self.listeners.append(wire)
        listener.connection_made(wire)

    def asked(self, request: bytes, _) -> None:
        loop = asyncio.get_running_loop()
        self.number += 1
        self.sent.append((loop.time(), request))
        delay_s = self.delays.pop(0) if self.delays else 0.01
        if delay_s is not None:
            answer = rtu_frame(b"\3\2" + self.number.to_bytes(2, "big"), request[0])
            # what comes late comes over the connection that is there then, as a serial gateway does it
            loop.call_later(delay_s, lambda: self.listeners[-1].hear(answer))


def run(work):
    loop = SeededLoop(0)
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()


DELAY = st.one_of(
    st.none(),
    st.floats(0.0, 0.99 * TIMEOUT_S),
    st.floats(TIMEOUT_S, 2 * TIMEOUT_S - EPSILON_S),
)


async def poll(slow: Slow, units: list[int], patience: list[float]) -> list[tuple[int, int]]:
    """Read a register of each unit in turn; return what came with the number of the request it came for."""
    link, got = StreamLink(slow, timeout_s=TIMEOUT_S), []
    for unit, wait_s in zip(units, patience, strict=True):
        before = slow.number
        try:
            async with asyncio.timeout(wait_s):
                (value,) = await link.read(unit, Table.HOLDING, 0, 1)
        except (NoAnswer, BadEcho, TimeoutError):
            assert slow.number <= before + 1
        else:
            got.append((value, slow.number))
    await link.close()
    return got


@pytest.mark.parametrize("can_drop", [False, True], ids=["serial", "behind a gateway"])
@settings(max_examples=300, deadline=None)
@given(
    delays=st.lists(DELAY, max_size=12),
    units=st.lists(st.integers(1, 2), min_size=12, max_size=12),
    patience=st.lists(st.sampled_from([0.3, 0.9, 60.0]), min_size=12, max_size=12),
)
def test_an_answer_that_comes_late_is_never_taken_for_that_of_a_later_request(
    can_drop, delays, units, patience
):
    got = run(poll(Slow(delays, can_drop), units, patience))
    assert [value for value, _ in got] == [number for _, number in got]


async def times(slow: Slow, *units: int) -> list[float]:
    link = StreamLink(slow, timeout_s=TIMEOUT_S)
    for unit in units:
        try:
            await link.read(unit, Table.HOLDING, 0, 1)
        except NoAnswer:
            continue
    return [at_s for at_s, _ in slow.sent]


def test_a_silent_unit_is_asked_again_after_twice_its_time_out_and_the_others_at_once():
    first, other, again = run(times(Slow([None]), 1, 2, 1))
    assert other - first == pytest.approx(TIMEOUT_S + GAP_S, abs=EPSILON_S)
    assert again - first == pytest.approx(2 * TIMEOUT_S + GAP_S, abs=EPSILON_S)


def test_a_unit_whose_late_answer_has_come_is_asked_again_at_once():
    first, again = run(times(Slow([TIMEOUT_S + 0.2]), 1, 1))
    assert again - first == pytest.approx(TIMEOUT_S + 0.2 + GAP_S, abs=EPSILON_S)


def test_between_two_frames_the_line_is_silent():
    first, second = run(times(Slow([0.01]), 1, 2))
    assert second - first == pytest.approx(0.01 + GAP_S, abs=EPSILON_S)


def test_nobody_talks_into_an_answer_that_a_cancelled_caller_left_behind():
    async def two(slow: Slow) -> None:
        link = StreamLink(slow, timeout_s=TIMEOUT_S)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await link.read(1, Table.HOLDING, 0, 1)
        assert await link.read(2, Table.HOLDING, 0, 1) == [2]

    slow = Slow([0.5])
    run(two(slow))
    assert slow.sent[1][0] == pytest.approx(0.5 + GAP_S, abs=EPSILON_S)


def test_a_write_that_waited_for_the_line_until_it_was_no_longer_valid_never_leaves():
    async def late(slow: Slow) -> None:
        link, loop = StreamLink(slow, timeout_s=TIMEOUT_S), asyncio.get_running_loop()
        with pytest.raises(NoAnswer):
            await link.read(1, Table.HOLDING, 0, 1)
        with pytest.raises(Lapsed):
            await link.write(1, Table.HOLDING, 0, [5], lambda: loop.time() <= 1.5)

    slow = Slow([None])
    run(late(slow))
    assert len(slow.sent) == 1


def test_each_unit_may_have_a_time_out_of_its_own():
    async def patient(slow: Slow) -> None:
        link = StreamLink(slow, timeout_s=0.1)
        link.wait_for(2, 5.0)
        with pytest.raises(NoAnswer):
            await link.read(1, Table.HOLDING, 0, 1)
        assert await link.read(2, Table.HOLDING, 0, 1) == [2]

    run(patient(Slow([None, 3.0])))


def test_a_broadcast_never_leaves():
    async def cry(slow: Slow) -> None:
        link = StreamLink(slow)
        with pytest.raises(Broadcast):
            await link.write(0, Table.COIL, 0, [1])
        with pytest.raises(Broadcast):
            await link.read(0, Table.COIL, 0, 1)

    slow = Slow([])
    run(cry(slow))
    assert slow.sent == []


def test_a_line_whose_port_is_lost_is_down_and_opened_again():
    async def lose(slow: Slow) -> None:
        link = StreamLink(slow, timeout_s=TIMEOUT_S)
        assert await link.read(1, Table.HOLDING, 0, 1) == [1]
        slow.listeners[-1].abort()
        assert await link.read(1, Table.HOLDING, 0, 1) == [2]
        assert len(slow.listeners) == 2

    run(lose(Slow([])))


def test_a_port_that_cannot_be_opened_says_why():
    async def fail(slow: Slow) -> None:
        async def refuse(listening) -> None:
            raise OSError("no such port")

        slow.connect = refuse
        with pytest.raises(LinkDown, match="line cannot be reached: no such port"):
            await StreamLink(slow).read(1, Table.HOLDING, 0, 1)

    run(fail(Slow([])))
