"""The table of buses for people: asked over the gateway's socket, laid out for a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from rich.console import Group, RenderableType
from rich.table import Column, Table

from aios.local import ask_for
from kernel.shell.wire import Buses, DeviceState, GetBuses
from kernel.traffic import LineState

WIDE: Final = 130
"""Characters that the table needs to show names whole."""
COLOURS: Final = {"away": "bold red", "late": "yellow", "doubtful": "yellow"}


def read_buses(root: Path) -> Buses:
    """Ask the gateway of a folder for its buses.

    Raises:
        GatewayAway: none answers there, or it is of another version.
    """
    return ask_for(root, GetBuses(), Buses, "table of buses")


def bus_view(buses: Buses) -> RenderableType:
    """Lay out what `aios bus` shows: the wires that are shared, then every device."""
    shown: list[RenderableType] = []
    if buses.lines:
        shown += [_lines(buses.lines), ""]
    table = _table("device", "state", "wire", "breaker", "want", "read", "kept %", "lost", "age")
    for head in ("p50", "p95", "p99", "t/r/x", "err %", "queue"):
        table.add_column(head, no_wrap=True, justify="right")
    for one in buses.devices:
        table.add_row(*_device(one))
    away = sum(one.state == "away" for one in buses.devices)
    late = sum(one.state == "late" for one in buses.devices)
    shown += [
        table,
        f"{len(buses.devices)} devices, {away} away, {late} read more seldom than wanted",
        "want, read and age in seconds, p50 to p99 of an answer in milliseconds",
        "t/r/x: requests that timed out, were refused, were answered by rubbish",
    ]
    return Group(*shown)


def _lines(lines: tuple[LineState, ...]) -> Table:
    table = _table("wire", "devices", "waiting", "requests", "busy %", "failing %", "gap ms")
    for one in lines:
        figures = (f"{one.busy_percent:.1f}", f"{one.failing_percent:.1f}", f"{one.gap_ms:g}")
        table.add_row(one.line, str(one.devices), str(one.waiting), str(one.requests), *figures)
    return table


def _table(*heads: str) -> Table:
    return Table(*(Column(head, no_wrap=True) for head in heads), box=None, padding=(0, 1, 0, 0))


def _device(one: DeviceState) -> tuple[str, ...]:
    traffic = one.traffic
    colour = COLOURS.get(one.state)
    state = f"[{colour}]{one.state}[/]" if colour else one.state
    breaker = traffic.breaker if traffic.line else "-"
    if traffic.retry_in_s:
        breaker += f" {traffic.retry_in_s:.0f} s"
    wanted = f"{one.wanted_s:g}" + (f" x{traffic.stretch}" if traffic.stretch > 1 else "")
    return (
        *(one.device, state, traffic.line or "own", breaker, wanted),
        *("-" if value is None else f"{value:.1f}" for value in (one.reached_s,)),
        *(f"{one.kept_percent:.2f}", str(one.lost), "-" if one.age_s is None else f"{one.age_s:.1f}"),
        *(f"{ms:.1f}" for ms in (traffic.p50_ms, traffic.p95_ms, traffic.p99_ms)),
        f"{traffic.timeouts}/{traffic.exceptions}/{traffic.rubbish}",
        *(f"{one.error_percent:.2f}", str(one.waiting)),
    )
