"""History as one Parquet file: sorted by point and time, whole or not there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aios.history.frames import extra, record_batch, schema
from drivers.historian.reader import Stretch

ROW_GROUP: Final = 1_000_000
"""Rows that a reader decides about at a time, by their least and greatest point and time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What an export wrote."""

    file: str
    rows: int
    series: int
    bytes: int


def export_parquet(
    stretches: Iterable[Stretch],
    path: Path,
    *,
    about: dict[str, str],
    progress: Callable[[Stretch], None] | None = None,
) -> Exported:
    """Write rows to a file; one that is interrupted leaves nothing under that name.

    Args:
        stretches: rows, series by series.
        path: the file; one of that name is replaced.
        about: what stands in the file's metadata, such as site and source.
        progress: hears of each piece when it is written.

    Raises:
        NotInstalled: pyarrow is missing.
        OSError: the disk refuses.
    """
    with extra():
        import pyarrow as pa  # noqa: PLC0415 - an extra, and heavy
        import pyarrow.parquet as pq  # noqa: PLC0415

    columns = schema().with_metadata({f"aios.{name}": text for name, text in about.items()})
    fresh = path.with_name(f".{path.name}.new")
    rows, series, waiting, many = 0, set(), [], 0
    try:
        with pq.ParquetWriter(fresh, columns, compression="zstd") as writer:
            for stretch in stretches:
                waiting.append(record_batch(stretch))
                many += len(stretch)
                rows += len(stretch)
                series.add(stretch.column)
                if many >= ROW_GROUP:
                    writer.write_table(
                        pa.Table.from_batches(waiting).unify_dictionaries(), row_group_size=ROW_GROUP
                    )
                    waiting, many = [], 0
                if progress is not None:
                    progress(stretch)
            if waiting:
                writer.write_table(pa.Table.from_batches(waiting).unify_dictionaries())
        fresh.rename(path)
    finally:
        fresh.unlink(missing_ok=True)
    return Exported(file=str(path), rows=rows, series=len(series), bytes=path.stat().st_size)
