"""Function 22 on a real socket: our link and our server."""

import pytest

from drivers.modbus.entry import Table
from tests.system.modbus_wire import Recorder, linked, serving

pytestmark = pytest.mark.system


async def test_a_mask_write_changes_only_its_bits_on_a_real_socket():
    bank = Recorder({(Table.HOLDING, 4): 0xFF0F})
    async with serving(bank) as server, linked(server.port) as link:
        await link.mask_write(1, 4, 0x0050, 0x0070)
    assert bank.writes == [(Table.HOLDING, 4, [0xFF5F])]
