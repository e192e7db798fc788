"""Health check of the gateway: asks it for its state over the local socket.

Exit code 0: it answers and its policy gate is well. 1: it does not; the reason is printed.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from kernel.shell.socket import GatewayAway, connect
from kernel.shell.wire import GetSnapshot, Snapshot

PATIENCE_S = 5.0


async def ask(socket: Path) -> str:
    """Return what is wrong; nothing when all is well."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            client = await connect(socket)
            answer = await client.ask(GetSnapshot())
            await client.close()
    except (GatewayAway, TimeoutError) as error:
        return str(error) or f"no answer within {PATIENCE_S} s"
    if not isinstance(answer, Snapshot):
        return f"answered {answer}"
    return "" if answer.gate.healthy else "its policy gate is not well"


if __name__ == "__main__":
    wrong = asyncio.run(ask(Path(sys.argv[1])))
    sys.exit(f"gateway: {wrong}" if wrong else 0)
