import sqlite3

import numpy as np
import pytest

from drivers.historian.batch import Column
from drivers.historian.copy_out import read_rows
from drivers.historian.sink import HistoryDown
from drivers.historian.sqlite import SqliteHistorian
from drivers.historian.sqlite_reader import SqliteReader
from kernel.measurement import block
from kernel.quality import GOOD
from tests.contract.check_historian import POINTS, POWER, T0
from tests.contract.check_history_reader import CHECKS


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_the_sqlite_reader_keeps_the_contract(check, tmp_path):
    historian = SqliteHistorian(tmp_path / "history.sqlite", POINTS)
    await check(historian, lambda: SqliteReader(tmp_path / "history.sqlite"))
    await historian.close()


def test_a_file_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(FileNotFoundError):
        SqliteReader(tmp_path / "history.sqlite")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_history_is_a_finding(tmp_path):
    path = tmp_path / "history.sqlite"
    path.write_bytes(b"no database " * 100)
    with pytest.raises(HistoryDown, match=r"history\.sqlite"):
        SqliteReader(path).points()
    sqlite3.connect(tmp_path / "empty.sqlite").close()
    with pytest.raises((HistoryDown, FileNotFoundError)):
        SqliteReader(tmp_path / "empty.sqlite").points()


async def test_a_file_that_is_damaged_further_on_is_a_finding_too(tmp_path):
    path = tmp_path / "history.sqlite"
    historian = SqliteHistorian(path, POINTS)
    rows = 20_000
    await historian.append([block([0] * rows, [1.0] * rows, [GOOD] * rows, at_ns=np.arange(rows) + T0)])
    await historian.close()
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * (size - size // 2))
    reader = SqliteReader(path)
    with pytest.raises(HistoryDown, match=r"history\.sqlite"):
        list(reader.rows(Column(POWER, "kW"), start_ns=T0, end_ns=T0 + rows))
    reader.close()


@pytest.mark.parametrize("cut", [1, 7, 19, 46, 1000])
def test_the_pieces_of_a_copy_may_be_cut_anywhere(cut):
    """Source of the bytes: PostgreSQL documentation, COPY, "Binary Format"; written by hand."""
    row = bytes.fromhex("0004 00000008 0000000000000001 00000008 4029000000000000 00000004 00000081 00000008")
    body = b"PGCOPY\n\xff\r\n\0" + bytes(8) + (row + bytes.fromhex("0000000000000002")) * 3 + b"\xff\xff"
    pieces = [body[at : at + cut] for at in range(0, len(body), cut)]
    found = list(read_rows(pieces, 2))
    values = np.concatenate([one.value for one in found])
    assert values.tolist() == [12.5] * 3
    assert found[0].quality.tolist()[0] == 0x81
    assert found[0].at_ns.tolist()[0] == 946_684_800_000_001_000
    assert found[0].available_at_ns.tolist()[0] == 946_684_800_000_002_000
