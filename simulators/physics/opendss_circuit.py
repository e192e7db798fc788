"""From a network to a circuit of OpenDSS: numbers for names, so that no name means something there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from simulators.networks.network import Coupler, Line, Network, Source
from simulators.physics.flows import Rows
from simulators.physics.opendss_extra import program
from simulators.physics.opendss_lines import coupler_command, line_command
from simulators.physics.opendss_pieces import Piece, pieces_of
from simulators.physics.opendss_transformers import (
    Leg,
    Node,
    Unit,
    anchor_commands,
    legs_of,
    transformer_commands,
    unit_of,
)

_STIFF_MVA: Final = 1e9
_AIR: Final = "r=1e12 x=0"
"""What lies between earth and a bus without any branch, ohm: enough that it is no hole in the equations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """A circuit that was built, and what of it is what of the network."""

    dss: Any
    elements: list[tuple[str, int]]
    """Name of each element of a branch, and the row of the branch."""
    units: list[tuple[Unit, list[Leg]]]
    pieces: list[Piece]

    def nodes(self) -> dict[Node, int]:
        """Return the number of each node once the circuit was solved; earth, at any bus, is 0."""
        found: dict[Node, int] = {}
        for number, name in enumerate(self.dss.ActiveCircuit.YNodeOrder, start=1):
            bus, _, at = name.lower().removeprefix("b").partition(".")
            found[int(bus), int(at)] = number
            found[int(bus), 0] = 0
        return found


def built(network: Network, rows: Rows, *, linear: bool) -> Circuit:
    """Build the circuit of a network; raises what `OpenDss` raises."""
    units = [(unit, legs_of(unit)) for unit in (unit_of(plate, rows) for plate in network.transformers)]
    pieces = list(pieces_of(network, rows, units))
    if linear:
        pieces = [replace(piece, law="impedance") for piece in pieces]
    commands = list(commands_of(network, rows, units, pieces))
    dss = program()
    for command in commands:
        dss.Text.Command = command
    elements = [(name, unit.row) for unit, _ in units for name in unit.names]
    lines: tuple[Line | Coupler, ...] = (*network.lines, *network.couplers)
    elements += [(f"line.l{rows.branch[one.name]}", rows.branch[one.name]) for one in lines]
    return Circuit(dss=dss, elements=elements, units=units, pieces=pieces)


def commands_of(
    network: Network, rows: Rows, units: Sequence[tuple[Unit, list[Leg]]], pieces: Sequence[Piece]
) -> Iterator[str]:
    """Yield what OpenDSS is told, in order."""
    kv = {bus.name: bus.voltage_kv for bus in network.buses}
    yield "clear"
    yield f"set defaultbasefrequency={network.frequency_hz!r}"
    yield _source(network.source, rows.bus[network.source.bus], kv[network.source.bus])
    for unit, legs in units:
        yield from transformer_commands(unit, legs)
        if not network.asymmetric:
            yield from anchor_commands(unit, legs)
    for line in network.lines:
        yield line_command(line, rows, by_phase=network.asymmetric)
    for coupler in network.couplers:
        yield coupler_command(coupler, rows, kv[coupler.from_bus])
    joined = {end for branch in network.branches for end in (branch.from_bus, branch.to_bus)}
    for bus in sorted(kv.keys() - joined - {network.source.bus}):
        yield f"new reactor.b{rows.bus[bus]} phases=3 bus1=b{rows.bus[bus]} {_AIR}"
    for number, piece in enumerate(pieces):
        yield piece.command(number)
    yield "set controlmode=off mode=snapshot"
    yield "makebuslist"
    for bus, rated in kv.items():  # what the tolerance counts from
        yield f"setkvbase bus=b{rows.bus[bus]} kvll={rated!r}"


def _source(source: Source, bus: int, kv: float) -> str:
    mva = _STIFF_MVA if source.stiff else source.short_circuit_mva
    impedance = kv**2 / mva
    reactance = impedance / (1.0 + source.rx_ratio**2) ** 0.5
    one = f"r1={reactance * source.rx_ratio!r} x1={reactance!r}"
    zero = f"r0={reactance * source.rx_ratio * source.zero_ratio!r} x0={reactance * source.zero_ratio!r}"
    return (
        f"new circuit.grid bus1=b{bus} phases=3 basekv={kv!r} pu={source.voltage_pu!r} angle=0 {one} {zero}"
    )
