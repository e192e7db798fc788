"""Agents that do what their view tells them, importable by a worker process."""

from __future__ import annotations

import os
import time
from typing import Any

from kernel.image import Reading, View
from kernel.pipe.tick import Job
from kernel.ports import Past, Step
from kernel.testing import EmptyPast


class Obedient:
    """Counts its steps; the view says what else it does."""

    reads: tuple[str, ...] = ()
    proposes: tuple[str, ...] = ()

    def __init__(self, name: str) -> None:
        self.name = name
        self.past_ns = 0

    def start(self, past: Past) -> int:
        self.past_ns = past.now_ns
        return 0

    def step(self, view: View, state: int) -> Step:
        if "raise" in view.readings:
            raise ValueError("as told")
        if "die" in view.readings:
            os._exit(3)
        while "loop" in view.readings:
            pass
        if "past" in view.readings:
            return Step(state=state, rung="model", why_rung=str(self.past_ns))
        if "work" in view.readings:  # stays at its job until it is told on disk that it may go on
            while not os.path.exists(view.readings["work"].value):  # type: ignore[arg-type]  # noqa: PTH110
                time.sleep(0.005)
        return Step(state=state + 1, rung="model", why_rung=str(state + 1))


def build(now_ns: int = 0) -> tuple[dict[str, Any], EmptyPast]:
    return {name: Obedient(name) for name in ("one", "two")}, EmptyPast(now_ns)


def job(agent: str, now_ns: int = 0, *, told: str = "", until: str = "") -> Job:
    """A job; `told` is raise, die, loop, past or work, `until` the file that ends the work."""
    reading = Reading(value=until or 0.0, quality=0, age_s=0.0, at_ns=0)  # type: ignore[arg-type]
    return Job(agent=agent, view=View(tick=0, now_ns=now_ns, readings={told: reading} if told else {}))
