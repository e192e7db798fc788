"""A look at a run that stands still: the world as it truly is, and the gateway as it sees it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from rich.table import Table

from aios.virtual.run import VirtualRun
from edge.alarms.listed import urgent_first
from kernel.point import NANOSECONDS
from kernel.quality import describe
from kernel.site import Site


class PointSeen(msgspec.Struct, frozen=True, kw_only=True):
    """One point as the gateway has it."""

    point: str
    value: float
    unit: str
    quality: str
    age_s: float


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """One moment of a run."""

    tick: int
    at_ns: int
    """Nanoseconds since 1970 UTC."""
    converged: bool
    import_kw: float | None
    """Truth; None where the grid has no solution."""
    loss_kw: float | None
    lowest: tuple[str, float] | None
    """Bus with the lowest voltage, and that voltage per unit; None without a solution."""
    highest: tuple[str, float] | None
    hot_spot_c: Mapping[str, float]
    """Truth of each transformer, degC."""
    faults: tuple[str, ...]
    """Those that act now."""
    rungs: Mapping[str, str]
    """Rung of each loop."""
    in_flight: tuple[str, ...]
    """Commands that wait for their read-back."""
    points: tuple[PointSeen, ...]
    alarms: tuple[str, ...] = ()
    """Id, state and text of the alarms that are not normal, the most urgent first."""


def look(run: VirtualRun) -> Look:
    """Look at a run between two steps."""
    world, state, now_ns = run.plant.world, run.gateway.kernel.state, run.clock.now_ns()
    flows = world.flows
    lowest, highest = _extremes(run)
    return Look(
        tick=state.tick,
        at_ns=now_ns,
        converged=flows.converged,
        import_kw=flows.import_kw if flows.converged else None,
        loss_kw=flows.loss_kw if flows.converged else None,
        lowest=lowest,
        highest=highest,
        hot_spot_c={name: seen.hot_spot_c for name, seen in world.scene.transformers.items()},
        faults=tuple(f"{f.target}: {f.kind.value}" for f in run.scenario.faults if f.active(now_ns)),
        rungs={agent: rung.rung for agent, rung in state.rungs.items()},
        in_flight=tuple(
            f"{flight.command.point} = {flight.command.value:g}" for flight in state.in_flight.values()
        ),
        points=_points(run),
        alarms=tuple(
            f"{one.id} ({one.state.value}): {one.text}" for one in urgent_first(state.alarms.values())
        ),
    )


class NoSuchMoment(ValueError):
    """A text names no moment of a run."""


def moment_of(text: str, site: Site, start_ns: int) -> int:
    """Return the moment that a text means, nanoseconds since 1970 UTC.

    Args:
        text: ISO 8601, or `HH:MM` of the first day; in the site's time zone where it names none.
        site: with the time zone.
        start_ns: begin of the run.

    Raises:
        NoSuchMoment: it is neither, or lies before the begin.
    """
    zone = ZoneInfo(site.time_zone)
    start = datetime.fromtimestamp(start_ns / NANOSECONDS, zone)
    try:
        found = datetime.fromisoformat(f"{start.date()}T{text}" if len(text) <= len("HH:MM:SS") else text)
    except ValueError:
        raise NoSuchMoment(f"{text} is no moment, such as 17:30 or 2016-12-14T17:30") from None
    if found.tzinfo is None:
        found = found.replace(tzinfo=zone)
    if found < start:
        if len(text) > len("HH:MM:SS"):
            raise NoSuchMoment(f"{text} lies before the begin, {start.isoformat()}")
        found += timedelta(days=1)
    return round(found.timestamp()) * NANOSECONDS


def look_table(seen: Look, site: Site) -> Table:
    """Lay a look out for a terminal."""
    at = datetime.fromtimestamp(seen.at_ns / NANOSECONDS, ZoneInfo(site.time_zone))
    table = Table(title=f"{site.title}, {at:%Y-%m-%d %H:%M:%S}, tick {seen.tick}", title_justify="left")
    for column in ("of", "what", "value"):
        table.add_column(column)
    for what, value in _truth(seen):
        table.add_row("world", what, value)
    for agent, rung in seen.rungs.items():
        table.add_row("loop", agent, rung)
    for one in seen.in_flight:
        table.add_row("command", one, "waits for its read-back")
    for alarm in seen.alarms:
        table.add_row("alarm", *alarm.split(": ", 1))
    for point in seen.points:
        table.add_row("gateway", point.point, f"{point.value:.6g} {point.unit}, {point.quality}")
    return table


def _truth(seen: Look) -> list[tuple[str, str]]:
    if seen.import_kw is None or seen.loss_kw is None or seen.lowest is None or seen.highest is None:
        rows = [("grid", "has no solution")]
    else:
        rows = [
            ("from the grid", f"{seen.import_kw:.1f} kW"),
            ("losses", f"{seen.loss_kw:.1f} kW"),
            ("lowest voltage", f"{seen.lowest[1]:.4f} pu at {seen.lowest[0]}"),
            ("highest voltage", f"{seen.highest[1]:.4f} pu at {seen.highest[0]}"),
        ]
    rows += [(f"hot spot of {name}", f"{c:.1f} degC") for name, c in seen.hot_spot_c.items()]
    return rows + [("fault", words) for words in seen.faults]


def _extremes(run: VirtualRun) -> tuple[tuple[str, float] | None, tuple[str, float] | None]:
    """Return the buses with the lowest and the highest voltage per unit, those without supply left out."""
    flows, buses = run.plant.world.flows, run.plant.network.buses
    if not flows.converged:
        return None, None
    u_pu = flows.bus_kv / np.array([bus.voltage_kv for bus in buses])
    supplied = [(float(u), bus.name) for u, bus in zip(u_pu, buses, strict=True) if u > 0.0]
    if not supplied:
        return None, None
    (low, at_low), (high, at_high) = min(supplied), max(supplied)
    return (at_low, low), (at_high, high)


def _points(run: VirtualRun) -> tuple[PointSeen, ...]:
    image = run.gateway.kernel.state.image
    return tuple(
        PointSeen(
            point=point.name,
            value=image.value.item(row),
            unit=point.unit,
            quality=describe(image.quality.item(row)),
            age_s=(image.now_ns - image.at_ns.item(row)) / NANOSECONDS,
        )
        for row, point in enumerate(run.gateway.site.points)
    )
