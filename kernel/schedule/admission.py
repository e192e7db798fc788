"""Admission control: can every loop keep its deadline, at worst costs, whatever happens?

Pure. The answer is a type: `Admitted` with the response times, or `Refused` with the arithmetic, so that a
person can follow it and knows by how much it misses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from kernel.schedule.costs import Costs
from kernel.schedule.demand import Demand, Task
from kernel.schedule.loop import ControlLoop
from kernel.schedule.response import Worst, responses


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """The worst response of one loop, real milliseconds."""

    loop: str
    safety: bool
    period_ms: float
    deadline_ms: float
    cost_ms: float
    response_ms: float
    slack_ms: float
    """What is left of the deadline; negative by how much it is missed."""
    arithmetic: str
    """How the response comes about, in words and numbers."""


class Admitted(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Every loop keeps its deadline."""

    responses: tuple[Response, ...]
    utilisation: float
    """Share of the time that is used at worst costs."""
    blocking_ms: float
    """Longest time that a safety loop may have to wait for work that had begun before its release."""
    costs: Costs

    @property
    def lines(self) -> tuple[str, ...]:
        """The answer for people."""
        return _lines(self.responses, self.costs, self.utilisation)


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Some loop may miss its deadline."""

    responses: tuple[Response, ...]
    utilisation: float
    misses_by_ms: float
    """The worst miss."""
    costs: Costs

    @property
    def lines(self) -> tuple[str, ...]:
        """The arithmetic for people."""
        return _lines(self.responses, self.costs, self.utilisation)


Admission = Admitted | Refused


def admit_loops(
    loops: Sequence[ControlLoop], costs: Costs, *, base_tick_s: float, factor: float = 1.0
) -> Admission:
    """Say whether all loops keep their deadlines.

    Args:
        loops: of a site. Periods and phases are multiples of the base tick.
        costs: worst costs, real milliseconds.
        base_tick_s: base tick, operational seconds.
        factor: operational seconds in a real second, > 0.
    """
    demand = Demand.of(loops, costs, base_tick_s=base_tick_s, factor=factor)
    found = responses(demand)
    answers = tuple(_response(demand, task, found[n]) for n, task in enumerate(demand.tasks))
    worst_ms = min((one.slack_ms for one in answers), default=0.0)
    if worst_ms < 0.0:
        return Refused(responses=answers, utilisation=demand.utilisation, misses_by_ms=-worst_ms, costs=costs)
    blocking = [found[n].late_ms for n, task in enumerate(demand.tasks) if task.is_safety]
    return Admitted(
        responses=answers,
        utilisation=demand.utilisation,
        blocking_ms=max(blocking, default=0.0),
        costs=costs,
    )


def _response(demand: Demand, task: Task, worst: Worst) -> Response:
    return Response(
        loop=task.name,
        safety=task.is_safety,
        period_ms=task.period * demand.base_ms,
        deadline_ms=task.deadline_ms,
        cost_ms=task.cost_ms,
        response_ms=worst.response_ms,
        slack_ms=task.deadline_ms - worst.response_ms,
        arithmetic=_arithmetic(demand, task, worst),
    )


def _arithmetic(demand: Demand, task: Task, worst: Worst) -> str:
    """Say what a response is made of.

    The safety tick of its batch stands before a control loop, and so does every step of its own tick.
    """
    parts = [f"{worst.late_ms:.1f} ms waiting for work begun before"] if worst.late_ms > 0.0 else []
    ticks = [worst.batch.safety] if worst.batch.safety else []
    if not task.is_safety:
        ticks.append(worst.batch.rest)
    for numbers in ticks:
        steps = {demand.tasks[n].name: demand.tasks[n].cost_ms for n in sorted(numbers)}
        parts.append(f"{demand.tick_ms:.1f} ms for a tick")
        parts += [f"{name} {cost_ms:.1f} ms" for name, cost_ms in steps.items()]
    return f"{' + '.join(parts)} = {worst.response_ms:.1f} ms"


def _lines(answers: Sequence[Response], costs: Costs, utilisation: float) -> tuple[str, ...]:
    head = (
        f"a tick takes {costs.tick_ms:.1f} ms besides steps: fixed {costs.fixed_ms:.1f}, gate "
        f"{costs.gate_ms:.1f}, durable commit {costs.commit_ms:.1f}, others on the loop "
        f"{costs.section_ms:.1f} ({costs.origin or 'given'}); {utilisation:.0%} of the time is used"
    )
    return (head, *(_line(one) for one in answers))


def _line(one: Response) -> str:
    verdict = (
        f"{one.slack_ms:.1f} ms to spare" if one.slack_ms >= 0.0 else f"misses by {-one.slack_ms:.1f} ms"
    )
    kind = "safety" if one.safety else "control"
    return (
        f"{one.loop} ({kind}, every {one.period_ms:g} ms): {one.arithmetic}; "
        f"deadline {one.deadline_ms:g} ms, {verdict}"
    )


def budgets_ms(loops: Sequence[ControlLoop], measured_ms: Mapping[str, float]) -> dict[str, float]:
    """Return a budget for every loop on the tick, where any of them is to be held to one.

    A loop that declares none may take twice what was measured. Where no loop declares a budget or asks for an
    answer to overruns, nobody is held to anything.
    """
    on_the_loop = [loop for loop in loops if not loop.in_worker]
    if all(loop.budget_ms is None and loop.overrun == "coalesce" for loop in on_the_loop):
        return {}
    given = {loop.name: loop.budget_ms for loop in on_the_loop}
    return {
        name: budget if budget is not None else 2.0 * measured_ms.get(name, 0.5)
        for name, budget in given.items()
    }
