"""Bits of a holding register are written by function 22, so that nobody else's are undone; or not at all."""

import pytest

from drivers.modbus.client import mask_body, mbap_frame, rtu_frame
from drivers.modbus.direct import DirectLink
from drivers.modbus.driver import make
from drivers.modbus.entry import Table
from drivers.modbus.frame import fault_of_reply
from drivers.modbus.map import as_map, load_map
from drivers.modbus.map_file import read_map_text
from drivers.modbus.rtu_frame import fault_of_rtu_reply
from kernel.command import Command, Transmission
from kernel.point import Operation
from kernel.site import Device
from simulators.devices.registers import Registers

MAP = """title = "t"
source = "s"
[limits]
functions = [3, 22]
[[points]]
quantity = "mode"
unit = "1"
table = "holding"
address = 4
type = "u16"
order = "ORDER"
bits = [4, 6]
kind = "code"
states = { 0 = "off", 5 = "on" }
access = "read_write"
writing = { low = 0, high = 7, safe_value = 0, on_loss = "hold" }
"""


def masked(word: int, body: bytes) -> int:
    """Return a register after a mask write. Source: Modbus Application Protocol V1.1b3, 6.16."""
    and_mask, or_mask = int.from_bytes(body[3:5]), int.from_bytes(body[5:7])
    return word & and_mask | or_mask & ~and_mask & 0xFFFF


def test_the_formula_is_that_of_the_specifications_example():
    example = bytes.fromhex("16 00 04 00 F2 00 25")
    assert masked(0x12, example) == 0x17


@pytest.mark.parametrize("word", [0x0000, 0xFFFF, 0xA5A5, 0x0012], ids=hex)
def test_the_request_changes_the_bits_it_names_and_no_others(word):
    body = mask_body(4, 0x0050, 0x0070)
    assert (body[0], int.from_bytes(body[1:3])) == (22, 4)
    assert masked(word, body) == word & ~0x0070 | 0x0050


@pytest.mark.parametrize(
    ("frame", "judge"), [(mbap_frame, fault_of_reply), (rtu_frame, fault_of_rtu_reply)], ids=["tcp", "rtu"]
)
def test_only_the_same_masks_in_the_answer_confirm_it(frame, judge):
    request = frame(mask_body(4, 0x0050, 0x0070), 1, 7)
    assert judge(request, request) is None
    assert judge(request, frame(mask_body(4, 0x0040, 0x0070), 1, 7))
    assert judge(request, frame(mask_body(4, 0x0050, 0x00F0), 1, 7))
    assert judge(request, request[:-3]) == "incomplete"


class Bank:
    """A device of registers that keeps what is written."""

    def __init__(self, registers: Registers) -> None:
        self.registers = registers

    def read(self, table, address, count, now_ns):
        return self.registers.read(table, address, count)

    def write(self, table, address, values, now_ns):
        self.registers.put(table, address, values)


def command(value: float) -> Command:
    return Command(
        id="c", trace="t", point="d/mode", value=value, operation=Operation.SETPOINT, tick=1,
        issued_at_ns=0, valid_until_ns=2**62, authority="gate", revision="r", reason="test",
    )  # fmt: skip


def written(tmp_path, order: str):
    path = tmp_path / "own.toml"
    path.write_text(MAP.replace("ORDER", order))
    own = as_map("own", read_map_text(path.read_text(), "own.toml"))
    return Device(name="d", asset="d", map=str(path)), Registers(own)


@pytest.mark.parametrize(("order", "before", "after"), [("ABCD", 0xFF0F, 0xFF5F), ("BADC", 0x0FFF, 0x5FFF)])
async def test_a_command_on_bits_leaves_all_other_bits_as_the_device_has_them(
    tmp_path, clock, order, before, after
):
    device, registers = written(tmp_path, order)
    registers.put(Table.HOLDING, 4, [before])
    link = DirectLink(Bank(registers), clock)
    driver = make(device, load_map(device.map).points("d"), range(1), clock, link)
    assert (await driver.write(command(5.0))).transmission is Transmission.WRITTEN
    assert registers.read(Table.HOLDING, 4, 1) == [after]
    assert (await driver.read()).value.tolist() == [5.0]


class PlainLink:
    """A link that knows nothing of function 22."""

    def __init__(self) -> None:
        self.written: list[tuple[int, ...]] = []

    async def open(self) -> None: ...
    async def ready(self, unit: int | None = None) -> None: ...
    async def close(self) -> None: ...

    async def write(self, unit, table, address, values, valid=None):
        self.written.append(tuple(values))


async def test_a_link_that_cannot_write_bits_writes_nothing_rather_than_the_whole_register(tmp_path, clock):
    device, _ = written(tmp_path, "ABCD")
    link = PlainLink()
    driver = make(device, load_map(device.map).points("d"), range(1), clock, link)
    sent = await driver.write(command(5.0))
    assert (sent.transmission, link.written) == (Transmission.NOT_SENT, [])
    assert "function 22" in sent.detail
