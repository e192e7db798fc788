"""The kernel: keeps time and order. It reads, lets the pipe decide, asks the gate, journals, then writes.

Output does not block: a tick ends when its commands are journalled and queued.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from kernel.command import Sent
from kernel.joint import Joint
from kernel.journal.committer import OWED, Committer
from kernel.journal.failure import JournalDown
from kernel.journal.lane import Lane
from kernel.journal.recorder import STRETCH
from kernel.pipe.pipe import Pipe
from kernel.pipe.state import PipeState
from kernel.pipe.tick import Decided, Draft, Inputs
from kernel.schedule.reservation import Reservation
from kernel.schedule.statistics import LoopStatistics
from kernel.shell.bus import Bus
from kernel.shell.clock_watch import ClockWatch
from kernel.shell.ending import last_words
from kernel.shell.foresight import Foresight
from kernel.shell.heartbeat import Heartbeats
from kernel.shell.inbox import Inbox
from kernel.shell.jobs import Jobs
from kernel.shell.judging import decide
from kernel.shell.outage import Outages
from kernel.shell.queues import QueueState
from kernel.shell.recording import Keeping
from kernel.shell.shell import Shell, TickListener
from kernel.shell.slices import run_like_the_loop
from kernel.shell.ticking import Rest, keep_ticking
from kernel.shell.turns import Turns
from kernel.verdict import Judgement

__all__ = ["Kernel", "Shell", "TickListener", "step_buses"]


class Kernel:
    """Runs control loops on one base tick."""

    def __init__(
        self,
        pipe: Pipe,
        shell: Shell,
        state: PipeState,
        *,
        reports: tuple[Sent, ...] = (),
        reservation: Reservation | None = None,
    ) -> None:
        """Take up a state.

        Args:
            pipe: what decides.
            shell: what reads and writes.
            state: where to begin; it is kept in the recorder as the start of replays.
            reports: what the first tick must hear, as of then, of commands that a run before left open.
            reservation: what admission has set aside; None where nothing was admitted.
        """
        self.pipe = pipe
        self.shell = shell
        self.state = state
        self.outages = Outages()
        self.rest = Rest(shell.clock)
        self.turns = Turns(
            pipe.loops, shell, state, base_tick_s=pipe.site.base_tick_s, reservation=reservation
        )
        self.accounts, self.scheduler = self.turns.accounts, self.turns.scheduler
        pipe.loops = self.turns.timed(pipe.loops)
        self.jobs = Jobs(self.accounts, shell.stopwatch_ns)
        self._clock_watch = ClockWatch(shell.clock)
        self._tick = state.tick
        self._joint = Joint(len(pipe.site.points))
        self._reports = reports
        self.inbox = Inbox()
        self._bus_of = {point: bus for bus in shell.buses for point in bus.driver.points}
        self._heartbeats = Heartbeats(pipe.issuer, self._bus_of)
        lane = (
            shell.lane("journal")
            if shell.lane
            else Lane("journal", threaded=shell.threaded, on_start=run_like_the_loop)
        )
        self._committer = Committer(shell.journal, patience_s=shell.journal_patience_s, lane=lane)
        self._foresight = Foresight(pipe, self._committer, is_live=shell.threaded)
        self.recording = Keeping(shell, self.outages, state)

    def queues(self) -> tuple[QueueState, ...]:
        """Return what waits for the tick, for the journal, for the recorder and on the buses."""
        debts, recorder = self._committer.debts, self.shell.recorder
        own = (
            ("journal debts", len(debts.ticks), OWED, debts.dropped),
            ("recorder ticks", recorder.waiting, STRETCH, recorder.dropped),
        )
        return (
            *self.inbox.queues(),
            *(QueueState(name=name, depth=depth, bound=bound, dropped=n) for name, depth, bound, n in own),
            *(queue for bus in self.shell.buses for queue in bus.queues()),
        )

    def statistics(self) -> dict[str, LoopStatistics]:
        """Return durations of whole ticks, of decisions (image to commands queued), and of every loop.

        A loop on the tick is timed over its step, a loop in a worker from its job to its result.
        """
        return self.accounts.statistics(self.scheduler.turns)

    async def run(self, until: Callable[[int], bool]) -> None:
        """Tick on every multiple of the base tick until `until(now_ns)` says so.

        What was released while the gateway got ready is past: the schedule begins now.
        """
        self.scheduler.begin(self.shell.clock.now_ns())
        self.rest = Rest(self.shell.clock)
        await keep_ticking(self.shell.clock, self.turns.base_ns, self.tick, until, self.rest.until)

    async def tick(self) -> Decided:
        """Run one base tick: one tick of the pipe, or two where safety loops and others are due.

        The safety loops' commands are permitted, journalled and queued before any other agent steps.
        """
        begin_ns = self.shell.stopwatch_ns()
        inputs, others = self._gather()
        decided = await self._once(inputs, begin_ns)
        for activations in others:
            begin_ns = self.shell.stopwatch_ns()
            decided = await self._once(self._again(inputs, activations), begin_ns)
        return decided

    async def _once(self, inputs: Inputs, begin_ns: int) -> Decided:
        """Run one tick of the pipe: input, process, output."""
        draft = self.pipe.draft(self.state, inputs, self.turns.may_start(inputs))
        for gone in draft.outputs.taken_back:
            self._bus_of[gone.point].take_back(gone.command, gone.why)
        drafted_ns = self.shell.stopwatch_ns()
        draft, judgements = await decide(self.pipe, self.shell, self.outages, draft, self._foresight)
        judged_ns = self.shell.stopwatch_ns()
        decided = await self._journalled(draft, judgements)
        committed_ns = self.shell.stopwatch_ns()
        for command in decided.outputs.commands:
            self._bus_of[command.point].queue(command)
        self.turns.queued(draft, inputs.now_ns, begin_ns)
        self.state = decided.state
        self.jobs.submit(self.shell.workers, decided.jobs)
        if decided.outputs.instructions:
            self.turns.obey(decided)
        if draft.stepped != inputs.activations:
            inputs = self.turns.as_stepped(inputs, draft.stepped)
        self.recording.keep(inputs, decided)
        self._tell(inputs, decided)
        self._heartbeats.beat(inputs.now_ns, inputs.tick)
        self.accounts.ticked(
            self.shell.stopwatch_ns() - begin_ns,
            gate_ns=judged_ns - drafted_ns if judgements else 0,
            commit_ns=committed_ns - judged_ns if decided.outputs.commands else 0,
        )
        return decided

    def _tell(self, inputs: Inputs, decided: Decided) -> None:
        for number, listener in enumerate(self.shell.listeners):
            what = f"listener {number} {type(listener).__name__}"
            try:  # as `Outages.spared` does, which is dearer
                listener.heard(inputs, decided)
            except Exception as error:  # noqa: BLE001 - a listener must not stop control, whatever ails it
                self.outages.away(what, f"{type(error).__name__}: {error}")
            else:
                self.outages.back(what)

    def _gather(self) -> tuple[Inputs, Sequence[tuple[str, ...]]]:
        """Collect everything the tick may look at; from here on nothing else is read.

        Returns:
            The inputs of the first tick, and the activations of a second one where there is one.
        """
        self._tick += 1
        taken = [bus.take() for bus in self.shell.buses]
        now_ns = self.shell.clock.now_ns()
        wall_ns = self.shell.clock.wall_ns()
        for document in self._clock_watch.look(now_ns, wall_ns):
            self.inbox.publish(document)
        told = self.inbox.take()
        reports = [msgspec.structs.replace(report, at_ns=now_ns) for report in self._reports]
        self._reports = ()
        activations, *others = self.scheduler.agenda(now_ns).ticks
        read = self._clock_watch.marked(tuple(block for blocks, _ in taken for block in blocks))
        inputs = Inputs(
            tick=self._tick,
            now_ns=now_ns,
            wall_ns=wall_ns,
            blocks=self._joint.of(read),
            steps=(*self.jobs.collect(self.shell.workers), *told.own_step(now_ns)),
            sent=(*reports, *(report for _, sent in taken for report in sent)),
            requests=told.requests,
            turned_away=told.turned_away,
            heartbeats=self._heartbeats.changes(now_ns),
            instructions=told.instructions,
            conditions=(*told.conditions, *self.turns.overruns()),
            activations=activations,
        )
        return inputs, others

    def _again(self, first: Inputs, activations: tuple[str, ...]) -> Inputs:
        """Return the inputs of a second tick over the image that is there: time has gone on, nothing else."""
        self._tick += 1
        clock = self.shell.clock
        return Inputs(
            tick=self._tick,
            now_ns=clock.now_ns(),
            wall_ns=clock.wall_ns(),
            activations=activations,
            conditions=first.conditions,
        )

    async def _journalled(self, draft: Draft, judgements: tuple[Judgement, ...]) -> Decided:
        """Make the tick durable; where that fails or takes too long, only the safe set is written."""
        decided, begin_ns = self._foresight.conclude(draft, judgements), self.shell.stopwatch_ns()
        try:
            await self._committer.commit(decided.outputs)
        except JournalDown as error:
            self.outages.away("journal", str(error))
            safe = self.pipe.conclude(draft, judgements, journal_failure=str(error))
            self._committer.instead(safe.outputs)
            return safe
        self.outages.back("journal")
        if decided.outputs.is_news():
            self.accounts.commit.add(self.shell.stopwatch_ns() - begin_ns)
        return decided

    async def end(self) -> None:
        """Settle what was queued, and close the run in the journal; after this nothing is written.

        Its buses must have stopped. Where the journal cannot be written, the next run finds what is open.
        """
        for bus in self.shell.buses:
            bus.end("never sent: the gateway was stopped")
        sent = tuple(report for bus in self.shell.buses for report in bus.take()[1])
        now_ns = self.shell.clock.now_ns()
        words = last_words(self.pipe.site, self.state, sent, tick=self._tick, now_ns=now_ns)
        try:
            await self._committer.commit(words)
            self.shell.journal.note("closed", self.pipe.issuer.run, {"tick": self._tick}, at_ns=now_ns)
        except JournalDown as error:
            self.outages.away("journal", str(error))

    def close(self) -> None:
        """End in order: first what writes, then what it writes to; what hangs is left alone."""
        has_committed = self._committer.close()
        has_recorded = self.recording.close(self.shell.journal_patience_s)
        self.shell.workers.close()
        if has_recorded:
            with self.outages.spared("recorder"):
                self.shell.recorder.close()
        if has_committed:
            self.shell.journal.close()


async def step_buses(buses: Sequence[Bus]) -> None:
    """Write and read once on every bus: what the bus tasks do, for a run under the virtual clock."""
    for bus in buses:
        await bus.step()
