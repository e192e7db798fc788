"""A run that stands alone, as a study of one: it is counted and reported as the runs of a study are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from aios.studies.cell import Request
from aios.studies.closed_loop import counted_in, outcome
from aios.studies.gateway_ledger import GatewayLedger
from aios.studies.grid import planned
from aios.studies.happened import faults_of, weather_of
from aios.studies.ledger import GridLedger
from aios.studies.report.document import Figures
from aios.studies.report.report import write_report
from aios.studies.report.source import Held
from aios.studies.result import Digests, Measured
from aios.studies.scenario_file import ScenarioFile, is_scenario, read_scenario
from aios.studies.study_file import Head, ScenarioEntry, Study, StudyFile, Variant, reduced
from aios.virtual.run import Digests as RunDigests
from aios.virtual.run import VirtualRun
from kernel.pipe.tick import Decided, Inputs
from kernel.site import Site
from simulators.durations import DAY_NS
from simulators.scenario import Scenario


class SingleRun:
    """Counts a run while it is lived, and writes its report. It hears every tick of the gateway."""

    def __init__(self, file: Path, site: Site, scenario: Scenario) -> None:
        """Plan the run as a study of one.

        Args:
            file: of the scenario or site.
            site: that is run.
            scenario: of the run, as long as it shall be.

        Raises:
            StudyInvalid: with every mistake of the file.
        """
        self._scenario, self._gateway = scenario, GatewayLedger(site, scenario)
        self._grid: GridLedger | None = None
        read = scenario_in(file)
        days = (scenario.end_ns - scenario.start_ns) / DAY_NS
        days = 0.0 if days == float(read.section.get("days", 1.0)) else days
        study = study_of(read, seeds=(scenario.seed,))
        self._study = reduced(study, days=days)
        self._request: Request = planned(self._study)[0]

    def heard(self, inputs: Inputs, decided: Decided) -> None:
        """Take note of a tick."""
        self._gateway.heard(inputs, decided)

    def take(self, run: VirtualRun) -> None:
        """Count what the world did in the last step."""
        self._grid = self._grid or GridLedger(run.plant.network)
        for stretch in run.plant.world.stretches:
            self._grid.live(stretch)

    def write(self, run: VirtualRun, digests: RunDigests, out: Path, *, seconds: float) -> Figures:
        """Write the report of the run; return what it says in numbers.

        Args:
            run: to its end.
            digests: of it.
            out: the HTML file.
            seconds: what the run took.
        """
        done = outcome(
            self._request,
            self._grid or GridLedger(run.plant.network),
            counted_in(run, self._gateway, self._scenario.end_ns),
            (
                *weather_of(self._scenario),
                *faults_of(run.plant.world.faults),
                *self._gateway.happenings(),
            ),
            Measured(seconds=seconds),
            Digests(kpis="", journal=digests.journal, ticks=digests.ticks),
            alarms=self._gateway.alarms(self._scenario.end_ns),
        )
        return write_report(Held(self._study, (self._request,), (done,)), out)


def scenario_in(file: Path) -> ScenarioFile:
    """Read a scenario file, or a site file, whose `[simulation]` section is one.

    Raises:
        StudyInvalid: with every mistake and its line.
        FileNotFoundError: there is no such file.
    """
    if is_scenario(file):
        return read_scenario(file)
    with TemporaryDirectory(prefix="aios-scenario-") as folder:
        path = Path(folder) / f"{file.stem}.toml"
        path.write_text(f"site = {str(file.resolve())!r}\n", encoding="utf-8")
        return read_scenario(path)


def study_of(
    scenario: ScenarioFile,
    *,
    seeds: Sequence[int],
    name: str = "run",
    title: str = "",
    controllers: Sequence[Variant] = (Variant(name="site"),),
) -> Study:
    """Return a study of one scenario; the first controller is what others are compared with."""
    entry = ScenarioEntry(name=scenario.path.stem, file=scenario.path.name)
    file = StudyFile(
        study=Head(
            name=name, title=title or scenario.title, seeds=tuple(seeds), baseline=controllers[0].name
        ),
        scenario=(entry,),
        controller=tuple(controllers),
    )
    return Study(path=scenario.path, text=scenario.site_text, file=file, scenarios={entry.name: scenario})
