"""Taking back: a command that waits at its bus is not written once its point is not to be commanded.

Pure. People who begin to work on a device must not be surprised by what was permitted before. The bus hears
of it before anything else is done in the tick, and reports the command as not sent; one that is on the wire
goes on to its end. The safe set is no exception: a local or blocked point is not commanded by anybody.
"""

from __future__ import annotations

from kernel.command import TakenBack
from kernel.instruction import Mode
from kernel.pipe.modes import Sending, sending
from kernel.pipe.state import InFlight, PipeState
from kernel.point import Point
from kernel.site import Site


def taken_back(site: Site, state: PipeState) -> tuple[TakenBack, ...]:
    """Name the queued commands that must not be written any more, and why."""
    if not (state.modes or state.local):
        return ()
    return tuple(
        TakenBack(command=name, point=flight.command.point, why=why)
        for name, flight in state.in_flight.items()
        if (why := _why(site, state, flight))
    )


def _why(site: Site, state: PipeState, flight: InFlight) -> str:
    """Say why a command must not be written; empty where it may, or has left."""
    if flight.transmission is not None or flight.command.test:
        return ""
    operated = (one.point for one in state.selections.values() if one.command == flight.command.id)
    names = (flight.command.point, *operated)
    point = next((p for p in map(site.point, names) if sending(state, p) is not Sending.REAL), None)
    return "" if point is None else f"taken back, never sent: {_how(state, point)}"


def _how(state: PipeState, point: Point) -> str:
    """Say how a point is operated that is not commanded."""
    own = state.modes.get(point.name)
    if point.name in state.local or (own is not None and own.mode is Mode.LOCAL):
        return f"{point.name} is operated locally"
    if own is not None:
        return f"{point.name} is in mode {own.mode.value}"
    assert point.writing is not None  # noqa: S101 - it has a command
    shown = state.modes[point.writing.feedback or point.name]
    return f"{shown.point}, which shows its effect, is in mode {shown.mode.value}"
