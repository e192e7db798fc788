"""Loads, generators, storages, shunts and the external grid of pandapower as tables of ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from simulators.networks.importers.imported import Tables
from simulators.networks.importers.names import unlike
from simulators.networks.importers.pandapower_rows import Harvest, Row, Rows, label, number

ASSUMED_MVA: Final = 1e4
"""Short-circuit power of an external grid that states none, MVA; it counts in short circuits alone."""
_LAWS: Final = (("power", ""), ("impedance", "z"), ("current", "i"))


def appliances_of(
    net: Any, bus: Mapping[int, str], found: Harvest, *, suffixes: tuple[str, str] = ("", "")
) -> None:
    """Read what stands at the buses.

    Args:
        net: of pandapower; a column `profile` of its loads and generators is followed.
        bus: our name of each bus that is carried, by its index there.
        found: what is read so far; added to.
        suffixes: of the names of profiles for active and reactive power of loads; where there are none, the
            reactive power follows the same profile as the active power, of loads and of generators.
    """
    kv = {index: float(net.bus.vn_kv[index]) for index in bus}
    plants: set[str] = set()
    _source(net, bus, found)
    found.tables["loads"] = [*_loads(net, bus, found, suffixes)]
    found.tables["generators"] = [*_generators(net, bus, found, plants, held=bool(suffixes[1]))]
    found.tables["batteries"] = [*_batteries(net, bus, found, plants)]
    found.tables["capacitors"] = [*_shunts(net, bus, found, kv)]


def _source(net: Any, bus: Mapping[int, str], found: Harvest) -> None:
    """The first external grid is the source; others of the same voltage are joined to it by couplers."""
    rows = found.kept(net, "ext_grid", bus, ("bus",), set())
    if not rows:
        found.refuse("ext_grid", {-1: {"name": "-"}}, -1, "none is in service: nothing holds the voltage")
        return
    index, row = next(iter(rows.items()))
    for other in list(rows)[1:]:
        if _holds(net, rows[other]) == _holds(net, row):
            _join(rows, index, other, bus, found)
        else:
            found.refuse(
                "ext_grid", rows, other, "holds another voltage than the first; a network has one source"
            )
    if "s_sc_max_mva" not in row:
        found.notes.append(f"the external grid states no short-circuit power: {ASSUMED_MVA:g} MVA assumed")
    found.tables["source"] = {
        "name": found.names["ext_grid"][index],
        "bus": bus[int(row["bus"])],
        "voltage_pu": number(row, "vm_pu", 1.0),
        "short_circuit_mva": number(row, "s_sc_max_mva", ASSUMED_MVA),
        "rx_ratio": number(row, "rx_max", 0.1),
        "stiff": True,
    }


def _holds(net: Any, row: Row) -> tuple[float, float, float]:
    """Return the voltage that an external grid holds: per unit, degrees, rated kV."""
    kv = float(net.bus.vn_kv[int(row["bus"])])
    return number(row, "vm_pu", 1.0), number(row, "va_degree"), kv


def _join(rows: Rows, first: int, other: int, bus: Mapping[int, str], found: Harvest) -> None:
    ends = {"from_bus": bus[int(rows[first]["bus"])], "to_bus": bus[int(rows[other]["bus"])]}
    if ends["from_bus"] == ends["to_bus"]:
        return
    found.notes.append(
        f"external grid {label(rows, other)} holds the voltage of the first: a coupler joins their buses"
    )
    taken = {
        one["name"]
        for kind in ("transformers", "lines", "couplers", "switches")
        for one in found.tables[kind]
    }
    (name,) = unlike({other: f"joint {found.names['ext_grid'][other]}"}, "joint", taken).values()
    found.tables["couplers"].append({"name": name} | ends | {"closed": True})


def _loads(net: Any, bus: Mapping[int, str], found: Harvest, suffixes: tuple[str, str]) -> Iterator[Tables]:
    """A load of which a part is of constant impedance or current becomes one load a part."""
    rows = found.kept(net, "load", bus, ("bus",), taken := set[str]())
    for index, row in rows.items():
        name, scaling = found.names["load"][index], number(row, "scaling", 1.0)
        parts = {law: (_share(row, part, "p"), _share(row, part, "q")) for law, part in _LAWS}
        for law, (p, q) in parts.items():
            if law != "power" and (p or q):
                found.notes.append(f"load {name} is in part of constant {law}: that part is {name}_{law}")
            if law == "power" or p or q:
                own = name if law == "power" else f"{name}_{law}"
                taken.add(own)
                yield (
                    {"name": own, "bus": bus[int(row["bus"])]}
                    | {
                        "peak_kw": number(row, "p_mw") * scaling * p * 1e3,
                        "peak_kvar": number(row, "q_mvar") * scaling * q * 1e3,
                    }
                    | _followed(row, suffixes)
                    | ({} if law == "power" else {"law": law})
                )


def _share(row: Row, part: str, power: str) -> float:
    """Return the share of a load's power that follows one law; what follows no other is constant power."""
    if part:
        return number(row, f"const_{part}_{power}_percent", number(row, f"const_{part}_percent")) * 1e-2
    return 1.0 - _share(row, "z", power) - _share(row, "i", power)


