"""The client side of Modbus: requests as bytes, and serial ports; the one file that knows pymodbus.

pymodbus does not follow semantic versioning, so it is pinned exactly and stands behind these calls. Its
client is not among them: it looks for a frame in whatever comes, and a late answer to one request could
pass for that of the next. Waiting and judging are ours: `conversation.py`, `frame.py`, `rtu_frame.py`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from pymodbus.framer import FramerRTU, FramerSocket
from pymodbus.pdu import DecodePDU, ModbusPDU
from pymodbus.pdu.bit_message import (
    ReadCoilsRequest,
    ReadDiscreteInputsRequest,
    WriteMultipleCoilsRequest,
    WriteSingleCoilRequest,
)
from pymodbus.pdu.register_message import (
    MaskWriteRegisterRequest,
    ReadHoldingRegistersRequest,
    ReadInputRegistersRequest,
    WriteMultipleRegistersRequest,
    WriteSingleRegisterRequest,
)

from drivers.modbus.entry import BIT_TABLES, Table

# It logs every lost request; our driver says once that a device is away and once that it is back.
logging.getLogger("pymodbus").setLevel(logging.CRITICAL)

_READS: Final[dict[Table, type[ModbusPDU]]] = {
    Table.COIL: ReadCoilsRequest,
    Table.DISCRETE: ReadDiscreteInputsRequest,
    Table.INPUT: ReadInputRegistersRequest,
    Table.HOLDING: ReadHoldingRegistersRequest,
}
PARITY: Final = {"none": "N", "even": "E", "odd": "O"}
_MBAP: Final = FramerSocket(DecodePDU(False))  # noqa: FBT003 - pymodbus takes it so: not a server's
_RTU: Final = FramerRTU(DecodePDU(False))  # noqa: FBT003


@lru_cache(maxsize=4096)
def read_body(table: Table, address: int, count: int) -> bytes:
    """Return a read request, function code first.

    Raises:
        ValueError: the protocol has no such request.

    >>> read_body(Table.HOLDING, 100, 6).hex(" ")
    '03 00 64 00 06'
    """
    return _encoded(_READS[table](address=address, count=count))


def write_body(table: Table, address: int, values: Sequence[int]) -> bytes:
    """Return a write request, function code first: 5 or 6 for one value, 15 or 16 for several.

    >>> write_body(Table.COIL, 1, [1]).hex(" ")
    '05 00 01 ff 00'
    """
    if table in BIT_TABLES:
        bits = [bool(value) for value in values]
        coils = WriteSingleCoilRequest if len(bits) == 1 else WriteMultipleCoilsRequest
        return _encoded(coils(address=address, bits=bits))
    registers = WriteSingleRegisterRequest if len(values) == 1 else WriteMultipleRegistersRequest
    return _encoded(registers(address=address, registers=list(values)))


def mask_body(address: int, bits: int, mask: int) -> bytes:
    """Return the request that writes the bits in `mask` as in `bits` and no others.

    Source: Modbus Application Protocol V1.1b3, 6.16: (register AND and_mask) OR (or_mask AND NOT and_mask).

    >>> mask_body(4, 0x0020, 0x0070).hex(" ")
    '16 00 04 ff 8f 00 20'
    """
    return _encoded(MaskWriteRegisterRequest(address=address, and_mask=~mask & 0xFFFF, or_mask=bits & mask))


def mbap_frame(body: bytes, unit: int, transaction: int) -> bytes:
    """Put the header of Modbus TCP before a body.

    >>> mbap_frame(bytes.fromhex("03 0064 0006"), 1, 7).hex(" ")
    '00 07 00 00 00 06 01 03 00 64 00 06'
    """
    return _MBAP.encode(body, unit, transaction)


def rtu_frame(body: bytes, unit: int, transaction: int = 0) -> bytes:
    """Put a unit before a body and its checksum behind; there is no transaction number.

    >>> rtu_frame(bytes.fromhex("03 0000 0001"), 1).hex(" ")
    '01 03 00 00 00 01 84 0a'
    """
    return _RTU.encode(body, unit, transaction)


async def open_serial(
    listening: Callable[[], asyncio.Protocol], path: str, *, baud: int, parity: str, stop_bits: int
) -> asyncio.Transport:
    """Open a serial port for us alone, 8 data bits.

    Raises:
        OSError: there is no such port, or somebody else has it.
    """
    import termios  # noqa: PLC0415 - few need it

    from pymodbus.transport.serialtransport import create_serial_connection  # noqa: PLC0415

    loop, settings = asyncio.get_running_loop(), f"{baud} baud, parity {parity}, {stop_bits} stop bits"
    try:
        transport, _ = await create_serial_connection(
            loop,
            listening,
            path,
            baudrate=baud,
            bytesize=8,
            parity=PARITY[parity],
            stopbits=stop_bits,
            timeout=0,
        )
    except termios.error as error:  # it is no OSError
        raise OSError(f"{path} cannot do {settings}: {error}") from error
    await asyncio.sleep(0)  # in one turn of the loop it begins to listen,
    await asyncio.sleep(0)  # in the next it says so
    return transport


def _encoded(request: ModbusPDU) -> bytes:
    return bytes([request.function_code]) + request.encode()
