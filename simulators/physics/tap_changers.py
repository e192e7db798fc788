"""On-load tap changers and the automatic voltage regulators that move them.

A regulator waits until the voltage has been out of its band for the delay, then taps once, and again after
each step time while the voltage stays out. It stops at the ends of the changer and is blocked while the
voltage is far below its target, as in a short circuit. Our own reckoning instead of the solver's: what a tap
costs (a wait, a count, a wear) is what a study of tap changers asks for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from simulators.networks.network import Network, Regulator, Transformer
from simulators.part import Part, Stretch, Wish
from simulators.physics.flows import Flows

BLOCKED_PU: Final = 0.7
"""Share of the target below which a regulator does nothing."""
_NS: Final = 1_000_000_000


@dataclass(slots=True)
class _Changer:
    """One tap changer: where it stands and what its regulator is about to do."""

    unit: Transformer
    regulator: Regulator
    position: int
    """Where it shall stand."""
    stood: int
    """Where it stood in the last stretch."""
    direction: int = 0
    """Of the voltage that is wanted: 1 higher, -1 lower, 0 as it is."""
    due_ns: int = 0
    """Moment of the next tap, while the direction is not 0."""
    operations: int = 0

    def wanted(self, flows: Flows) -> int:
        """Return the direction in which the voltage should move; 0 where the changer is at its end."""
        kv, keeps = self.seen_kv(flows), self.regulator
        if not kv > BLOCKED_PU * keeps.target_kv:  # NaN and dead buses too
            return 0
        away = keeps.target_kv - kv
        if abs(away) <= keeps.band_kv / 2.0:
            return 0
        direction = 1 if away > 0.0 else -1
        return direction if self.next_position(direction) != self.position else 0

    def seen_kv(self, flows: Flows) -> float:
        """Return the voltage that the regulator goes by, kV."""
        return regulated_kv(self.unit, self.regulator, flows)

    def next_position(self, direction: int) -> int:
        """Return the position one tap further that moves the voltage so; the same at the end."""
        return next_position(self.unit, self.regulator, self.position, direction)

    def due(self, flows: Flows, now_ns: int) -> tuple[int, int]:
        """Return the direction that is wanted of these flows, and when the next tap is due."""
        direction = self.wanted(flows)
        if direction == self.direction:
            return direction, self.due_ns
        return direction, now_ns + round(self.regulator.delay_s * _NS)

    def live(self, stretch: Stretch) -> None:
        """Wait through a stretch, and tap where the wait ends in it."""
        stood = stretch.switching.taps.get(self.unit.name, self.unit.tap_position)
        self.operations += abs(stood - self.stood)
        self.position = self.stood = stood
        self.direction, self.due_ns = self.due(stretch.flows, stretch.since_ns)
        if self.direction and self.due_ns <= stretch.until_ns:
            self.position = self.next_position(self.direction)
            self.due_ns = stretch.until_ns + round(self.regulator.step_s * _NS)


class TapChangers(Part):
    """All tap changers of a network that a regulator moves.

    A part that acts later may put the tap elsewhere: stuck, run away, moved by hand. The changer then stands
    where it was put, and its regulator goes on from there.
    """

    def __init__(self, network: Network) -> None:
        """Find the transformers with a regulator; they stand where the network file has them."""
        self._changers = {
            unit.name: _Changer(unit, unit.regulator, unit.tap_position, unit.tap_position)
            for unit in network.transformers
            if unit.regulator is not None
        }

    @property
    def positions(self) -> dict[str, int]:
        """Tap position by transformer."""
        return {name: changer.position for name, changer in self._changers.items()}

    @property
    def operations(self) -> dict[str, int]:
        """Taps that were made since the begin by transformer: what wears a tap changer."""
        return {name: changer.operations for name, changer in self._changers.items()}

    def act(self, now_ns: int, wish: Wish) -> None:  # noqa: ARG002  # the same at any moment
        """Want every tap changer where its regulator put it."""
        wish.taps.update(self.positions)

    def wakes_ns(self, now_ns: int, flows: Flows) -> int | None:
        """Return the moment of the next tap, with the voltage as it is."""
        due = [changer.due(flows, now_ns) for changer in self._changers.values()]
        return min((due_ns for direction, due_ns in due if direction), default=None)

    def live(self, stretch: Stretch) -> None:
        """Let every regulator wait, and tap where its time has come."""
        for changer in self._changers.values():
            changer.live(stretch)

    def show(self) -> dict[str, dict[str, float]]:
        """Return position and number of operations by transformer."""
        return {
            name: {"tap_position": float(one.position), "tap_operations": float(one.operations)}
            for name, one in self._changers.items()
        }

    def counted(self) -> dict[str, float]:
        """Return the taps of all changers that a regulator moves."""
        return {"tap_operations": float(sum(self.operations.values()))}


def regulated_kv(unit: Transformer, regulator: Regulator, flows: Flows) -> float:
    """Return the voltage that a regulator goes by: at its bus, less the drop along its line, kV."""
    kv = _line_kv(unit, flows, regulator.bus or unit.to_bus)
    if not (kv > 0.0 and (regulator.drop_ohm or regulator.drop_reactance_ohm)):
        return kv
    flow = flows.flow(unit.name)
    # Through a line-to-line voltage the power of three phases drives sqrt(3) I = conj(S) / U; that of a
    # single one drives three times as much.
    current_ka = complex(-flow.to_kw, flow.to_kvar) / kv * 1e-3 * (3 // len(unit.phases))
    return abs(kv - current_ka * complex(regulator.drop_ohm, regulator.drop_reactance_ohm))


def next_position(unit: Transformer, regulator: Regulator, position: int, direction: int) -> int:
    """Return the position one tap further.

    Args:
        unit: whose changer it is.
        regulator: whose voltage is moved.
        position: where it stands.
        direction: 1 for a higher voltage, -1 for a lower one.

    Returns:
        The same position where it stands at its end.
    """
    raises = -1 if unit.tap_side == "from" else 1
    if regulator.bus == unit.from_bus:
        raises = -raises
    return min(max(position + raises * direction, unit.tap_min), unit.tap_max)


def end_of(unit: Transformer, regulator: Regulator, position: int) -> int:
    """Return the direction in which no position is left: 1 higher voltage, -1 lower, 0 neither."""
    ends = (way for way in (1, -1) if next_position(unit, regulator, position, way) == position)
    return next(ends, 0)


def _line_kv(unit: Transformer, flows: Flows, bus: str) -> float:
    """Return the voltage of a bus; of the phase of a single-phase unit, as line-to-line, kV."""
    if unit.phases == "abc" or flows.phase_kv is None:
        return flows.kv(bus)
    return float(3.0**0.5 * flows.phase_kv[flows.rows.bus[bus], "abc".index(unit.phases)])
