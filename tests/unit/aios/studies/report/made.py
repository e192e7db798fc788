"""A made-up study of two controllers in memory: numbers that can be checked by hand."""

import numpy as np

from aios.studies.cell import Cell, Labels, Request
from aios.studies.lineage import Lineage
from aios.studies.report.source import Held
from aios.studies.result import Digests, Happening, Measured, Outcome, RunResult
from aios.studies.scenario_file import ScenarioFile
from aios.studies.study_file import Head, ScenarioEntry, Study, StudyFile, Variant
from simulators.networks.file import FOLDER

QUARTER_NS = 900_000_000_000
BEGIN_NS = 1_481_670_000_000_000_000
NETWORK = (FOLDER / "nord.toml").read_text(encoding="utf-8")
PEAKS = {"idle": (100.0, 110.0, 120.0), "keen": (90.0, 99.0, 111.0)}


def requests(seeds=(1, 2, 3), controllers=("idle", "keen")):
    return [
        Request(cell=cell(controller), replicate=place, seed=seed)
        for controller in controllers
        for place, seed in enumerate(seeds)
    ]


def cell(controller, scenario="day"):
    lineage = Lineage(
        aios="0",
        site="s",
        network="n",
        scenario=scenario,
        controller=controller,
        model="",
        policies="",
        seed=0,
    )
    return Cell(
        labels=Labels(scenario=scenario, controller=controller),
        lineage=lineage,
        site='[site]\ntime_zone = "Europe/Berlin"\n',
        section={"start": "2016-12-14T00:00:00+01:00"},
        files={"network.toml": NETWORK},
    )


def outcome(request, kpis, *, rows=8, unconverged_steps=0, happenings=(), cause=""):
    result = RunResult(
        run=request.run,
        labels=request.cell.labels,
        replicate=request.replicate,
        seed=request.seed,
        lineage=request.lineage,
        mode="closed",
        kpis={} if cause else kpis,
        unconverged_steps=unconverged_steps,
        unconverged_h=unconverged_steps / 60.0,
        digests=None if cause else Digests(kpis=f"k{request.run}", journal=f"j{request.run}"),
        happenings=happenings,
        cause=cause,
    )
    return Outcome(result=result, measured=Measured(seconds=1.0), tables={} if cause else tables(rows))


def tables(rows=8):
    at_ns = BEGIN_NS + QUARTER_NS * np.arange(1, rows + 1)
    level = 10_000.0 + np.arange(rows, dtype=float)
    return {
        "series": {
            "at_ns": at_ns,
            "import_kw": level,
            "loss_kw": 0.01 * level,
            "voltage_median_pu": np.full(rows, 1.0),
            "voltage_min_pu": np.full(rows, 0.89),
            "voltage_max_pu": np.full(rows, 1.04),
            "loading_max_pu": np.full(rows, 0.5),
            "unconverged_s": np.where(np.arange(rows) == 2, 60.0, 0.0),
        },
        "elements": {
            "element": ["branch/t1", "branch/f11", "bus/hv", "bus/bus1"],
            "name": ["loading_max_pu", "loading_max_pu", "voltage_min_pu", "voltage_max_pu"],
            "value": np.array([1.2, 0.4, 0.94, 1.02]),
        },
        "duration": {
            "branch": ["t1", "t1", "f11", "f11"],
            "from_pu": np.array([0.0, 0.02, 0.0, 0.02]),
            "hours": np.array([1.5, 0.5, 2.0, 0.0]),
        },
        "heat": {"at_ns": at_ns, "t1": np.linspace(40.0, 60.0, rows)},
    }


def study(title="Two controllers"):
    file = StudyFile(
        study=Head(name="made", title=title, seeds=(1, 2, 3)),
        scenario=(ScenarioEntry(name="day", file="day.toml"),),
        controller=(Variant(name="idle"), Variant(name="keen")),
    )
    scenario = ScenarioFile(
        path=FOLDER / "day.toml", title="day", site_path=None, site_text="", section={}, network=NETWORK
    )
    return Study(path=FOLDER / "study.toml", text="", file=file, scenarios={"day": scenario})


def happenings():
    hour = 3_600_000_000_000
    return (
        Happening(at_ns=BEGIN_NS - hour, kind="fault", subject="t1", words="blocked_cooler 0.5"),
        Happening(
            at_ns=BEGIN_NS + hour,
            kind="order",
            subject="t1",
            words="Cooler <blocked>",
            evidence=("4 K above",),
        ),
        Happening(at_ns=BEGIN_NS + hour, kind="rung", subject="shaver", words="model -> safe: meter is old"),
    )


def held(**changes):
    """Return the study with all runs done; `changes` go to the outcomes of the first run of keen."""
    planned = requests()
    outcomes = [
        outcome(
            one,
            {"peak_kw": PEAKS[one.cell.labels.controller][one.replicate], "overload_h": 0.0},
            **(changes if (one.cell.labels.controller, one.replicate) == ("keen", 0) else {}),
        )
        for one in planned
    ]
    return Held(study(), planned, outcomes)
