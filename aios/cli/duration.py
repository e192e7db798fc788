"""Durations as people write them: `90s`, `30m`, `2h`, `1d`."""

from __future__ import annotations

import re
from typing import Final

import typer

_SECONDS: Final = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds(text: str) -> float:
    """Return a duration in seconds.

    Raises:
        typer.BadParameter: it is none.

    >>> seconds("2h"), seconds("1.5m"), seconds("30")
    (7200.0, 90.0, 30.0)
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", text.strip())
    if found is None:
        raise typer.BadParameter(f"{text} is no duration, such as 90s, 30m, 2h or 1d")
    return float(found[1]) * _SECONDS[found[2]]
