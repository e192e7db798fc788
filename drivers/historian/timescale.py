"""TimescaleDB 2.28 and newer: what makes the plain tables hypertables, where the extension is installed.

Source: TimescaleDB documentation, "API reference": create_hypertable, by_range, ALTER TABLE (columnstore),
add_columnstore_policy, add_retention_policy, CREATE MATERIALIZED VIEW (continuous aggregates),
add_continuous_aggregate_policy. It is chosen at run time; the numbered migrations stay plain PostgreSQL.
"""

from __future__ import annotations

from typing import Any, Final

from psycopg import AsyncConnection

from kernel.quality import UNUSABLE

INSTALLED: Final = "SELECT 1 FROM pg_extension WHERE extname = 'timescaledb'"
_LEDGER: Final = """
CREATE TABLE IF NOT EXISTS timescale_steps (
    number integer PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())
"""
STEPS: Final = (
    """
SELECT create_hypertable('measurements', by_range('at', INTERVAL '1 day'),
                         if_not_exists => true, migrate_data => true)
""",
    """
ALTER TABLE measurements SET (
    timescaledb.enable_columnstore = true,
    timescaledb.segmentby = 'point',
    timescaledb.orderby = 'at DESC')
""",
    """
CALL add_columnstore_policy('measurements', after => INTERVAL '7 days', if_not_exists => true)
""",
    f"""
CREATE MATERIALIZED VIEW quarter_hours_continuous WITH (timescaledb.continuous) AS
SELECT point, time_bucket(INTERVAL '15 minutes', at) AS start,
       avg(value) FILTER (WHERE quality & {UNUSABLE} = 0) AS mean,
       min(value) FILTER (WHERE quality & {UNUSABLE} = 0) AS low,
       max(value) FILTER (WHERE quality & {UNUSABLE} = 0) AS high,
       count(*) FILTER (WHERE quality & {UNUSABLE} = 0) AS good_rows,
       count(*) AS all_rows
FROM measurements
GROUP BY point, time_bucket(INTERVAL '15 minutes', at)
WITH NO DATA
""",  # noqa: S608  no outside text: only the mask
    """
CREATE OR REPLACE VIEW quarters AS
SELECT p.name AS point, q.start, q.mean, q.low, q.high, p.unit, q.good_rows, q.all_rows
FROM quarter_hours_continuous AS q
JOIN points AS p ON p.id = q.point
""",
)
"""Each is applied once, in order; a later version adds to the end."""


def policies(keep_s: float | None) -> tuple[str, ...]:
    """Return what sets refresh and retention to what the site says, however they were.

    Means are refreshed no further back than raw rows reach: beyond, they would be computed from nothing.

    >>> policies(90 * 86_400.0)[-1]
    "SELECT add_retention_policy('measurements', drop_after => INTERVAL '7776000 seconds')"
    """
    start = "NULL" if keep_s is None else f"INTERVAL '{round(max(keep_s - 86_400.0, keep_s / 2))} seconds'"
    found = (
        "SELECT remove_continuous_aggregate_policy('quarter_hours_continuous', if_exists => true)",
        (
            "SELECT add_continuous_aggregate_policy('quarter_hours_continuous', "
            f"start_offset => {start}, end_offset => INTERVAL '15 minutes', "
            "schedule_interval => INTERVAL '15 minutes')"
        ),
        "SELECT remove_retention_policy('measurements', if_exists => true)",
    )
    if keep_s is None:
        return found
    drop = f"SELECT add_retention_policy('measurements', drop_after => INTERVAL '{round(keep_s)} seconds')"
    return (*found, drop)


async def is_installed(connection: AsyncConnection[Any]) -> bool:
    """Tell whether the database has the extension."""
    return await (await connection.execute(INSTALLED)).fetchone() is not None


async def set_up(connection: AsyncConnection[Any]) -> None:
    """Apply the steps that are missing, in the running transaction."""
    await connection.execute(_LEDGER)
    cursor = await connection.execute("SELECT number FROM timescale_steps")
    applied = {number for (number,) in await cursor.fetchall()}
    for number, step in enumerate(STEPS, 1):
        if number not in applied:
            await connection.execute(step.encode())
            await connection.execute("INSERT INTO timescale_steps (number) VALUES (%s)", (number,))


async def apply_policies(connection: AsyncConnection[Any], keep_s: float | None) -> None:
    """Set the policies; for the one historian of the database."""
    for policy in policies(keep_s):
        await connection.execute(policy.encode())
