"""The history that a site file asks for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.historian.sqlite import SqliteHistorian
from kernel.point import Point

if TYPE_CHECKING:
    from drivers.historian.postgres import PostgresHistorian

KEEP_S = 90 * 86_400.0
"""Time that rows stay in the SQLite history, seconds; means of quarter-hours and documents stay for good."""


def open_historian(
    history: str,
    points: Sequence[Point],
    *,
    directory: Path,
    keep_days: float | None = None,
    tends: bool = False,
    password_file: str = "",
) -> SqliteHistorian | PostgresHistorian:
    """Return the historian for `uplinks.history` of a site file.

    Args:
        history: `sqlite`, or a connection string that begins with `postgresql://` or `postgres://`.
        points: the site's points, in table order.
        directory: where `history.sqlite` lies.
        keep_days: days that raw rows stay; None for 90 in SQLite, for good in PostgreSQL.
        tends: it is the one that looks after the database: means, retention.
        password_file: file of the database's password, or `credential:NAME`; empty for none.

    Raises:
        ValueError: the text is neither.
    """
    keep_s = None if keep_days is None else keep_days * 86_400.0
    if history == "sqlite":
        return SqliteHistorian(
            directory / "history.sqlite", points, keep_s=KEEP_S if keep_s is None else keep_s
        )
    if history.startswith(("postgresql://", "postgres://")):
        from drivers.historian.postgres import PostgresHistorian  # noqa: PLC0415 - most gateways have none
        from drivers.historian.postgres_upkeep import Upkeep  # noqa: PLC0415 - as above

        upkeep = Upkeep(keep_s=keep_s) if tends else None
        return PostgresHistorian(history, points, upkeep=upkeep, password_file=password_file)
    scheme = history.partition(":")[0]  # the rest may hold a password
    raise ValueError(f"history must be sqlite or postgresql://..., not {scheme!r}")
