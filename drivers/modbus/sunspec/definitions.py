"""The model definitions of SunSpec: the only file that knows pysunspec2.

Source: SunSpec Device Information Model Specification V1.1 and the model files of the SunSpec Alliance,
as pysunspec2 ships them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final

import msgspec
from sunspec2 import device as sunspec
from sunspec2 import mdef

# pysunspec2 looks into the working folder first; what stands there by chance is no definition.
sunspec.set_model_defs_path([sunspec.models_dir])

BYTES: Final = 2
"""Bytes in a register."""
NO_POINTS: Final = frozenset({mdef.TYPE_PAD})


class SunSpecPoint(msgspec.Struct, frozen=True, kw_only=True):
    """One point of a model, where it lies in the device and what it shows."""

    path: tuple[str, ...]
    """Names of its groups and its own; a repeating group has its number behind it."""
    type: str
    """Type of the definition: int16, uint32, enum16, sunssf, string ..."""
    address: int
    """First register."""
    count: int
    """Registers it takes."""
    label: str
    units: str
    access: str
    """R or RW."""
    mandatory: bool
    static: bool
    scale: str
    """Name of its scale register, a number, or empty."""
    scale_address: int | None
    """Where that register lies."""
    factor: int | None
    """Power of ten that it is multiplied by now; None where it has none."""
    raw: int | float | str | None
    """What it shows, without the scale; None where it is not implemented."""
    symbols: dict[int, str]
    """Names of codes, or of bits by their number."""

    @property
    def name(self) -> str:
        """Its own name."""
        return self.path[-1]

    @property
    def value(self) -> int | float | str | None:
        """What it shows, scaled."""
        if isinstance(self.raw, str) or self.raw is None or not self.scale:
            return self.raw
        return None if self.factor is None else float(f"{self.raw}e{self.factor}")


class ModelPoints(msgspec.Struct, frozen=True, kw_only=True):
    """A model of a device with all its points."""

    id: int
    title: str
    address: int
    """Register of its id."""
    length: int
    """Registers behind id and length."""
    points: tuple[SunSpecPoint, ...]
    """Empty where pysunspec2 does not know the model."""
    fault: str = ""
    """What does not fit between the definition and the device."""


def is_known(model: int) -> bool:
    """Tell whether there is a definition of a model.

    >>> is_known(103), is_known(64999)
    (True, False)
    """
    return _definition(model) is not None


def decode_model(model: int, address: int, registers: Sequence[int]) -> ModelPoints:
    """Return the points of a model from its registers, id and length first."""
    length = registers[1]
    definition = _definition(model)
    if definition is None:
        return ModelPoints(id=model, title="vendor model", address=address, length=length, points=())
    octets = b"".join(word.to_bytes(BYTES, "big") for word in registers)
    try:
        read = sunspec.Model(model, model_len=length, data=octets)
    except (sunspec.ModelError, mdef.ModelDefinitionError, TypeError, ValueError) as mistake:
        text = f"does not fit its definition: {mistake}"
        return ModelPoints(id=model, title="", address=address, length=length, points=(), fault=text)
    return ModelPoints(
        id=model,
        title=definition["group"].get("label", definition["group"]["name"]),
        address=address,
        length=length,
        points=tuple(_points(read, (), address, read)),
        fault=read.error_info.strip(),
    )


def blank_model(model: int, values: dict[str, Any]) -> list[int]:
    """Return the registers of a model that shows some raw values and nothing else, id and length first.

    Args:
        model: number of the model.
        values: raw values by name, groups as dictionaries and lists of them, as pysunspec2 takes them.
    """
    read = sunspec.Model(model, data={"ID": model, "L": 0, **values})
    read.points["L"].set_value(read.len - 2)
    octets = read.get_mb()
    return [int.from_bytes(octets[at : at + BYTES], "big") for at in range(0, len(octets), BYTES)]


@cache
def _definition(model: int) -> dict[str, Any] | None:
    path = os.path.join(sunspec.models_dir, "json", mdef.to_json_filename(model))  # noqa: PTH118
    if not os.path.isfile(path):  # noqa: PTH113 - a text is what pysunspec2 gives
        return None
    found: dict[str, Any] = sunspec.get_model_def(model)
    return found


def _points(group: Any, path: tuple[str, ...], address: int, model: Any) -> Iterator[SunSpecPoint]:
    for point in group.points.values():
        if point.pdef[mdef.TYPE] not in NO_POINTS:
            yield _point(point, path, address, model)
    for name, inner in group.groups.items():
        members = inner if isinstance(inner, list) else [inner]
        for number, member in enumerate(members, 1):
            label = f"{name}{number}" if isinstance(inner, list) else name
            yield from _points(member, (*path, label), address, model)


def _point(point: Any, path: tuple[str, ...], address: int, model: Any) -> SunSpecPoint:
    definition = point.pdef
    scale = str(definition.get(mdef.SF) or "")
    register = None if point.sf is None else _found(point, model)
    fixed = point.sf_value if point.sf is None and scale else None
    return SunSpecPoint(
        path=(*path, definition[mdef.NAME]),
        type=definition[mdef.TYPE],
        address=address + point.offset,
        count=point.len,
        label=definition.get("label") or definition[mdef.NAME],
        units=definition.get("units") or "",
        access=definition.get("access") or "R",
        mandatory=definition.get("mandatory") == "M",
        static=definition.get("static") == "S",
        scale=scale,
        scale_address=None if register is None else address + register.offset,
        factor=fixed if register is None else register.value,
        raw=_raw(point),
        symbols={int(one["value"]): one["name"] for one in definition.get("symbols") or ()},
    )


def _found(point: Any, model: Any) -> Any:
    """Find the scale register of a point: in its own group first, then in the model."""
    return point.group.points.get(point.sf) or model.points.get(point.sf)


def _raw(point: Any) -> int | float | str | None:
    value: int | float | str | None = point.value
    if value is None or not point.info.is_impl(value):
        return None
    return value
