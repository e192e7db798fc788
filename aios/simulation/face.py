"""`Simulation`: a substation and its gateway under a virtual clock, for scripts, notebooks and studies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import structlog

from aios.logs import log_to_stderr
from aios.simulation.asked import Asked
from aios.simulation.outlook import Outlook
from aios.simulation.source import Source, source_of
from aios.simulation.state import State
from aios.simulation.story import PERSON, Story
from aios.studies.result import Digests
from aios.studies.scenario_file import ScenarioFile
from kernel.journal.chain import Entry
from kernel.pipe.requests import LONGEST_REQUEST_S
from kernel.point import NANOSECONDS
from kernel.site import Site
from simulators.faults.fault import Fault, FaultKind

_MINUTE_NS: Final = 60 * NANOSECONDS


class Simulation:
    """A simulated substation with its gateway, stepped by hand.

    It is the very run of `aios simulate`: the same source, seed and commands give the same journal and the
    same KPIs, bit for bit.

    >>> with Simulation("nord", seed=1, history_days=0, loops=["shaver"]) as sim:
    ...     state = sim.step()
    >>> state["grid/active_power"].unit, state["grid/active_power"].good, state.truth.converged
    ('kW', True, True)
    """

    def __init__(
        self,
        source: str | Path | ScenarioFile = "nord",
        *,
        seed: int | None = None,
        folder: str | Path | None = None,
        **changes: Any,
    ) -> None:
        """Build the world and its gateway, at the begin of the scenario.

        Args:
            source: a scenario file, a site file, or the name of a shipped site.
            seed: of the world; None for that of the file.
            folder: fresh, for journal and history, which stay; None for one that is removed at the end.
            changes: keys of a scenario that take the place of the file's (`start`, `days`, `fault` ...; the
                files `profiles` and `weather` count from the folder of the process);
                `controller`, a Python file with `make(spec, site)` that takes the place of the loops that
                control, and its `settings`; `loops`, the agents of the site that stay.

        Raises:
            FileNotFoundError: there is no such file; the message names the shipped sites.
            FileExistsError: the folder holds a run already.
            StudyInvalid, SiteInvalid, ScenarioInvalid, NotCoupled: with every mistake.
        """
        if not structlog.is_configured():
            log_to_stderr()
        made = source_of(source, seed=seed, changes=changes)
        self._story = Story(made, None if folder is None else Path(folder))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Simulation of {self.site.name} at {self.time:%Y-%m-%d %H:%M:%S}, seed {self.seed}>"

    @property
    def site(self) -> Site:
        """The substation as its site file describes it."""
        return self._source.site

    @property
    def seed(self) -> int:
        """Of the world."""
        return self._source.scenario.seed

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All faults of the scenario, those that were injected too: the ground truth."""
        return self._source.scenario.faults

    @property
    def folder(self) -> Path:
        """Where journal and recording lie: `aios explain` and `aios replay` read them."""
        return self._story.running.root

    @property
    def state(self) -> State:
        """The present moment: what the gateway knows and, apart from it, the truth."""
        return self._story.running.state()

    @property
    def time(self) -> datetime:
        """The present moment, in the time zone of the site."""
        return self.state.time

    @property
    def done(self) -> bool:
        """Whether the scenario is at its end; one may step on."""
        return self._story.running.now_ns >= self._source.scenario.end_ns

    @property
    def journal(self) -> tuple[Entry, ...]:
        """The command journal until now: every decision, permit, refusal and receipt, in one hash chain.

        Raises:
            FileNotFoundError: the simulation is closed, and its folder was not kept.
        """
        if not self.folder.exists():
            raise FileNotFoundError(2, "the journal is gone; give the simulation a folder that is kept")
        return self._story.running.journal()

    @property
    def digests(self) -> Digests:
        """What two runs of one source, seed and commands have in common: of KPIs, journal and ticks."""
        return self._story.running.digests or self._story.running.digests_now()

    def kpis(self) -> dict[str, float | None]:
        """Return all KPIs until now, by name; `aios.simulation.kpi_of` has unit and meaning of each."""
        return self._story.running.kpis()

    def step(self, ticks: int = 1) -> State:
        """Move world and gateway on by a tick of the site, or by some; return the state after it.

        Raises:
            ValueError: fewer than one, or the simulation is closed.
        """
        if ticks < 1:
            raise ValueError(f"a step has 1 tick or more, not {ticks}")
        self._must_be_open()
        self._story.step(ticks)
        return self.state

    def run(self, *, minutes: float) -> State:
        """Move on by some time, in whole ticks; return the state after it."""
        return self.step(self._ticks_in(minutes))

    def command(
        self, point: str, value: float, *, minutes: float = 10.0, reason: str = "", person: str = PERSON
    ) -> Asked:
        """Ask the gateway for a value on a point, as a person does: through envelope, policy and journal.

        The next step decides. A refusal is an answer with its reason, never an exception.

        Args:
            point: `asset/quantity`.
            value: in the unit of the point.
            minutes: for how long it stands, at most an hour.
            reason: for the journal.
            person: in whose name.
        """
        self._must_be_open()
        key = self._story.ask(point, value, valid_s=minutes * 60.0, reason=reason, person=person)
        return Asked(key, lambda: self._story.running.answers)

    def inject(
        self,
        kind: str,
        target: str,
        *,
        amount: float = 1.0,
        ramp_minutes: float = 0.0,
        after_minutes: float = 0.0,
        minutes: float | None = None,
    ) -> Fault:
        """Let a fault befall the world from now on, or from later on; return it: it is its own ground truth.

        The run is built again with the fault in its scenario and lives through the same steps, which it must
        repeat bit for bit; so it costs about as much as those steps did.

        Args:
            kind: of the catalogue, such as `blocked_cooler`; docs/faults.md has them all.
            target: asset, device or point, by kind.
            amount: size; the catalogue says what it means.
            ramp_minutes: from the onset to the full amount.
            after_minutes: until the onset.
            minutes: for how long; None for good.

        Raises:
            ValueError: the catalogue does not know such a fault, or it ends before it begins.
            NotCoupled: there is no such target.
            NotRepeatable: a controller keeps something outside its state.
        """
        self._must_be_open()
        # At this very moment the gateway has looked already: what begins now begins right after it.
        onset_ns = self._story.running.now_ns + max(1, round(after_minutes * _MINUTE_NS))
        fault = Fault(
            kind=FaultKind(kind),
            target=target,
            onset_ns=onset_ns,
            ramp_s=ramp_minutes * 60.0,
            end_ns=None if minutes is None else onset_ns + round(minutes * _MINUTE_NS),
            amount=amount,
            seed=self.seed,
        )
        self._story.go_on_as(self._source.with_fault(fault))
        return fault

    def simulate(self, actions: Mapping[str, float] | None = None, *, minutes: float = 15.0) -> Outlook:
        """Say what would come if these commands were given now; the real run stays as it is.

        A copy of this process lives it from the present on, so the answer is exact and costs little more than
        its own ticks. Where the process cannot be copied the run is lived once more from its begin: as exact,
        and about as dear as the run until now.

        Args:
            actions: values by point, asked for as by `command`; they stand until the end of the what-if, but
                no longer than an hour.
            minutes: how far to look.

        Raises:
            NotRepeatable: the process cannot be copied, and a controller keeps something outside its state.
        """
        self._must_be_open()
        valid_s = min(minutes * 60.0, LONGEST_REQUEST_S)
        return self._story.outlook(actions or {}, ticks=self._ticks_in(minutes), valid_s=valid_s)

    def close(self) -> Digests:
        """End the gateway; return the digests of the run. KPIs and answers stay."""
        self._story.close()
        return self.digests

    @property
    def _source(self) -> Source:
        return self._story.running.source

    def _must_be_open(self) -> None:
        if self._story.running.digests is not None:
            raise ValueError("the simulation is closed")

    def _ticks_in(self, minutes: float) -> int:
        return max(1, round(minutes * 60.0 / self.site.base_tick_s))
