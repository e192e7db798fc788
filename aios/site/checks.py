"""Cross-checks: what the schema cannot see. Each yields findings with the path of the mistake."""

from __future__ import annotations

import difflib
import zoneinfo
from collections.abc import Iterator, Sequence
from pathlib import Path as FilePath

from aios.plugins import file_of
from aios.site.lines import Path
from aios.site.points import map_path
from aios.site.schema import DeviceSection, LoopSection, SiteFile
from drivers.modbus.map import load_map
from drivers.modbus.map_file import MapInvalid
from kernel.ladder import CONDITION
from kernel.point import Point
from kernel.site import LOCAL

Found = tuple[Path, str]
"""Where the mistake stands, and what it is."""


def check_names(file: SiteFile) -> Iterator[Found]:
    """Find names that stand twice, and names that refer to nothing."""
    assets = [asset.name for asset in file.asset]
    for section, names in (
        ("asset", assets),
        ("device", [d.name for d in file.device]),
        ("loop", [loop.agent for loop in file.loop]),
        ("point", [p.name for p in file.point]),
    ):
        for place, name in enumerate(names):
            if name in names[:place]:
                yield (section, place), f"{section} {name} is declared twice"
    for place, asset in enumerate(file.asset):
        if asset.upstream and asset.upstream not in assets:
            yield (
                ("asset", place, "upstream"),
                f"upstream {asset.upstream} is no asset of this site; {near(asset.upstream, assets)}",
            )
    for place, device in enumerate(file.device):
        if device.asset not in assets:
            yield (
                ("device", place, "asset"),
                f"asset {device.asset} is not declared; {near(device.asset, assets)}",
            )
    zones = {asset.zone for asset in file.asset if asset.zone}
    for place, permit in enumerate(file.work_permit):
        if permit.zone not in zones:
            yield (
                ("work_permit", place, "zone"),
                f"zone {permit.zone} has no asset; zones are {sorted(zones)}",
            )


