"""Parquet: the one place of studies that asks for pyarrow, which comes with the extra `studies`."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MISSING = 'studies are kept as Parquet: pip install "aios-grid[studies]"'


class NoParquet(RuntimeError):
    """pyarrow is not installed; the message says how to get it."""


def table_bytes(columns: Mapping[str, NDArray[Any] | Sequence[Any]]) -> bytes:
    """Return columns of one length as the bytes of a Parquet file, the same bytes every time.

    Raises:
        NoParquet: pyarrow is not installed.
    """
    arrow, parquet = _arrow()
    table = arrow.table({name: arrow.array(values) for name, values in columns.items()})
    stream = io.BytesIO()
    parquet.write_table(table, stream, compression="zstd")
    return stream.getvalue()


def read_table(path: Path) -> dict[str, Any]:
    """Return the columns of a Parquet file: numpy arrays where they hold numbers, else lists.

    Raises:
        NoParquet: pyarrow is not installed.
        FileNotFoundError: there is no such file.
    """
    _, parquet = _arrow()
    table = parquet.read_table(path)
    return {name: _column(table.column(name)) for name in table.column_names}


def need_parquet() -> None:
    """Find out before the first run that results could not be kept.

    Raises:
        NoParquet: pyarrow is not installed.
    """
    _arrow()


def _column(column: Any) -> Any:
    if column.null_count or str(column.type) == "string":
        return column.to_pylist()
    return np.asarray(column.to_numpy())


def _arrow() -> tuple[Any, Any]:
    try:
        return import_module("pyarrow"), import_module("pyarrow.parquet")
    except ImportError as missing:
        raise NoParquet(MISSING) from missing
