"""Durations as people write them: `200ms`, `90s`, `30m`, `2h`, `1d`."""

from __future__ import annotations

import re
from typing import Final

import typer

_SECONDS: Final = {"ms": 0.001, "": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds(text: str) -> float:
    """Return a duration in seconds.

    Raises:
        typer.BadParameter: it is none.

    >>> seconds("2h"), seconds("1.5m"), seconds("30"), seconds("200ms")
    (7200.0, 90.0, 30.0, 0.2)
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|[smhd]?)", text.strip())
    if found is None:
        raise typer.BadParameter(f"{text} is no duration, such as 200ms, 90s, 30m, 2h or 1d")
    return float(found[1]) * _SECONDS[found[2]]
