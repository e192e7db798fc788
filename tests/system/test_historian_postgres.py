import asyncio
import itertools
import time

import psycopg
import pytest

from drivers.historian.delivery import Moved
from drivers.historian.forwarder import Forwarder
from drivers.historian.migrate import SHIPPED, Migration, MigrationChanged, migrate
from drivers.historian.outbox import Outbox
from drivers.historian.postgres import PostgresHistorian
from drivers.historian.postgres_reader import PostgresReader
from drivers.historian.sink import HistoryDown, HistorySink
from kernel.measurement import block
from kernel.shell.clock import SystemClock
from tests.contract.check_historian import CHECKS, POINTS, POWER, T0
from tests.contract.check_historian_server import SilentProxy, postgres_server
from tests.contract.check_history_reader import CHECKS as READER_CHECKS
from tests.unit.drivers.historian.outbox_samples import POINTS as OUTBOX_POINTS
from tests.unit.drivers.historian.outbox_samples import SECOND, order, reading

pytestmark = pytest.mark.system
DEADLINE_S = 1.0
_numbers = itertools.count()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with postgres_server(tmp_path_factory.mktemp("postgres")) as socket_directory:
        yield socket_directory


@pytest.fixture
def database(server):
    """Name of an empty database."""
    name = f"site_{next(_numbers)}"
    with psycopg.connect(f"host={server} user=postgres dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return name


@pytest.fixture
def dsn(server, database):
    return f"postgresql://postgres@/{database}?host={server}"


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_postgres_keeps_the_contract(check, dsn):
    await check(lambda: PostgresHistorian(dsn, POINTS))


@pytest.mark.parametrize("check", READER_CHECKS, ids=lambda check: check.__name__)
async def test_the_reader_of_postgres_keeps_the_contract(check, dsn):
    historian = PostgresHistorian(dsn, POINTS)
    try:
        await check(historian, lambda: PostgresReader(dsn))
    finally:
        await historian.close()


async def test_a_database_that_falls_silent_is_down_within_the_deadline_and_resumes(server, database):
    async with SilentProxy(server / ".s.PGSQL.5432") as proxy:
        dsn = f"postgresql://postgres@127.0.0.1:{proxy.port}/{database}"
        historian = PostgresHistorian(dsn, POINTS, deadline_s=DEADLINE_S)
        await historian.append([block([0], [1.0], [0], at_ns=T0)])
        proxy.freeze()
        for _ in range(2):  # once on an open connection, once while connecting
            begin = time.monotonic()
            with pytest.raises(HistoryDown):
                await historian.append([block([0], [2.0], [0], at_ns=T0 + 1000)])
            assert time.monotonic() - begin < DEADLINE_S + 1.0
        proxy.thaw()
        await historian.append([block([0], [2.0], [0], at_ns=T0 + 1000)])
        rows = await historian.rows(POWER, start_ns=T0, end_ns=T0 + 2000)
        assert [row.value for row in rows] == [1.0, 2.0]
        await historian.close()


async def test_the_forwarder_holds_a_batch_while_the_database_is_silent_and_stores_it_once(
    server, database, tmp_path
):
    outbox = Outbox(tmp_path, OUTBOX_POINTS)
    async with SilentProxy(server / ".s.PGSQL.5432") as proxy:
        dsn = f"postgresql://postgres@127.0.0.1:{proxy.port}/{database}"
        historian = PostgresHistorian(dsn, OUTBOX_POINTS, deadline_s=DEADLINE_S)
        forwarder = Forwarder(tmp_path, [HistorySink(historian)], clock=SystemClock())
        (delivery,) = forwarder.deliveries
        outbox.append([reading(1)])
        assert await delivery.step() is Moved.ON
        proxy.freeze()
        outbox.append([reading(2)], [order(2)])
        begin = time.monotonic()
        assert await delivery.step() is Moved.HELD
        assert time.monotonic() - begin < DEADLINE_S + 1.0
        assert forwarder.standing()[0].behind_rows == 3
        proxy.thaw()
        assert [await delivery.step(), await delivery.step()] == [Moved.ON, Moved.IDLE]
        rows = await historian.rows("f11/active_power", start_ns=0, end_ns=10 * SECOND)
        assert [row.value for row in rows] == [1.0, 2.0]
        assert await historian.documents("repair_order") == (order(2),)
        await forwarder.close()


async def test_cancelling_a_call_on_a_silent_database_returns_at_once(server, database):
    async with SilentProxy(server / ".s.PGSQL.5432") as proxy:
        historian = PostgresHistorian(f"postgresql://postgres@127.0.0.1:{proxy.port}/{database}", POINTS)
        await historian.append([block([0], [1.0], [0], at_ns=T0)])
        proxy.freeze()
        call = asyncio.create_task(historian.append([block([0], [2.0], [0], at_ns=T0 + 1000)]))
        await asyncio.wait({call}, timeout=0.1)
        begin = time.monotonic()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert time.monotonic() - begin < 1.0
        await historian.close()


async def test_a_locked_table_is_down_within_the_deadline(dsn):
    historian = PostgresHistorian(dsn, POINTS, deadline_s=DEADLINE_S)
    await historian.append([block([0], [1.0], [0], at_ns=T0)])
    async with await psycopg.AsyncConnection.connect(dsn) as other:
        await other.execute("LOCK TABLE measurements")
        begin = time.monotonic()
        with pytest.raises(HistoryDown):
            await historian.append([block([0], [2.0], [0], at_ns=T0 + 1000)])
        assert time.monotonic() - begin < DEADLINE_S + 1.0
        await other.rollback()
    await historian.append([block([0], [2.0], [0], at_ns=T0 + 1000)])
    assert len(await historian.rows(POWER, start_ns=T0, end_ns=T0 + 2000)) == 2
    await historian.close()


async def test_a_server_that_ends_the_connection_is_down_once(dsn):
    historian = PostgresHistorian(dsn, POINTS)
    await historian.append([block([0], [1.0], [0], at_ns=T0)])
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as other:
        await other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'aios-historian'"
        )
    with pytest.raises(HistoryDown):
        await historian.append([block([0], [2.0], [0], at_ns=T0 + 1000)])
    await historian.append([block([0], [2.0], [0], at_ns=T0 + 1000)])
    assert len(await historian.rows(POWER, start_ns=T0, end_ns=T0 + 2000)) == 2
    await historian.close()


