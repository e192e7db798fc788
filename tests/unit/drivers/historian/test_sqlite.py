import sqlite3

import numpy as np
import pytest

from drivers.historian.choose import open_historian
from drivers.historian.postgres import PostgresHistorian
from drivers.historian.sink import HistoryDown
from drivers.historian.sqlite import SqliteHistorian
from kernel.measurement import block
from tests.contract.check_historian import CHECKS, POINTS, POWER, T0

DAY_NS = 86_400 * 10**9


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_sqlite_keeps_the_contract(check, tmp_path):
    await check(lambda: SqliteHistorian(tmp_path / "history.sqlite", POINTS))


async def test_what_is_stored_is_on_the_disk(tmp_path):
    historian = SqliteHistorian(tmp_path / "history.sqlite", POINTS)
    full = 2
    assert historian._connection.execute("PRAGMA synchronous").fetchone() == (full,)
    await historian.close()


async def test_rows_older_than_the_retention_go_and_means_stay(tmp_path):
    historian = SqliteHistorian(tmp_path / "history.sqlite", POINTS, keep_s=2 * 86_400.0)
    historian.record_means(POWER, step_s=900.0, end_ns=np.array([T0]), mean=np.array([5.0]))
    for day in range(5):
        await historian.append([block([0], [float(day)], [0], at_ns=T0 + day * DAY_NS)])
        while await historian.tend():
            pass
    rows = await historian.rows(POWER, start_ns=T0, end_ns=T0 + 9 * DAY_NS)
    assert [row.value for row in rows] == [2.0, 3.0, 4.0]
    values, _ = historian.means([POWER], step_s=900.0, end_ns=T0, count=1)
    assert values.tolist() == [[5.0]]
    await historian.close()


async def test_a_held_database_is_down_and_later_up(tmp_path):
    path = tmp_path / "history.sqlite"
    historian = SqliteHistorian(path, POINTS)
    historian._connection.execute("PRAGMA busy_timeout=1")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(HistoryDown, match="locked"):
        await historian.append([block([0], [1.0], [0], at_ns=T0)])
    other.execute("ROLLBACK")
    await historian.append([block([0], [1.0], [0], at_ns=T0)])
    assert len(await historian.rows(POWER, start_ns=T0, end_ns=T0 + 1)) == 1
    other.close()
    await historian.close()


async def test_the_site_file_chooses_the_history(tmp_path):
    local = open_historian("sqlite", POINTS, directory=tmp_path)
    assert isinstance(local, SqliteHistorian)
    await local.close()
    assert isinstance(open_historian("postgresql://db/aios", POINTS, directory=tmp_path), PostgresHistorian)


def test_a_wrong_history_is_refused_without_its_password(tmp_path):
    with pytest.raises(ValueError, match="mysql") as raised:
        open_historian("mysql://me:secret@db", POINTS, directory=tmp_path)
    assert "secret" not in str(raised.value)


async def test_the_better_row_of_a_moment_stays_whichever_comes_first(tmp_path):
    historian = SqliteHistorian(tmp_path / "history.sqlite", POINTS)
    for place, known in enumerate([(1, 2), (2, 1)]):
        for later in known:
            at_ns = place * 10**9
            await historian.append(
                [block([0], [float(later)], [0], at_ns=at_ns, available_at_ns=at_ns + later)]
            )
    rows = await historian.rows(POINTS[0].name, start_ns=0, end_ns=10**10)
    assert [row.value for row in rows] == [2.0, 2.0]
    await historian.close()


async def test_what_was_stored_survives_a_power_cut(tmp_path):
    historian = SqliteHistorian(tmp_path / "history.sqlite", POINTS)
    assert historian._connection.execute("PRAGMA synchronous").fetchone() == (2,)
    await historian.close()
