"""Which customers are without supply, since when and why: a part that only watches.

A customer is interrupted while the voltage of its phase is below 5 % of rated: EN 50160's border between a
dip and an interruption. The customers of a load stand on its phases in equal shares, and a fault may take the
supply of a share of them (`Stretch.lost`); who lost it last has it back first. While the grid has no solution
nobody knows (`unconverged_h` says for how long), and an interruption that stood before it goes on. A load
that never had supply (a spare bay) is not interrupted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from simulators.equipment.reliability import Indices, Outage, indices
from simulators.indicators.by_phase import INTERRUPTED_PU
from simulators.networks.network import Network
from simulators.part import Part, Stretch
from simulators.physics.flows import Values
from simulators.physics.switching import Switching

_SQRT3: Final = 3.0**0.5
UNKNOWN_CAUSE: Final = "unknown"
OPEN_CONDUCTOR: Final = "open conductor"

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
        self._floor_kv = np.array([INTERRUPTED_PU * rated[load.bus] for load in network.loads])
        self._reasons: Reasons = dict if reasons is None else reasons
        on = [[phase in load.phases for phase in "abc"] for load in network.loads]
        self._on = np.array(on, dtype=np.bool_).reshape(-1, 3)
        """(L, 3) phases on which each load stands."""
        self._row = {name: row for row, name in enumerate(loads)}
        self._open: dict[int, tuple[Outage, ...]] = {}
        """By row of the load; each of other customers of it, the latest last."""
        self._closed: list[Outage] = []
        self._supplied = np.zeros(len(loads), dtype=np.bool_)

    @property
    def outages(self) -> tuple[Outage, ...]:
        """All interruptions, those that go on last, ended where they were seen last."""
        return (*self._closed, *(one for standing in self._open.values() for one in standing))

    @property
    def indices(self) -> Indices:
        """SAIDI, SAIFI, CAIDI and MAIFI until now; one that goes on counts as long as it has lasted."""
        return indices(self.outages, served=self._served)

    def live(self, stretch: Stretch) -> None:
        """Begin, lengthen and end interruptions by the voltages of the stretch."""
        span_ns = stretch.until_ns - stretch.since_ns
        if span_ns == 0 or not stretch.flows.converged:
            return
        dark = self._dark(stretch)
        self._supplied |= dark < 1.0
        dark[~self._supplied] = 0.0
        if not self._open and not dark.any():
            return
        for row, share in enumerate(dark.tolist()):
            if share or row in self._open:
                self._settle(row, round(share * self._customers[row]), stretch)

    def _dark(self, stretch: Stretch) -> Values:
        """Return which share of each load's customers has no supply, (L,) 0 to 1."""
        flows = stretch.flows
        if flows.phase_kv is None:
            dark = (flows.bus_kv[self._rows] < self._floor_kv).astype(np.float64)
        else:
            dead = flows.phase_kv[self._rows] < self._floor_kv[:, None] / _SQRT3
            dark = (dead & self._on).sum(axis=1) / self._on.sum(axis=1)
        for load, share in stretch.lost.items():
            dark[self._row[load]] = max(dark[self._row[load]], share)
        return dark

    def _settle(self, row: int, out: int, stretch: Stretch) -> None:
        """Let so many customers of a load be without supply through a stretch."""
        standing = list(self._open.pop(row, ()))
        back = sum(one.customers for one in standing) - out
        while back > 0:
            last = standing.pop()
            ended = min(back, last.customers)
            self._closed.append(replace(last, customers=ended))
            if last.customers > ended:
                standing.append(replace(last, customers=last.customers - ended))
            back -= ended
        if back < 0:
            load, since_ns = self._loads[row], stretch.since_ns
            begun = Outage(
                load=load, customers=-back, begin_ns=since_ns, end_ns=since_ns, cause=UNKNOWN_CAUSE
            )  # fmt: skip
            standing.append(begun)
        if standing:
            self._open[row] = tuple(self._longer(row, one, stretch) for one in standing)

    def _longer(self, row: int, outage: Outage, stretch: Stretch) -> Outage:
        """Return an outage that goes on; a breaker says why it opened only once it has."""
        cause = outage.cause
        if cause == UNKNOWN_CAUSE:
            is_part = outage.load in stretch.lost
            cause = OPEN_CONDUCTOR if is_part else self._cause(row, stretch.switching)
        return replace(outage, end_ns=stretch.until_ns, cause=cause)

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
