"""What must hold between the things of a network; every breach is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from simulators.networks.branches import Branch, Coupler, Line, Switch, Transformer
from simulators.networks.network import Bus, Capacitor, Generator, Load, Network, Plant, Source


def broken(network: Network) -> Iterator[str]:
    """Tell every breach: names that stand twice, ends that hang in the air, ranges that do not fit.

    >>> nord = Network(
    ...     name="nord",
    ...     source=Source(name="s", bus="b", voltage_pu=1.0, short_circuit_mva=100.0, rx_ratio=0.1),
    ...     buses=(Bus(name="a", voltage_kv=20.0),),
    ... )
    >>> list(broken(nord))
    ['s.bus: no bus b']
    """
    yield from _repeated(network)
    yield from _dangling(network)
    yield from _mixed_voltage(network)
    yield from _impossible(network)
    yield from _phases(network)
    for unit in network.transformers:
        yield from _tap_changer(unit)


def _repeated(network: Network) -> Iterator[str]:
    kinds: dict[str, Sequence[Bus | Branch | Switch | Load | Plant | Capacitor]] = {
        "bus": network.buses,
        "branch": (*network.branches, *network.switches),
        "load": network.loads,
        "plant": network.plants,
        "capacitor": network.capacitors,
    }
    for kind, things in kinds.items():
        counts = Counter(thing.name for thing in things)
        yield from (f"{kind} {name} stands {count} times" for name, count in counts.items() if count > 1)


def _dangling(network: Network) -> Iterator[str]:
    known = {bus.name for bus in network.buses}
    for branch in network.branches:
        for end, bus in (("from_bus", branch.from_bus), ("to_bus", branch.to_bus)):
            if bus not in known:
                yield f"{branch.name}.{end}: no bus {bus}"
        if branch.from_bus == branch.to_bus:
            yield f"{branch.name}: both ends on bus {branch.from_bus}"
    things: tuple[Source | Load | Plant | Capacitor, ...] = (
        network.source,
        *network.loads,
        *network.plants,
        *network.capacitors,
    )
    for thing in things:
        if thing.bus not in known:
            yield f"{thing.name}.bus: no bus {thing.bus}"
    yield from _unswitchable(network, known)


def _unswitchable(network: Network, buses: set[str]) -> Iterator[str]:
    for unit in network.transformers:
        if unit.regulator is not None and unit.regulator.bus not in buses | {""}:
            yield f"{unit.name}.regulator.bus: no bus {unit.regulator.bus}"
    joined: tuple[Transformer | Line, ...] = (*network.transformers, *network.lines)
    switched = {branch.name for branch in joined}
    for switch in network.switches:
        if switch.branch not in switched:
            yield f"{switch.name}.branch: no line or transformer {switch.branch}"


def _mixed_voltage(network: Network) -> Iterator[str]:
    kv = {bus.name: bus.voltage_kv for bus in network.buses}
    joined: tuple[Line | Coupler, ...] = (*network.lines, *network.couplers)
    for branch in joined:
        ends = {kv[bus] for bus in (branch.from_bus, branch.to_bus) if bus in kv}
        if len(ends) > 1:
            yield f"{branch.name}: joins buses of {min(ends):g} and {max(ends):g} kV"


def _impossible(network: Network) -> Iterator[str]:
    for line in network.lines:
        if line.ohm_per_km == line.reactance_ohm_per_km == 0.0:
            yield f"{line.name}: a line without impedance is a coupler"
    for bank in network.capacitors:
        if bank.steps_in > bank.steps:
            yield f"{bank.name}.steps_in: {bank.steps_in} of {bank.steps} steps"
    branches = {branch.name for branch in network.branches}
    for bank in network.capacitors:
        control = bank.control
        if control is not None and control.low >= control.high:
            yield f"{bank.name}.control: low {control.low:g} is not below high {control.high:g}"
        if control is not None and control.branch not in branches | {""}:
            yield f"{bank.name}.control.branch: no branch {control.branch}"


def _phases(network: Network) -> Iterator[str]:
    try:
        there = network.phases_at()
    except KeyError:  # an end hangs in the air: told elsewhere
        return
    things: tuple[Load | Generator | Capacitor, ...] = (
        *network.loads,
        *network.generators,
        *network.capacitors,
    )
    for thing in things if network.uneven else ():
        missing = [phase for phase in thing.phases if phase not in there.get(thing.bus, thing.phases)]
        if missing:
            yield f"{thing.name}.phases: bus {thing.bus} has no phase {', '.join(missing)}"
    for load in network.loads:
        if load.connection == "delta" and len(load.phases) == 1:
            yield f"{load.name}.connection: a delta has two phases or three, not {load.phases} alone"
    for line in network.lines:
        yield from _matrix(line)
    for unit in network.transformers:
        if unit.phases != "abc" and unit.clock:
            yield f"{unit.name}.clock: a single-phase unit turns no phase"


def _matrix(line: Line) -> Iterator[str]:
    if line.matrix is None:
        return
    wanted = len(line.phases) * (len(line.phases) + 1) // 2
    for name in ("ohm_per_km", "reactance_ohm_per_km", "capacitance_uf_per_km"):
        numbers = getattr(line.matrix, name)
        if len(numbers) != wanted and not (name == "capacitance_uf_per_km" and not numbers):
            yield f"{line.name}.matrix.{name}: {len(numbers)} numbers; {line.phases} has {wanted}"


def _tap_changer(unit: Transformer) -> Iterator[str]:
    for name, position in (("tap_position", unit.tap_position), ("tap_neutral", unit.tap_neutral)):
        if not unit.tap_min <= position <= unit.tap_max:
            yield f"{unit.name}.{name}: {position} is outside {unit.tap_min} to {unit.tap_max}"
    if unit.regulator is not None and not (unit.on_load and unit.tap_step_kv > 0.0):
        yield f"{unit.name}.regulator: there is no on-load tap changer to move"
    yield from _regulator(unit)
    low = unit.low_winding
    if low is not None and (unit.clock % 2 == 0) != (_star(unit.high_winding) == _star(low)):
        yield f"{unit.name}.clock: {unit.high_winding} and {low} do not give {unit.clock}"


def _regulator(unit: Transformer) -> Iterator[str]:
    keeps = unit.regulator
    if keeps is None:
        return
    rated_kv = unit.high_kv if unit.tap_side == "from" else unit.low_kv
    if keeps.band_kv <= keeps.target_kv * unit.tap_step_kv / rated_kv:
        yield f"{unit.name}.regulator.band_kv: {keeps.band_kv:g} kV is no wider than one tap: it would hunt"


def _star(winding: str) -> bool:
    return winding in ("wye", "wye_n")
