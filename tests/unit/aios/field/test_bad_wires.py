"""The same conditions of wires on real sockets: a proxy stands before each device that has a bad one."""

from __future__ import annotations

import pytest

from aios.field.bad_wires import BadWires, NoProxy
from drivers.modbus.entry import Table
from drivers.modbus.link import BadEcho, LinkDown, NoAnswer
from drivers.modbus.stream_link import StreamLink, tcp_link
from kernel.shell.clock import VirtualClock
from kernel.site import Device
from simulators.faults.fault import Fault
from simulators.faults.kinds import FaultKind as F
from simulators.field.server import FieldServers

KINDS = {
    F.LOSS: NoAnswer,
    F.DELAY: NoAnswer,
    F.HALF_OPEN: NoAnswer,
    F.RESET: NoAnswer,
    F.GARBAGE: BadEcho,
    F.PARTITION: NoAnswer,
    F.DUPLICATE: BadEcho,
    F.OUT_OF_ORDER: NoAnswer,
}
ORDER = [*KINDS, F.REPLAY]


class Counting:
    """A device whose register counts how often it was read."""

    journal = ()

    def __init__(self) -> None:
        self.reads = 0

    def read(self, table, address, count, now_ns):
        self.reads += 1
        return [self.reads] * count

    def write(self, table, address, values, now_ns): ...

    def sense(self, quantities, now_ns): ...

    def actuation(self, now_ns):
        return {}


def faults() -> list[Fault]:
    """One fault of each kind, each for ten nanoseconds of its own."""
    return [
        Fault(
            target="bad", kind=kind, onset_ns=100 * place, end_ns=100 * place + 10,
            amount=60.0 if kind is F.DELAY else 1.0,
        )
        for place, kind in enumerate(ORDER, start=1)
    ]  # fmt: skip


async def came(link: StreamLink) -> int | type[Exception]:
    """Return what was read, or how it failed; a link that pauses is asked until it has tried."""
    for _ in range(10_000):
        try:
            return (await link.read(1, Table.INPUT, 0, 2))[0]
        except LinkDown as down:
            if "later" not in str(down):
                return LinkDown
            await link_pause()
        except (NoAnswer, BadEcho) as failure:
            return type(failure)
    raise AssertionError("it never tried again")


async def link_pause() -> None:
    """Let the loop turn: the pause between two attempts is real."""
    import asyncio

    await asyncio.sleep(0.001)


async def test_every_fault_of_bytes_befalls_a_real_socket_and_ends():
    good, bad = (Device(name=name, asset="a", map="feeder_meter", timeout_s=0.1) for name in ("good", "bad"))
    wires, clock = BadWires((good, bad), faults()), VirtualClock(start_ns=0)
    async with FieldServers(wires.behind({good: Counting(), bad: Counting()}), clock) as servers:
        ports = await wires.open(servers.ports)
        assert ports["good"] == servers.ports["good"]
        assert ports["bad"] != servers.ports["bad"]
        link = tcp_link("127.0.0.1", ports["bad"], timeout_s=0.1)
        try:
            for place, kind in enumerate(ORDER, start=1):
                before = await came(link)
                assert isinstance(before, int), f"not sound before {kind}"
                wires.set(100 * place)
                seen = await came(link)
                if kind is F.REPLAY:
                    assert seen == await came(link) == before
                else:
                    assert seen is KINDS[kind], kind
                wires.set(100 * place + 10)
        finally:
            await link.close()
            await wires.close()


def test_a_device_on_a_shared_port_or_a_serial_line_has_no_proxy():
    fault = [Fault(target="one", kind=F.LOSS, onset_ns=0)]
    one, other = (
        Device(name=n, asset="a", map="feeder_meter", port=1502, unit=u) for n, u in (("one", 1), ("two", 2))
    )
    with pytest.raises(NoProxy, match="one"):
        BadWires((one, other), fault)
    with pytest.raises(NoProxy, match="one"):
        BadWires((Device(name="one", asset="a", map="feeder_meter", serial="/dev/ttyS1"),), fault)


def test_a_field_without_such_faults_is_served_as_it_is():
    device = Device(name="one", asset="a", map="feeder_meter", port=1502)
    silent = [Fault(target="one", kind=F.SILENT, onset_ns=0)]
    assert BadWires((device,), silent).behind({device: 1}) == {device: 1}
