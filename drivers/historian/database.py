"""One connection to PostgreSQL that never hangs: every unit of work has a deadline."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import psycopg
from psycopg import AsyncConnection, errors
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from drivers.historian.sink import HistoryDown, HistoryRefused
from kernel.shell.secret import read_secret

T = TypeVar("T")
Work = Callable[[AsyncConnection[Any]], Awaitable[T]]

_CONNECT_S: Final = 5.0
"""Time that connecting may take, seconds: one that hangs must not hold up the next, which may succeed."""
_GRACE_S: Final = 2.0
"""Time that a call may need to end after its socket was shut, seconds."""


class Database:
    """Opens a connection when there is work, and drops it when it fails.

    Cancelling a psycopg call on a silent server takes it up to 12 s, since it asks the server to
    cancel first. Here the socket is shut instead: the call then fails at once, by itself.
    """

    def __init__(
        self, dsn: str, *, prepare: Work[None], deadline_s: float = 10.0, password_file: str = ""
    ) -> None:
        self._conninfo = with_time_limits(dsn, deadline_s)
        self._password_file = password_file
        self._prepare = prepare
        self._deadline_s = deadline_s
        self._connection: AsyncConnection[Any] | None = None

    async def run(self, work: Work[T]) -> T:
        """Do work on the connection within the deadline, in one transaction.

        Raises:
            HistoryDown: no connection, no answer in time, or an error that may pass.
            HistoryRefused: the data can never be stored.
        """
        try:
            if self._connection is None or self._connection.closed:
                self._connection = await self._connect()
            return await self._within_deadline(self._connection, work)
        except (errors.DataError, errors.IntegrityError) as error:
            raise HistoryRefused(_without_row(error)) from error
        except (psycopg.Error, OSError, TimeoutError) as error:
            await self.close()
            raise HistoryDown(_one_line(error)) from error

    async def close(self) -> None:
        """Drop the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _connect(self) -> AsyncConnection[Any]:
        async with asyncio.timeout(min(self._deadline_s, _CONNECT_S)):
            conninfo = await asyncio.to_thread(with_password, self._conninfo, self._password_file)
            connection = await AsyncConnection.connect(conninfo, autocommit=True)
        try:
            await self._within_deadline(connection, self._prepare)
        except BaseException:  # also a cancelled caller: nobody else would close it
            await connection.close()
            raise
        return connection

    async def _within_deadline(self, connection: AsyncConnection[Any], work: Work[T]) -> T:
        task = asyncio.ensure_future(_transaction(connection, work))
        try:
            finished, _ = await asyncio.wait({task}, timeout=self._deadline_s)
        except asyncio.CancelledError:
            await _abandon(connection, task)
            raise
        if finished:
            return task.result()
        await _abandon(connection, task)
        raise TimeoutError(f"no answer within {self._deadline_s} s")


async def _transaction(connection: AsyncConnection[Any], work: Work[T]) -> T:
    async with connection.transaction():
        return await work(connection)


async def _abandon(connection: AsyncConnection[Any], task: asyncio.Future[Any]) -> None:
    """Shut the socket under a running call, and see the call end."""
    with contextlib.suppress(OSError, psycopg.Error), socket.socket(fileno=connection.fileno()) as shut:
        try:
            shut.shutdown(socket.SHUT_RDWR)
        finally:
            shut.detach()
    finished, _ = await asyncio.wait({task}, timeout=_GRACE_S)
    if not finished:
        task.cancel()
        finished, _ = await asyncio.wait({task}, timeout=_GRACE_S)
    for ended in finished:
        if not ended.cancelled():
            ended.exception()
    await connection.close()


def with_time_limits(dsn: str, deadline_s: float) -> str:
    """Add limits to a connection string where it does not set its own.

    >>> "tcp_user_timeout=10000" in with_time_limits("host=db dbname=aios", 10.0)
    True
    """
    milliseconds = round(deadline_s * 1000)
    limits: dict[str, str | int] = {
        "application_name": "aios-historian",
        "connect_timeout": max(2, round(deadline_s)),
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": milliseconds,
        "options": f"-c statement_timeout={milliseconds} -c lock_timeout={milliseconds}",
    }
    given = conninfo_to_dict(dsn)
    return make_conninfo(dsn, **{name: value for name, value in limits.items() if name not in given})


def with_password(conninfo: str, password_file: str) -> str:
    """Add the password that stands in a file, or is a credential; no file changes nothing.

    Raises:
        NoSecret: it cannot be read.
    """
    if not password_file:
        return conninfo
    return make_conninfo(conninfo, password=read_secret(password_file).reveal())


def _without_row(error: psycopg.Error) -> str:
    """Say what is wrong in the same words for every row that it is wrong with."""
    return error.diag.message_primary or _one_line(error)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
