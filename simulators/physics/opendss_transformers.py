"""Transformers as OpenDSS is told them: three single-phase units, wired so that the clock number comes out.

On one leg sit one winding of each side, whose voltages are in phase. The vector group is nothing but which
nodes each winding is put between: a star from a phase to the neutral, a delta from a phase to the next, and a
clock number that is 4 or 8 more takes the leg of another phase, one that is 6 more the reversed winding.
Source of the wiring: IEC 60076-1, annex on vector groups.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from simulators.networks.network import Transformer
from simulators.physics.flows import Rows
from simulators.physics.magnetising import pi_plate
from simulators.physics.opendss_lines import PHASES

Node = tuple[int, int]
"""Row of a bus, and number in it: 1 to 3 are the phases, 0 is earth, what is above is a neutral."""
_NEUTRAL: Final = 10
_TINY_PPM: Final = 1e-3
"""Millionths of the rated power that hold a winding without earth to earth; OpenDSS's own 1 would show in
the reactive power."""


class CannotWire(ValueError):
    """A transformer has a winding that this port does not know."""


class Leg(NamedTuple):
    """One leg: between which nodes its two windings lie."""

    high: tuple[Node, Node]
    low: tuple[Node, Node]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A transformer with its numbers."""

    plate: Transformer
    row: int
    """Of the branch."""
    high: int
    """Row of its bus."""
    low: int

    @property
    def names(self) -> list[str]:
        """Elements that it consists of."""
        return [f"transformer.t{self.row}_{leg}" for leg in range(len(self.plate.phases))]

    def kv(self, position: int) -> tuple[float, float]:
        """Return the line-to-line voltages of both windings at a tap position, kV."""
        plate = self.plate
        moved = (position - plate.tap_neutral) * plate.tap_step_kv
        high = plate.high_kv + (moved if plate.tap_side == "from" else 0.0)
        return high, plate.low_kv + (moved if plate.tap_side == "to" else 0.0)

    def taps(self, position: int) -> str:
        """Return the taps of both windings as OpenDSS is told them, per unit of the rated voltage."""
        high, low = self.kv(position)
        return f"taps=({high / self.plate.high_kv!r} {low / self.plate.low_kv!r})"


def unit_of(plate: Transformer, rows: Rows) -> Unit:
    """Return a transformer with its numbers."""
    return Unit(
        plate=plate, row=rows.branch[plate.name], high=rows.bus[plate.from_bus], low=rows.bus[plate.to_bus]
    )


def legs_of(unit: Unit) -> list[Leg]:
    """Return the legs: one for each phase of the low-voltage side.

    Raises:
        CannotWire: a winding is a zigzag, or the windings do not give the clock number.
    """
    plate = unit.plate
    if plate.phases != "abc":
        phase = PHASES.index(plate.phases) + 1
        return [Leg(((unit.high, phase), (unit.high, 0)), ((unit.low, phase), (unit.low, 0)))]
    low = plate.low_winding or ("delta" if plate.clock % 2 else "wye_n")
    shift, back, step = _CLOCK[plate.clock % 12]
    odd = plate.clock % 2 == 1
    if "zigzag" in plate.high_winding + low or odd != ((plate.high_winding == "delta") != (low == "delta")):
        windings = f"{plate.high_winding} and {low} with clock number {plate.clock}"
        raise CannotWire(f"transformer {plate.name}: {windings} is not known here")
    found = []
    for phase in range(3):
        above = _between(unit, "high", plate.high_winding, (phase + shift) % 3, -step if odd else step)
        below = _between(unit, "low", low, phase, step)
        found.append(Leg(above[::-1] if back else above, below))
    return found