def check_time_zone(file: SiteFile) -> Iterator[Found]:
    """Find a time zone that does not exist."""
    try:
        zoneinfo.ZoneInfo(file.site.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        yield ("site", "time_zone"), f"{file.site.time_zone} is no IANA time zone, such as Europe/Berlin"


def check_maps(file: SiteFile, folder: FilePath) -> Iterator[Found]:
    """Find register maps that are missing or wrong."""
    for place, device in enumerate(file.device):
        for mistake in map_mistakes(device, folder):
            yield ("device", place, "map"), mistake


def map_mistakes(device: DeviceSection, folder: FilePath) -> Iterator[str]:
    """Say why the register map of a device cannot be used; nothing where it can."""
    try:
        load_map(map_path(device.map, folder))
    except (FileNotFoundError, MapInvalid) as error:
        yield str(error)


def check_protocols(file: SiteFile, protocols: Sequence[str]) -> Iterator[Found]:
    """Find devices that no installed driver speaks to."""
    for place, device in enumerate(file.device):
        if device.protocol not in protocols:
            meant = near(device.protocol, protocols)
            yield ("device", place, "protocol"), f"no driver for {device.protocol} is installed; {meant}"


def check_loops(file: SiteFile, kinds: Sequence[str], folder: FilePath) -> Iterator[Found]:
    """Find loops that cannot run: unknown agents, periods that are no multiple of the base tick."""
    base = file.site.base_tick_s
    for place, loop in enumerate(file.loop):
        path = file_of(loop.kind)
        if path is not None and not (folder / path).is_file():
            yield ("loop", place, "kind"), f"there is no file {path} beside the site file"
        elif path is None and loop.kind not in kinds:
            yield ("loop", place, "kind"), f"no agent of kind {loop.kind}; installed are {sorted(kinds)}"
        ticks = loop.period_s / base
        if ticks < 1 or abs(ticks - round(ticks)) > 1e-9:
            yield (
                ("loop", place, "period_s"),
                f"period {loop.period_s:g} s is no multiple of the base tick {base:g} s",
            )
        if loop.deadline_s > loop.period_s:
            yield (
                ("loop", place, "deadline_s"),
                f"deadline {loop.deadline_s:g} s is longer than the period {loop.period_s:g} s",
            )
        yield from _turns(loop, ("loop", place), base)


def _turns(loop: LoopSection, at: Path, base: float) -> Iterator[Found]:
    """Find a phase that no base tick meets, and a safety loop that could be left out."""
    ticks = loop.phase_s / base
    if abs(ticks - round(ticks)) > 1e-9:
        yield (*at, "phase_s"), f"phase {loop.phase_s:g} s is no multiple of the base tick {base:g} s"
    elif loop.phase_s >= loop.period_s:
        yield (
            (*at, "phase_s"),
            f"phase {loop.phase_s:g} s is not shorter than the period {loop.period_s:g} s",
        )
    if loop.priority == "safety" and loop.overrun != "coalesce":
        yield (
            (*at, "overrun"),
            f"a safety loop is never left out: {loop.overrun} is for other classes; use coalesce",
        )


def check_ladders(file: SiteFile) -> Iterator[Found]:
    """Find conditions that the ladder does not know, and loops that hide the point of another's rung."""
    for place, loop in enumerate(file.loop):
        for name in loop.ladder:
            if name not in CONDITION:
                known = near(name, list(CONDITION))
                yield ("loop", place, "ladder", name), f"the ladder has no condition {name}; {known}"
    rungs = {f"{loop.agent}/rung" for loop in file.loop}
    for place, point in enumerate(file.point):
        if point.name in rungs:
            yield ("point", place, "name"), f"{point.name} is the rung of that agent; the kernel makes it"


def check_policies(file: SiteFile, shipped: Sequence[str]) -> Iterator[Found]:
    """Find policies that do not exist."""
    for place, name in enumerate(file.policies.names):
        if name not in shipped:
            yield ("policies", "names", place), f"no policy {name}; {near(name, shipped)}"


def check_points(file: SiteFile, mapped: Sequence[Point]) -> Iterator[Found]:
    """Find points that nothing serves, and writable points whose safe value is not safe."""
    served = {point.name: point for point in mapped}
    assets = {asset.name for asset in file.asset}
    for place, section in enumerate(file.point):
        asset = section.name.partition("/")[0]
        if section.name in served:
            if section.writing is not None and served[section.name].writing is None:
                yield (
                    ("point", place, "writing"),
                    f"{section.name} can only be read: its register map gives no write",
                )
        elif not (section.source or "").startswith("agent:"):
            yield (
                ("point", place, "name"),
                f"nothing serves {section.name}, device or agent; {near(section.name, list(served))}",
            )
        elif asset not in assets:
            yield ("point", place, "name"), f"asset {asset} is not declared"


def check_writing(points: Sequence[Point]) -> Iterator[tuple[str, str, str]]:
    """Find safe values out of bounds, and devices that fall back unrenewed; yields point, field, text."""
    for point in points:
        writing = point.writing
        if writing is None:
            continue
        if writing.reverts_unrenewed:
            yield (
                point.name,
                "renew_s",
                (
                    f"{point.name} falls back after {writing.reversion_s:g} s: renew_s is at most half of "
                    "that; take a third"
                ),
            )
        if writing.low > writing.high:
            yield point.name, "low", f"low {writing.low:g} is above high {writing.high:g} {point.unit}"
        elif writing.operation == "setpoint" and not writing.low <= writing.safe_value <= writing.high:
            yield (
                point.name,
                "safe_value",
                (
                    f"safe value {writing.safe_value:g} {point.unit} lies outside "
                    f"[{writing.low:g}, {writing.high:g}]"
                ),
            )


def check_movement(points: Sequence[Point]) -> Iterator[tuple[str, str, str]]:
    """Find least times without a value that is off, and movement of pulses; yields point, field, text."""
    for point in points:
        writing = point.writing
        if writing is None:
            continue
        named = [name for name in ("min_on_s", "min_off_s") if getattr(writing, name) is not None]
        if named and writing.off_value is None:
            yield point.name, named[0], f"{named[0]} needs an off_value: when does {point.name} count as off?"
        moving = [*named, *(["ramp_per_s"] if writing.ramp_per_s is not None else [])]
        if writing.operation == "pulse" and (moving or writing.deadband):
            yield point.name, "ramp_per_s", f"{point.name} is a pulse: it does not move"


def check_local(points: Sequence[Point]) -> Iterator[tuple[str, str, str]]:
    """Find writable points whose local operation nothing can show; yields point, field, text."""
    known = {point.name: point for point in points}
    for point in points:
        shown_by = point.writing.local if point.writing is not None else ""
        if not shown_by:
            continue
        if shown_by not in known:
            yield point.name, "local", f"no point {shown_by}; {near(shown_by, list(known))}"
        elif LOCAL not in known[shown_by].states.values():
            states = sorted(known[shown_by].states.values())
            yield point.name, "local", f"{shown_by} has no state {LOCAL}; its states are {states}"


def near(name: str, names: Sequence[str]) -> str:
    """Suggest what may have been meant."""
    close = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {close[0]}?" if close else f"known are {', '.join(sorted(names)[:12])}"