def _followed(row: Row, suffixes: tuple[str, str]) -> Tables:
    profile, (active, reactive) = row.get("profile"), suffixes
    if not profile:
        return {"profile": ""}
    return {"profile": f"{profile}{active}"} | (
        {"profile_kvar": f"{profile}{reactive}"} if active != reactive else {}
    )


def _generators(
    net: Any, bus: Mapping[int, str], found: Harvest, taken: set[str], *, held: bool
) -> Iterator[Tables]:
    """`held`: the origin keeps the reactive power of a plant while its active power follows a profile."""
    rows = found.kept(net, "sgen", bus, ("bus",), taken)
    for index, row in rows.items():
        scaling = number(row, "scaling", 1.0)
        kw, kvar = (number(row, column) * scaling * 1e3 for column in ("p_mw", "q_mvar"))
        if kw < 0.0:
            found.refuse("sgen", rows, index, "consumes: make it a load there")
            continue
        if held and kvar and row.get("profile"):
            found.refuse("sgen", rows, index, "its active power follows a profile, its reactive power none")
            continue
        yield (
            {"name": found.names["sgen"][index], "bus": bus[int(row["bus"])], "rated_kw": kw}
            | {"profile": str(row.get("profile") or "")}
            | ({"rated_kvar": kvar} if kvar else {})
        )


def _batteries(net: Any, bus: Mapping[int, str], found: Harvest, taken: set[str]) -> Iterator[Tables]:
    rows = found.kept(net, "storage", bus, ("bus",), taken)
    for index, row in rows.items():
        limits = (number(row, column) for column in ("p_mw", "sn_mva", "max_p_mw", "min_p_mw"))
        rated_kw = max(abs(limit) for limit in limits) * 1e3
        if rated_kw == 0.0:
            found.refuse("storage", rows, index, "states no power")
            continue
        if number(row, "p_mw"):
            found.notes.append(f"storage {label(rows, index)} stands idle until a controller moves it")
        yield {"name": found.names["storage"][index], "bus": bus[int(row["bus"])], "rated_kw": rated_kw}


def _shunts(net: Any, bus: Mapping[int, str], found: Harvest, kv: Mapping[int, float]) -> Iterator[Tables]:
    """A shunt consumes `q_mvar` a step at its own rated voltage; ours feeds in at that of its bus."""
    rows = found.kept(net, "shunt", bus, ("bus",), set())
    for index, row in rows.items():
        if bool(row.get("step_dependency_table")):
            found.refuse("shunt", rows, index, "its power depends on the step (table)")
            continue
        at, step = int(row["bus"]), round(number(row, "step", 1.0))
        scale = (kv[at] / number(row, "vn_kv", kv[at])) ** 2 * 1e3
        if number(row, "p_mw") < 0.0:
            found.refuse("shunt", rows, index, "feeds in active power")
            continue
        yield {
            "name": found.names["shunt"][index],
            "bus": bus[at],
            "step_kvar": -number(row, "q_mvar") * scale,
            "step_loss_kw": number(row, "p_mw") * scale,
            "steps": max(1, step, round(number(row, "max_step", 1.0))),
            "steps_in": step,
        }
