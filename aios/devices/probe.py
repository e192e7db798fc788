"""Probing: what a device is, found by asking it, and the register map that follows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from aios.devices.gentle import GentleLink
from aios.devices.plausible import BELIEVED, Fit, fits_of
from drivers.modbus.link import BadEcho, DeviceException, NoAnswer
from drivers.modbus.map import SHIPPED
from drivers.modbus.map_file import read_map_text
from drivers.modbus.map_text import map_text

Tell = Callable[[str], None]
"""Is told what is being done."""


class SeenModel(msgspec.Struct, frozen=True, kw_only=True):
    """A model of the chain, for people."""

    id: int
    title: str
    address: int
    length: int
    """Registers behind id and length."""
    points: int
    fault: str


class Probed(msgspec.Struct, frozen=True, kw_only=True):
    """What a device is, as far as it says."""

    target: str
    unit: int
    identity: dict[str, str] = {}
    """Maker, model, version, serial ..., as the device names itself."""
    identification: str = ""
    """Why function 43/14 (read device identification) gave nothing; empty where it did."""
    base: int | None = None
    """Register of SunSpec's marker; None where it has none."""
    models: tuple[SeenModel, ...] = ()
    fits: tuple[Fit, ...] = ()
    """Maps that were tried, the best first."""
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What the written map leaves out, and why."""
    requests: int = 0
    text: str = ""
    """The register map; empty where none can be written."""

    @property
    def best(self) -> Fit | None:
        """The map that fits best, where it fits well enough."""
        return self.fits[0] if self.fits and self.fits[0].score >= BELIEVED else None


async def probe(
    link: GentleLink,
    unit: int,
    *,
    target: str,
    models: frozenset[int] = frozenset(),
    tell: Tell = lambda _: None,
) -> Probed:
    """Ask a device what it is: SunSpec first, then the shipped maps.

    Args:
        link: how to reach it; it is only read.
        unit: its unit identifier.
        target: what people call the place.
        models: numbers of the SunSpec models that go into the map; empty for all.
        tell: is told what is being done.

    Raises:
        LinkDown, NoAnswer, BadEcho: nobody answers, or not as a Modbus device does.
    """
    named, unnamed = await _named(link, unit, tell)
    found = await _sunspec(link, unit, target, models, tell)
    found = msgspec.structs.replace(found, identity={**named, **found.identity}, identification=unnamed)
    tell("trying the shipped maps")
    try:
        fits = await fits_of(link, unit)
    except NoAnswer as lost:
        return msgspec.structs.replace(found, faults=(*found.faults, str(lost)))
    found = msgspec.structs.replace(found, fits=fits)
    if not found.text and found.best is not None:
        found = msgspec.structs.replace(found, text=_copied(found.best, target))
    return found


def write_map(probed: Probed, path: Path) -> None:
    """Write the map of a probed device, after checking it as every map is checked.

    Raises:
        MapInvalid: it is not sound; nothing was written.
    """
    read_map_text(probed.text, path.name)
    path.write_text(probed.text, encoding="utf-8")


async def _named(link: GentleLink, unit: int, tell: Tell) -> tuple[dict[str, str], str]:
    """Return how the device names itself by function 43/14, or why it does not."""
    tell("asking for its name")
    try:
        return await link.identify(unit), ""
    except (DeviceException, NoAnswer, BadEcho) as failure:  # many devices do not know the function
        return {}, str(failure)


async def _sunspec(link: GentleLink, unit: int, target: str, wanted: frozenset[int], tell: Tell) -> Probed:
    from drivers.modbus.sunspec.chain import find_base, walk  # noqa: PLC0415 - pysunspec2 only where needed
    from drivers.modbus.sunspec.definitions import decode_model  # noqa: PLC0415
    from drivers.modbus.sunspec.to_map import identity_of, map_of  # noqa: PLC0415

    tell("looking for SunSpec")
    base = await find_base(link, unit)
    if base is None:
        return Probed(target=target, unit=unit)
    chain = await walk(link, unit, base, lambda model, number: tell(f"model {number}: {model}"))
    models = [decode_model(one.id, one.address, one.registers) for one in chain.models]
    made = map_of(models, wanted=wanted)
    return Probed(
        target=target,
        unit=unit,
        identity=identity_of(models),
        base=base,
        models=tuple(_seen(one) for one in models),
        faults=tuple(filter(None, (chain.fault, *(one.fault for one in models)))),
        notes=made.notes,
        text=map_text(made.content, notes=made.notes) if made.content.get("points") else "",
    )


def _seen(model: Any) -> SeenModel:
    return SeenModel(
        id=model.id,
        title=model.title,
        address=model.address,
        length=model.length,
        points=len(model.points),
        fault=model.fault,
    )


def _copied(fit: Fit, target: str) -> str:
    """Return a shipped map with a word on why it was chosen: from here on it is the site's own."""
    shipped = (SHIPPED / f"{fit.map}.toml").read_text(encoding="utf-8")
    why = f"# {target} fits the map {fit.map}: score {fit.score:g}, {'; '.join(fit.evidence)}."
    return f"{' '.join(why.split())}\n{shipped}"
