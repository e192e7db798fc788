"""Make output.json with pandapower. The project does not depend on it; to run this again:

    python -m venv DIR && DIR/bin/pip install pandapower==3.5.6 "pandas<3"
    DIR/bin/python tests/golden/powerflow/nord/reference.py

The network file is read here without any code of the project.
"""

from __future__ import annotations

import json
import math
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
BASE_MVA = 100.0


def closed(case: dict[str, Any], branch: dict[str, Any]) -> bool:
    return branch["name"] not in case["open"]


def add_source(pp: Any, net: Any, source: dict[str, Any], bus: dict[str, int]) -> None:
    """pandapower's external grid is an ideal voltage: its short-circuit impedance stands as a branch."""
    behind = pp.create_bus(net, vn_kv=float(net.bus.vn_kv[bus[source["bus"]]]), name="behind")
    pp.create_ext_grid(net, behind, vm_pu=source["voltage_pu"])
    x_pu = BASE_MVA / source["short_circuit_mva"] / math.hypot(1.0, source["rx_ratio"])
    pp.create_impedance(
        net, behind, bus[source["bus"]], rft_pu=source["rx_ratio"] * x_pu, xft_pu=x_pu, sn_mva=BASE_MVA
    )


def add_transformer(pp: Any, net: Any, t: dict[str, Any], bus: dict[str, int], *, in_service: bool) -> int:
    return pp.create_transformer_from_parameters(
        net,
        bus[t["from_bus"]],
        bus[t["to_bus"]],
        sn_mva=t["rated_kva"] / 1e3,
        vn_hv_kv=t["high_kv"],
        vn_lv_kv=t["low_kv"],
        vk_percent=100.0 * t["short_circuit_pu"],
        vkr_percent=100.0 * t["copper_loss_kw"] / t["rated_kva"],
        pfe_kw=t["iron_loss_kw"],
        i0_percent=100.0 * t["no_load_current_pu"],
        shift_degree=30.0 * t["clock"],
        tap_changer_type="Ratio",
        tap_side="hv",
        tap_neutral=0,
        tap_min=-9,
        tap_max=9,
        tap_pos=t["tap_position"],
        tap_step_percent=100.0 * t["tap_step_kv"] / t["high_kv"],
        in_service=in_service,
    )


def add_line(pp: Any, net: Any, c: dict[str, Any], bus: dict[str, int], *, in_service: bool) -> int:
    return pp.create_line_from_parameters(
        net,
        bus[c["from_bus"]],
        bus[c["to_bus"]],
        length_km=c["length_km"],
        r_ohm_per_km=c["ohm_per_km"],
        x_ohm_per_km=c["reactance_ohm_per_km"],
        c_nf_per_km=1e3 * c["capacitance_uf_per_km"],
        max_i_ka=c["rated_a"] / 1e3,
        in_service=in_service,
    )


def add_appliances(
    pp: Any, net: Any, table: dict[str, Any], case: dict[str, Any], bus: dict[str, int]
) -> None:
    for load in table["loads"]:
        p_mw, q_mvar = (case[column][load["name"]] / 1e3 for column in ("load_kw", "load_kvar"))
        pp.create_load(net, bus[load["bus"]], p_mw=p_mw, q_mvar=q_mvar)
    for plant in (*table["generators"], *table["batteries"]):
        pp.create_sgen(net, bus[plant["bus"]], p_mw=case["plant_kw"][plant["name"]] / 1e3, q_mvar=0.0)


def ends(frame: Any, row: int, first: str, second: str) -> list[float]:
    """P, Q, I at both ends in kW, kvar, A; zeros for what is out of service."""
    names = [name.format(side) for side in (first, second) for name in ("p_{}_mw", "q_{}_mvar", "i_{}_ka")]
    return [number(frame.loc[row][name]) * 1e3 for name in names]


def number(value: float) -> float:
    return 0.0 if math.isnan(value) else float(value)


def solved(pp: Any, table: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    net = pp.create_empty_network(f_hz=50.0, sn_mva=BASE_MVA)
    bus = {b["name"]: pp.create_bus(net, vn_kv=b["voltage_kv"], name=b["name"]) for b in table["buses"]}
    add_source(pp, net, table["source"], bus)
    units = {
        t["name"]: add_transformer(pp, net, t, bus, in_service=closed(case, t)) for t in table["transformers"]
    }
    lines = {c["name"]: add_line(pp, net, c, bus, in_service=closed(case, c)) for c in table["lines"]}
    for c in table["couplers"]:
        pp.create_switch(net, bus[c["from_bus"]], bus[c["to_bus"]], et="b", closed=closed(case, c))
    add_appliances(pp, net, table, case, bus)
    pp.runpp(net, trafo_model="pi", calculate_voltage_angles=True, tolerance_mva=1e-10, numba=False)
    branch = {name: ends(net.res_trafo, row, "hv", "lv") for name, row in units.items()}
    branch |= {name: ends(net.res_line, row, "from", "to") for name, row in lines.items()}
    return {
        "bus_kv": {n: number(net.res_bus.vm_pu[row]) * float(net.bus.vn_kv[row]) for n, row in bus.items()},
        "branch": branch,
        "import_kw": -number(net.res_impedance.p_to_mw[0]) * 1e3,
        "import_kvar": -number(net.res_impedance.q_to_mvar[0]) * 1e3,
    }


def main() -> None:
    pp = import_module("pandapower")
    given = json.loads((HERE / "input.json").read_text(encoding="utf-8"))
    table = tomllib.loads((HERE / given["network"]).read_text(encoding="utf-8"))
    answer = {name: solved(pp, table, case) for name, case in given["cases"].items()}
    (HERE / "output.json").write_text(json.dumps(answer, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
