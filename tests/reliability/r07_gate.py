"""R7: while policy gives nothing that can be believed, nothing is permitted, and safe values stand at once.

Twelve ways in which a policy engine fails, each met by every class of command: a set-point of an agent, one
of a person, one that is renewed, an override, a pulse, an operation that must be selected first. From the
tick in which the engine fails on, no command leaves by its permit, the set-point falls back to its declared
safe value in that same tick, and a pulse that was denied is not caught up when the engine is back.

Source: the failure modes that OPA documents (no answer, undefined, error, bundle not activated).
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any, Final

from structlog.testing import capture_logs

from kernel.command import Command
from kernel.instruction import Instruction, Override
from kernel.ports import GateRequest
from kernel.proposal import Priority, Proposal
from kernel.verdict import Allow, Judgement
from policies.gate import believe, believe_text
from policies.guarded import GuardedGate
from tests.reliability.promise import Promise, Tally
from tests.unit.kernel.conftest import BATTERY, BREAKER, S
from tests.unit.kernel.pipe.test_selecting import select_line
from tests.unit.kernel.ticking import Answer, Line, close_breaker

REVISION: Final = "test"
FAILING, BACK = 4, 4
"""Ticks with the failure, and after it."""
BUDGET_S: Final = 0.02


def allows(request: GateRequest, revision: str = REVISION) -> dict[str, Any]:
    """Return the document of an engine that permits everything."""
    ids = [command.id for command in request.commands]
    return {"revision": revision, "allow": ids, "deny": [], "clamp": [], "ask": []}


class Inner:
    """An evaluator that does one thing, whatever it is asked."""

    revision = REVISION

    def __init__(self, judge: Callable[[GateRequest], Any]) -> None:
        self._judge = judge

    async def judge(self, request: GateRequest) -> Judgement:
        """Do it."""
        done = self._judge(request)
        if done is None:
            await asyncio.Event().wait()
        return done

    async def close(self) -> None:
        """Hold nothing."""


def _raises(_request: GateRequest) -> Any:
    raise RuntimeError("panic in the evaluator")


def _document(document: Callable[[GateRequest], Any]) -> Callable[[GateRequest], Judgement]:
    return lambda request: believe(document(request), expected_revision=REVISION, commands=request.commands)


def _text(text: str) -> Callable[[GateRequest], Judgement]:
    return lambda request: believe_text(text, expected_revision=REVISION, commands=request.commands)


def _stale(request: GateRequest) -> Judgement:
    return Judgement(revision="old", verdicts={c.id: Allow(revision="old") for c in request.commands})


FAULTS: Final[dict[str, Callable[[GateRequest], Any]]] = {
    "no answer": lambda _: None,
    "raises": _raises,
    "connection refused": lambda _: Judgement(failure="connection refused"),
    "undefined": _text("null"),
    "empty": _text("{}"),
    "no JSON": _text("<html>502 Bad Gateway</html>"),
    "another form": _document(lambda request: allows(request) | {"allow": "everything"}),
    "stale bundle": _document(lambda request: allows(request, "old")),
    "stale verdicts": _stale,
    "other commands": _document(lambda request: allows(request) | {"allow": ["another"]}),
    "silent": _document(lambda request: allows(request) | {"allow": []}),
    "no number": _document(
        lambda request: (
            allows(request) | {"allow": [], "clamp": [_no_number(command) for command in request.commands]}
        )
    ),
}


def _no_number(command: Command) -> dict[str, Any]:
    return {"command": command.id, "rule": "r", "reason": "w", "low": float("nan"), "high": float("inf")}


def _wish(line: Line, kw: float) -> Proposal:
    return Proposal(
        agent="person:anna",
        point=BATTERY,
        priority=Priority.PERSON,
        wanted=kw,
        reason="asked",
        made_at_ns=line.now_ns,
        expires_at_ns=line.now_ns + 2 * S,
    )


def _override(line: Line, kw: float) -> Instruction:
    return Override(
        key=f"o{line.number}",
        person="anna",
        reason="asked",
        pattern=BATTERY,
        value=kw,
        until_ns=line.now_ns + 30 * S,
        at_ns=line.now_ns,
    )


CLASSES: Final = ("agent", "person", "renewal", "override", "pulse", "selected")


def _happens(kind: str, line: Line, dice: random.Random) -> tuple[list[Proposal], list[Instruction]]:
    """Let a command of a class be wanted in this tick; something is asked of the gate in every one."""
    line.values["grid/active_power"] = 60.0 if kind == "renewal" else dice.uniform(60.0, 140.0)
    kw = dice.uniform(5.0, 90.0)
    if kind == "person":
        return [_wish(line, kw)], []
    if kind == "override":
        return [], [_override(line, kw)]
    if kind in {"pulse", "selected"}:
        return [close_breaker(line, stands_s=3.0)], []
    return [], []


class Trial:
    """One fault met by one class of command."""

    def __init__(
        self, fault: str, kind: str, seed: int, loop: asyncio.AbstractEventLoop, *, guarded: bool
    ) -> None:
        self.name, self.kind = f"{fault} x {kind}, seed {seed}", kind
        self.dice = random.Random(seed)
        self.line = select_line() if kind == "selected" else Line(renew_s=2.0)
        self.gate = GuardedGate(Inner(FAULTS[fault]), budget_s=BUDGET_S)
        self.loop, self.guarded = loop, guarded
        self.broken: list[str] = []

    def _failing(self, request: GateRequest) -> Judgement:
        judged: Judgement = self.loop.run_until_complete(self.gate.judge(request))
        return judged

    def live(self) -> list[str]:
        """Live before, with and after the fault; return what should not have been."""
        for _ in range(self.dice.randint(3, 5)):
            self._tick(None)
        for number in range(FAILING):
            asked = len(self.line.asked)
            commands = self._tick(self._failing if self.guarded else None)
            if len(self.line.asked) > asked:
                self._judged(commands, number)
        self.loop.run_until_complete(self.gate.close())
        for _ in range(BACK):
            if any(command.point == BREAKER for command in self._tick(None, wants=False)):
                self.broken.append(f"{self.name}: a pulse that was denied was caught up")
        return self.broken

    def _tick(self, answer: Answer | None, *, wants: bool = True) -> list[Command]:
        requests, told = _happens(self.kind, self.line, self.dice) if wants else ([], [])
        count = len(self.line.commands)
        self.line.tick(answer, *requests, told=told)
        return self.line.commands[count:]

    def _judged(self, commands: list[Command], number: int) -> None:
        """Judge a tick in which the gate was asked and failed."""
        for command in commands:
            if command.authority == "gate":
                self.broken.append(f"{self.name}: {command.point} = {command.value:g} left in tick {number}")
        battery = self.line.state.postures.get(BATTERY)
        if (
            battery is not None
            and battery.authority == "gate"
            and self.kind not in {"pulse", "selected", "renewal"}
        ):
            self.broken.append(f"{self.name}: the set-point stands on a permit in tick {number}")


def trials(seed: int, count: int, *, guarded: bool = True) -> Tally:
    """Try pairs of fault and class, one after the other."""
    pairs = [(fault, kind) for fault in FAULTS for kind in CLASSES]
    loop = asyncio.new_event_loop()
    broken: list[str] = []
    try:
        for number in range(seed, seed + count):
            fault, kind = pairs[number % len(pairs)]
            broken += Trial(fault, kind, number, loop, guarded=guarded).live()
    finally:
        loop.close()
    return Tally(tried=count, broken=tuple(broken), counts={"pairs": float(min(count, len(pairs)))})


def attempt(seed: int, count: int) -> Tally:
    """Try pairs of fault and class; that a gate went is logged in each, and no news here."""
    with capture_logs():
        return trials(seed, count)


def control(seed: int) -> Tally:
    """Take a gate that fails for one that permits."""
    return trials(seed, len(FAULTS) * len(CLASSES), guarded=False)


PROMISE = Promise(
    id="R7",
    claim="A policy engine that fails in twelve ways permits nothing, and safe values stand in the same scan",
    unit="failures",
    full=3_600,
    reduced=144,
    attempt=attempt,
    control=control,
    part=600,
    seed=0,
)
