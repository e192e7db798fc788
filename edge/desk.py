"""The desk's view: what a dispatcher sees of a gateway, kept up to date tick by tick."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from edge.alarms.canary import canary_state
from edge.alarms.listed import urgent_first
from edge.bus_table import briefs
from edge.next_tick import NextTick
from edge.notices import Notices
from edge.point_states import point_states
from edge.tally import Tally
from kernel.command import Command, Receipt
from kernel.decision import Decision
from kernel.pipe.intervals import INTERVAL_NS
from kernel.pipe.ladder import STARTS
from kernel.pipe.override import overridden
from kernel.pipe.state import PipeState
from kernel.pipe.tick import Decided, Inputs, Refused
from kernel.point import NANOSECONDS
from kernel.repair import RepairOrder, ranked
from kernel.shell.kernel import Kernel
from kernel.shell.wire import (
    CommandState,
    ConditionState,
    GateState,
    GetSnapshot,
    LoopState,
    PointState,
    RungState,
    Series,
    Snapshot,
)
from kernel.site import Site

COMMANDS: Final = 200
"""Commands and refusals kept for the page."""
MEANS: Final = 96 * 2
"""Interval means kept for charts: two days of quarter-hours."""
HOUR_NS: Final = 3600 * NANOSECONDS
SLICE: Final = 256
"""Points that are worded without letting the tick in: about half a millisecond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """What does not change in a run."""

    site: Site
    version: str
    revision: str
    rules: tuple[str, ...]
    demand_limit_kw: float | None = None
    demand_point: str = ""


class Desk:
    """Hears every tick and answers with a snapshot at any time."""

    def __init__(self, face: Face, past: Mapping[str, tuple[int, tuple[float | None, ...]]]) -> None:
        """Begin with the past of some points.

        Args:
            face: what does not change.
            past: for each charted point the end of its last interval and its earlier means, oldest first.
        """
        self.face = face
        self._charted = {point: deque(values, maxlen=MEANS) for point, (_, values) in past.items()}
        self._ends = {point: end for point, (end, _) in past.items()}
        self._charted_ns = 0
        """End of the interval that was charted last in this life."""
        self._commands: dict[str, CommandState] = {}
        """By id, oldest first; the oldest give way."""
        self.notices = Notices(face.site)
        self.tally = Tally(face.site.base_tick_s)
        self._next = NextTick()

    def heard(self, inputs: Inputs, decided: Decided) -> None:
        """Take note of a tick."""
        self.notices.heard(decided)
        self.tally.heard(inputs, decided.outputs)
        outputs = decided.outputs
        decisions = {basis.command: basis.decision for basis in outputs.bases}
        for command in outputs.commands:
            self._keep(self._command(command, decisions.get(command.id)))
        for refused in outputs.refused:
            self._keep(self._refused(refused))
        for receipt in outputs.receipts:
            self._settle(receipt)
        self._chart(decided.state)
        self._next.came()

    def snapshot(self, kernel: Kernel) -> Snapshot:
        """Say everything a page shows, as it is now."""
        state, now_ns = kernel.state, kernel.shell.clock.now_ns()
        every = range(len(self.face.site.points))
        points = tuple(point_states(self.face.site, state.image, every, now_ns=now_ns))
        return self._snapshot(kernel, state, now_ns, points, _loops(kernel))

    async def answer(self, request: GetSnapshot, kernel: Kernel) -> Snapshot:
        """Answer who asks for the state: at once, or as soon as there is a tick that they have not seen."""
        await self._next.other_than(request.seen_tick, lambda: kernel.state.tick, request.wait_s)
        return await self.snapshot_beside(kernel)

    async def snapshot_beside(self, kernel: Kernel) -> Snapshot:
        """Say the same without holding up a tick: a state is never changed in place, so it can be read later.

        What is newer than the state is what the desk has heard since.
        """
        state, now_ns = kernel.state, kernel.shell.clock.now_ns()
        loops = await asyncio.to_thread(_loops, kernel)
        points: list[PointState] = []
        for begin in range(0, len(self.face.site.points), SLICE):
            rows = range(begin, begin + SLICE)
            points += point_states(self.face.site, state.image, rows, now_ns=now_ns)
            await asyncio.sleep(0)
        return self._snapshot(kernel, state, now_ns, tuple(points), loops)

    def _snapshot(
        self,
        kernel: Kernel,
        state: PipeState,
        now_ns: int,
        points: tuple[PointState, ...],
        loops: tuple[LoopState, ...],
    ) -> Snapshot:
        face = self.face
        site = face.site
        return Snapshot(
            site=site.name,
            title=site.title,
            currency=site.currency,
            version=face.version,
            digest=site.digest,
            now_ns=now_ns,
            tick=state.tick,
            base_tick_s=site.base_tick_s,
            clock=kernel.shell.clock.state(),
            clock_factor=kernel.shell.clock.factor,
            points=points,
            rungs=_rungs(state),
            conditions=_conditions(kernel, state),
            orders=open_orders(state),
            commands=tuple(reversed(self._commands.values())),
            notices=self.notices.current(),
            forecasts=tuple(state.forecasts.values()),
            plans=tuple(state.plans.values()),
            series=tuple(self._series(point) for point in sorted(self._charted)),
            gate=GateState(
                revision=kernel.pipe.issuer.of(state).revision,
                healthy=not state.gate_failure,
                failure=state.gate_failure,
                since_ns=self.notices.gate_since_ns,
                rules=face.rules,
            ),
            loops=loops,
            asked=tuple(state.asked.values()),
            demand_limit_kw=face.demand_limit_kw,
            demand_point=face.demand_point,
            overrides=tuple(state.overrides.values()),
            local=tuple(sorted(state.local)),
            modes=tuple(mode for _, mode in sorted(state.modes.items())),
            overridden=overridden(site, state.overrides) if state.overrides else {},
            devices=tuple(briefs(kernel.shell.buses, now_ns)),
            alarms=urgent_first(state.alarms.values()),
            canary=canary_state(site, state.canary),
            dispatches=tuple(one for _, one in sorted(state.dispatches.items())),
            hand_over=state.hand_over,
            alarms_last_hour=self.tally.alarms_within(now_ns, HOUR_NS),
            suspended=tuple(one for _, one in sorted(state.suspended.items())),
            agents_ask=tuple(one for _, agency in sorted(state.agencies.items()) for one in agency.questions),
        )

    def _command(self, command: Command, decision: Decision | None) -> CommandState:
        clamp = None if decision is None else decision.clamped_by
        permit = "allow" if clamp is None else "clamp"
        return CommandState(
            id=command.id,
            point=command.point,
            value=command.value,
            unit=self.face.site.point(command.point).unit,
            at_ns=command.issued_at_ns,
            asked_by="safe_set" if decision is None else decision.chosen_by,
            verdict="safe_set" if command.authority == "safe_set" else permit,
            rule="" if clamp is None else clamp.agent.removeprefix("policy:"),
            reason=command.reason if clamp is None else clamp.reason,
            outcome="open",
            detail="",
            renewal=command.renewal,
        )

    def _refused(self, refused: Refused) -> CommandState:
        return CommandState(
            id=refused.id,
            point=refused.point,
            value=refused.value,
            unit=self.face.site.point(refused.point).unit,
            at_ns=refused.at_ns,
            asked_by=refused.asked_by,
            verdict="ask" if refused.kind == "ask" else "deny",
            rule=refused.rule,
            reason=refused.reason,
            outcome="denied",
            detail="",
        )

    def _keep(self, command: CommandState) -> None:
        self._commands[command.id] = command
        if len(self._commands) > COMMANDS:
            del self._commands[next(iter(self._commands))]

    def _settle(self, receipt: Receipt) -> None:
        command = self._commands.get(receipt.command)
        if command is not None:
            self._commands[command.id] = msgspec.structs.replace(
                command, outcome=receipt.outcome.value, detail=receipt.detail
            )

    def _chart(self, state: PipeState) -> None:
        """Append the means of an interval that has just closed."""
        end_ns = state.intervals.last_end_ns
        if end_ns == self._charted_ns:
            return
        self._charted_ns = end_ns
        for point, values in self._charted.items():
            behind = (end_ns - self._ends[point]) // INTERVAL_NS if self._ends[point] else 1
            if end_ns and behind > 0:
                values.extend([None] * min(int(behind) - 1, MEANS))
                values.append(state.intervals.mean(self.face.site.row[point]).last)
                self._ends[point] = end_ns

    def _series(self, point: str) -> Series:
        values = tuple(self._charted[point])
        return Series(
            point=point,
            unit=self.face.site.point(point).unit,
            start_ns=self._ends[point] - len(values) * INTERVAL_NS,
            step_s=INTERVAL_NS / NANOSECONDS,
            values=values,
        )


