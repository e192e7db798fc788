"""References given beforehand: a table that somebody filled in at the devices."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

import msgspec

from kernel.site import Site

COLUMNS: Final = ("point", "reference", "tolerance", "write", "reversion", "note")
_YES: Final = {
    "yes": True, "y": True, "1": True, "true": True, "no": False, "n": False, "": False, "0": False,
    "false": False,
}  # fmt: skip


class ReadingsInvalid(ValueError):
    """A table cannot be used; the message has a line for each mistake."""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says of one point."""

    reference: str = ""
    """Empty where it is not compared."""
    tolerance: float | None = None
    write: float | None = None
    """Value to be written in a test; None where nothing is."""
    reversion: bool = False
    """Whether the device's own fall-back is waited for after it."""
    note: str = ""


def read_readings(path: Path, site: Site) -> dict[str, Reading]:
    """Read a table; of its columns (`COLUMNS`) only `point` must be there.

    Raises:
        ReadingsInvalid: with all that is wrong in it.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
        columns = tuple(rows[0]) if rows else COLUMNS
    faults: list[str] = []
    if "point" not in columns or (unknown := [name for name in columns if name not in COLUMNS]):
        unknown = [name for name in columns if name not in COLUMNS]
        raise ReadingsInvalid(
            f"{path}:1: columns are {', '.join(COLUMNS)}; not known: {unknown or 'no point'}"
        )
    found: dict[str, Reading] = {}
    for line, row in enumerate(rows, 2):
        name = (row.get("point") or "").strip()
        if name not in site.row:
            faults.append(f"{path}:{line}: no point {name or '(empty)'} at {site.name}")
            continue
        try:
            found[name] = _reading(row)
        except ValueError as mistake:
            faults.append(f"{path}:{line}: {mistake}")
    if faults:
        raise ReadingsInvalid("\n".join(faults))
    return found


def _reading(row: dict[str, str | None]) -> Reading:
    cells = {name: (row.get(name) or "").strip() for name in COLUMNS}
    if cells["reversion"].lower() not in _YES:
        raise ValueError(f"reversion is yes or no, not {cells['reversion']}")
    return Reading(
        reference=cells["reference"],
        tolerance=_number(cells["tolerance"], "tolerance"),
        write=_number(cells["write"], "write"),
        reversion=_YES[cells["reversion"].lower()],
        note=cells["note"],
    )


def _number(text: str, column: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        raise ValueError(f"{column} {text} is no number") from None
