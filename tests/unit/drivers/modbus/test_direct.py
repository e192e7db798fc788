import pytest

from drivers.modbus.bank import IllegalAddress, IllegalValue
from drivers.modbus.direct import DirectLink
from drivers.modbus.entry import Table
from drivers.modbus.link import DeviceException, NoAnswer


class Cells:
    """Ten holding registers that take nothing above 9."""

    def __init__(self) -> None:
        self.cells = [0] * 10
        self.times: list[int] = []

    def read(self, table, address, count, now_ns):
        self.times.append(now_ns)
        if table is not Table.HOLDING or address + count > 10:
            raise IllegalAddress(table, address, count)
        return self.cells[address : address + count]

    def write(self, table, address, values, now_ns):
        if max(values) > 9:
            raise IllegalValue("above 9")
        self.read(table, address, len(values), now_ns)
        self.cells[address : address + len(values)] = values


async def test_what_is_written_is_read_back_at_the_time_of_the_clock(clock):
    link = DirectLink(Cells(), clock)
    await link.open()
    await link.write(1, Table.HOLDING, 2, [7, 8])
    assert await link.read(1, Table.HOLDING, 1, 4) == [0, 7, 8, 0]
    await link.close()


async def test_the_device_sees_operational_time(clock):
    cells = Cells()
    clock.pass_s(5)
    await DirectLink(cells, clock).read(1, Table.HOLDING, 0, 1)
    assert cells.times == [6_000_000_000]


@pytest.mark.parametrize(("address", "value", "code"), [(9, 1, 2), (0, 10, 3)], ids=["address", "value"])
async def test_refusals_of_the_device_are_its_exception_codes(clock, address, value, code):
    with pytest.raises(DeviceException) as refusal:
        await DirectLink(Cells(), clock).write(1, Table.HOLDING, address, [value, value])
    assert refusal.value.code == code


async def test_reading_what_is_not_there_is_refused(clock):
    with pytest.raises(DeviceException, match="illegal data address"):
        await DirectLink(Cells(), clock).read(1, Table.INPUT, 0, 1)


async def test_a_silent_device_neither_answers_nor_executes(clock):
    cells = Cells()
    link = DirectLink(cells, clock)
    link.silent = True
    with pytest.raises(NoAnswer):
        await link.write(1, Table.HOLDING, 0, [5])
    with pytest.raises(NoAnswer):
        await link.read(1, Table.HOLDING, 0, 1)
    link.silent = False
    assert await link.read(1, Table.HOLDING, 0, 1) == [0]


async def test_a_device_answers_for_its_own_unit_only(clock):
    with pytest.raises(NoAnswer, match="unit 3"):
        await DirectLink(Cells(), clock, unit=2).read(3, Table.HOLDING, 0, 1)
