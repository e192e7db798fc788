"""The file of a register map: checked as a whole, so that an author sees every mistake at once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from drivers.modbus.entry import Access, Companions, Encoding, Entry, Fixed, Order, Slot, Table
from drivers.modbus.map_rules import MapFault, faults_of
from kernel.point import Kind, OnLoss, Operation, Plausibility, Writing


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
    gap: int
    entries: tuple[Entry, ...]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Slot(_Strict):
    address: int = Field(ge=0, le=65535)
    type: Encoding
    order: Order = Order.ABCD
    scale: float = Field(default=1.0, allow_inf_nan=False)
    offset: float = Field(default=0.0, allow_inf_nan=False)
    not_implemented: int | None = None

    def noun(self) -> Slot:
        return Slot(
            address=self.address,
            encoding=self.type,
            order=self.order,
            scale=self.scale,
            offset=self.offset,
            not_implemented=self.not_implemented,
        )


class _Plausibility(_Strict):
    low: float
    high: float
    rate_per_s: float | None = Field(default=None, gt=0)
    unchanged_s: float | None = Field(default=None, gt=0)


class _Writing(_Strict):
    low: float
    high: float
    safe_value: float
    on_loss: OnLoss
    operation: Operation = Operation.SETPOINT
    feedback: str = ""
    feedback_value: float | None = None
    tolerance: float = Field(default=0.0, ge=0)
    feedback_s: float = Field(default=10.0, gt=0)
    sequence: str = ""
    validity_s: float = Field(default=10.0, gt=0)
    renew_s: float | None = Field(default=None, gt=0)
    reversion_s: float | None = Field(default=None, gt=0)
    reversion_value: float | None = None
    select: str = ""
    select_value: float = 1.0
    select_s: float = Field(default=10.0, gt=0)
    cancel_value: float | None = None
    heartbeat_s: float | None = Field(default=None, gt=0)


class _Fixed(_Slot):
    value: float = Field(allow_inf_nan=False)

    def noun(self) -> Fixed:
        return Fixed(**msgspec.structs.asdict(super().noun()), value=self.value)


class _Companions(_Strict):
    sequence: _Slot | None = None
    reversion_value: _Slot | None = None
    reversion_s: _Slot | None = None
    fixed: tuple[_Fixed, ...] = ()
    reversion_first: bool = False


class _Entry(_Slot):
    quantity: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    unit: str
    table: Table
    kind: Kind = Kind.ANALOG
    access: Access = Access.READ
    states: dict[int, str] = {}
    stale_s: float = Field(default=10.0, gt=0)
    plausibility: _Plausibility | None = None
    writing: _Writing | None = None
    companions: _Companions = _Companions()

    def entry(self) -> Entry:
        return Entry(
            quantity=self.quantity,
            unit=self.unit,
            table=self.table,
            slot=self.noun(),
            kind=self.kind,
            access=self.access,
            states=self.states,
            stale_s=self.stale_s,
            plausibility=Plausibility(**self.plausibility.model_dump()) if self.plausibility else None,
            writing=Writing(**self.writing.model_dump()) if self.writing else None,
            companions=_companions(self.companions),
        )


class _File(_Strict):
    title: str = Field(min_length=1)
    source: str = Field(min_length=1)
    gap: int = Field(default=0, ge=0, le=124)
    points: list[_Entry] = Field(min_length=1)


def read_map_file(path: Path) -> MapContent:
    """Read and check a file.

    Raises:
        MapInvalid: with all that is wrong in the file.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as mistake:
        raise MapInvalid(path.name, (MapFault(where="file", text=str(mistake)),)) from mistake
    faults, content = _checked(raw)
    if faults or content is None:
        raise MapInvalid(path.name, faults)
    return content


def _checked(raw: Mapping[str, Any]) -> tuple[tuple[MapFault, ...], MapContent | None]:
    """Return the faults of form if there are any, else those of meaning."""
    try:
        file = _File.model_validate(raw)
    except ValidationError as report:
        return tuple(_fault(error["loc"], error["msg"], raw) for error in report.errors()), None
    entries = tuple(point.entry() for point in file.points)
    content = MapContent(title=file.title, source=file.source, gap=file.gap, entries=entries)
    return faults_of(entries), content


def _fault(location: tuple[str | int, ...], text: str, raw: Mapping[str, Any]) -> MapFault:
    """Name the place of a fault by its quantity where it has one: counting entries is no fun."""
    parts = [str(part) for part in location]
    if len(location) > 1 and location[0] == "points" and isinstance(location[1], int):
        entry = raw["points"][location[1]]
        named = entry.get("quantity") if isinstance(entry, dict) else None
        parts[:2] = [str(named) if named else f"points[{location[1]}]"]
    return MapFault(where=".".join(parts) or "file", text=text)


def _companions(read: _Companions) -> Companions:
    return Companions(
        sequence=read.sequence.noun() if read.sequence else None,
        reversion_value=read.reversion_value.noun() if read.reversion_value else None,
        reversion_s=read.reversion_s.noun() if read.reversion_s else None,
        fixed=tuple(fixed.noun() for fixed in read.fixed),
        reversion_first=read.reversion_first,
    )
