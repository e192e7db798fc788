"""A circuit of OpenDSS, from its script: carried element by element, or refused by name.

OpenDSS itself reads the script, so that whatever it understands (redirects, line codes, geometries, inline
arithmetic) is understood here. A script can do what OpenDSS can: import only those that you would run.
What every kind of element becomes stands in docs/networks.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec

from simulators.networks.file import parse
from simulators.networks.importers.dss_appliances import appliances_of
from simulators.networks.importers.dss_branches import branches_of
from simulators.networks.importers.dss_elements import Circuit, Element
from simulators.networks.importers.imported import Imported, ImportRefused, NotCarried, Origin, Tables
from simulators.networks.importers.names import unlike
from simulators.physics.opendss_extra import failure, program, version

CARRIED: Final = frozenset({"vsource", "line", "transformer", "load", "capacitor", "generator", "regcontrol"})
"""Classes that a reader here knows."""
_CARRY_NOTHING: Final = frozenset({"monitor", "energymeter", "sensor", "fmonitor"})
_CONTROLS: Final = frozenset(
    {"capcontrol", "relay", "fuse", "recloser", "swtcontrol", "invcontrol", "expcontrol", "storagecontroller"}
)


def read_dss(path: Path) -> Any:
    """Run a script and return its OpenDSS, solved as it stands: taps and steps where the script left them.

    What the script exports or shows goes to a folder that is thrown away.

    Raises:
        NoOpenDss: the extra `opendss` is missing.
        ImportRefused: OpenDSS cannot run it, or it holds no circuit that has a solution.
    """
    dss = program()
    with TemporaryDirectory(prefix="aios-dss-") as folder:
        try:
            dss.DataPath = folder
            dss.Text.Command = f'redirect "{path.resolve()}"'
        except failure() as broken:
            words = " ".join(str(broken).split())
            raise _refused(path, f"OpenDSS cannot run it: {words}") from broken
    if dss.NumCircuits == 0:
        raise _refused(path, "there is no circuit in it")
    solved(dss)
    return dss


def solved(dss: Any) -> bool:
    """Have OpenDSS solve its circuit as it stands, tighter than by itself; return whether it could."""
    dss.Text.Command = "set controlmode=off mode=snapshot tolerance=1e-9 maxiterations=500"
    try:
        dss.ActiveCircuit.Solution.Solve()
    except failure():
        return False
    return bool(dss.ActiveCircuit.Solution.Converged)


def from_dss(dss: Any, *, source: str, digest: str, leave_out: Collection[str] = ()) -> Imported:
    """Make a network of ours from a circuit of OpenDSS.

    Args:
        dss: as `read_dss` returns it.
        source: where it is from, as it shall stand in the provenance.
        digest: of the script.
        leave_out: classes of elements, `storage`, that may stay behind instead of having the import refused.

    Raises:
        ImportRefused: with every element that cannot be carried.
        NetworkInvalid: what was carried breaks a rule of our networks.
    """
    circuit = Circuit(dss)
    found = circuit.harvest
    buses = dict(enumerate(circuit.bus_kv))
    names = found.names["bus"] = unlike(buses, "bus", set())
    circuit.bus_names = {bus: names[at] for at, bus in buses.items()}
    found.tables["name"] = str(dss.ActiveCircuit.Name)
    found.tables["frequency_hz"] = float(dss.ActiveCircuit.Solution.Frequency)
    found.tables["buses"] = [
        {"name": circuit.bus_names[bus], "voltage_kv": kv} for bus, kv in circuit.bus_kv.items() if kv
    ]
    for bus in (bus for bus, kv in circuit.bus_kv.items() if not kv):
        why = "OpenDSS was told no voltage base for it: set voltagebases, calcvoltagebases"
        found.refused.append(NotCarried(kind="bus", name=bus, why=why))
    if found.refused:
        raise ImportRefused(source, found.refused)
    for element in circuit.elements:
        _sort_out(circuit, element)
    _source(circuit)
    branches_of(circuit)
    appliances_of(circuit)
    refused = [one for one in found.refused if one.kind not in leave_out]
    if refused:
        raise ImportRefused(source, refused)
    found.left_out += found.refused
    return Imported(
        network=parse(found.tables, path=source),
        origin=Origin(source=source, form="opendss", version=version(), digest=_digest(digest, found.tables)),
        names=found.names,
        left_out=tuple(sorted(found.left_out)),
        notes=tuple(found.notes),
    )


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a script."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _digest(script: str, tables: Tables) -> str:
    """Return a digest that changes with what a script redirects to as well: with whatever was read of it."""
    return hashlib.sha256(script.encode() + msgspec.json.encode(tables, order="deterministic")).hexdigest()


def _sort_out(circuit: Circuit, element: Element) -> None:
    """Refuse what no reader knows; tell of controls, which carry nothing."""
    found, kind = circuit.harvest, element.kind
    if not element.enabled:
        found.left_out.append(NotCarried(kind=kind, name=element.name, why="out of service"))
    elif kind in _CONTROLS:
        found.notes.append(f"{kind} {element.name} is not carried: it moves nothing here")
    elif kind not in CARRIED | _CARRY_NOTHING:
        circuit.refuse(element, "a kind of element that this importer does not know")


def _source(circuit: Circuit) -> None:
    """Take the one source: a voltage behind an impedance."""
    first, *others = circuit.of("vsource")
    for other in others:
        circuit.refuse(other, "a second source")
    number = circuit.number
    kv, ohm = circuit.bus_kv[first.buses[0]], [number(first, key) for key in ("r1", "x1", "r0", "x0")]
    if len(first.nodes[0]) != 3:
        circuit.refuse(first, "a source of fewer than three phases")
    one, zero = abs(complex(ohm[0], ohm[1])), abs(complex(ohm[2], ohm[3]))
    if not (one and zero and ohm[1]):
        circuit.refuse(first, "a source without reactance")
        return
    if abs(ohm[0] * ohm[3] - ohm[2] * ohm[1]) > 1e-9 * one * zero:
        circuit.harvest.notes.append(
            f"source {first.name}: its zero sequence has another R/X; it was carried by its magnitude"
        )
    circuit.harvest.tables["source"] = {
        "name": "grid",
        "bus": circuit.bus_names[first.buses[0]],
        "voltage_pu": number(first, "pu") * number(first, "basekv") / kv,
        "short_circuit_mva": kv**2 / one,
        "rx_ratio": ohm[0] / ohm[1],
        "zero_ratio": zero / one,
    }


def _refused(path: Path, why: str) -> ImportRefused:
    return ImportRefused(str(path), (NotCarried(kind="file", name=path.name, why=why),))
