"""Migrations: numbered SQL files, each applied once, each with its checksum."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final

import msgspec
from psycopg import AsyncConnection

_LOCK: Final = 0x41494F53
"""Advisory lock (the letters AIOS): two gateways that start together migrate one after the other."""
_LEDGER: Final = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    number integer PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now())
"""


class MigrationChanged(RuntimeError):
    """The database was made by other migrations than the ones of this version."""


class Migration(msgspec.Struct, frozen=True, kw_only=True):
    """One numbered SQL file."""

    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """Checksum of the text, hexadecimal."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations_in(directory: Path) -> tuple[Migration, ...]:
    """Return the migrations of a directory by number.

    Raises:
        ValueError: the numbers are not 1, 2, 3 and so on.
    """
    found = tuple(
        Migration(number=int(path.name.partition("_")[0]), name=path.stem, sql=path.read_text("utf-8"))
        for path in sorted(directory.glob("[0-9]*_*.sql"))
    )
    if [migration.number for migration in found] != list(range(1, len(found) + 1)):
        raise ValueError(f"migrations are not numbered from 1: {[m.name for m in found]}")
    return found


SHIPPED: Final = migrations_in(Path(__file__).parent / "migrations")


async def migrate(
    connection: AsyncConnection[Any], migrations: tuple[Migration, ...] = SHIPPED
) -> tuple[str, ...]:
    """Apply what is missing, in one transaction, and return its names.

    Raises:
        MigrationChanged: an applied file has another text now, or the database is of a later version.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        await connection.execute(_LEDGER)
        cursor = await connection.execute("SELECT number, sha256 FROM schema_migrations")
        applied = dict(await cursor.fetchall())
        _compare(applied, migrations)
        missing = [migration for migration in migrations if migration.number not in applied]
        for migration in missing:
            await connection.execute(migration.sql.encode())
            await connection.execute(
                "INSERT INTO schema_migrations (number, name, sha256) VALUES (%s, %s, %s)",
                (migration.number, migration.name, migration.sha256),
            )
    return tuple(migration.name for migration in missing)


def _compare(applied: dict[int, str], migrations: tuple[Migration, ...]) -> None:
    known = {migration.number: migration for migration in migrations}
    for number, sha256 in sorted(applied.items()):
        if number not in known:
            raise MigrationChanged(f"the database has migration {number}; this version ends at {len(known)}")
        if known[number].sha256 != sha256:
            raise MigrationChanged(f"{known[number].name} was applied with another text ({sha256[:12]})")
