"""Make network.toml and output.json with pandapower, from the root of the repository:

    python tests/golden/powerflow/kinds/reference.py

The network has one of every kind of element that is carried, each in its most awkward form.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandapower as pp

HERE = Path(__file__).parent


def buses(net: Any) -> dict[str, int]:
    kv = {"hv": 110.0, "hv2": 110.0, "mv a": 20.0, "mv b": 20.0, "mv c": 20.0, "mv d": 20.0, "mv e": 20.0}
    kv |= {"lv": 0.4, "lv far": 0.4, "dark": 20.0}
    bus = {name: pp.create_bus(net, vn_kv=volt, name=name) for name, volt in kv.items()}
    bus["gone"] = pp.create_bus(net, vn_kv=20.0, name="gone", in_service=False)
    return bus


def transformers(net: Any, bus: dict[str, int]) -> None:
    pp.create_transformer_from_parameters(
        net, bus["hv"], bus["mv a"], name="T 1", sn_mva=25.0, vn_hv_kv=110.0, vn_lv_kv=20.5, vk_percent=12.0,
        vkr_percent=0.45, pfe_kw=16.5, i0_percent=0.15, shift_degree=150.0, tap_side="hv", tap_neutral=10,
        tap_min=1, tap_max=19, tap_pos=7, tap_step_percent=1.5, tap_changer_type="Ratio", parallel=2,
    )  # fmt: skip
    small: dict[str, Any] = {
        "sn_mva": 0.4, "vn_hv_kv": 20.0, "vn_lv_kv": 0.4, "vk_percent": 4.0, "vkr_percent": 1.3,
        "pfe_kw": 0.95, "i0_percent": 0.3, "shift_degree": -30.0,
    }  # fmt: skip
    pp.create_transformer_from_parameters(
        net, bus["mv c"], bus["lv"], name="station", **small, tap_side="lv", tap_neutral=0, tap_min=-2,
        tap_max=2, tap_pos=1, tap_step_percent=2.5, tap_changer_type="Ratio",
    )  # fmt: skip
    pp.create_transformer_from_parameters(net, bus["mv d"], bus["lv"], name="reserve", **small)
    pp.create_switch(net, bus["lv"], 2, et="t", closed=False, name="reserve low side")


def line(net: Any, here: int, there: int, **more: Any) -> int:
    given: dict[str, Any] = {
        "length_km": 3.0, "r_ohm_per_km": 0.206, "x_ohm_per_km": 0.122, "c_nf_per_km": 250.0, "max_i_ka": 0.3,
    }  # fmt: skip
    return int(pp.create_line_from_parameters(net, here, there, **given | more))


def lines(net: Any, bus: dict[str, int]) -> None:
    line(net, bus["mv b"], bus["mv c"], name="double", parallel=2, df=0.9, g_us_per_km=4.0)
    far = line(net, bus["mv c"], bus["mv d"], name="open at its far end")
    near = line(net, bus["mv d"], bus["mv b"], name="closed ring", length_km=7.5)
    both = line(net, bus["mv c"], bus["mv e"], name="open at both ends")
    line(net, bus["mv d"], bus["mv e"], name="unrated", max_i_ka=float("nan"))
    line(net, bus["mv c"], bus["dark"], name="off", in_service=False)
    line(net, bus["lv"], bus["lv far"], name="street", length_km=0.2, c_nf_per_km=0.0, r_ohm_per_km=0.32)
    pp.create_switch(net, bus["mv d"], far, et="l", closed=False)
    pp.create_switch(net, bus["mv d"], near, et="l", closed=True, name="breaker")
    for end in ("mv c", "mv e"):
        pp.create_switch(net, bus[end], both, et="l", closed=False)
    pp.create_switch(net, bus["mv a"], bus["mv b"], et="b", closed=True, name="section")
    pp.create_switch(net, bus["mv a"], bus["mv e"], et="b", closed=False, name="section open")
    pp.create_switch(net, bus["mv b"], bus["mv c"], et="b", closed=True, name="reactor", z_ohm=2.0)


def appliances(net: Any, bus: dict[str, int]) -> None:
    pp.create_ext_grid(net, bus["hv"], vm_pu=1.02, name="grid", s_sc_max_mva=3000.0, rx_max=0.1)
    pp.create_ext_grid(net, bus["hv2"], vm_pu=1.02, name="grid again")
    pp.create_load(net, bus["mv d"], p_mw=4.0, q_mvar=1.5, name="town", scaling=0.9)
    pp.create_load(net, bus["mv e"], p_mw=1.0, q_mvar=-0.3, name="town")
    pp.create_load(
        net, bus["lv far"], p_mw=0.08, q_mvar=0.02, name="houses", const_z_p_percent=40.0,
        const_i_p_percent=10.0, const_z_q_percent=100.0,
    )  # fmt: skip
    pp.create_load(net, bus["dark"], p_mw=0.5, name="in the dark")
    pp.create_load(net, bus["gone"], p_mw=0.5, name="gone")
    pp.create_sgen(net, bus["mv c"], p_mw=2.0, q_mvar=-0.4, name="wind")
    pp.create_sgen(net, bus["lv"], p_mw=0.05, name="roof", in_service=False)
    pp.create_storage(net, bus["mv e"], p_mw=0.6, max_e_mwh=2.0, q_mvar=0.1, name="battery")
    pp.create_shunt(
        net, bus["mv d"], q_mvar=-0.5, p_mw=0.002, vn_kv=21.0, step=2, max_step=4, name="capacitor"
    )


def made() -> Any:
    net = pp.create_empty_network(f_hz=60.0, name="kinds")
    bus = buses(net)
    transformers(net, bus)
    lines(net, bus)
    appliances(net, bus)
    return net


def main() -> None:
    from simulators.networks.importers.pandapower_net import from_pandapower
    from simulators.networks.write import write

    net = made()
    imported = from_pandapower(net, source="reference.py")
    remarks = ["Imported from the network that reference.py makes with pandapower."]
    write(imported.network, HERE / "network.toml", remarks=remarks)
    pp.runpp(net, tolerance_mva=1e-11, calculate_voltage_angles=True, numba=False)
    kv = (net.res_bus.vm_pu * net.bus.vn_kv).fillna(0.0)
    answer = {
        "bus_kv": {name: float(kv[index]) for index, name in imported.names["bus"].items()},
        "import_kw": float(net.res_ext_grid.p_mw.sum()) * 1e3,
        "import_kvar": float(net.res_ext_grid.q_mvar.sum()) * 1e3,
    }
    (HERE / "output.json").write_text(json.dumps(answer, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
