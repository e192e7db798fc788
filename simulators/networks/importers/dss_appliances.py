"""Loads, generators and capacitors of OpenDSS as tables of ours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from simulators.networks.importers.dss_elements import PHASES, Circuit, Element
from simulators.networks.importers.imported import Tables

_LAWS: Final = {1: "power", 2: "impedance", 5: "current"}
_EXPONENT: Final = {"power": 0, "current": 1, "impedance": 2}


def appliances_of(circuit: Circuit) -> None:
    """Read loads, generators and capacitors into the tables of a harvest."""
    tables = circuit.harvest.tables
    for kind, table, read in (
        ("load", "loads", _load),
        ("generator", "generators", _generator),
        ("capacitor", "capacitors", _capacitor),
    ):
        things = circuit.of(kind)
        names = circuit.name(things, kind, kind, set())
        tables[table] = [found for one in things for found in read(circuit, one, names[one.name])]


def _load(circuit: Circuit, load: Element, name: str) -> Iterator[Tables]:
    model = round(circuit.number(load, "model"))
    law = _LAWS.get(model)
    place = _place(circuit, load)
    if law is None or place is None:
        why = f"a load of model {model}" if law is None else "its nodes are not phases and earth"
        circuit.refuse(load, why)
        return
    scale = circuit.load_mult * _at_rated(circuit, load) ** _EXPONENT[law]
    kw, kvar = circuit.number(load, "kw") * scale, circuit.number(load, "kvar") * scale
    if law == "power":
        _tell_band(circuit, load, name)
    if any(circuit.text(load, key) for key in ("daily", "yearly", "duty")):
        circuit.harvest.notes.append(f"load {name}: its load shapes are not carried")
    yield {
        "name": name,
        "bus": circuit.at(load),
        "peak_kw": kw,
        "peak_kvar": kvar,
        "law": law,
        **place,
    }


def _tell_band(circuit: Circuit, load: Element, name: str) -> None:
    """Say so where OpenDSS takes a load for an impedance although the file says power."""
    low, high = circuit.number(load, "vminpu"), circuit.number(load, "vmaxpu")
    seen = circuit.across_pu(load)
    if not low <= seen <= high:
        circuit.harvest.notes.append(
            f"load {name} is at {seen:.3f} of its voltage, outside {low:g} to {high:g}: OpenDSS takes it for "
            "an impedance, this network for a power"
        )


def _generator(circuit: Circuit, plant: Element, name: str) -> Iterator[Tables]:
    place = _place(circuit, plant)
    if round(circuit.number(plant, "model")) != 1 or place is None or "connection" in place:
        circuit.refuse(plant, "a generator that is no constant power between phases and earth")
        return
    yield {
        "name": name,
        "bus": circuit.at(plant),
        "rated_kw": circuit.number(plant, "kw"),
        "rated_kvar": circuit.number(plant, "kvar"),
        **place,
    }


def _capacitor(circuit: Circuit, bank: Element, name: str) -> Iterator[Tables]:
    place = _place(circuit, bank)
    if place is None or "connection" in place or any(bank.nodes[1:]):
        circuit.refuse(bank, "a capacitor that is not between phases and earth")
        return
    kvar, states = circuit.numbers(bank, "kvar"), circuit.numbers(bank, "states")
    if len(set(kvar)) > 1:
        circuit.refuse(bank, "its steps are not equal")
        return
    step = kvar[0] * _at_rated(circuit, bank) ** 2
    yield {
        "name": name,
        "bus": circuit.at(bank),
        "step_kvar": step,
        "steps": len(states),
        "steps_in": round(sum(states)),
        **place,
    }


def _place(circuit: Circuit, thing: Element) -> Tables | None:
    """Return phases and connection; None where they are not ours."""
    phases = PHASES.get(thing.nodes[0])
    if phases is None:
        return None
    delta = circuit.text(thing, "conn").lower().startswith(("d", "ll"))
    return {"phases": phases} | ({"connection": "delta"} if delta else {})


def _at_rated(circuit: Circuit, thing: Element) -> float:
    """Return the rated voltage of its bus over its own: powers of ours count at that of the bus."""
    own = circuit.number(thing, "kv")
    phases = round(circuit.number(thing, "phases"))
    delta = circuit.text(thing, "conn").lower().startswith(("d", "ll"))
    line = own if phases > 1 or delta else own * 3.0**0.5
    return circuit.bus_kv[thing.buses[0]] / line