async def test_nobody_there_is_down(tmp_path):
    historian = PostgresHistorian(f"postgresql://postgres@/x?host={tmp_path}", POINTS)
    with pytest.raises(HistoryDown):
        await historian.append([block([0], [1.0], [0], at_ns=T0)])


async def test_past_of_a_silent_database_is_down_within_the_deadlines(server, database):
    async with SilentProxy(server / ".s.PGSQL.5432") as proxy:
        proxy.freeze()
        historian = PostgresHistorian(
            f"postgresql://postgres@127.0.0.1:{proxy.port}/{database}", POINTS, deadline_s=DEADLINE_S
        )
        begin = time.monotonic()
        with pytest.raises(HistoryDown):
            historian.means([POWER], step_s=900.0, end_ns=T0, count=4)
        assert time.monotonic() - begin < 2 * DEADLINE_S + 1.0


async def test_migrations_are_applied_once_and_in_order(dsn):
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        assert await migrate(connection) == tuple(migration.name for migration in SHIPPED)
        assert await migrate(connection) == ()
        cursor = await connection.execute("SELECT number FROM schema_migrations ORDER BY number")
        assert [number for (number,) in await cursor.fetchall()] == [m.number for m in SHIPPED]


@pytest.mark.parametrize(
    ("changed", "finding"),
    [
        ((Migration(number=1, name="0001_history", sql="SELECT 1"), *SHIPPED[1:]), "another text"),
        (SHIPPED[:1], "this version ends at 1"),
    ],
    ids=["edited", "older version"],
)
async def test_a_database_of_other_migrations_is_not_touched(dsn, changed, finding):
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await migrate(connection)
        with pytest.raises(MigrationChanged, match=finding):
            await migrate(connection, changed)


