"""The past of a site as its historian keeps it: what agents learn from, and what charts begin with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from drivers.historian.choose import open_historian
from drivers.historian.sqlite import SqliteHistorian
from kernel.measurement import Values
from kernel.pipe.intervals import INTERVAL_NS
from kernel.point import NANOSECONDS
from kernel.site import Site

if TYPE_CHECKING:
    from drivers.historian.postgres import PostgresHistorian


CHARTED: Final = 96
"""Quarter-hours of the past that the page begins with."""
_INTERVAL_S: Final = INTERVAL_NS / NANOSECONDS


class StoredPast:
    """The past as the historian keeps it, seen from one moment."""

    def __init__(self, historian: SqliteHistorian | PostgresHistorian, now_ns: int) -> None:
        """Look back from `now_ns`."""
        self.now_ns = now_ns
        self._historian = historian

    def means(
        self, points: Sequence[str], *, step_s: float, end_ns: int, count: int
    ) -> tuple[Values, NDArray[np.bool_]]:
        """Return the (points, count) means before `end_ns`, and which of them are good."""
        return self._historian.means(points, step_s=step_s, end_ns=end_ns, count=count)


def past_of(site: Site, folder: Path, now_ns: int) -> StoredPast:
    """Open the history of a site, seen from a moment."""
    historian = open_historian(
        site.uplinks.history,
        site.points,
        directory=folder,
        password_file=site.uplinks.history_password_file,
    )
    return StoredPast(historian, now_ns)


def charted(site: Site, past: StoredPast) -> dict[str, tuple[int, tuple[float | None, ...]]]:
    """Collect the last day of the points that the page charts: every active power."""
    points = [p.name for p in site.points if p.quantity == "active_power"]
    end_ns = past.now_ns // INTERVAL_NS * INTERVAL_NS
    values, valid = past.means(points, step_s=_INTERVAL_S, end_ns=end_ns, count=CHARTED)
    return {
        point: (end_ns, tuple(float(v) if g else None for v, g in zip(values[row], valid[row], strict=True)))
        for row, point in enumerate(points)
    }
