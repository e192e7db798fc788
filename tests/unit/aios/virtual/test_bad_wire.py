"""What a bad wire makes of a reading and of a write, in the same process and through the same bytes."""

import random

import pytest

from aios.testing.wire_faults import disturb
from aios.virtual.bad_wire import BadWire, wire_faults
from drivers.modbus.bank import IllegalAddress
from drivers.modbus.direct import DirectLink
from drivers.modbus.entry import Table
from drivers.modbus.link import BadEcho, DeviceException, LinkDown, NoAnswer
from kernel.shell.clock import VirtualClock
from simulators.faults.bytes import BYTES, SOUND, WireCondition, wire_condition
from simulators.faults.fault import Fault
from simulators.faults.kinds import FaultKind as F
from simulators.faults.timeline import timeline


class Counting:
    """A device whose register counts how often it was read, and which remembers what was written."""

    def __init__(self) -> None:
        self.reads, self.written = 0, []

    def read(self, table, address, count, now_ns):
        if address > 100:
            raise IllegalAddress(table, address, count)
        self.reads += 1
        return [self.reads % 2 if table is Table.COIL else self.reads] * count

    def write(self, table, address, values, now_ns):
        self.written.append(list(values))


def wired(**condition) -> tuple[BadWire, Counting]:
    device = Counting()
    wire = BadWire(DirectLink(device, VirtualClock(start_ns=0)), unit=1, timeout_s=1.0, seed="7")
    wire.condition = WireCondition(**condition)
    return wire, device


async def read(wire: BadWire) -> list[int]:
    return await wire.read(1, Table.INPUT, 0, 2)


async def tried(wire: BadWire, times: int = 60) -> tuple[int, set[type]]:
    """Return how many of some readings came, and how the others failed."""
    came, how = 0, set()
    for _ in range(times):
        try:
            await read(wire)
            came += 1
        except (LinkDown, NoAnswer, BadEcho) as failure:
            how.add(type(failure))
    return came, how


async def test_a_sound_wire_carries_readings_bits_writes_and_refusals():
    wire, device = wired()
    assert await read(wire) == [1, 1]
    assert await wire.read(1, Table.COIL, 0, 10) == [0] * 10
    await wire.write(1, Table.HOLDING, 5, [1, 2, 3])
    await wire.mask_write(1, 5, 0x20, 0x70)
    assert device.written[0] == [1, 2, 3]
    with pytest.raises(DeviceException, match="illegal data address"):
        await wire.read(1, Table.INPUT, 200, 1)


LOST = {
    "silent": (True, 0, NoAnswer),
    "half_open": (True, 0, NoAnswer),
    "partition": (True, 0, LinkDown),
    "delay_s": (1.5, 0, NoAnswer),
    "loss": (0.3, 30, NoAnswer),
    "reset": (0.5, 30, NoAnswer),
    "garbage": (0.5, 30, BadEcho),
    "duplicate": (0.5, 30, BadEcho),
    "out_of_order": (0.5, 30, NoAnswer),
}


@pytest.mark.parametrize("name", LOST)
async def test_a_bad_wire_loses_readings_in_its_own_way(name: str):
    amount, expected, failure = LOST[name]
    wire, _ = wired(**{name: amount})
    came, how = await tried(wire)
    assert how == {failure}
    assert abs(came - expected) <= 12
    wire.condition = SOUND
    assert (await tried(wire, 5))[0] == 5


async def test_a_replay_shows_the_past_under_new_numbers():
    wire, device = wired()
    for _ in range(5):
        await read(wire)
    wire.condition = WireCondition(replay=3)
    assert [(await read(wire))[0] for _ in range(6)] == [3, 4, 5, 3, 4, 5]
    assert device.reads == 11


async def test_a_write_over_a_wire_that_loses_answers_is_executed_and_not_known():
    wire, device = wired(delay_s=5.0)
    with pytest.raises(NoAnswer):
        await wire.write(1, Table.HOLDING, 5, [9])
    assert device.written == [[9]]
    wire.condition = WireCondition(partition=True)
    with pytest.raises(LinkDown):
        await wire.write(1, Table.HOLDING, 5, [10])
    assert device.written == [[9]]


async def test_the_same_seed_loses_the_same_readings():
    one, other = wired(loss=0.3)[0], wired(loss=0.3)[0]
    assert [await tried(one, 1) for _ in range(40)] == [await tried(other, 1) for _ in range(40)]


@pytest.mark.parametrize("kind", sorted(BYTES))
def test_each_fault_of_bytes_is_a_condition_of_its_device_and_stands_in_the_truth(kind: F):
    fault = Fault(kind=kind, target="meter", onset_ns=10, end_ns=20)
    assert wire_condition([fault], "meter", 9) == wire_condition([fault], "meter", 20) == SOUND
    assert wire_condition([fault], "meter", 10) != SOUND
    assert wire_condition([fault], "other", 10) == SOUND
    assert timeline([fault], 30)[0].end_ns == 20


def test_every_field_of_a_condition_but_silence_is_said_to_the_proxy():
    sound = wire_faults(SOUND, timeout_s=1.0)
    assert all(disturb(one, b"abc", random.Random(1)).content == b"abc" for one in sound)
    for name, amount in {
        "loss": 0.5, "delay_s": 1.0, "half_open": True, "reset": 0.5, "garbage": 0.5, "replay": 2,
        "partition": True, "duplicate": 0.5, "out_of_order": 0.5,
    }.items():  # fmt: skip
        assert wire_faults(WireCondition(**{name: amount}), timeout_s=1.0) != sound, name