async def test_a_migration_that_fails_leaves_nothing_behind(dsn):
    broken = (Migration(number=1, name="0001_x", sql="CREATE TABLE half (); SELECT no_such_function()"),)
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        with pytest.raises(psycopg.errors.UndefinedFunction):
            await migrate(connection, broken)
        cursor = await connection.execute("SELECT to_regclass('half'), to_regclass('schema_migrations')")
        assert await cursor.fetchone() == (None, None)


async def test_the_unique_key_contains_the_time_so_that_a_hypertable_is_possible(dsn):
    historian = PostgresHistorian(dsn, POINTS)
    await historian.append([block([0], [1.0], [0], at_ns=T0)])
    async with await psycopg.AsyncConnection.connect(dsn) as connection:
        cursor = await connection.execute(
            "SELECT indexdef FROM pg_indexes WHERE tablename = 'measurements' AND indexdef LIKE '%UNIQUE%'"
        )
        keys = [definition for (definition,) in await cursor.fetchall()]
        cursor = await connection.execute("SELECT point, at, value, unit, good FROM readings")
        rows = await cursor.fetchall()
    assert keys
    assert all("at" in key.rpartition("(")[2].rstrip(")").split(", ") for key in keys)
    assert [(point, at.timestamp(), value, unit, good) for point, at, value, unit, good in rows] == [
        (POWER, T0 / 1e9, 1.0, "kW", True)
    ]
    await historian.close()


async def test_new_rows_go_straight_in_and_known_ones_by_upsert_with_nothing_double(dsn):
    historian = PostgresHistorian(dsn, POINTS)
    for second in range(4):
        await historian.append([block([0, 1], [float(second), 2.0], [0, 0], at_ns=T0 + second * 10**9)])
    assert (historian._writer.copied, historian._writer.merged) == (4, 0)
    later = block([0, 2], [9.0, 7.0], [0, 0], at_ns=T0 + 3 * 10**9, available_at_ns=T0 + 4 * 10**9)
    await historian.append([later])
    assert (historian._writer.copied, historian._writer.merged) == (4, 1)
    rows = await historian.rows(POWER, start_ns=T0, end_ns=T0 + 10 * 10**9)
    assert [row.value for row in rows] == [0.0, 1.0, 2.0, 9.0]
    for second in range(5, 9):
        await historian.append([block([0], [1.0], [0], at_ns=T0 + second * 10**9)])
    assert (historian._writer.copied, historian._writer.merged) == (7, 2)
    assert len(await historian.rows(POWER, start_ns=T0, end_ns=T0 + 10 * 10**9)) == 8
    await historian.close()


async def test_rows_that_always_come_again_are_not_tried_by_copy_each_time(dsn):
    historian = PostgresHistorian(dsn, POINTS)
    tried = []
    copied = historian._writer._copied

    async def counting(connection, body):
        tried.append(1)
        return await copied(connection, body)

    historian._writer._copied = counting
    for _ in range(40):
        await historian.append([block([0], [1.0], [0], at_ns=T0)])
    assert len(tried) <= 7
    await historian.close()


async def test_the_database_sets_only_the_rows_aside_that_it_refuses(dsn, tmp_path):
    outbox = Outbox(tmp_path, OUTBOX_POINTS)
    historian = PostgresHistorian(dsn, OUTBOX_POINTS)
    await historian.append([reading(0)])
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute("ALTER TABLE measurements ADD CHECK (value <> 5)")
    outbox.append([reading(second) for second in range(1, 20)], [order(1)])
    forwarder = Forwarder(tmp_path, [HistorySink(historian)], clock=SystemClock())
    (delivery,) = forwarder.deliveries
    while await delivery.step() is not Moved.IDLE:
        pass
    rows = await historian.rows("f11/active_power", start_ns=0, end_ns=20 * SECOND)
    assert [row.value for row in rows] == [float(second) for second in range(20) if second != 5]
    (entry,) = delivery._reader.quarantine.entries()
    assert (entry.rows, entry.first_ns) == (3, 5 * SECOND)
    assert "violates check constraint" in entry.why
    assert await historian.documents("repair_order") == (order(1),)
    await forwarder.close()
