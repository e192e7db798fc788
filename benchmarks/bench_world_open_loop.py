"""A year of a network without control against the bare call of its solver, and against pandapower.

    python -m benchmarks.bench_world_open_loop [--quick]

The network is SimBench `1-MV-urban--0-sw` (144 buses, 139 loads, 134 plants) with its own profiles: 35 040
quarter-hours. In each round three walls are taken one after the other, each with all cores. *Bare*: one batch
call of power-grid-model for the whole year with its injections ready in memory, by the method that we use too
and with the columns that we use and no others. *Ours*: the open loop from profiles to KPIs, as a run that
stands alone does it, that is injections, solving in chunks, courses, and the standard indicators. *Newton*:
the bare call by Newton-Raphson. The ratio is the median over the rounds of ours by bare.

pandapower runs the same network by its own time series with recycle and numba, on the first steps of the
same year, after a warm-up that does not count; its year is reckoned from them (`count` of its rows says from
how many). Its voltages of these steps are compared with ours, so that nobody is faster at something else.

`--quick` takes one round of 2 000 steps and 40 steps of pandapower, and writes no results.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from copy import deepcopy
from typing import Any, Final

import numpy as np
from power_grid_model import CalculationMethod

from benchmarks.results import write
from simulators.appliances.demand import Demand
from simulators.indicators.standard import standard
from simulators.networks.importers.pandapower_net import extra, quiet
from simulators.networks.importers.simbench import START_NS, STEP_S, SimBench, from_simbench
from simulators.physics.batch import METHOD, Batch
from simulators.physics.course import Course
from simulators.physics.open_loop import open_loop
from simulators.physics.power_grid import TOLERANCE, PowerGrid
from simulators.physics.switching import Switching

CODE: Final = "1-MV-urban--0-sw"
STEPS: Final = 35_040
ROUNDS: Final = 7
PANDAPOWER_STEPS: Final = 600
WARM_UP_STEPS: Final = 5
QUICK: Final = (2_000, 1, 40)
COMMAND: Final = "python -m benchmarks.bench_world_open_loop"
_KV_TOLERANCE: Final = 1e-5


class Year:
    """The same year for all who are measured."""

    def __init__(self, found: SimBench, steps: int) -> None:
        self.network = found.imported.network
        self.net = found.net
        self.names = found.imported.names["bus"]
        self.steps = steps
        self.threads = len(os.sched_getaffinity(0))
        self.demand = Demand(self.network, found.profiles)
        self.drawn = Switching(open=self.network.open_at_start())
        self.grid = PowerGrid(self.network)
        self.grid.switch(self.drawn)
        self.asked = Batch(self.grid).asked
        begin_ns = START_NS + np.arange(steps, dtype=np.int64) * STEP_S * 1_000_000_000
        self.injections = self.grid.watts(self.demand.over(begin_ns))

    def bare(self, method: CalculationMethod) -> None:
        """One call of the solver for everything."""
        update: Any = self.injections
        self.grid.model.calculate_power_flow(
            update_data=update,
            calculation_method=method,
            error_tolerance=TOLERANCE,
            threading=self.threads,
            output_component_types=self.asked,
            continue_on_batch_error=True,
        )

    def courses(self, steps: int) -> list[Course]:
        """Our courses of the first steps."""
        return list(
            open_loop(
                self.grid,
                self.demand.over,
                start_ns=START_NS,
                step_s=STEP_S,
                steps=steps,
                switching=self.drawn,
            )
        )

    def ours(self) -> dict[str, float]:
        """From profiles to KPIs, keeping nothing else."""
        counted = standard(self.network)
        for course in open_loop(
            self.grid,
            self.demand.over,
            start_ns=START_NS,
            step_s=STEP_S,
            steps=self.steps,
            switching=self.drawn,
            threads=self.threads,
        ):
            counted.enter(course)
        return counted.values()


def wall_s(work: Callable[[], object]) -> float:
    """Return the real time of one call, s."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def pandapower_series(year: Year, steps: int) -> tuple[float, np.ndarray[Any, np.dtype[np.float64]]]:
    """Run pandapower's time series with recycle; return seconds a step and its voltages, (T, N) per unit."""
    timeseries, simbench = extra("pandapower.timeseries"), extra("simbench")
    with quiet():
        net = deepcopy(year.net)
        profiles = simbench.get_absolute_values(net, profiles_instead_of_study_cases=True)
        simbench.apply_const_controllers(net, profiles)

        def run(count: int) -> Any:
            # A second run of the same writer has no voltages.
            writer = timeseries.OutputWriter(net, log_variables=[("res_bus", "vm_pu")])
            timeseries.run_timeseries(net, time_steps=range(count), verbose=False)
            return writer.output["res_bus.vm_pu"]

        run(WARM_UP_STEPS)
        began = time.perf_counter()
        voltages = run(steps)
        took = time.perf_counter() - began
    return took / steps, voltages[list(year.names)].to_numpy(np.float64)


