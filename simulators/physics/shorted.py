"""Flows of a network in which something is shorted to earth: loads as impedances, one linear solution.

A power flow with constant powers has no solution beside a short circuit. Here every load and plant is the
impedance that takes its power at rated voltage, and the short circuit is one more: the equations are linear
and always have a solution. What comes out is the steady state of the fault, balanced, without the decaying
direct current and without the infeed of machines (IEC 60909 counts both; this does not).

A fault along a line cuts it in two at that place; the flows are given for the line as it was drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final

import msgspec
import numpy as np

from simulators.networks.network import Bus, Line, Load, Network
from simulators.physics.flows import Flows, Injections, Rows, frozen
from simulators.physics.port import Solver
from simulators.physics.power_grid import PowerGrid
from simulators.physics.switching import AS_DRAWN, Short, Switching

_BOLTED_OHM: Final = 1e-3
"""A bolted fault: less than the impedance of a metre of line, enough for the equations."""
_KEPT: Final = 8
"""Shorted networks whose model is kept built."""


class Shorted:
    """A solver that knows what to do with short circuits, and leaves everything else to another one."""

    def __init__(self, sound: Solver, linear: Callable[[Network], Solver] | None = None) -> None:
        """Take the solver of the sound network; nothing is built before something is shorted.

        Args:
            sound: solves what is not shorted.
            linear: builds a solver that takes all loads as impedances; None: power-grid-model's.
        """
        self._sound = sound
        self._linear = linear or partial(PowerGrid, linear=True)
        self._built: dict[tuple[tuple[str, Short], ...], _ShortedGrid] = {}

    @property
    def network(self) -> Network:
        """The sound network."""
        return self._sound.network

    @property
    def rows(self) -> Rows:
        """Row of each thing in the arrays of injections and flows."""
        return self._sound.rows

    def solve(self, injections: Injections, switching: Switching = AS_DRAWN) -> Flows:
        """Solve one moment; see `simulators.physics.port.Solver`.

        The power that the short circuits take is part of `loss_kw`.

        Raises:
            KeyError: `switching` names what the network does not have.
        """
        if not switching.shorts:
            return self._sound.solve(injections, switching)
        key = tuple(sorted(switching.shorts.items(), key=lambda item: item[0]))
        if key not in self._built:
            if len(self._built) >= _KEPT:
                self._built.pop(next(iter(self._built)))
            self._built[key] = _ShortedGrid(self.network, self.rows, switching.shorts, self._linear)
        return self._built[key].solve(injections, replace(switching, shorts={}))


class _ShortedGrid:
    """One network with its short circuits in place."""

    def __init__(
        self,
        network: Network,
        rows: Rows,
        shorts: Mapping[str, Short],
        linear: Callable[[Network], Solver],
    ) -> None:
        self._rows = rows
        drawn = network
        for number, (place, short) in enumerate(shorts.items()):
            drawn = _with_short(drawn, place, short, name=f"short {number}")
        self._grid = linear(drawn)
        self._load_kw = np.array([load.peak_kw for load in drawn.loads[len(network.loads) :]])
        solved = self._grid.rows.branch
        self._from = [solved[name] for name in rows.branch]
        self._to = [solved.get(_rest(name), solved[name]) for name in rows.branch]

    def solve(self, injections: Injections, switching: Switching) -> Flows:
        """Return the flows in the rows of the network as it was drawn."""
        wanted = msgspec.structs.replace(
            injections,
            load_kw=np.concatenate([injections.load_kw, self._load_kw]),
            load_kvar=np.concatenate([injections.load_kvar, np.zeros_like(self._load_kw)]),
        )
        flows = self._grid.solve(wanted, switching)
        loads = len(self._rows.load)
        branch = np.concatenate([flows.branch[self._from, :3], flows.branch[self._to, 3:]], axis=1)
        phase_a = flows.phase_a
        if phase_a is not None:
            phase_a = frozen(np.stack([phase_a[self._from, 0], phase_a[self._to, 1]], axis=1))
        return msgspec.structs.replace(
            flows,
            rows=self._rows,
            bus_kv=frozen(flows.bus_kv[: len(self._rows.bus)].copy()),
            branch=frozen(branch),
            phase_kv=None if flows.phase_kv is None else flows.phase_kv[: len(self._rows.bus)],
            phase_a=phase_a,
            load_kw=frozen(flows.load_kw[:loads].copy()),
            loss_kw=flows.loss_kw + float(flows.load_kw[loads:].sum()),
        )


def _with_short(network: Network, place: str, short: Short, *, name: str) -> Network:
    """Return the network with one more load, and with a line cut where the fault is on it.

    Raises:
        KeyError: the network has no bus and no line of that name.
    """
    kv = {bus.name: bus.voltage_kv for bus in network.buses}
    line = next((line for line in network.lines if line.name == place), None)
    if place not in kv and line is None:
        raise KeyError(f"no bus and no line {place} in network {network.name}")
    bus = place if line is None else ""
    if line is not None:
        bus, network = _cut(network, line, short.at, name, kv[line.from_bus])
    there = network.phases_at()[bus]
    three_kw = 1e3 * kv.get(bus, kv[line.from_bus] if line else 0.0) ** 2 / max(short.ohm, _BOLTED_OHM)
    load = Load(
        name=name,
        bus=bus,
        peak_kw=three_kw * len(there) / 3.0,
        phases=there,
        power_factor=1.0,
        profile="",
    )
    return replace(network, loads=(*network.loads, load))


def _cut(network: Network, line: Line, at: float, name: str, kv: float) -> tuple[str, Network]:
    """Return the bus at a place of a line, and the network in which the line ends there.

    A place at an end of the line is the bus there.
    """
    if at <= 0.0 or at >= 1.0:
        return line.from_bus if at <= 0.0 else line.to_bus, network
    first = replace(line, to_bus=name, length_km=line.length_km * at)
    rest = replace(
        line,
        name=_rest(line.name),
        from_bus=name,
        length_km=line.length_km * (1.0 - at),
        breaker="",
        closed=True,
    )
    lines = tuple(first if one is line else one for one in network.lines)
    there = (line.name, "to")
    switches = tuple(
        replace(one, branch=rest.name) if (one.branch, one.end) == there else one for one in network.switches
    )
    buses = (*network.buses, Bus(name=name, voltage_kv=kv))
    cut = replace(network, buses=buses, lines=(*lines, rest), switches=switches)
    return name, cut


def _rest(line: str) -> str:
    return f"{line} behind the fault"
