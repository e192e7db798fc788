"""Agents of the benchmarks: one does nothing, one changes its set-points every tick, one computes."""

from __future__ import annotations

import time
from typing import Final

from kernel.image import View
from kernel.ports import Past, Step
from kernel.proposal import Priority, Proposal
from kernel.testing import EmptyPast

STANDS_NS: Final = 5_000_000_000
STEPS: Final = 7
"""Different values that a set-point goes through."""


class Trivial:
    """Looks at a few points and wants nothing: what it costs is the kernel's own cost of a step."""

    proposes: tuple[str, ...] = ()

    def __init__(self, name: str, reads: tuple[str, ...]) -> None:
        self.name = name
        self.reads = reads

    def start(self, past: Past) -> int:  # noqa: ARG002 - the role gives it
        """Begin with nothing counted."""
        return 0

    def step(self, view: View, state: int) -> Step:  # noqa: ARG002 - the role gives it
        """Count."""
        return Step(state=state + 1)


class Dispatcher:
    """Wants another value on each of its set-points in every tick."""

    def __init__(self, name: str, reads: tuple[str, ...], proposes: tuple[str, ...]) -> None:
        self.name = name
        self.reads = reads
        self.proposes = proposes

    def start(self, past: Past) -> int:  # noqa: ARG002 - the role gives it
        """Begin with nothing counted."""
        return 0

    def step(self, view: View, state: int) -> Step:
        """Propose."""
        proposals = tuple(
            Proposal(
                agent=self.name,
                point=point,
                priority=Priority.CONTROL,
                wanted=10.0 + 5.0 * ((state + place) % STEPS),
                reason="the next of its values",
                made_at_ns=view.now_ns,
                expires_at_ns=view.now_ns + STANDS_NS,
                evidence=self.reads[:2],
            )
            for place, point in enumerate(self.proposes)
        )
        return Step(state=state + 1, proposals=proposals)


class Grinder:
    """Computes for so many seconds of processor time a step: it keeps a worker busy."""

    reads: tuple[str, ...] = ()
    proposes: tuple[str, ...] = ()

    def __init__(self, name: str, busy_s: float) -> None:
        self.name = name
        self._busy_s = busy_s

    def start(self, past: Past) -> int:  # noqa: ARG002 - the role gives it
        """Begin with nothing counted."""
        return 0

    def step(self, view: View, state: int) -> Step:  # noqa: ARG002 - the role gives it
        """Sum until the time is spent."""
        until, total = time.process_time() + self._busy_s, 0.0
        while time.process_time() < until:
            total += sum(i * 0.5 for i in range(10_000))
        return Step(state=state + (total > 0.0))


def build_grinder(now_ns: int, *, name: str, busy_s: float) -> tuple[dict[str, Grinder], EmptyPast]:
    """Make the one agent of a worker process."""
    return {name: Grinder(name, busy_s)}, EmptyPast(now_ns)
