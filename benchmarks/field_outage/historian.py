"""A historian process over an outbox: `python -m benchmarks.field_outage.historian OUTBOX DSN`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from benchmarks.field_outage.telemetry import POINTS
from drivers.historian.forwarder import run_forwarder
from drivers.historian.postgres import PostgresHistorian
from drivers.historian.sink import HistorySink
from kernel.shell.clock import SystemClock


async def main(outbox: Path, dsn: str) -> None:
    """Forward until killed."""
    await run_forwarder(outbox, [HistorySink(PostgresHistorian(dsn, POINTS))], clock=SystemClock())


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
