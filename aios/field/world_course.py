"""The course of a world that runs on its own clock: counted as a study counts, and written as one file."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from aios.studies.ledger import GridLedger
from aios.studies.result import Column, Table
from simulators.networks.network import Network
from simulators.world import World

COURSE: Final = "course.json"


class WorldCourse:
    """Takes what a world did since it was asked last."""

    def __init__(self, network: Network, end_ns: int) -> None:
        """Begin to count.

        Args:
            network: of the world.
            end_ns: what happens from then on counts no more.
        """
        self._ledger, self._end_ns = GridLedger(network), end_ns

    def take(self, world: World) -> None:
        """Count what the last call of `advance` lived through."""
        for stretch in world.stretches:
            if stretch.since_ns < self._end_ns:
                until_ns = min(stretch.until_ns, self._end_ns)
                self._ledger.live(msgspec.structs.replace(stretch, until_ns=until_ns))

    def write(self, root: Path, world: World) -> None:
        """Write `course.json`: KPIs of the grid and tables, whole or not at all."""
        hottest = max(world.hottest_c.values(), default=math.nan)
        kpis = {**self._ledger.values(), "hot_spot_max_c": hottest, **world.counted}
        tables = {
            name: {column: _plain(values) for column, values in table.items()}
            for name, table in self._ledger.tables().items()
        }
        fresh = root / f".{COURSE}"
        fresh.write_bytes(msgspec.json.encode({"kpis": kpis, "tables": tables}))
        fresh.rename(root / COURSE)


def read_course(root: Path) -> tuple[dict[str, float], dict[str, Table]]:
    """Return KPIs and tables as they were written; a hole is NaN again.

    Raises:
        FileNotFoundError: nobody wrote any.
    """
    body = msgspec.json.decode((root / COURSE).read_bytes())
    kpis = {name: math.nan if value is None else float(value) for name, value in body["kpis"].items()}
    tables: dict[str, Table] = {
        name: {column: _column(column, values) for column, values in table.items()}
        for name, table in body["tables"].items()
    }
    return kpis, tables


def _plain(values: Column) -> list[Any]:
    return values if isinstance(values, list) else values.tolist()


def _column(name: str, values: list[Any]) -> Column:
    if values and isinstance(values[0], str):
        return values
    if name == "at_ns":
        return np.array(values, dtype=np.int64)
    return np.array(values, dtype=np.float64)
