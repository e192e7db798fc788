"""Ticks of a pipe without a shell: what was read goes in, what was decided comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from kernel.command import Command, Outcome, Sent, Transmission
from kernel.image import Reading
from kernel.instruction import Instruction
from kernel.measurement import block
from kernel.pipe.pipe import Pipe
from kernel.pipe.state import PipeState
from kernel.pipe.tick import Decided, Inputs
from kernel.point import OnLoss
from kernel.ports import GateRequest
from kernel.proposal import Priority, Proposal
from kernel.quality import GOOD, INVALID, OLD
from kernel.testing import EmptyPast
from kernel.verdict import Allow, Judgement, Verdict
from tests.unit.kernel.conftest import BATTERY, BREAKER, METER, S, Shaver, make_pipe, make_site

ALLOW = Allow(revision="test")
Answer = Callable[[GateRequest], Judgement]


def answering(verdict: Verdict | Mapping[str, Verdict], revision: str = "test") -> Answer:
    """Answer every command with a verdict, or each point with its own."""

    def answer(request: GateRequest) -> Judgement:
        each = {c.id: verdict[c.point] if isinstance(verdict, Mapping) else verdict for c in request.commands}
        return Judgement(revision=revision, verdicts=each)

    return answer


class Line:
    """A pipe with a battery that follows its set-point, unless a test says otherwise."""

    def __init__(self, pipe: Pipe | None = None, **battery: Any) -> None:
        self.pipe = pipe or make_pipe(make_site(**battery))
        self.state: PipeState = self.pipe.begin(EmptyPast(), now_ns=999 * S)
        self.number = 0
        self.values = {METER: 80.0, BATTERY: 0.0, "cb/position": 1.0}
        self.away: set[str] = set()
        self.follows = True
        self.wire = Transmission.WRITTEN
        self.asked: list[GateRequest] = []
        self.commands: list[Command] = []
        self.last: Decided | None = None
        self._sent: list[Sent] = []
        self._told: list[Instruction] = []

    @property
    def now_ns(self) -> int:
        return (1000 + self.number) * S

    def tick(
        self,
        answer: Answer | None = None,
        *requests: Proposal,
        meter: float | None = None,
        told: Sequence[Instruction] = (),
    ) -> Decided:
        """One tick; what was commanded takes effect before the next one."""
        if meter is not None:
            self.values[METER] = meter
        rows = [self.pipe.site.row[name] for name in self.values]
        quality = [INVALID | OLD if name in self.away else GOOD for name in self.values]
        read = block(rows, list(self.values.values()), quality, at_ns=self.now_ns)
        sent, self._sent = tuple(self._sent), []
        draft = self.pipe.draft(
            self.state,
            Inputs(
                tick=self.number,
                now_ns=self.now_ns,
                blocks=(read,),
                sent=sent,
                requests=requests,
                instructions=(*self._told, *told),
            ),
        )
        self._told.clear()
        judgements = []
        while draft.request is not None and len(judgements) < 2:
            self.asked.append(draft.request)
            judgements.append((answer or answering(ALLOW))(draft.request))
            clamped = self.pipe.redraft(draft, judgements[-1]) if len(judgements) == 1 else None
            if clamped is None:
                break
            draft = clamped
        self.last = self.pipe.conclude(draft, judgements)
        self.state = self.last.state
        for command in self.last.outputs.commands:
            self._write(command)
        self.number += 1
        return self.last

    def tell(self, instruction: Instruction) -> None:
        """Let the next tick hear an instruction, with the time of that tick."""
        self._told.append(msgspec.structs.replace(instruction, at_ns=self.now_ns))

    def reading(self, point: str) -> Reading:
        """What control sees of a point."""
        return self.state.image.reading(self.pipe.site.row[point])

    def _write(self, command: Command) -> None:
        self.commands.append(command)
        self._sent.append(Sent(command=command.id, transmission=self.wire, at_ns=self.now_ns))
        if self.follows and self.wire is Transmission.WRITTEN and command.point in self.values:
            self.values[command.point] = command.value

    def authorities(self) -> list[tuple[str, float]]:
        return [(command.authority, command.value) for command in self.commands]

    def outcomes(self, ticks: int, answer: Answer | None = None) -> list[Outcome]:
        return [r.outcome for _ in range(ticks) for r in self.tick(answer).outputs.receipts]


def close_breaker(line: Line, *, person: str = "p", stands_s: float = 60.0) -> Proposal:
    return Proposal(
        agent=f"person:{person}",
        point=BREAKER,
        priority=Priority.PERSON,
        wanted=1.0,
        reason="close it",
        made_at_ns=line.now_ns,
        expires_at_ns=line.now_ns + round(stands_s * S),
        once=True,
    )


def idle(on_loss: OnLoss = OnLoss.WRITE_SAFE) -> Line:
    """A line whose agent wants nothing of the battery."""
    return Line(make_pipe(make_site(on_loss=on_loss), Shaver(proposes=(BATTERY,), limit_kw=1e9)))
