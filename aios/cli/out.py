"""Output: for people through rich, for programs as JSON on standard output."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

import msgspec
import typer
from rich.console import Console

from aios.cli.exits import Exit

console = Console()
errors = Console(stderr=True, markup=False)
"""Without markup: a message may hold square brackets, `pip install "aios-grid[studies]"`."""


def as_json(value: Any) -> None:
    """Write one JSON document to standard output."""
    text = msgspec.json.format(msgspec.json.encode(value), indent=2)
    sys.stdout.write(text.decode() + "\n")


def end(code: Exit, message: str) -> NoReturn:
    """Say on standard error why the command ends, and end it."""
    errors.print(message, highlight=False)
    raise typer.Exit(int(code))


def moment(at_ns: int, time_zone: str) -> str:
    """Return a moment as people of a site read it.

    >>> moment(0, "Europe/Berlin")
    '1970-01-01 01:00:00'
    """
    return datetime.fromtimestamp(at_ns / 1e9, tz=ZoneInfo(time_zone)).strftime("%Y-%m-%d %H:%M:%S")
