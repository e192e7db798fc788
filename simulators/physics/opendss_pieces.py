"""Everything that takes power: between two nodes each, so that all of it is told, set and read in one way.

Loads and plants are one piece a phase, or one for each two phases. Capacitors and the magnetising branches of
transformers are pieces of constant impedance.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from simulators.networks.network import Capacitor, Line, Load, Network, Plant
from simulators.physics.flows import Rows
from simulators.physics.magnetising import pi_plate
from simulators.physics.opendss_lines import PHASES, matrices_of
from simulators.physics.opendss_transformers import Leg, Node, Unit, told, winding_kv

Kind = Literal["load", "plant", "capacitor", "shunt"]
_MODEL: Final = {"power": 1, "impedance": 2, "current": 5}
"""How OpenDSS numbers the laws of loads."""
_AT_ENDS: Final = {"from": (1.0, 0.0), "to": (0.0, 1.0)}
EXPONENT: Final = {"power": 0, "current": 1, "impedance": 2}
"""Power goes with the voltage to this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What takes power between two nodes."""

    kind: Kind
    row: int
    """Of the load, plant, capacitor; of the branch whose shunt it is."""
    nodes: tuple[Node, Node]
    kv: float
    """Rated voltage between them."""
    law: str
    share: float
    """Of the power of the thing that it is a piece of."""
    end: int = 0
    """Of the branch: 0 `from`, 1 `to`."""
    kw: float = 0.0
    """Of a shunt at its rated voltage, both ends together."""
    kvar: float = 0.0
    weight: float = 1.0
    """What of a shunt is at this end while both are closed; all of it while the other one is open."""

    even: bool = False
    """A delta of three equal branches, seen at one of them: what takes the same in each phase."""

    def command(self, number: int) -> str:
        """Return the command that makes it, without power; no voltage changes its law."""
        place = f"phases=1 conn=wye bus1={told(*self.nodes)}"
        if self.even:
            place = f"phases=3 conn=delta bus1={told(*self.nodes)}.3"
        return (
            f"new load.p{number} {place} kv={self.kv!r} kw=0 kvar=0 model={_MODEL[self.law]} "
            "vminpu=0 vlowpu=0 vmaxpu=1000"
        )


class _Place(NamedTuple):
    bus: int
    kv: float
    phases: str


def pieces_of(network: Network, rows: Rows, units: Sequence[tuple[Unit, list[Leg]]]) -> Iterator[Piece]:
    """Yield every piece of a network."""
    kv, there = {bus.name: bus.voltage_kv for bus in network.buses}, network.phases_at()
    things: tuple[tuple[Kind, tuple[Load | Plant | Capacitor, ...]], ...] = (
        ("load", network.loads),
        ("plant", network.plants),
        ("capacitor", network.capacitors),
    )
    for kind, several in things:
        for row, thing in enumerate(several):
            place = _Place(rows.bus[thing.bus], kv[thing.bus], getattr(thing, "phases", there[thing.bus]))
            yield from _appliance(kind, row, thing, place, by_phase=network.asymmetric)
    for unit, legs in units:
        yield from _magnetising(unit, legs)
    for line in network.lines:
        if line.loss_tangent:
            yield from _leak(network, line, rows, kv[line.from_bus])


def _appliance(
    kind: Kind, row: int, thing: Load | Plant | Capacitor, place: _Place, *, by_phase: bool
) -> Iterator[Piece]:
    """Yield the pieces of one thing: one a branch; in a balanced network one for all three."""
    law = "impedance" if kind == "capacitor" else getattr(thing, "law", "power")
    phases = [PHASES.index(phase) + 1 for phase in place.phases]
    pairs = [(phase, 0) for phase in phases]
    if not by_phase:
        pairs = [(1, 2)]
    elif getattr(thing, "connection", "wye") == "delta":
        pairs = [(phase, phase % 3 + 1) for phase in phases][: 3 if len(phases) > 2 else 1]
    for one, other in pairs:
        nodes = ((place.bus, one), (place.bus, other))
        yield Piece(
            kind=kind,
            row=row,
            nodes=nodes,
            kv=winding_kv(nodes, place.kv),
            law=law,
            share=1.0 / len(pairs),
            even=not by_phase,
        )


def _magnetising(unit: Unit, legs: list[Leg]) -> Iterator[Piece]:
    """The magnetising branch across the windings themselves: half of it at each end, or all at one."""
    plate = pi_plate(unit.plate)
    apparent = plate.no_load_current_pu * unit.plate.rated_kva
    kvar = math.sqrt(max(0.0, apparent**2 - plate.iron_loss_kw**2))
    at_ends = _AT_ENDS.get(unit.plate.magnetising, (0.5, 0.5))
    for leg in legs if apparent or plate.iron_loss_kw else ():
        for end, (nodes, kv) in enumerate(((leg.high, unit.plate.high_kv), (leg.low, unit.plate.low_kv))):
            yield Piece(
                kind="shunt",
                row=unit.row,
                nodes=nodes,
                kv=winding_kv(nodes, kv),
                law="impedance",
                share=1.0,
                end=end,
                kw=plate.iron_loss_kw / len(legs),
                kvar=kvar / len(legs),
                weight=at_ends[end],
            )


def _leak(network: Network, line: Line, rows: Rows, kv: float) -> Iterator[Piece]:
    """Half of what leaks through the insulation at each end: omega C tan(delta), as constant impedances.

    What leaks between two phases is minus what the matrix couples them by.
    """
    _, farad = matrices_of(line, by_phase=network.asymmetric)
    kilo = math.tau * network.frequency_hz * line.loss_tangent * 1e3
    phases = sorted(PHASES.index(phase) + 1 for phase in line.phases)
    for end, bus in enumerate((rows.bus[line.from_bus], rows.bus[line.to_bus])):
        for at, one in enumerate(phases):
            earth = float(farad[at].sum())
            ways = [(0, earth), *((phases[to], -float(farad[at, to])) for to in range(at))]
            for other, coupled in ways:
                nodes = ((bus, one), (bus, other))
                rated = winding_kv(nodes, kv)
                if coupled:
                    yield Piece(
                        kind="shunt",
                        row=rows.branch[line.name],
                        nodes=nodes,
                        kv=rated,
                        law="impedance",
                        share=1.0,
                        end=end,
                        kw=kilo * coupled * rated**2,
                        weight=0.5,
                    )
