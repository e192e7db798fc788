"""Lines, transformers and switches of pandapower as tables of ours.

Models, so that both programs solve the same equations:

- A line is a pi section in both; `parallel` circuits and the derating `df` are reckoned into one line.
- pandapower's transformer is a T by default (its magnetising branch in the middle); ours says which it is.
- A tap changer acts on the rated voltage of its winding; one whose type or side is not filled in does
nothing.
- An open switch at one end of a branch leaves the other end connected, so that it charges from there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from simulators.networks.importers.imported import Tables
from simulators.networks.importers.pandapower_rows import Harvest, Row, Rows, number, rows_of

UNRATED_A: Final = 1e6
"""Permitted current of a line that states none, A: its loading then says nothing."""
_SWITCH_RX: Final = 2.0
"""Resistance to reactance of a switch with impedance: pandapower's `switch_rx_ratio`."""


def branches_of(net: Any, bus: Mapping[int, str], found: Harvest, *, trafo_model: str = "t") -> None:
    """Read lines, transformers and switches.

    Args:
        net: of pandapower.
        bus: our name of each bus that is carried, by its index there.
        found: what is read so far; added to.
        trafo_model: `t` or `pi`, as pandapower solves it.
    """
    taken: set[str] = set()
    lines = found.kept(net, "line", bus, ("from_bus", "to_bus"), taken)
    units = found.kept(net, "trafo", bus, ("hv_bus", "lv_bus"), taken)
    switches = rows_of(net, "switch")
    joining = found.kept_of(
        {i: row for i, row in switches.items() if row["et"] == "b"}, "switch", bus, ("bus", "element"), taken
    )
    hertz = float(net.f_hz)
    found.tables["transformers"] = [*_transformers(units, bus, found, trafo_model)]
    found.tables["lines"] = [*_lines(lines, bus, found, hertz), *_short_lines(joining, bus, found)]
    found.tables["couplers"] = [*_couplers(joining, bus, found)]
    found.tables["switches"] = [
        *_switches(switches, "l", lines, ("from_bus", "to_bus"), found, taken),
        *_switches(switches, "t", units, ("hv_bus", "lv_bus"), found, taken),
    ]


def _lines(rows: Rows, bus: Mapping[int, str], found: Harvest, hertz: float) -> Iterator[Tables]:
    for index, row in rows.items():
        name = found.names["line"][index]
        if number(row, "length_km") <= 0.0:
            found.refuse("line", rows, index, "has no length")
            continue
        if number(row, "g_us_per_km") and not number(row, "c_nf_per_km"):
            found.refuse("line", rows, index, "has a conductance but no capacitance")
            continue
        if "max_i_ka" not in row:
            found.notes.append(f"line {name} states no permitted current: its loading says nothing")
        ends = {"from_bus": bus[int(row["from_bus"])], "to_bus": bus[int(row["to_bus"])]}
        yield {"name": name} | ends | _line(row, hertz)


def _line(row: Row, hertz: float) -> Tables:
    circuits = number(row, "parallel", 1.0)
    rated_ka = number(row, "max_i_ka", UNRATED_A * 1e-3) * number(row, "df", 1.0)
    plate = {
        "length_km": number(row, "length_km"),
        "ohm_per_km": number(row, "r_ohm_per_km") / circuits,
        "reactance_ohm_per_km": number(row, "x_ohm_per_km") / circuits,
        "capacitance_uf_per_km": number(row, "c_nf_per_km") * circuits * 1e-3,
        "rated_a": rated_ka * circuits * 1e3,
    }
    leak_us = number(row, "g_us_per_km")
    if leak_us:
        # tan delta = G / (omega C), Siemens over Siemens
        plate["loss_tangent"] = leak_us * 1e-6 / (math.tau * hertz * number(row, "c_nf_per_km") * 1e-9)
    return plate


def _transformers(rows: Rows, bus: Mapping[int, str], found: Harvest, model: str) -> Iterator[Tables]:
    for index, row in rows.items():
        reasons = [why for refuses, why in _REFUSES if refuses(row)]
        if reasons:
            found.refuse("trafo", rows, index, "; ".join(reasons))
            continue
        ends = {"from_bus": bus[int(row["hv_bus"])], "to_bus": bus[int(row["lv_bus"])]}
        middle = {"magnetising": "middle"} if model == "t" else {}
        yield {"name": found.names["trafo"][index]} | ends | _plate(row) | _tap(row) | middle


