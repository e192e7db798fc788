"""The kernel: keeps time and order. It reads, lets the pipe decide, asks the gate, journals, then writes.

Output does not block: a tick ends when its commands are journalled and queued.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Protocol

import msgspec

from kernel.command import Command, Sent
from kernel.instruction import Instruction
from kernel.journal.commands import CommandJournal
from kernel.journal.committer import Committer
from kernel.journal.encoding import record_of, state_record
from kernel.journal.failure import JournalDown
from kernel.journal.lane import Lane
from kernel.journal.recorder import STRETCH, Recorder
from kernel.pipe.pipe import Pipe
from kernel.pipe.state import PipeState
from kernel.pipe.tick import Decided, Draft, Inputs, Job, WorkerStep
from kernel.point import NANOSECONDS
from kernel.ports import Clock, Gate, GateRequest
from kernel.proposal import Proposal
from kernel.schedule.statistics import Durations, LoopStatistics
from kernel.schedule.timed import TimedAgent
from kernel.shell.bus import Bus
from kernel.shell.clock import stopwatch_ns
from kernel.shell.outage import Outages
from kernel.shell.worker import Workers
from kernel.verdict import Judgement

REQUESTS: Final = 64
"""Requests of people that wait for a tick; more are refused at the door."""
INSTRUCTIONS: Final = 64
"""Instructions of people that wait for a tick; more are refused at the door."""
GATE_PATIENCE_S: Final = 2.0
"""Real seconds after which a silent gate has failed; gates have tighter budgets of their own."""
JOURNAL_PATIENCE_S: Final = 1.0
"""Real seconds a tick waits for its commit; a journal that hangs longer is down."""
RECORD_NS: Final = 1_000_000_000
"""Real time after which what was recorded is written even if the batch is not full."""


class TickListener(Protocol):
    """Hears of every finished tick: history, pages, the demo. It must be quick and must not await.

    History must not stop control: one that raises is told of in the log, once, and the others hear on.
    """

    def heard(self, inputs: Inputs, decided: Decided) -> None:
        """Take note of a tick."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """Everything around the pipe: the world it reads from and writes to."""

    clock: Clock
    gate: Gate
    buses: tuple[Bus, ...]
    workers: Workers
    journal: CommandJournal
    recorder: Recorder
    listeners: tuple[TickListener, ...] = ()
    gate_patience_s: float = GATE_PATIENCE_S
    journal_patience_s: float = JOURNAL_PATIENCE_S
    threaded: bool = True
    """Commit and record in threads; under the virtual clock inline."""


class Kernel:
    """Runs control loops on one base tick."""

    def __init__(self, pipe: Pipe, shell: Shell, state: PipeState, *, reports: tuple[Sent, ...] = ()) -> None:
        """Take up a state.

        Args:
            pipe: what decides.
            shell: what reads and writes.
            state: where to begin; it is kept in the recorder as the start of replays.
            reports: what the first tick must hear, as of then, of commands that a run before left open.
        """
        self.pipe = pipe
        self.shell = shell
        self.state = state
        self._tick = state.tick
        self._reports = reports
        self._requests: list[Proposal] = []
        self._instructions: list[Instruction] = []
        self.outages = Outages()
        self._bus_of = {point: bus for bus in shell.buses for point in bus.driver.points}
        base_ns = pipe.site.base_tick_s * NANOSECONDS / (shell.clock.factor or 1.0)
        self._durations = Durations(deadline_ns=base_ns)
        self._latency = Durations(deadline_ns=base_ns)
        self._submitted_ns: dict[str, int] = {}
        self._finished_ns: dict[str, tuple[int, int]] = {}
        self._loops = {
            loop.name: Durations(deadline_ns=loop.deadline_s * NANOSECONDS / (shell.clock.factor or 1.0))
            for loop in pipe.loops
        }
        self._time_agents_on_the_loop()
        self._committer = Committer(
            shell.journal, threaded=shell.threaded, patience_s=shell.journal_patience_s
        )
        self._recording = Lane("recorder", threaded=shell.threaded)
        self._recorded_ns = stopwatch_ns()
        shell.recorder.snapshot(state_record(state))

    def request(self, proposal: Proposal) -> bool:
        """Take what a person asks for into the next tick; False when too many wait already."""
        if len(self._requests) >= REQUESTS:
            return False
        self._requests.append(proposal)
        return True

    def instruct(self, instruction: Instruction) -> bool:
        """Take what a person tells the gateway into the next tick; False when too many wait already."""
        if len(self._instructions) >= INSTRUCTIONS:
            return False
        self._instructions.append(instruction)
        return True

    def statistics(self) -> dict[str, LoopStatistics]:
        """Return durations of whole ticks, of decisions (image to commands queued), and of every loop.

        A loop on the tick is timed over its step, a loop in a worker from its job to its result.
        """
        loops = {name: durations.statistics() for name, durations in self._loops.items()}
        return {"tick": self._durations.statistics(), "decision": self._latency.statistics()} | loops

    def _time_agents_on_the_loop(self) -> None:
        self.pipe.loops = tuple(
            loop if loop.in_worker else replace(loop, agent=TimedAgent(loop.agent, self._loops[loop.name]))
            for loop in self.pipe.loops
        )

    def _submit(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            begin_ns = self._submitted_ns.setdefault(job.agent, stopwatch_ns())
            self.shell.workers.submit(job, partial(self._finished, job.agent, begin_ns))

    def _finished(self, agent: str, begin_ns: int) -> None:
        """Note when a job ended, from whatever thread; the next collection may come a whole tick later."""
        self._finished_ns[agent] = begin_ns, stopwatch_ns()

    def _collect(self) -> tuple[WorkerStep, ...]:
        steps = self.shell.workers.collect()
        for step in steps:
            begin_ns = self._submitted_ns.pop(step.agent, None)
            noted_ns, end_ns = self._finished_ns.get(step.agent, (None, 0))
            if begin_ns is not None:
                self._loops[step.agent].add((end_ns if noted_ns == begin_ns else stopwatch_ns()) - begin_ns)
        return steps

    async def run(self, until: Callable[[int], bool]) -> None:
        """Tick on every multiple of the base tick until `until(now_ns)` says so.

        A tick that comes late is not made up for: the next one follows on the next multiple.
        """
        base_ns = round(self.pipe.site.base_tick_s * NANOSECONDS)
        clock = self.shell.clock
        while not until(clock.now_ns()):
            await clock.sleep_until(clock.now_ns() // base_ns * base_ns + base_ns)
            await self.tick()

    async def tick(self) -> Decided:
        """Run one tick: input, process, output."""
        begin_ns = stopwatch_ns()
        inputs = self._gather()
        draft = self.pipe.draft(self.state, inputs)
        draft, judgements = await self._decide(draft)
        decided = await self._journalled(draft, judgements)
        for command in decided.outputs.commands:
            self._queue(command)
        if draft.candidates:
            self._latency.add(stopwatch_ns() - begin_ns)
        self.state = decided.state
        self._submit(decided.jobs)
        self._record(inputs, decided)
        self._tell(inputs, decided)
        self._durations.add(stopwatch_ns() - begin_ns)
        return decided

    def _tell(self, inputs: Inputs, decided: Decided) -> None:
        for number, listener in enumerate(self.shell.listeners):
            with self.outages.spared(f"listener {number} {type(listener).__name__}"):
                listener.heard(inputs, decided)

    def _gather(self) -> Inputs:
        """Collect everything the tick may look at; from here on nothing else is read."""
        self._tick += 1
        taken = [bus.take() for bus in self.shell.buses]
        now_ns = self.shell.clock.now_ns()
        reports = [msgspec.structs.replace(report, at_ns=now_ns) for report in self._reports]
        self._reports = ()
        requests, self._requests = tuple(self._requests), []
        instructions, self._instructions = tuple(self._instructions), []
        return Inputs(
            tick=self._tick,
            now_ns=now_ns,
            wall_ns=self.shell.clock.wall_ns(),
            blocks=tuple(block for blocks, _ in taken for block in blocks),
            steps=self._collect(),
            sent=(*reports, *(report for _, sent in taken for report in sent)),
            requests=requests,
            instructions=instructions,
        )

    async def _decide(self, draft: Draft) -> tuple[Draft, tuple[Judgement, ...]]:
        """Ask the gate once, and a second time where it clamped; return what was asked last."""
        if draft.request is None:
            return draft, ()
        first = await self._judge(draft.request)
        clamped = self.pipe.redraft(draft, first)
        if clamped is None:
            return draft, (first,)
        if clamped.request is None:
            return clamped, (first,)
        return clamped, (first, await self._judge(clamped.request))

    async def _judge(self, request: GateRequest) -> Judgement:
        """Ask the gate; one that raises, hangs or gives no judgement has failed, and failure is a denial."""
        patience_s = self.shell.gate_patience_s
        try:
            async with asyncio.timeout(patience_s):
                judgement = await self.shell.gate.judge(request)
        except TimeoutError:
            why = f"no answer of the gate within {patience_s:g} s"
        except Exception as error:  # noqa: BLE001 - a gate is foreign code, and must not end the tick
            why = f"gate raised {error!r}"
        else:
            if isinstance(judgement, Judgement):
                self.outages.back("gate")
                return judgement
            why = f"gate gave {type(judgement).__name__}"
        self.outages.away("gate", why)
        return Judgement(failure=why)

    async def _journalled(self, draft: Draft, judgements: tuple[Judgement, ...]) -> Decided:
        """Make the tick durable; where that fails or takes too long, only the safe set is written."""
        decided = self.pipe.conclude(draft, judgements)
        try:
            await self._committer.commit(decided.outputs)
        except JournalDown as error:
            self.outages.away("journal", str(error))
            safe = self.pipe.conclude(draft, judgements, journal_failure=str(error))
            self._committer.instead(safe.outputs)
            return safe
        self.outages.back("journal")
        return decided

    def _queue(self, command: Command) -> None:
        self._bus_of[command.point].queue(command)

    def _record(self, inputs: Inputs, decided: Decided) -> None:
        """Keep the tick; the recorder writes aside, and a disk that hangs makes it miss its turn."""
        recorder, is_stretch = self.shell.recorder, inputs.tick % STRETCH == STRETCH - 1
        is_full = recorder.add(
            record_of(
                inputs,
                decided.judgements,
                decided.outputs,
                journal_failure=decided.state.journal_failure,
            )
        )
        is_late = self.shell.threaded and stopwatch_ns() - self._recorded_ns >= RECORD_NS
        if not (is_full or is_late or is_stretch):
            return
        self._recorded_ns = stopwatch_ns()
        if self._recording.is_busy:
            self.outages.away("recorder", "its last write has not ended")
            return
        self._heard_recorder()
        work: Callable[[], None] = recorder.flush
        if is_stretch:
            work = partial(self._snapshot, decided.state)
        self._recording.start(work)
        if not self.shell.threaded:
            self._heard_recorder()

    def _snapshot(self, state: PipeState) -> None:
        """Encode and keep a state, in the recorder's thread: a state is never changed in place."""
        self.shell.recorder.snapshot(state_record(state))

    def _heard_recorder(self) -> None:
        with self.outages.spared("recorder"):
            error = self._recording.take()
            if error is not None:
                raise error

    def close(self) -> None:
        """End in order: first what writes, then what it writes to; what hangs is left alone."""
        has_committed = self._committer.close()
        has_recorded = self._recording.close(self.shell.journal_patience_s)
        self.shell.workers.close()
        if has_recorded:
            with self.outages.spared("recorder"):
                self.shell.recorder.close()
        if has_committed:
            self.shell.journal.close()


async def step_buses(buses: Sequence[Bus]) -> None:
    """Write and read once on every bus: what the bus tasks do, for a run under the virtual clock."""
    for bus in buses:
        await bus.flush()
        await bus.poll()
