"""Which customers are without supply, since when and why: a part that only watches.

A load is interrupted while the voltage at its bus is below 5 % of rated: EN 50160's border between a dip and
an interruption. While the grid has no solution nobody knows; that time is counted apart, and an interruption
that stood before it goes on. A load that never had supply (a spare bay) is not interrupted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from kernel.point import NANOSECONDS
from simulators.equipment.reliability import Indices, Outage, indices
from simulators.networks.network import Network
from simulators.part import Part, Stretch
from simulators.physics.switching import Switching

DARK_PU: Final = 0.05
"""Voltage below which a customer is interrupted, per unit (EN 50160, 3.17)."""
UNKNOWN_CAUSE: Final = "unknown"

Reasons = Callable[[], Mapping[str, str]]
"""Why each branch that was opened is open, by branch: `Protection.reasons`."""


class Interruptions(Part):
    """The ledger of interruptions; a step in which everybody is supplied costs one comparison."""

    def __init__(
        self, network: Network, customers: Mapping[str, int], *, reasons: Reasons | None = None
    ) -> None:
        """Begin with everybody supplied.

        Args:
            network: of the world.
            customers: behind each load, by its name; a load that is not named has none.
            reasons: tells why branches are open.

        Raises:
            KeyError: a load is named that the network does not have.
        """
        loads = [load.name for load in network.loads]
        if unknown := sorted(set(customers) - set(loads)):
            raise KeyError(f"no loads {unknown}; there are {loads}")
        self._network = network
        self._loads = loads
        self._customers = [customers.get(name, 0) for name in loads]
        self._served = sum(self._customers)
        self._bus = {bus.name: row for row, bus in enumerate(network.buses)}
        self._rows = np.array([self._bus[load.bus] for load in network.loads], dtype=np.intp)
        rated = {bus.name: bus.voltage_kv for bus in network.buses}
        self._floor_kv = np.array([DARK_PU * rated[load.bus] for load in network.loads])
        self._reasons: Reasons = dict if reasons is None else reasons
        self._open: dict[int, Outage] = {}
        self._closed: list[Outage] = []
        self._unknown_ns = 0
        self._supplied = np.zeros(len(loads), dtype=np.bool_)

    @property
    def outages(self) -> tuple[Outage, ...]:
        """All interruptions, those that go on last, ended where they were seen last."""
        return (*self._closed, *self._open.values())

    @property
    def indices(self) -> Indices:
        """SAIDI, SAIFI, CAIDI and MAIFI until now; one that goes on counts as long as it has lasted."""
        return indices(self.outages, served=self._served)

    @property
    def unknown_s(self) -> float:
        """Time in which the grid had no solution, seconds."""
        return self._unknown_ns / NANOSECONDS

    def live(self, stretch: Stretch) -> None:
        """Begin, lengthen and end interruptions by the voltages of the stretch."""
        span_ns = stretch.until_ns - stretch.since_ns
        if not stretch.flows.converged:
            self._unknown_ns += span_ns
            return
        if span_ns == 0:
            return
        dark = stretch.flows.bus_kv[self._rows] < self._floor_kv
        self._supplied |= ~dark
        dark &= self._supplied
        if not self._open and not dark.any():
            return
        for row in range(len(self._loads)):
            if dark[row]:
                begun = self._open.get(row)
                cause = self._cause(row, stretch.switching) if begun is None else begun.cause
                if cause == UNKNOWN_CAUSE:  # a breaker says why it opened only once it has
                    cause = self._cause(row, stretch.switching)
                self._open[row] = Outage(
                    load=self._loads[row],
                    customers=self._customers[row],
                    begin_ns=stretch.since_ns if begun is None else begun.begin_ns,
                    end_ns=stretch.until_ns,
                    cause=cause,
                )
            elif row in self._open:
                self._closed.append(self._open.pop(row))

    def counted(self) -> dict[str, float]:
        """Return the indices of IEEE 1366; nothing where no load has customers."""
        if not self._served:
            return {}
        found = self.indices
        return {
            "saidi_min": found.saidi_min,
            "saifi": found.saifi,
            "caidi_min": found.caidi_min,
            "maifi": found.maifi,
        }

    def _cause(self, row: int, switching: Switching) -> str:
        """Return why a dark load is dark: the reasons of the open branches at the border of its island."""
        reached, border = {self._network.loads[row].bus}, set[str]()
        pending = list(reached)
        while pending:
            bus = pending.pop()
            for branch in self._network.branches:
                if bus not in (branch.from_bus, branch.to_bus):
                    continue
                if branch.name in switching.open:
                    border.add(branch.name)
                    continue
                other = branch.to_bus if bus == branch.from_bus else branch.from_bus
                if other not in reached:
                    reached.add(other)
                    pending.append(other)
        reasons = self._reasons()
        told = [f"{name}: {reasons[name]}" for name in sorted(border) if reasons.get(name)]
        return "; ".join(told) if told else UNKNOWN_CAUSE
