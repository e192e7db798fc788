"""A planted driver: the modules of the skeleton, one of them with its fault, under names of their own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from aios.driver_kit.skeleton import SKELETON
from aios.skeleton.simulated import SimulatedDevice
from aios.skeleton.test_driver import bench_of
from aios.testing.driver import DriverReport, check_driver

TIMEOUT_S = 0.06
LIST = Path(__file__).parent / "faults.toml"


class PlantedFault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One guard of the skeleton, and what stands in its place."""

    name: str
    rule: str
    file: str
    find: str
    replace: str
    scene: str = ""
    """The rule in whose scene it is seen; empty for its own."""
    also: list[str] = []


class _List(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    fault: list[PlantedFault]


def planted_faults() -> list[PlantedFault]:
    """Read the list."""
    return msgspec.toml.decode(LIST.read_bytes(), type=_List).fault


@contextmanager
def planted(fault: PlantedFault | None) -> Iterator[Callable[..., Any]]:
    """Yield what makes the driver with a fault; None plants none."""
    forgotten: list[Any] = []
    line = _module("planted_line", _source("line.py", fault), _FORGOTTEN=forgotten)
    sys.modules["planted_line"] = line
    driver = _source("driver.py", fault).replace("aios.skeleton.line", "planted_line")
    try:
        yield _module("planted_driver", driver).make
    finally:
        del sys.modules["planted_line"]
        for writer in forgotten:
            writer.transport.abort()


async def report_of(fault: PlantedFault | None, *, whole: bool) -> DriverReport:
    """Hold a planted driver to the scene that should find it, or to the whole contract."""
    only = () if whole or fault is None else (fault.rule, fault.scene or fault.rule)
    async with SimulatedDevice({"power": 0.0, "mode": 0.0}) as device:
        with planted(fault) as make:
            made = bench_of(device, make, timeout_s=TIMEOUT_S)
            return await check_driver(replace(made, recovery_s=0.6, patience_s=0.6), only=only)


def _source(name: str, fault: PlantedFault | None) -> str:
    text = (SKELETON / name).read_text(encoding="utf-8")
    if fault is None or fault.file != name:
        return text
    if text.count(fault.find) != 1:
        raise ValueError(f"{fault.find!r} occurs {text.count(fault.find)} times in {name}, not once")
    return text.replace(fault.find, fault.replace)


def _module(name: str, source: str, **names: Any) -> ModuleType:
    module = ModuleType(name)
    module.__dict__.update(names)
    exec(compile(source, f"{name}.py", "exec"), module.__dict__)
    return module
