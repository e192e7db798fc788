"""History as frames of the analysis libraries, which are an extra of the distribution."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import numpy as np

from aios.history.span import Span
from drivers.historian.reader import HistoryReader, KeptSeries, Stretch
from kernel.point import NANOSECONDS
from kernel.quality import good_mask

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa
    import xarray as xr

EXTRA: Final = 'pip install "aios-grid[analysis]"'
COLUMNS: Final = ("at", "point", "value", "unit", "quality", "good", "available_at")


class NotInstalled(ImportError):
    """A library of the extra `analysis` is missing; the message says how to get it."""


@contextmanager
def extra() -> Iterator[None]:
    """Say how to install what an import does not find."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise NotInstalled(f"{error.name} is not installed: {EXTRA}") from error


def schema() -> pa.Schema:
    """Return the columns of a table of rows, with what they mean."""
    with extra():
        import pyarrow as pa  # noqa: PLC0415
    words = pa.dictionary(pa.int32(), pa.string())
    said = {
        "at": (pa.timestamp("ns", tz="UTC"), "what time the value is about"),
        "point": (words, "asset/quantity, as in the site file"),
        "value": (pa.float64(), "in the unit beside it; not to be used where good is false"),
        "unit": (words, "unit of the value"),
        "quality": (pa.uint16(), "IEC 61850 validity and detail bits; 0 is good"),
        "good": (pa.bool_(), "whether control would use the value"),
        "available_at": (pa.timestamp("ns", tz="UTC"), "when the gateway knew the value"),
    }
    return pa.schema(
        [
            pa.field(name, said[name][0], nullable=False, metadata={"description": said[name][1]})
            for name in COLUMNS
        ]
    )


def record_batch(stretch: Stretch) -> pa.RecordBatch:
    """Return the rows of one series as Arrow columns."""
    import pyarrow as pa  # noqa: PLC0415

    def same(text: str) -> pa.DictionaryArray:
        return pa.DictionaryArray.from_arrays(
            pa.array(np.zeros(len(stretch), dtype=np.int32)), pa.array([text])
        )

    times = pa.timestamp("ns", tz="UTC")
    return pa.RecordBatch.from_arrays(
        [
            pa.array(stretch.at_ns).cast(times),
            same(stretch.column.name),
            pa.array(stretch.value),
            same(stretch.column.unit),
            pa.array(stretch.quality),
            pa.array(good_mask(stretch.quality)),
            pa.array(stretch.available_at_ns).cast(times),
        ],
        schema=schema(),
    )


def arrow(stretches: Iterable[Stretch]) -> pa.Table:
    """Return rows as one table."""
    shape = schema()
    import pyarrow as pa  # noqa: PLC0415

    return pa.Table.from_batches([record_batch(one) for one in stretches], schema=shape).unify_dictionaries()


def pandas_frame(stretches: Iterable[Stretch]) -> pd.DataFrame:
    """Return rows as a pandas frame; points and units are categories."""
    with extra():
        import pandas as pd  # noqa: PLC0415, F401 - said by name where it is missing
    return arrow(stretches).to_pandas()


def polars_frame(stretches: Iterable[Stretch]) -> pl.DataFrame:
    """Return rows as a polars frame; points and units are categories."""
    with extra():
        import polars as pl  # noqa: PLC0415
    frame = pl.from_arrow(arrow(stretches))
    assert isinstance(frame, pl.DataFrame)  # noqa: S101 - a table gives a frame, an array a series
    return frame


def dataset(reader: HistoryReader, kept: Sequence[KeptSeries], span: Span, step_s: float) -> xr.Dataset:
    """Return means of several series on one grid that begins at a whole step.

    Raises:
        ValueError: the step is not positive.
    """
    with extra():
        import xarray as xr  # noqa: PLC0415
    step_ns = round(step_s * NANOSECONDS)
    if step_ns <= 0:
        raise ValueError(f"a step of {step_s} s")
    start_ns = span.start_ns // step_ns * step_ns
    count = -(-(span.end_ns - start_ns) // step_ns)
    end_ns = start_ns + count * step_ns
    found = [reader.outline(one.column, start_ns=start_ns, end_ns=end_ns, count=count) for one in kept]
    shape = ("point", "time")
    good = np.stack([one.good for one in found])
    hole = np.where(good > 0, 0.0, np.nan)
    figures = {
        name: (shape, np.stack([getattr(one, name) for one in found]) + hole)
        for name in ("mean", "low", "high")
    }
    times = (start_ns + np.arange(count, dtype=np.int64) * step_ns).astype("datetime64[ns]")
    return xr.Dataset(
        {**figures, "good_rows": (shape, good)},
        coords={
            "point": [one.column.name for one in kept],
            "unit": ("point", [one.column.unit for one in kept]),
            "time": times,
        },
        attrs={"step_s": step_s, "time": "begin of each interval, UTC"},
    )
