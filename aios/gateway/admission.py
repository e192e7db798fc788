"""Admission of a site on this machine: may it start, and what is set aside for its loops."""

from __future__ import annotations

from typing import Final

from aios.folder import Folder
from aios.gateway.agents import loops_of
from aios.gateway.costs import costs_of
from kernel.schedule.admission import Admission, Admitted, admit_loops, budgets_ms
from kernel.schedule.loop import ControlLoop
from kernel.schedule.reservation import STEP_OVERHEAD_MS, Reservation
from kernel.site import Site

TRIES: Final = 3
"""Measurements before a site is refused: a burst of other work on the machine is no cost of the site."""


def admission_of(site: Site, folder: Folder | None = None, *, factor: float = 1.0) -> Admission:
    """Say whether every loop of a site keeps its deadline here.

    Args:
        site: the substation.
        folder: of its gateway: costs of earlier runs lie there, and commits are measured on its disk.
        factor: operational seconds in a real second; it scales periods, not costs.
    """
    loops = loops_of(site)
    for _ in range(TRIES):
        costs = costs_of(site, folder)
        budgets = {name: ms + STEP_OVERHEAD_MS for name, ms in budgets_ms(loops, costs.steps_ms).items()}
        answer = admit_loops(loops, costs.with_budgets(budgets), base_tick_s=site.base_tick_s, factor=factor)
        if isinstance(answer, Admitted):
            break
    return answer


def reservation_of(loops: tuple[ControlLoop, ...], admitted: Admitted) -> Reservation:
    """Return what admission has set aside, for the scheduler to hold the loops to."""
    costs, held = admitted.costs, budgets_ms(loops, {})
    return Reservation(
        budgets_ms={name: costs.steps_ms[name] - STEP_OVERHEAD_MS for name in held},
        tail_ms=costs.gate_ms + costs.commit_ms,
    )