def _plate(row: Row) -> Tables:
    units = number(row, "parallel", 1.0)
    rated_kva = number(row, "sn_mva") * 1e3 * units
    return {
        "rated_kva": rated_kva,
        "high_kv": number(row, "vn_hv_kv"),
        "low_kv": number(row, "vn_lv_kv"),
        "short_circuit_pu": number(row, "vk_percent") * 1e-2,
        "copper_loss_kw": number(row, "vkr_percent") * 1e-2 * rated_kva,
        "no_load_current_pu": number(row, "i0_percent") * 1e-2,
        "iron_loss_kw": number(row, "pfe_kw") * units,
        "clock": round(number(row, "shift_degree") / 30.0) % 12,
    }


def _tap(row: Row) -> Tables:
    step = number(row, "tap_step_percent") * 1e-2
    if not _has_tap(row) or step == 0.0:
        return {}
    low, neutral = row["tap_side"] == "lv", round(number(row, "tap_neutral"))
    position = round(number(row, "tap_pos", neutral))
    lowest, highest = (round(number(row, column, position)) for column in ("tap_min", "tap_max"))
    return {
        "tap_step_kv": abs(step) * number(row, "vn_lv_kv" if low else "vn_hv_kv"),
        "tap_position": position,
        "tap_neutral": neutral,
        "tap_min": min(lowest, position, neutral),
        "tap_max": max(highest, position, neutral),
        "tap_side": "to" if low else "from",
    }


def _has_tap(row: Row) -> bool:
    return row.get("tap_changer_type") in {"Ratio", "Symmetrical"} and row.get("tap_side") in {"hv", "lv"}


def _whole(value: float) -> bool:
    return abs(value - round(value)) < 1e-9


_REFUSES: Final[tuple[tuple[Callable[[Row], bool], str], ...]] = (
    (lambda row: not _whole(number(row, "shift_degree") / 30.0), "its phase shift is no clock number"),
    (lambda row: row.get("tap_changer_type") == "Ideal", "it shifts the phase (tap changer Ideal)"),
    (
        lambda row: _has_tap(row) and number(row, "tap_step_degree") != 0.0,
        "its tap changer turns the phase (tap_step_degree)",
    ),
    (lambda row: _has_tap(row) and number(row, "tap_step_percent") < 0.0, "its tap steps are negative"),
    (
        lambda row: row.get("tap2_side") in {"hv", "lv"} and number(row, "tap2_step_percent") != 0.0,
        "it has a second tap changer",
    ),
    (lambda row: bool(row.get("tap_dependency_table")), "its impedance depends on the tap (table)"),
    (
        lambda row: _has_tap(row) and not _whole(number(row, "tap_pos") - number(row, "tap_neutral")),
        "its tap stands between two positions",
    ),
    (
        lambda row: (
            number(row, "leakage_resistance_ratio_hv", 0.5) != 0.5
            or number(row, "leakage_reactance_ratio_hv", 0.5) != 0.5
        ),
        "its leakage is not shared evenly by the windings",
    ),
)


def _couplers(rows: Rows, bus: Mapping[int, str], found: Harvest) -> Iterator[Tables]:
    for index, row in rows.items():
        if number(row, "z_ohm") > 0.0:
            continue
        ends = {"from_bus": bus[int(row["bus"])], "to_bus": bus[int(row["element"])]}
        yield {"name": found.names["switch"][index]} | ends | {"closed": bool(row["closed"])}


def _short_lines(rows: Rows, bus: Mapping[int, str], found: Harvest) -> Iterator[Tables]:
    """A switch between buses that has an impedance is a short line; open, it is open at one end."""
    for index, row in rows.items():
        ohm, name = number(row, "z_ohm"), found.names["switch"][index]
        if ohm <= 0.0:
            continue
        found.notes.append(f"switch {name} has an impedance: it is a line of 1 km here")
        reactance = ohm / math.hypot(1.0, _SWITCH_RX)
        yield {
            "name": name,
            "from_bus": bus[int(row["bus"])],
            "to_bus": bus[int(row["element"])],
            "length_km": 1.0,
            "ohm_per_km": _SWITCH_RX * reactance,
            "reactance_ohm_per_km": reactance,
            "capacitance_uf_per_km": 0.0,
            "rated_a": number(row, "in_ka", UNRATED_A * 1e-3) * 1e3,
            "closed": bool(row["closed"]),
        }


def _switches(  # a switch names a branch by kind, index and end
    rows: Rows, kind: str, branches: Rows, ends: tuple[str, str], found: Harvest, taken: set[str]
) -> Iterator[Tables]:
    table = {"l": "line", "t": "trafo"}[kind]
    mine = {i: row for i, row in rows.items() if row["et"] == kind and int(row["element"]) in branches}
    names = found.name(mine, "switch", taken)
    for index, row in mine.items():
        element = int(row["element"])
        at = "from" if int(branches[element][ends[0]]) == int(row["bus"]) else "to"
        yield {
            "name": names[index],
            "branch": found.names[table][element],
            "end": at,
            "closed": bool(row["closed"]),
        }