_CLOCK: Final = {
    0: (0, False, 1),
    4: (1, False, 1),
    8: (2, False, 1),
    6: (0, True, 1),
    10: (1, True, 1),
    2: (2, True, 1),
    1: (0, False, 1),
    5: (1, False, 1),
    9: (2, False, 1),
    11: (0, False, -1),
    3: (1, False, -1),
    7: (2, False, -1),
}
"""By clock number: how many phases further the leg of a phase is on the high-voltage side, whether its
winding is reversed there, and to which other phase a delta goes on the low-voltage side. A delta on the
high-voltage side goes the other way where the number is odd."""


def _between(unit: Unit, side: str, winding: str, phase: int, step: int) -> tuple[Node, Node]:
    bus = unit.high if side == "high" else unit.low
    if winding == "delta":
        return (bus, phase + 1), (bus, (phase + step) % 3 + 1)
    earthed = winding == "wye_n" and not (side == "low" and _through(unit.plate))
    neutral = 0 if earthed else _NEUTRAL + 2 * unit.row + (side == "low")
    return (bus, phase + 1), (bus, neutral)


def _through(plate: Transformer) -> complex:
    return complex(plate.earth_ohm, plate.earth_reactance_ohm)


def transformer_commands(unit: Unit, legs: list[Leg]) -> Iterator[str]:
    """Yield the commands that make a transformer; its magnetising branch is a piece of its own."""
    plate, share = unit.plate, len(legs)
    short = pi_plate(plate)
    resistance = short.copper_loss_kw / plate.rated_kva
    reactance = math.sqrt(max(0.0, short.short_circuit_pu**2 - resistance**2))
    kva = plate.rated_kva / share
    for name, leg in zip(unit.names, legs, strict=True):
        windings = zip((leg.high, leg.low), (plate.high_kv, plate.low_kv), strict=True)
        (high, high_kv), (low, low_kv) = ((wound, winding_kv(wound, kv)) for wound, kv in windings)
        yield (
            f"new {name} phases=1 windings=2 buses=({told(*high)} {told(*low)}) conns=(wye wye) "
            f"kvs=({high_kv!r} {low_kv!r}) kvas=({kva!r} {kva!r}) xhl={100 * reactance!r} "
            f"%rs=({50 * resistance!r} {50 * resistance!r}) %imag=0 %noloadloss=0 "
            f"ppm_antifloat={_TINY_PPM} mintap=0.01 maxtap=10 {unit.taps(plate.tap_position)}"
        )
    neutral = next((leg.low[1] for leg in legs if leg.low[1][1] >= _NEUTRAL), None)
    if neutral is not None and _through(plate):
        z = _through(plate)
        yield f"new reactor.e{unit.row} phases=1 bus1={told(neutral)} r={z.real!r} x={z.imag!r}"


def anchor_commands(unit: Unit, legs: list[Leg]) -> Iterator[str]:
    """Yield what holds the phases of a balanced network against earth where no winding does.

    It lets the zero sequence pass, which a balanced network does not have, and nothing else.
    """
    for side, kv in (("high", unit.plate.high_kv), ("low", unit.plate.low_kv)):
        wound: list[tuple[Node, Node]] = [getattr(leg, side) for leg in legs]
        if any(number for nodes in wound for _, number in nodes if (nodes[0][1] and nodes[1][1])):
            ohm = kv**2 / unit.plate.rated_kva * 1e3
            bus = wound[0][0][0]
            yield f"new reactor.{side}{unit.row} phases=3 bus1=b{bus} z1=(1e12 0) z0=({ohm!r} 0)"


def winding_kv(nodes: tuple[Node, Node], line_kv: float) -> float:
    """Return the rated voltage between two nodes: that of a phase, or that between two phases, kV."""
    both = all(1 <= number <= len(PHASES) for _, number in nodes)
    return line_kv if both else line_kv / math.sqrt(3.0)


def told(first: Node, second: Node | None = None) -> str:
    """Return a place as OpenDSS is told it.

    >>> told((4, 1), (4, 0))
    'b4.1.0'
    """
    return f"b{first[0]}.{first[1]}" + ("" if second is None else f".{second[1]}")