def measure(steps: int, rounds: int, compared: int) -> tuple[dict[str, float], dict[str, float]]:
    """Return the walls and ratios, and the KPIs of the year."""
    year = Year(from_simbench(CODE), steps)
    walls: dict[str, list[float]] = {"bare": [], "ours": [], "newton": []}
    kpis = year.ours()
    for _ in range(rounds):
        walls["bare"].append(wall_s(lambda: year.bare(METHOD)))
        walls["ours"].append(wall_s(year.ours))
        walls["newton"].append(wall_s(lambda: year.bare(CalculationMethod.newton_raphson)))
    peer_step_s, peer_pu = pandapower_series(year, compared)
    rated_kv = np.array([bus.voltage_kv for bus in year.network.buses])
    ours_pu = np.concatenate([course.bus_kv for course in year.courses(compared)]) / rated_kv
    figures = {f"{name}_s": statistics.median(took) for name, took in walls.items()}
    ratios = [ours / bare for ours, bare in zip(walls["ours"], walls["bare"], strict=True)]
    figures["ratio"] = statistics.median(ratios)
    figures["pandapower_s"] = peer_step_s * steps
    figures["speedup"] = figures["pandapower_s"] / figures["ours_s"]
    figures["dv_pu"] = float(np.abs(ours_pu - peer_pu).max())
    return figures, kpis


def rows(found: dict[str, float], steps: int, compared: int) -> list[dict[str, object]]:
    """Return the figures as rows of the results."""
    shared = {"unit": "s", "count": steps, "seconds": found["ours_s"], "command": COMMAND}
    return [
        shared
        | {
            "name": "world.open_loop_year_ratio_to_bare_call",
            "value": found["ratio"],
            "unit": "1",
            "baseline": 1.0,
            "ratio": found["ratio"],
        },
        shared
        | {
            "name": "world.open_loop_year_speedup_over_pandapower",
            "value": found["speedup"],
            "unit": "1",
            "count": compared,
        },
        shared | {"name": "world.open_loop_year", "value": found["ours_s"]},
        shared | {"name": "world.open_loop_year_bare_call", "value": found["bare_s"]},
        shared | {"name": "world.open_loop_year_bare_newton", "value": found["newton_s"]},
        shared
        | {"name": "world.open_loop_year_pandapower", "value": found["pandapower_s"], "count": compared},
        shared
        | {
            "name": "world.open_loop_dv_pu_against_pandapower",
            "value": found["dv_pu"],
            "unit": "1",
            "count": compared,
        },
    ]


def main() -> int:
    """Run, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one round of 2 000 steps, no results")
    quick = parser.parse_args().quick
    steps, rounds, compared = QUICK if quick else (STEPS, ROUNDS, PANDAPOWER_STEPS)
    found, kpis = measure(steps, rounds, compared)
    print(f"{steps} steps: ours {found['ours_s']:.2f} s, bare {found['bare_s']:.2f} s")
    print(f"ratio {found['ratio']:.3f}")
    print(f"bare by Newton-Raphson {found['newton_s']:.2f} s")
    print(f"pandapower {found['pandapower_s']:.0f} s (from {compared} steps): {found['speedup']:.0f} times")
    print(f"largest difference to it {found['dv_pu']:.1e} per unit")
    print(f"{kpis['unconverged_steps']:.0f} steps without solution, balance {kpis['balance_error']:.1e}")
    if found["dv_pu"] > _KV_TOLERANCE or kpis["unconverged_steps"]:
        print("the two do not solve the same network: the figures mean nothing")
        return 1
    if not quick:
        write("world_open_loop", rows(found, steps, compared))
    return 0


if __name__ == "__main__":
    sys.exit(main())
