"""Whose turn it is: the scheduler and the accounts of time, as a running kernel uses them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import msgspec

from kernel.instruction import AgentChange, Change
from kernel.ladder import Sighting
from kernel.pipe.state import PipeState
from kernel.pipe.stepping import always
from kernel.pipe.tick import Decided, Draft, Inputs
from kernel.point import NANOSECONDS
from kernel.schedule.accounts import Accounts
from kernel.schedule.allowance import Allowance
from kernel.schedule.loop import ControlLoop
from kernel.schedule.reservation import Reservation
from kernel.schedule.scheduler import Scheduler
from kernel.schedule.timed import TimedAgent
from kernel.shell.shell import Shell


class Turns:
    """Times the loops of a run, and holds them to what was reserved for them."""

    def __init__(
        self,
        loops: Sequence[ControlLoop],
        shell: Shell,
        state: PipeState,
        *,
        base_tick_s: float,
        reservation: Reservation | None = None,
    ) -> None:
        """Begin with the releases after a state."""
        self._shell = shell
        self._reserved = reservation or Reservation()
        self.base_ns = round(base_tick_s * NANOSECONDS)
        self.begun_ns = shell.stopwatch_ns()
        self.accounts = Accounts(loops, base_tick_s=base_tick_s, factor=shell.clock.factor)
        self.scheduler = Scheduler.of(
            loops, start_ns=state.image.now_ns, budgets_ms=self._reserved.budgets_ms
        )
        self.scheduler.suspend(state.suspended)
        self.restarts: Counter[str] = Counter()
        """By people, by agent."""

    def timed(self, loops: Sequence[ControlLoop]) -> tuple[ControlLoop, ...]:
        """Put a stopwatch around the agents that step on the loop."""
        stopwatch_ns = self._shell.stopwatch_ns
        return tuple(
            loop
            if loop.in_worker
            else replace(loop, agent=TimedAgent(loop.agent, stopwatch_ns, partial(self._stepped, loop.name)))
            for loop in loops
        )

    def _stepped(self, name: str, begin_ns: int, end_ns: int) -> None:
        self.accounts.stepped(name, begin_ns, end_ns)
        self.scheduler.took(name, end_ns - begin_ns)

    def may_start(self, inputs: Inputs) -> Callable[[str], bool]:
        """Say who may start in a tick: all, unless there are budgets and a clock that they are spent on."""
        factor, names = self._shell.clock.factor, inputs.activations
        if not (names and factor and self.scheduler.has_budgets):
            return always
        left_ns = (self.base_ns - inputs.now_ns % self.base_ns) / factor - self._reserved.tail_ms * 1e6
        return Allowance.of(self.scheduler, self._shell.stopwatch_ns, names, left_ns).may_start

    def as_stepped(self, inputs: Inputs, stepped: tuple[str, ...]) -> Inputs:
        """Say of a tick who did step in it; the others wait, or have given their release up."""
        self.scheduler.held_back([name for name in inputs.activations or () if name not in stepped])
        return msgspec.structs.replace(inputs, activations=stepped)

    def queued(self, draft: Draft, now_ns: int, begin_ns: int) -> None:
        """Note that the commands of a tick are out, and who ran in it."""
        end_ns = self._shell.stopwatch_ns()
        if draft.candidates:
            self.accounts.decision.add(end_ns - begin_ns)
        if draft.stepped:
            releases = self.scheduler.ran(draft.stepped)
            self.accounts.answered(releases, now_ns=now_ns, begin_ns=begin_ns, end_ns=end_ns)

    def obey(self, decided: Decided) -> None:
        """Let what people told of agents reach the scheduler and the workers."""
        self.scheduler.suspend(decided.state.suspended)
        for told in decided.outputs.instructions:
            one = told.instruction
            if isinstance(one, AgentChange) and one.change is Change.RESTART and not told.refused:
                self.restarts[one.agent] += 1
                if one.agent not in decided.state.starts:
                    self._shell.workers.restart(one.agent)

    def overruns(self) -> Sequence[Sighting]:
        """Say who is seen to need more than its budget."""
        if not self.scheduler.has_budgets:
            return ()
        return [
            Sighting(agent=name, condition="overrun", words=words)
            for name, words in self.scheduler.overrunning()
        ]
