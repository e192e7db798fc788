"""From the models of a device to its register map, in the form of the map's file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from drivers.modbus.sunspec.controls import companions_of, control_of, why_not, writing_of
from drivers.modbus.sunspec.definitions import ModelPoints, SunSpecPoint
from drivers.modbus.sunspec.quantities import Names, plain, unit_of

ENCODINGS: Final = {
    "int16": ("i16", -0x8000), "uint16": ("u16", 0xFFFF), "count": ("u16", 0xFFFF), "acc16": ("u16", 0),
    "enum16": ("u16", 0xFFFF), "bitfield16": ("u16", 0xFFFF), "int32": ("i32", -0x8000_0000),
    "uint32": ("u32", 0xFFFF_FFFF), "acc32": ("u32", 0), "enum32": ("u32", 0xFFFF_FFFF),
    "bitfield32": ("u32", 0xFFFF_FFFF), "int64": ("i64", -(1 << 63)), "uint64": ("u64", (1 << 64) - 1),
    "acc64": ("u64", 0), "float32": ("f32", None), "float64": ("f64", None),
}  # fmt: skip
"""Type in the map of each type of SunSpec, and the number that means not implemented.

Source: SunSpec Device Information Model Specification V1.1, 4.3.
"""
_FRAME: Final = frozenset({"ID", "L"})
_STATIC: Final = frozenset({120, 121, 702})
"""Models of ratings and settings."""
_RATINGS: Final = ((120, "WRtg"), (702, "WMaxRtg"), (121, "WMax"))
_GAP: Final = 40
"""Registers of a model that one read may cross: all of them exist, whether implemented or not."""
_SLOWLY: Final = frozenset({"degC", "kWh", "kvarh", "kVAh"})


class SunSpecMap(msgspec.Struct, frozen=True, kw_only=True):
    """A map of a device, and what was left out of it."""

    content: dict[str, Any]
    """Title, source, scales, points ... as they stand in the file."""
    notes: tuple[str, ...]
    """What is in the device and not, or only to be read, in the map, and why."""


def identity_of(models: Sequence[ModelPoints]) -> dict[str, str]:
    """Return what model 1 says of the device: maker, model, version and serial number, as far as it does."""
    words = {"Mn": "maker", "Md": "model", "Opt": "options", "Vr": "version", "SN": "serial"}
    common = next((one for one in models if one.id == 1), None)
    texts = {point.name: point.raw for point in common.points} if common else {}
    return {word: str(texts[name]).strip() for name, word in words.items() if texts.get(name) is not None}


def map_of(models: Sequence[ModelPoints], *, wanted: frozenset[int] = frozenset()) -> SunSpecMap:
    """Return the register map of a device.

    Args:
        models: its chain, decoded.
        wanted: numbers of the models that go into the map; empty for all.
    """
    chosen = [one for one in models if not wanted or one.id in wanted]
    named = identity_of(models)
    title = " ".join(filter(None, (named.get("maker"), named.get("model")))) or "SunSpec device"
    numbers = ", ".join(str(one.id) for one in chosen)
    builder = _Builder(_rating_kw(models))
    for model in chosen:
        builder.add(model)
    content: dict[str, Any] = {
        "title": title,
        "source": f"SunSpec models {numbers}, definitions of pysunspec2, read from the device",
        "gap": _GAP,
        "identity": _texts(models),
        "scales": builder.scales,
        "points": builder.points,
    }
    return SunSpecMap(
        content={key: value for key, value in content.items() if value != []}, notes=tuple(builder.notes)
    )


def _texts(models: Iterable[ModelPoints]) -> list[dict[str, Any]]:
    """Return where the device names itself; maker and model are expected as they were found."""
    words = {"Mn": "maker", "Md": "model", "Vr": "version", "SN": "serial"}
    found = []
    for point in (point for one in models if one.id == 1 for point in one.points):
        if point.name in words and point.raw is not None:
            place = {
                "name": words[point.name], "table": "holding", "address": point.address, "count": point.count,
            }  # fmt: skip
            expected = {"expected": str(point.raw).strip()} if point.name in {"Mn", "Md"} else {}
            found.append({**place, **expected})
    return found


def _rating_kw(models: Iterable[ModelPoints]) -> float | None:
    """Return the rated active power of the device, kW, where it says it."""
    values = {(one.id, point.name): point.value for one in models for point in one.points}
    for place in _RATINGS:
        value = values.get(place)
        if isinstance(value, int | float) and value > 0:
            return value / 1000.0
    return None


@dataclass(frozen=True, slots=True)
class _Builder:
    """Collects scales and points of one device, one model after the other."""

    rating_kw: float | None
    scales: list[dict[str, Any]] = field(default_factory=list)
    points: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    names: Names = field(default_factory=Names)
    scaled: dict[int, str] = field(default_factory=dict)
    """Name of each scale register by its address."""

    def add(self, model: ModelPoints) -> None:
        """Take a model."""
        if not model.points:
            why = model.fault or "no definition: it is the vendor's own"
            self.notes.append(f"model {model.id} at {model.address} is left out: {why}")
            return
        by_name = {point.name: point for point in model.points if len(point.path) == 1}
        absent = 0
        for point in model.points:
            if point.name in _FRAME or point.type not in ENCODINGS:
                continue
            if point.raw is None or (point.scale and point.factor is None):
                absent += 1
                continue
            self.points.append(self._entry(model, point, by_name))
        if absent:
            self.notes.append(f"model {model.id}: {absent} points are not implemented by the device")

    def _entry(
        self, model: ModelPoints, point: SunSpecPoint, by_name: dict[str, SunSpecPoint]
    ) -> dict[str, Any]:
        unit, _ = unit_of(point.units)
        quantity = self.names.name(model.id, point)
        entry: dict[str, Any] = {
            "quantity": quantity,
            "unit": unit,
            "table": "holding",
            **self._slot(model, point),
            **_kind(point),
            "source": f"model {model.id} {'.'.join(point.path)}: {point.label}",
        }
        if (poll := _poll(model, point, unit)) != "normal":
            entry["poll"] = poll
        if (believable := self._plausibility(point, unit, entry)) is not None:
            entry["plausibility"] = believable
        control = control_of(model.id, point.name) if len(point.path) == 1 else None
        if control is not None and not (why := why_not(control, by_name)):
            slots = {name: self._slot(model, by_name[name]) for name in control.companions()}
            entry["access"] = "read_write"
            entry["writing"] = writing_of(control, by_name)
            entry["companions"] = companions_of(control, by_name, slots)
        elif control is not None:
            self.notes.append(f"{quantity} of model {model.id} can only be read: {why}")
        return entry

    def _slot(self, model: ModelPoints, point: SunSpecPoint) -> dict[str, Any]:
        kind, missing = ENCODINGS[point.type]
        slot: dict[str, Any] = {"address": point.address, "type": kind}
        _, factor = unit_of(point.units)
        if point.scale and point.scale_address is None and point.factor:
            factor *= float(f"1e{point.factor}")
        if factor != 1.0:
            slot["scale"] = float(f"{factor:.12g}")
        if missing is not None:
            slot["not_implemented"] = missing
        if point.scale_address is not None:
            slot["scale_from"] = self._scale(model, point.scale, point.scale_address)
        return slot

    def _scale(self, model: ModelPoints, name: str, address: int) -> str:
        if address not in self.scaled:
            full = f"{plain(name)}_{model.id}"
            full = full if full not in self.scaled.values() else f"{full}_{address}"
            self.scaled[address] = full
            self.scales.append(
                {"name": full, "table": "holding", "address": address, "not_implemented": -0x8000}
            )
        return self.scaled[address]

    def _plausibility(self, point: SunSpecPoint, unit: str, entry: dict[str, Any]) -> dict[str, float] | None:
        if "states" in entry or point.type.startswith(("bitfield", "acc")):
            return None
        reach_kw = 1.5 * self.rating_kw if self.rating_kw else None
        if unit in {"kW", "kVA", "kvar"} and reach_kw and len(point.path) == 1:
            return {"low": -reach_kw, "high": reach_kw}
        if unit == "degC":
            return {"low": -60.0, "high": 200.0}
        if unit == "Hz" and point.name == "Hz":
            return {"low": 40.0, "high": 70.0}
        return None


def _kind(point: SunSpecPoint) -> dict[str, Any]:
    if point.type.startswith("enum") and point.symbols:
        return {"kind": "code", "states": {code: plain(name) for code, name in point.symbols.items()}}
    if point.type.startswith("acc") or (point.type == "uint64" and point.units.endswith(("h", "H"))):
        return {"kind": "counter"}
    return {}


def _poll(model: ModelPoints, point: SunSpecPoint, unit: str) -> str:
    if point.static or model.id in _STATIC or model.id == 1:
        return "static"
    return "slow" if len(point.path) > 1 or unit in _SLOWLY else "normal"
