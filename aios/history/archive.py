"""The public face of history: open it, see what is there, take it into a frame."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

from aios.folder import Folder
from aios.gateway.revisions import Revisions
from aios.history.span import Moment, NoRows, span_of
from aios.site.uplinks import uplinks_of
from aios.site.uplinks_section import UplinksSection
from drivers.historian.batch import Gap
from drivers.historian.reader import HistoryReader, KeptSeries, Outline, Stretch
from drivers.historian.sqlite_reader import SqliteReader
from kernel.journal.recorder import Recording
from kernel.site import Uplinks

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa
    import xarray as xr

EVERYTHING: Final = "*"
_INTERVALS: Final = 400
_POSTGRES: Final = ("postgresql://", "postgres://")


class History:
    """Everything that a site's archive keeps; nothing can be changed through it.

    Points are named as in the site file, or by a pattern: `f1*/active_power`, `*/current`. A moment
    is a `datetime`, ISO 8601 text or nanoseconds since 1970 UTC; left out, it is the end of what is kept.
    """

    def __init__(self, reader: HistoryReader, *, source: str, time_zone: str = "UTC") -> None:
        """Read an archive.

        Args:
            reader: the archive.
            source: what people call it; it has no password in it.
            time_zone: of the site, IANA name.
        """
        self.source = source
        self.time_zone = time_zone
        self._reader = reader

    def points(self, pattern: str | Sequence[str] = EVERYTHING) -> tuple[KeptSeries, ...]:
        """Return the series that match, by name; a point whose unit was changed has one of each unit."""
        patterns = [pattern] if isinstance(pattern, str) else list(pattern)
        return tuple(
            kept
            for kept in self._reader.points()
            if any(fnmatchcase(kept.column.name, one) for one in patterns)
        )

    def rows(
        self, points: str | Sequence[str] = EVERYTHING, start: Moment = None, end: Moment = None
    ) -> Iterator[Stretch]:
        """Give all rows series by series, oldest first, some at a time: memory stays small.

        Raises:
            NoRows: no such series, or no time.
            HistoryDown: the archive does not answer.
        """
        kept = self.points(points)
        span = span_of(kept, start, end)
        for one in kept:
            yield from self._reader.rows(one.column, start_ns=span.start_ns, end_ns=span.end_ns)

    def outline(
        self,
        point: str,
        start: Moment = None,
        end: Moment = None,
        *,
        last_s: float | None = None,
        count: int = _INTERVALS,
    ) -> Outline:
        """Return least, mean and greatest good value of one point in `count` equal intervals.

        Args:
            point: name of one point; of several units the newest counts.
            start: first moment.
            end: moment before which it ends.
            last_s: seconds before the end at which it begins, in place of `start`.
            count: number of intervals.

        Raises:
            NoRows: no such series, or no time.
        """
        kept = self.points(point)
        if not kept:
            raise NoRows(f"nothing is kept of {point}")
        newest = max(kept, key=lambda one: one.last_ns)
        span = span_of([newest], start, end, last_s=last_s)
        return self._reader.outline(newest.column, start_ns=span.start_ns, end_ns=span.end_ns, count=count)

    def gaps(self, start: Moment = None, end: Moment = None) -> tuple[Gap, ...]:
        """Return what was lost on the way here: how many rows, from when to when."""
        kept = self.points()
        if not kept:
            return self._reader.gaps(start_ns=0, end_ns=2**62)
        span = span_of(kept, start, end)
        return self._reader.gaps(start_ns=span.start_ns, end_ns=span.end_ns)

    def to_arrow(
        self, points: str | Sequence[str] = EVERYTHING, start: Moment = None, end: Moment = None
    ) -> pa.Table:
        """Return rows as an Arrow table: at, point, value, unit, quality, good, available_at."""
        from aios.history.frames import arrow  # noqa: PLC0415 - an extra, and heavy

        return arrow(self.rows(points, start, end))

    def to_pandas(
        self, points: str | Sequence[str] = EVERYTHING, start: Moment = None, end: Moment = None
    ) -> pd.DataFrame:
        """Return rows as a pandas frame, one row a measurement; times are UTC."""
        from aios.history.frames import pandas_frame  # noqa: PLC0415 - an extra, and heavy

        return pandas_frame(self.rows(points, start, end))

    def to_polars(
        self, points: str | Sequence[str] = EVERYTHING, start: Moment = None, end: Moment = None
    ) -> pl.DataFrame:
        """Return rows as a polars frame, one row a measurement; times are UTC."""
        from aios.history.frames import polars_frame  # noqa: PLC0415 - an extra, and heavy

        return polars_frame(self.rows(points, start, end))

    def to_xarray(
        self,
        points: str | Sequence[str] = EVERYTHING,
        start: Moment = None,
        end: Moment = None,
        *,
        step_s: float = 900.0,
    ) -> xr.Dataset:
        """Return means on one grid as an xarray dataset: `mean`, `low`, `high`, `good_rows`.

        A hole is NaN there, as xarray's users expect; `good_rows` is 0.
        """
        from aios.history.frames import dataset  # noqa: PLC0415 - an extra, and heavy

        kept = self.points(points)
        return dataset(self._reader, kept, span_of(kept, start, end), step_s)

    def close(self) -> None:
        """Let go of the archive."""
        self._reader.close()

    def __enter__(self) -> History:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_history(where: str | Path) -> History:
    """Open the history of a site.

    Args:
        where: the folder of a gateway, a `history.sqlite`, or a `postgresql://` connection string.

    Raises:
        FileNotFoundError: nothing is kept there.
        HistoryDown: the database does not answer.
    """
    text = str(where)
    if text.startswith(_POSTGRES):
        return _postgres(text, "UTC")
    path = Path(where)
    if path.is_dir():
        said, zone = _said_by_site(path)
        if said.history.startswith(_POSTGRES):
            return _postgres(said.history, zone, said.history_password_file)
        return History(SqliteReader(path / "history.sqlite"), source=str(path), time_zone=zone)
    return History(SqliteReader(path), source=text)


def _said_by_site(root: Path) -> tuple[Uplinks, str]:
    """Return where the newest site file of a gateway keeps history, and its time zone."""
    taken = Revisions(Folder(root=root).revisions).all()
    site = tomllib.loads(taken[-1].text) if taken else {}
    section = UplinksSection.model_validate(site.get("uplinks", {}))
    return uplinks_of(section, _beside(root)), str(site.get("site", {}).get("time_zone", "UTC"))


def _beside(root: Path) -> Path:
    """Return the folder in which the gateway's site file lay, beside which it named its secrets."""
    if not Folder(root=root).recorder.exists():
        return root
    recording = Recording(Folder(root=root).recorder)
    try:
        runs = recording.runs()
    finally:
        recording.close()
    return Path(runs[-1].folder) if runs else root


def _postgres(dsn: str, time_zone: str, password_file: str = "") -> History:
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415 - most gateways have none

    from drivers.historian.postgres_reader import PostgresReader  # noqa: PLC0415

    parts = conninfo_to_dict(dsn)
    source = f"{parts.get('dbname', '')} on {parts.get('host', 'this machine')}"
    return History(PostgresReader(dsn, password_file=password_file), source=source, time_zone=time_zone)
