"""Logs: structured lines on standard error, where systemd and the demo collect them."""

from __future__ import annotations

import sys

import structlog


def log_to_stderr(*, as_json: bool = False) -> None:
    """Send all logs to standard error, one line an event."""
    renderer = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
