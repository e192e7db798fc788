"""Voltages of imported networks against pandapower, and what other ways of importing them give.

    python -m benchmarks.bench_world_accuracy [--quick]

SimBench 1-MV-urban (144 buses) is solved by both at every quarter-hour of one day, ours through the whole
chain: network file, stored profiles, demand, solver. Every other network is solved as it stands. Peer in the
same run: power-grid-model-io, the converter that its makers publish. `--quick` takes two hours of the day and
three networks, and writes no results.
"""

from __future__ import annotations

import argparse
import logging
import math
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.results import write
from simulators.appliances.demand import Demand
from simulators.networks.folder import keep, open_network
from simulators.networks.importers.against_pandapower import agree
from simulators.networks.importers.agreement import Agreement, compare
from simulators.networks.importers.imported import ImportRefused
from simulators.networks.importers.pandapower_net import extra, from_pandapower, quiet, solved
from simulators.networks.importers.simbench import START_NS, STEP_S, SimBench, from_simbench
from simulators.networks.importers.source import Taken, Wanted
from simulators.physics.flows import Values
from simulators.physics.power_grid import PowerGrid
from simulators.physics.switching import Switching
from simulators.profiles.load import NS

COMMAND: Final = "python -m benchmarks.bench_world_accuracy"
MAIN: Final = "1-MV-urban--0-sw"
DAY: Final = 20 * 96
"""First row of the day that is compared: 21 January."""
SIMBENCH: Final = ("1-LV-rural1--0-sw", "1-MV-rural--0-sw", "1-MVLV-rural-2.107-0-sw")
BUILT_IN: Final = (
    "create_cigre_network_mv",
    "create_cigre_network_lv",
    "create_kerber_vorstadtnetz_kabel_1",
    "create_kerber_landnetz_freileitung_1",
    "mv_oberrhein",
    "case33bw",
    "lv_schutterwald",
)


def one_day(bench: SimBench, steps: Sequence[int]) -> Agreement:
    """Compare one day: ours from the files that an import writes, theirs from SimBench's own powers."""
    with tempfile.TemporaryDirectory(prefix="aios-accuracy-") as folder:
        taken = Taken(imported=bench.imported, profiles=bench.profiles, agreement=None)
        keep(Path(folder), bench.imported.network, bench.profiles, taken.record(Wanted()))
        stored = open_network(folder)
    network = stored.network
    grid, demand = PowerGrid(network), Demand(network, stored.profiles)
    switching = Switching(open=network.open_at_start())
    ours: dict[str, Values] = {}
    theirs: dict[str, Values] = {}
    for step, moment in zip(steps, bench.moments(steps), strict=True):
        for (table, column), values in moment.columns.items():
            bench.net[table][column] = values
        theirs[moment.name] = _voltages(bench.net, bench.imported.names["bus"], network.buses)
        flows = grid.solve(demand.at(START_NS + step * STEP_S * NS), switching)
        ours[moment.name] = flows.bus_kv
    lost = [name for name in ours if np.isnan(ours[name]).all() or np.isnan(theirs[name]).all()]
    return compare(network.buses, ours, theirs, unsolved=lost)


def _voltages(net: Any, names: Any, buses: Sequence[Any]) -> Values:
    """Pandapower's voltages, (N,) kV in our order; all NaN where it has no solution."""
    found = np.full(len(buses), np.nan)
    if solved(net):
        row = {bus.name: at for at, bus in enumerate(buses)}
        for index, name in names.items():
            found[row[name]] = net.res_bus.vm_pu[index] * net.bus.vn_kv[index]
    return found


def by_public_converter(net: Any) -> tuple[float, str]:
    """Return the largest dV of the public converter, per unit; NaN and the reason where it fails."""
    from power_grid_model import PowerGridModel
    from power_grid_model_io.converters import PandaPowerConverter

    try:
        with quiet():
            converter = PandaPowerConverter()
            tables, _ = converter.load_input_data(net)
            answer = PowerGridModel(tables, system_frequency=net.f_hz).calculate_power_flow()["node"]
    except Exception as failure:  # noqa: BLE001  # a peer may fail in any way; the figure is that it did
        return math.nan, f"{type(failure).__name__}: {str(failure).splitlines()[0]}"
    by_id = dict(zip(answer["id"].tolist(), answer["u_pu"].tolist(), strict=True))
    ours = np.array([by_id[converter.get_id("bus", index)] for index in net.bus.index])
    return float(np.abs(np.nan_to_num(ours) - np.nan_to_num(net.res_bus.vm_pu.to_numpy())).max()), ""


def as_it_stands(name: str, make: Callable[[], Any]) -> dict[str, object]:
    """Return the figures of one network."""
    began = time.perf_counter()
    with quiet():
        net = make()
        imported = from_pandapower(net, source=name)
        found = agree(net, imported)
        peer, why = by_public_converter(net)
    print(f"  {name:38s} {len(imported.network.buses):5d} buses  ours {found.max_dv_pu:.1e}  ", end="")
    print(f"power-grid-model-io {peer:.1e} {why}")
    return _row(f"world.dv_pu.{name}", found.max_dv_pu, len(imported.network.buses), began, peer)


def _row(name: str, value: float, count: int, began: float, peer: float = math.nan) -> dict[str, object]:
    row = {"name": name, "value": value, "unit": "pu", "count": count, "command": COMMAND}
    row["seconds"] = time.perf_counter() - began
    return row | ({} if math.isnan(peer) else {"baseline": peer, "ratio": value / peer})


def main() -> int:
    """Run, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="two hours of the day, three networks")
    quick = parser.parse_args().quick
    logging.disable(logging.WARNING)
    began = time.perf_counter()
    bench = from_simbench(MAIN)
    day = one_day(bench, range(DAY, DAY + (8 if quick else 96)))
    print(f"{MAIN}: {day}")
    rows = [_row("world.max_dv_pu_against_pandapower", day.max_dv_pu, day.moments, began)]
    networks = extra("pandapower.networks")
    try:
        named = BUILT_IN[:3] if quick else BUILT_IN
        rows += [as_it_stands(name, getattr(networks, name)) for name in named]
        codes = () if quick else (MAIN, *SIMBENCH)
        rows += [as_it_stands(code, partial(extra("simbench").get_simbench_net, code)) for code in codes]
    except ImportRefused as refused:
        print(refused)
        return 1
    if not quick:
        write("world_accuracy", rows)
    return 0 if day.max_dv_pu <= 1e-5 else 1


if __name__ == "__main__":
    sys.exit(main())
