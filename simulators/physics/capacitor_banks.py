"""Capacitor banks that switch their steps by themselves: by voltage or by reactive power.

One step at a time, after the delay; a step that went out keeps its charge, so that nothing goes in before it
has discharged (IEC 60871-1 asks for 75 V within 10 minutes; controllers count with 5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from simulators.networks.network import Capacitor, CapacitorControl, Network
from simulators.part import Part, Stretch, Wish
from simulators.physics.flows import Flows

_NS: Final = 1_000_000_000


@dataclass(slots=True)
class _Bank:
    """One bank: how many steps are in, and what its control is about to do."""

    unit: Capacitor
    control: CapacitorControl
    steps: int
    """That shall be in."""
    stood: int
    """That were in, in the last stretch."""
    direction: int = 0
    """1 one step in, -1 one step out, 0 as it is."""
    due_ns: int = 0
    charged_until_ns: int | None = None
    operations: int = 0

    def wanted(self, flows: Flows) -> int:
        """Return what the control wants of these flows; 0 where no step is left, or nothing is measured."""
        low, high = self.control.low, self.control.high
        measured = self.measured(flows)
        direction = int(measured > high) - int(measured < low)
        if self.control.measures == "voltage":
            direction = -direction if measured > 0.0 else 0
        if self.unit.step_kvar < 0.0:
            direction = -direction
        return direction if 0 <= self.steps + direction <= self.unit.steps else 0

    def measured(self, flows: Flows) -> float:
        """Return what the control measures, kV or kvar."""
        if self.control.measures == "voltage":
            return flows.kv(self.unit.bus)
        return flows.flow(self.control.branch).from_kvar if self.control.branch else flows.import_kvar

    def due(self, flows: Flows, now_ns: int) -> tuple[int, int]:
        """Return what is wanted of these flows, and when it is due."""
        direction = self.wanted(flows)
        if direction == self.direction:
            return direction, self.due_ns
        due_ns = now_ns + round(self.control.delay_s * _NS)
        if direction > 0 and self.charged_until_ns is not None:
            due_ns = max(due_ns, self.charged_until_ns)
        return direction, due_ns

    def live(self, stretch: Stretch) -> None:
        """Wait through a stretch, and switch where the wait ends in it."""
        stood = stretch.switching.steps.get(self.unit.name, self.unit.steps_in)
        if stood < self.stood:
            self.charged_until_ns = stretch.since_ns + round(self.control.discharge_s * _NS)
        self.operations += abs(stood - self.stood)
        self.steps = self.stood = stood
        self.direction, self.due_ns = self.due(stretch.flows, stretch.since_ns)
        if self.direction and self.due_ns <= stretch.until_ns:
            self.steps += self.direction
            self.direction = 0


class CapacitorBanks(Part):
    """All capacitors of a network that a control switches.

    A part that acts later may hold the steps elsewhere; the control then goes on from there.
    """

    def __init__(self, network: Network) -> None:
        """Find the capacitors with a control; they begin as the network file has them."""
        self._banks = {
            unit.name: _Bank(unit, unit.control, unit.steps_in, unit.steps_in)
            for unit in network.capacitors
            if unit.control is not None
        }

    @property
    def steps(self) -> dict[str, int]:
        """Steps in by capacitor."""
        return {name: bank.steps for name, bank in self._banks.items()}

    @property
    def operations(self) -> dict[str, int]:
        """Switchings that were made since the begin by capacitor."""
        return {name: bank.operations for name, bank in self._banks.items()}

    def act(self, now_ns: int, wish: Wish) -> None:  # noqa: ARG002  # the same at any moment
        """Want the steps in that the controls have put in."""
        wish.steps.update(self.steps)

    def wakes_ns(self, now_ns: int, flows: Flows) -> int | None:
        """Return the moment of the next switching, with the flows as they are."""
        due = [bank.due(flows, now_ns) for bank in self._banks.values()]
        return min((due_ns for direction, due_ns in due if direction), default=None)

    def live(self, stretch: Stretch) -> None:
        """Let every control wait, and switch where its time has come."""
        for bank in self._banks.values():
            bank.live(stretch)

    def show(self) -> dict[str, dict[str, float]]:
        """Return steps in and number of operations by capacitor."""
        return {
            name: {"capacitor_steps": float(bank.steps), "capacitor_operations": float(bank.operations)}
            for name, bank in self._banks.items()
        }
