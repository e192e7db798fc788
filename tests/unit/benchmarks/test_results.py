"""Results are rows with their machine; what is no row is refused."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from benchmarks.results import read_all, write

ROW = {"name": "a.b", "value": 2.0, "unit": "s", "count": 3, "seconds": 0.5, "command": "python -m a"}


def test_a_row_is_written_with_machine_and_commit(tmp_path: Path) -> None:
    kept = json.loads(write("a", [ROW], folder=tmp_path).read_text())
    assert list(kept["rows"][0]) == [
        "name", "value", "unit", "baseline", "ratio", "count", "seconds", "seed", "command", "commit",
    ]  # fmt: skip
    assert kept["rows"][0]["commit"]
    assert kept["machine"]["fsync_ms"] > 0.0
    assert {"cores", "cpu", "python", "date"} <= kept["machine"].keys()


def test_written_rows_are_read_back_by_name(tmp_path: Path) -> None:
    write("a", [ROW], folder=tmp_path)
    write("b", [ROW | {"name": "c.d"}], folder=tmp_path)
    assert {name: row.value for name, row in read_all(tmp_path).items()} == {"a.b": 2.0, "c.d": 2.0}


@pytest.mark.parametrize("wrong", [{"met": True}, {"value": "fast"}], ids=["met", "text"])
def test_what_is_no_row_is_refused_and_the_file_before_stays(
    tmp_path: Path, wrong: dict[str, object]
) -> None:
    before = write("a", [ROW], folder=tmp_path).read_bytes()
    with pytest.raises(msgspec.ValidationError):
        write("a", [ROW | wrong], folder=tmp_path)
    assert (tmp_path / "a.json").read_bytes() == before
