"""A virtual run with all that is counted of it, moved step by step and asked by hand."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from aios.simulation.asked import Act, Answers
from aios.simulation.source import Source
from aios.simulation.state import State
from aios.simulation.true_state import TrueState
from aios.studies.closed_loop import TURN, counted_in
from aios.studies.gateway_ledger import GatewayLedger
from aios.studies.ledger import GridLedger
from aios.studies.result import Digests, kpi_digest, told
from aios.virtual.divertible import divert
from aios.virtual.keep_history import keep_history
from aios.virtual.run import prepare
from kernel.instruction import Unfit
from kernel.journal.chain import Entry
from kernel.journal.commands import CommandJournal
from kernel.pipe.requests import refused, wish

FULL: Final = "too many requests wait for the next step"


class NotRepeatable(RuntimeError):
    """The same script did not lead to the same run: something in it depends on more than its inputs."""


class Running:
    """A run, its ledgers and its answers."""

    def __init__(self, source: Source, root: Path, *, history: Path | None = None) -> None:
        """Build the world and its gateway.

        Args:
            source: what they are made of.
            root: a fresh folder.
            history: file with the history that another run of this scenario was given; None to make it.

        Raises:
            ScenarioInvalid, NotCoupled, AppliancesInvalid: site, network and scenario do not fit.
        """
        self.source = source
        self.root = root
        self.steps = 0
        self.answers = Answers()
        self.digests: Digests | None = None
        """The final ones; None while it runs."""
        self._gateway = GatewayLedger(source.site, source.scenario)
        heard = (self._gateway, self.answers)
        self.run = prepare(
            source.site,
            source.text,
            source.scenario,
            root,
            listeners=heard,
            counterfactual=False,
            history=history,
        )
        self._grid = GridLedger(self.run.plant.network)

    @property
    def now_ns(self) -> int:
        """The moment, nanoseconds since 1970 UTC."""
        return self.run.clock.now_ns()

    @property
    def ticks(self) -> str:
        """Digest over the outputs of all ticks until now: two runs that agree in it are one run."""
        return self.run.gateway.kernel.shell.recorder.digest

    async def step(self, count: int = 1) -> None:
        """Move world and gateway on by some ticks."""
        self.answers.fresh.clear()
        for _ in range(count):
            await self.run.step()
            for stretch in self.run.plant.world.stretches:
                self._grid.live(stretch)
            self.steps += 1
            if self.steps % TURN == 0:
                await asyncio.sleep(0)

    async def repeat(self, script: Sequence[Act], steps: int) -> None:
        """Live through a script from the begin until so many steps are done."""
        while self.steps < steps:
            ahead = [act.step for act in script if act.step > self.steps]
            for act in script:
                if act.step == self.steps:
                    self.ask(act)
            await self.step(min([steps, *ahead]) - self.steps)
        for act in script:
            if act.step == steps:
                self.ask(act)

    def ask(self, act: Act) -> None:
        """Put a wish before the gateway; where the door refuses it, that is its answer."""
        inbox, asked, site = self.run.gateway.kernel.inbox, act.asked, self.source.site
        made = wish(site, asked, validity_s=act.valid_s, now_ns=self.now_ns)
        if isinstance(made, Unfit):
            asked = refused(asked, made.reason, at_ns=self.now_ns)
            inbox.turn_away(asked)
        elif not inbox.request(made):
            asked = refused(asked, FULL, at_ns=self.now_ns)
        self.answers.requests[asked.key] = asked

    def state(self) -> State:
        """Return the present moment."""
        world, kernel, now_ns = self.run.plant.world, self.run.gateway.kernel, self.now_ns
        return State(
            site=self.source.site,
            image=kernel.state.image,
            step=self.steps,
            truth=TrueState(
                now_ns=now_ns,
                network=self.run.plant.network,
                scene=world.scene,
                faults=tuple(fault for fault in self.source.scenario.faults if fault.active(now_ns)),
            ),
            rungs={agent: rung.rung for agent, rung in kernel.state.rungs.items()},
            answers=tuple(self.answers.fresh),
        )

    def kpis(self) -> dict[str, float | None]:
        """Return all KPIs until now; None where nothing was seen from which one could be told."""
        return told(self._grid.values() | counted_in(self.run, self._gateway, self.now_ns))

    def digests_now(self) -> Digests:
        """Return the digests as they are, the journal's last entry being that of the last step."""
        kpis = kpi_digest(self.kpis(), self._grid.tables())
        return Digests(kpis=kpis, journal=self.run.gateway.kernel.shell.journal.head, ticks=self.ticks)

    def journal(self) -> tuple[Entry, ...]:
        """Return the command journal until now."""
        journal = CommandJournal(self.run.gateway.kernel.shell.journal.path, read_only=True)
        try:
            return tuple(journal.entries())
        finally:
            journal.close()

    def _fingerprint(self) -> tuple[object, ...]:
        """Return the run until now to the last bit: what was decided, the course, the image, the grid."""
        journal, course = self.run.gateway.kernel.shell.journal.head, kpi_digest({}, self._grid.tables())
        image, flows = self.run.gateway.kernel.state.image, self.run.plant.world.flows
        arrays = (image.value, image.quality, image.at_ns, flows.bus_kv, flows.branch)
        return (self.steps, self.ticks, journal, course, *(array.tobytes() for array in arrays))

    def close(self) -> Digests:
        """End the gateway; a second time it only says the digests again."""
        if self.digests is None:
            kpis = self.digests_now().kpis
            ended = self.run.close()
            self.digests = Digests(kpis=kpis, journal=ended.journal, ticks=ended.ticks)
        return self.digests

    async def keep_history(self) -> None:
        """Let the history of the folder have what was measured, once it is closed."""
        await keep_history(self.source.site, self.root)

    def go_on_apart(self) -> None:
        """Touch no file any more: for a copy of the process. Only the ledgers listen on."""
        kernel = self.run.gateway.kernel
        divert(kernel.shell.journal.connection)
        kernel.shell.recorder.go_on_in_memory()
        kernel.shell = replace(kernel.shell, listeners=(self._gateway, self.answers))

    def must_be(self, other: Running) -> None:
        """Hold a repetition against the run that it repeats.

        Raises:
            NotRepeatable: they are not the same.
        """
        # Equipment that comes with a fault has KPIs of its own; what the original counted must be the same.
        is_counted_alike = other.kpis().items() <= self.kpis().items()
        if not is_counted_alike or self._fingerprint() != other._fingerprint():
            raise NotRepeatable(
                f"lived again, the {self.steps} steps until now came out otherwise: a controller keeps "
                "something outside its state"
            )
