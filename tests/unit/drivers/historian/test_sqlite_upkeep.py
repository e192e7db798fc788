"""What stays of a SQLite history when its raw rows go: the same as in PostgreSQL."""

import sqlite3

import pytest

from drivers.historian.delivery import Delivery, Moved
from drivers.historian.outbox import Outbox, OutboxReader
from drivers.historian.sink import HistoryDown, HistorySink
from drivers.historian.sqlite import SqliteHistorian
from drivers.historian.sqlite_upkeep import POINTS_AT_A_TIME, QUARTER_NS
from kernel.measurement import block
from kernel.point import Point
from kernel.quality import INVALID
from tests.contract.check_historian import POINTS, POWER, T0

BEGIN = T0 // QUARTER_NS * QUARTER_NS
MINUTE_NS = 60 * 10**9
DAY_NS = 86_400 * 10**9
QUARTERS = "SELECT point, mean, low, high, good_rows, all_rows FROM quarters ORDER BY start_ns, point"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "history.sqlite"


def asked(path, question):
    with sqlite3.connect(path) as connection:
        found = connection.execute(question).fetchall()
    connection.close()
    return found


async def run_dry(historian) -> int:
    pieces = 0
    while await historian.tend():
        pieces += 1
    return pieces


async def put(historian, minute: float, value: float, quality: int = 0) -> None:
    await historian.append([block([0], [value], [quality], at_ns=BEGIN + round(minute * MINUTE_NS))])


async def test_means_of_quarter_hours_are_kept_up_to_date_also_for_rows_that_come_late(path):
    historian = SqliteHistorian(path, POINTS)
    for minute, value, quality in [(0, 10.0, 0), (5, 20.0, 0), (10, 999.0, INVALID), (16, 7.0, 0)]:
        await put(historian, minute, value, quality)
    await run_dry(historian)
    assert asked(path, QUARTERS) == [(POWER, 15.0, 10.0, 20.0, 2, 3)], "the second has not ended"
    await put(historian, 7, 30.0)
    await run_dry(historian)
    assert asked(path, QUARTERS) == [(POWER, 20.0, 10.0, 30.0, 3, 4)]
    assert await historian.tend() is False
    await historian.close()


async def test_a_quarter_hour_of_bad_rows_alone_has_no_mean(path):
    historian = SqliteHistorian(path, POINTS)
    await put(historian, 1, 5.0, INVALID)
    await put(historian, 16, 7.0)
    await run_dry(historian)
    assert asked(path, QUARTERS) == [(POWER, None, None, None, 0, 1)]
    await historian.close()


async def test_raw_rows_go_after_their_time_and_means_stay(path):
    historian = SqliteHistorian(path, POINTS, keep_s=2 * 86_400.0)
    for hour in range(0, 96, 12):
        at_ns = BEGIN + hour * 60 * MINUTE_NS
        await historian.append([block([0, 1], [1.0, 2.0], [0, 0], at_ns=at_ns)])
    await run_dry(historian)
    rows = await historian.rows(POWER, start_ns=0, end_ns=BEGIN + 10 * DAY_NS)
    assert [(row.at_ns - BEGIN) // (60 * MINUTE_NS) for row in rows] == [36, 48, 60, 72, 84]
    assert asked(path, "SELECT count(*) FROM quarters WHERE mean IS NOT NULL") == [(14,)]
    await historian.close()


async def test_rows_do_not_go_before_their_quarter_hours_have_means(path):
    historian = SqliteHistorian(path, POINTS, keep_s=3600.0)
    for day in range(3):
        await put(historian, day * 1440, float(day))
    for left in (3, 3, 1):
        assert await historian.tend()
        assert len(await historian.rows(POWER, start_ns=0, end_ns=BEGIN + 9 * DAY_NS)) == left
    assert [row[1] for row in asked(path, QUARTERS)] == [0.0, 1.0]
    await historian.close()


async def test_a_late_row_of_a_time_whose_rows_have_gone_does_not_spoil_its_mean(path):
    historian = SqliteHistorian(path, POINTS, keep_s=86_400.0)
    for minute in range(10):
        await put(historian, minute, 10.0)
    await put(historian, 3 * 1440, 7.0)
    await run_dry(historian)
    await put(historian, 11, 999.0)
    await run_dry(historian)
    assert asked(path, QUARTERS)[0] == (POWER, 10.0, 10.0, 10.0, 10, 10)
    await historian.close()


async def test_each_piece_is_small(path):
    points = [Point(name=f"a{number}/power", unit="kW") for number in range(2 * POINTS_AT_A_TIME + 1)]
    historian = SqliteHistorian(path, points, keep_s=3600.0)
    everyone, count = list(range(len(points))), len(points)
    for day in range(3):
        at_ns = BEGIN + day * DAY_NS
        await historian.append([block(everyone, [1.0] * count, [0] * count, at_ns=at_ns)])
    assert await run_dry(historian) == 2 + 3, "two quarter-hours, and the points some at a time"
    assert asked(path, "SELECT count(*) FROM measurements") == [(count,)]
    await historian.close()


async def test_rows_that_an_earlier_version_stored_get_their_means(path):
    historian = SqliteHistorian(path, POINTS)
    for minute in (1, 16, 46, 61):
        await put(historian, minute, float(minute))
    for name in ("VIEW quarters", "TABLE quarter_hours", "TABLE quarter_hours_due"):
        historian._connection.execute(f"DROP {name}")
    await historian.close()
    historian = SqliteHistorian(path, POINTS)
    await run_dry(historian)
    assert [row[1] for row in asked(path, QUARTERS)] == [1.0, 16.0, 46.0]
    await historian.close()


async def test_a_held_file_is_down_and_the_piece_comes_again(path):
    historian = SqliteHistorian(path, POINTS)
    historian._connection.execute("PRAGMA busy_timeout=1")
    await put(historian, 1, 10.0)
    await put(historian, 16, 7.0)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(HistoryDown, match="locked"):
        await historian.tend()
    other.execute("ROLLBACK")
    other.close()
    assert await historian.tend()
    assert len(asked(path, QUARTERS)) == 1
    await historian.close()


async def test_a_historian_looks_after_its_file_while_nothing_waits(path, tmp_path):
    outbox = Outbox(tmp_path, POINTS)
    outbox.append(
        [block([0, 0], [1.0, 2.0], [0, 0], at_ns=BEGIN + MINUTE_NS * 15 * index) for index in (0, 1)]
    )
    sink = HistorySink(SqliteHistorian(path, POINTS))
    delivery = Delivery(OutboxReader(tmp_path, sink.name, most_rows=sink.most_rows), sink)
    while await delivery.step() is not Moved.IDLE:
        pass
    assert len(asked(path, QUARTERS)) == 1
    await delivery.close()
