"""The peer: devices of a hundred registers behind pymodbus' own server, in a process of their own.

    python -m benchmarks.field_load.pymodbus_devices DEVICES

It prints its ports as JSON when it listens, and serves until told to end. Its registers stand still: that is
less than our devices do.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from typing import Any

import uvloop
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from benchmarks.field_load.devices import HOST, REGISTERS

logging.getLogger("pymodbus").setLevel(logging.CRITICAL)


async def serve(devices: int) -> None:
    """Serve until told to end."""
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    servers: list[Any] = []
    ports: list[int] = []
    for seed in range(devices):
        values = [(seed + place) % 2000 for place in range(REGISTERS)]
        held = SimDevice(id=1, simdata=[SimData(address=0, values=values, datatype=DataType.REGISTERS)])
        server = ModbusTcpServer(held, address=(HOST, 0))
        await server.serve_forever(background=True)
        servers.append(server)
        listening: Any = server.transport
        ports.append(listening.sockets[0].getsockname()[1])
    print(json.dumps(ports), flush=True)
    await told.wait()
    for server in servers:
        await server.shutdown()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
