"""pyModbusTCP, which shares no code with us: its client at our device, its server at our driver."""

import asyncio

import pytest
from pyModbusTCP.client import ModbusClient
from pyModbusTCP.server import DataBank, ModbusServer

from drivers.modbus.entry import Table
from drivers.modbus.link import DeviceException
from drivers.modbus.map import load_map
from tests.system.modbus_wire import (
    BREAKER,
    HOST,
    METER,
    WORLD,
    breaker,
    driver_on,
    linked,
    meter,
    pulse,
    serving,
)

pytestmark = pytest.mark.system


async def test_a_stock_client_reads_the_registers_that_our_driver_reads():
    async with serving(meter()) as server, linked(server.port) as link:
        stock = ModbusClient(host=HOST, port=server.port, unit_id=1, timeout=5)
        plan = driver_on(METER, link)._plan.requests
        for request in plan:
            theirs = await asyncio.to_thread(stock.read_input_registers, request.address, request.count)
            assert theirs == await link.read(1, request.table, request.address, request.count)
        stock.close()
    assert len(plan) > 0


async def test_a_stock_client_closes_our_breaker_once_and_is_told_what_is_refused():
    bank = breaker()
    async with serving(bank) as server:
        stock = ModbusClient(host=HOST, port=server.port, unit_id=1, timeout=5)
        assert await asyncio.to_thread(stock.write_single_coil, 1, bit_value=True)
        assert not await asyncio.to_thread(stock.write_single_coil, 60, bit_value=True)
        assert stock.last_except == 2
        stock.close()
    assert [one.quantity for one in bank.journal] == ["close"]


class Taken(DataBank):
    """Remembers what was written."""

    def __init__(self) -> None:
        super().__init__(coils_size=16, h_regs_size=200, i_regs_size=200)
        self.written = []

    def on_coils_change(self, address, from_value, to_value, srv_info):
        self.written.append(("coil", address, to_value))

    def on_holding_registers_change(self, address, from_value, to_value, srv_info):
        self.written.append(("holding", address, to_value))


@pytest.fixture
def stock():
    bank = Taken()
    server = ModbusServer(host=HOST, port=0, no_block=True, data_bank=bank)
    server.start()
    try:
        yield bank, server._service.server_address[1]
    finally:
        server.stop()


async def test_our_driver_reads_a_stock_server(stock):
    bank, port = stock
    source = meter()
    for entry in load_map("feeder_meter").entries:
        slot = entry.slot
        bank.set_input_registers(
            slot.address, source.read(Table.INPUT, slot.address, slot.end - slot.address, 0)
        )
    async with linked(port) as link:
        block = await driver_on(METER, link).read()
    assert block.value.tolist() == list(WORLD.values())
    assert not block.quality.any()


async def test_our_driver_writes_a_stock_server_once_by_every_function(stock):
    bank, port = stock
    async with linked(port) as link:
        await driver_on(BREAKER, link).write(pulse())
        await link.write(1, Table.HOLDING, 10, [7])
        await link.write(1, Table.HOLDING, 20, [8, 9])
        await link.write(1, Table.COIL, 3, [1, 0, 1])
        with pytest.raises(DeviceException, match="illegal data address"):
            await link.read(1, Table.HOLDING, 199, 2)
    closed = load_map("breaker").by_quantity["close"].slot.address
    assert bank.written == [
        ("coil", closed, True),
        ("holding", 10, 7),
        ("holding", 20, 8),
        ("holding", 21, 9),
        ("coil", 3, True),
        ("coil", 5, True),
    ]
