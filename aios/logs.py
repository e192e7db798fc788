"""Logs: structured lines on standard error, where systemd and the demo collect them."""

from __future__ import annotations

import atexit
import logging
import sys
from contextlib import suppress
from typing import TextIO

import structlog

from aios.log_lines import LogLines


class Spared:
    """Writes to a file as long as it can be written to."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        """Write, or drop what cannot be written."""
        with suppress(OSError, ValueError):  # a pipe that nobody reads any more; a closed file
            self._file.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush what can be flushed."""
        with suppress(OSError, ValueError):
            self._file.flush()


def log_to_stderr(*, as_json: bool = False, verbose: bool = False) -> None:
    """Send all logs to standard error, one line an event; with `verbose` those for debugging too.

    Nothing ends because its log has nowhere to go: where standard error was closed, lines are dropped.
    """
    _configure(Spared(sys.stderr), as_json=as_json, verbose=verbose)


def log_beside(*, verbose: bool = False) -> LogLines:
    """Send all logs to standard error as JSON, from a thread: no control loop waits for its log."""
    lines = LogLines(sys.stderr)
    atexit.register(lines.close)
    _configure(lines, as_json=True, verbose=verbose)
    return lines


def _configure(file: Spared | LogLines, *, as_json: bool, verbose: bool) -> None:
    renderer = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if verbose else logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=file),  # type: ignore[arg-type]
    )
