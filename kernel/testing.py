"""Fakes for tests of agents, drivers and gates: small, real, and shipped.

They pass the same contracts as the real ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from kernel.command import Command, Sent, Transmission
from kernel.measurement import Block, Values, block
from kernel.ports import Clock, GateRequest
from kernel.site import Site
from kernel.verdict import Allow, Deny, Judgement, Verdict


class EmptyPast:
    """A past in which nothing was measured."""

    def __init__(self, now_ns: int = 0) -> None:
        """Let agents start at an operational time."""
        self.now_ns = now_ns

    def means(
        self,
        points: Sequence[str],
        *,
        step_s: float,  # noqa: ARG002 - the role asks for it
        end_ns: int,  # noqa: ARG002 - the role asks for it
        count: int,
    ) -> tuple[Values, NDArray[np.bool_]]:
        """Return holes only."""
        shape = (len(points), count)
        return np.zeros(shape), np.zeros(shape, dtype=np.bool_)


class FakeDriver:
    """A driver over a dictionary: what is written to a point can be read from it."""

    def __init__(self, name: str, site: Site, points: Sequence[str], clock: Clock) -> None:
        """Serve some points of a site; all begin at 0."""
        self.name = name
        self.points = tuple(points)
        self.values = dict.fromkeys(points, 0.0)
        self.quality = dict.fromkeys(points, 0)
        self.writes: list[Command] = []
        """Everything it was handed."""
        self.executed: list[Command] = []
        """What took effect."""
        self.answer = Transmission.WRITTEN
        """What the wire says of the next writes; the effect stays away unless it is WRITTEN."""
        self._rows = [site.row[point] for point in points]
        self._clock = clock

    async def open(self) -> None:
        """Do nothing: it is always there."""

    async def read(self) -> Block:
        """Return the dictionary as a block."""
        return block(
            self._rows,
            [self.values[point] for point in self.points],
            [self.quality[point] for point in self.points],
            at_ns=self._clock.now_ns(),
        )

    async def write(self, command: Command) -> Sent:
        """Keep the command, and let it take effect where the wire works."""
        self.writes.append(command)
        works = self.answer is Transmission.WRITTEN
        if works:
            self.executed.append(command)
            self.values[command.point] = command.value
        detail = "" if works else f"the fake says {self.answer.value}"
        return Sent(command=command.id, transmission=self.answer, at_ns=self._clock.now_ns(), detail=detail)

    async def close(self) -> None:
        """Do nothing."""


class FakeGate:
    """A gate that answers what a function says; by default it allows everything."""

    def __init__(self, revision: str = "test", answer: Callable[[Command], Verdict] | None = None) -> None:
        """Answer with `answer` for each command, under one revision."""
        self.revision = revision
        self.failure = ""
        """Set it to make the gate fail with this text."""
        self.asked: list[GateRequest] = []
        self._answer = answer or (lambda _: Allow(revision=revision))

    async def judge(self, request: GateRequest) -> Judgement:
        """Answer for every command, or fail; a value that is no number passes no gate."""
        self.asked.append(request)
        if self.failure:
            return Judgement(failure=self.failure)
        if len({command.id for command in request.commands}) < len(request.commands):
            return Judgement(failure="two commands have the same id")
        verdicts = {command.id: self._verdict(command) for command in request.commands}
        return Judgement(revision=self.revision, verdicts=verdicts)

    def _verdict(self, command: Command) -> Verdict:
        if math.isfinite(command.value):
            return self._answer(command)
        return Deny(rule="no_number", reason=f"{command.value} is no number", revision=self.revision)

    async def close(self) -> None:
        """Do nothing."""
