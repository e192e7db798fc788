"""The file of a register map: checked as a whole, so that an author sees every mistake at once."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from pydantic import ValidationError

from drivers.modbus.entry import Entry, Factor
from drivers.modbus.identity import Identity
from drivers.modbus.limits import Limits
from drivers.modbus.map_fault import MapFault
from drivers.modbus.map_form import FileForm, PointForm, SlotForm
from drivers.modbus.map_rules import faults_of
from drivers.modbus.naming import Identification


class MapInvalid(Exception):
    """A register map cannot be used; `faults` holds everything that is wrong with it."""

    def __init__(self, file: str, faults: tuple[MapFault, ...]) -> None:
        self.file = file
        self.faults = faults
        lines = "\n".join(f"  {fault.where}: {fault.text}" for fault in faults)
        super().__init__(f"{file} has {len(faults)} mistakes:\n{lines}")


class MapContent(msgspec.Struct, frozen=True, kw_only=True):
    """What a sound file says."""

    title: str
    source: str
    checked: tuple[str, ...]
    gap: int
    limits: Limits
    identity: tuple[Identity, ...]
    identification: Identification
    factors: tuple[Factor, ...]
    entries: tuple[Entry, ...]


def read_map_file(path: Path) -> MapContent:
    """Read and check a file.

    Raises:
        MapInvalid: with all that is wrong in the file.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as mistake:
        raise MapInvalid(path.name, (MapFault(where="file", text=str(mistake)),)) from mistake
    return read_map_text(text, path.name)


def read_map_text(text: str, name: str) -> MapContent:
    """Read and check a map that need not be a file yet.

    Raises:
        MapInvalid: with all that is wrong in the text.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as mistake:
        raise MapInvalid(name, (MapFault(where="file", text=str(mistake)),)) from mistake
    faults, content = _checked(raw)
    if faults or content is None:
        raise MapInvalid(name, faults)
    return content


def _checked(raw: Mapping[str, Any]) -> tuple[tuple[MapFault, ...], MapContent | None]:
    """Return the faults of form if there are any, else those of meaning."""
    try:
        file = FileForm.model_validate(raw)
    except ValidationError as report:
        return tuple(_fault(error["loc"], error["msg"], raw) for error in report.errors()), None
    factors = tuple(form.noun() for form in file.scales)
    named = {factor.name: factor for factor in factors}
    content = MapContent(
        title=file.title,
        source=file.source,
        checked=tuple(file.checked),
        gap=file.gap,
        limits=file.limits.noun(),
        identity=tuple(form.noun() for form in file.identity),
        identification=file.identification.noun(),
        factors=factors,
        entries=tuple(point.entry(named) for point in file.points),
    )
    dangling = tuple(fault for point in file.points for fault in _dangling(point, named))
    return dangling + faults_of(content.entries, content.factors, content.identity, content.limits), content


def _dangling(point: PointForm, named: Mapping[str, Factor]) -> Iterator[MapFault]:
    """Tell of scale registers that are named and not declared."""
    also = point.companions
    every: tuple[SlotForm | None, ...] = (
        point, also.sequence, also.reversion_value, also.reversion_s, *also.fixed
    )  # fmt: skip
    for form in every:
        if form is not None and form.scale_from and form.scale_from not in named:
            text = f"scale_from names {form.scale_from}, which is not among the scales of this map"
            yield MapFault(where=point.quantity, text=text)


def _fault(location: tuple[str | int, ...], text: str, raw: Mapping[str, Any]) -> MapFault:
    """Name the place of a fault by its quantity where it has one: counting entries is no fun."""
    parts = [str(part) for part in location]
    if len(location) > 1 and location[0] in ("points", "scales", "identity") and isinstance(location[1], int):
        item = raw[str(location[0])][location[1]]
        named = (item.get("quantity") or item.get("name")) if isinstance(item, dict) else None
        parts[:2] = [str(named) if named else f"{location[0]}[{location[1]}]"]
    return MapFault(where=".".join(parts) or "file", text=text.removeprefix("Value error, "))
