"""Without a wire a device is asked as it is on one: the same answers, the same words, the same counts."""

import numpy as np
import pytest

from drivers.modbus.bank import IllegalAddress
from drivers.modbus.direct import DirectLink
from drivers.modbus.driver import ModbusDriver
from drivers.modbus.entry import Encoding, Entry, Poll, Slot, Table
from drivers.modbus.link import NoAnswer
from drivers.modbus.map import RegisterMap
from kernel.site import Device

PLACES = (0, 100, 200)


class Cells:
    """Registers that refuse some addresses, and are gone from one on."""

    def __init__(self) -> None:
        self.refused: set[int] = set()
        self.gone_from = 1000

    def read(self, table, address, count, now_ns):
        if address >= self.gone_from:
            raise NoAnswer("gone")
        if address in self.refused:
            raise IllegalAddress(table, address, count)
        return [address + 1] * count

    def write(self, table, address, values, now_ns): ...


class OnAWire:
    """The same link, asked as one that may be waited for."""

    def __init__(self, link: DirectLink) -> None:
        self.read, self.open, self.close, self.ready = link.read, link.open, link.close, link.ready


def driver_of(link, clock) -> ModbusDriver:
    entries = tuple(
        Entry(
            quantity=f"q{place}",
            unit="1",
            table=Table.HOLDING,
            slot=Slot(address=place, encoding=Encoding.U16),
            poll=Poll.FAST,
        )
        for place in PLACES
    )
    register_map = RegisterMap(name="m", title="m", source="", gap=0, entries=entries)
    points = register_map.points("a")
    return ModbusDriver(
        device=Device(name="d", asset="a", map="m"),
        register_map=register_map,
        points=points,
        rows=range(len(points)),
        link=link,
        clock=clock,
    )


@pytest.mark.parametrize("gone_from", [100, 200, 1000])
@pytest.mark.parametrize("refused", [set(), {100}, {0, 200}, set(PLACES)], ids=str)
async def test_asking_without_a_wire_is_asking(clock, refused, gone_from):
    cells = Cells()
    link = DirectLink(cells, clock)
    direct, waiting = driver_of(link, clock), driver_of(OnAWire(link), clock)
    for silent, now_refused, now_gone in (
        (False, set(), 1000),
        (False, refused, 1000),
        (False, refused, gone_from),
        (True, refused, 1000),
        (False, set(), 1000),
    ):
        link.silent, cells.refused, cells.gone_from = silent, now_refused, now_gone
        clock.pass_s(1)
        one, other = await direct.read(), await waiting.read()
        for column in ("value", "quality", "at_ns", "available_at_ns"):
            np.testing.assert_array_equal(getattr(one, column), getattr(other, column))
        counts = [
            (t.answers, t.timeouts, t.exceptions, t.rubbish) for t in (direct.traffic(), waiting.traffic())
        ]
        assert counts[0] == counts[1]