def open_orders(state: PipeState) -> tuple[RepairOrder, ...]:
    """Return the open repair orders, ranked by what a day of waiting costs."""
    return ranked(tuple(order for order in state.orders.values() if order.state == "open"))


def _rungs(state: PipeState) -> tuple[RungState, ...]:
    return tuple(
        RungState(agent=agent, rung=rung.rung, why=rung.why, since_ns=rung.since_ns, condition=rung.condition)
        for agent, rung in sorted(state.rungs.items())
    )


def _conditions(kernel: Kernel, state: PipeState) -> tuple[ConditionState, ...]:
    """Say which conditions of the ladder are active, and when each is over at the earliest."""
    ladder = kernel.pipe.ladder
    if ladder is None:
        return ()
    return tuple(
        ConditionState(
            agent=agent,
            condition=held.condition,
            words=held.words,
            rung=rails.conditions[held.condition].rung.word,
            since_ns=held.since_ns,
            until_ns=held.seen_ns + rails.exit_ns(rails.conditions[held.condition]),
        )
        for agent, rails in sorted(ladder.rails.items())
        for held in state.footings.get(agent, STARTS).held
        if held.active
    )


def _loops(kernel: Kernel) -> tuple[LoopState, ...]:
    periods = {loop.name: loop.period_s for loop in kernel.pipe.loops}
    return tuple(
        LoopState(
            name=name,
            period_s=periods.get(name, kernel.pipe.site.base_tick_s),
            runs=s.runs,
            misses=s.misses,
            p50_ms=s.p50_ms,
            p95_ms=s.p95_ms,
            p99_ms=s.p99_ms,
            max_ms=s.max_ms,
        )
        for name, s in kernel.statistics().items()
    )
