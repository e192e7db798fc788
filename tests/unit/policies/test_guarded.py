"""The guard: slow, raising, lying and silent gates all end as a failure, within the budget."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from kernel.ports import GateRequest
from kernel.verdict import Allow, Judgement
from policies.bundle import load_bundle
from policies.embedded import EmbeddedGate
from policies.gate import believe
from policies.guarded import GuardedGate
from tests.unit.policies.substation import NAMES, pulse, request, setpoint, site

REVISION = "1-abc"
Answer = Callable[[GateRequest], Awaitable[Any]]


class FakeGate:
    """A gate that answers what a test wants."""

    def __init__(self, answer: Answer, revision: str = REVISION) -> None:
        self.revision = revision
        self.answer = answer
        self.asked: list[int] = []
        self.closed = False

    async def judge(self, request: GateRequest) -> Judgement:
        self.asked.append(request.tick)
        judgement: Judgement = await self.answer(request)
        return judgement

    async def close(self) -> None:
        self.closed = True


def permits(revision: str = REVISION) -> Answer:
    async def answer(asked: GateRequest) -> Judgement:
        verdicts = {command.id: Allow(revision=revision) for command in asked.commands}
        return Judgement(revision=revision, verdicts=verdicts)

    return answer


def document(raw: object) -> Answer:
    async def answer(asked: GateRequest) -> Judgement:
        return believe(raw, expected_revision=REVISION, commands=asked.commands)

    return answer


def gives(value: object) -> Answer:
    async def answer(asked: GateRequest) -> Any:
        return value

    return answer


def raises(error: BaseException) -> Answer:
    async def answer(asked: GateRequest) -> Judgement:
        raise error

    return answer


async def never(asked: GateRequest) -> Judgement:
    return await asyncio.get_running_loop().create_future()


class PanicException(BaseException):
    """What a panic looks like from outside: no `except Exception` sees it."""


FAULTS = {
    "off": raises(ConnectionRefusedError("no server")),
    "slow": never,
    "empty object": document({}),
    "undefined": document(None),
    "garbage": document("%$&"),
    "allow alone": document({"allow": ["c1", "c2", "c3"]}),
    "wrong revision": permits("1-old"),
    "no revision": permits(""),
    "wrong type": gives({"c1": "allow"}),
    "a number": gives(1),
    "none": gives(None),
    "panic": raises(PanicException("unsendable")),
    "cancelled": raises(asyncio.CancelledError()),
}
CLASSES = {
    "set-point": setpoint(100.0, name="c1"),
    "pulse": pulse("cb14/close", name="c2"),
    "renewal": setpoint(100.0, name="c3", renewal=True),
}


@pytest.mark.parametrize("command", CLASSES.values(), ids=CLASSES.keys())
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_no_fault_of_a_gate_ever_permits_a_command(fault: Answer, command: Any) -> None:
    gate = GuardedGate(FakeGate(fault), budget_s=0.01)
    judgement = await gate.judge(request(command))
    assert judgement.failure
    assert judgement.verdicts == {}
    await gate.close()


async def test_a_sound_gate_passes_the_guard() -> None:
    gate = GuardedGate(FakeGate(permits()), budget_s=5.0)
    judgement = await gate.judge(request(setpoint(1.0)))
    assert judgement.verdicts == {"c1": Allow(revision=REVISION)}


async def test_while_an_evaluation_is_overdue_every_request_is_denied_at_once() -> None:
    slow = FakeGate(never)
    gate = GuardedGate(slow, budget_s=0.01)
    async with asyncio.timeout(2.0):
        assert "longer than its 0.01 s" in (await gate.judge(request(setpoint(1.0)))).failure
    slow.answer = permits()
    assert "still running" in (await gate.judge(request(setpoint(1.0)))).failure
    assert slow.asked == [1]
    await gate.close()


async def test_a_late_answer_is_not_taken_for_the_answer_to_a_newer_request() -> None:
    answered = asyncio.Event()

    async def late(asked: GateRequest) -> Judgement:
        await answered.wait()
        return await permits()(asked)

    slow = FakeGate(late)
    gate = GuardedGate(slow, budget_s=0.01)
    assert (await gate.judge(request(setpoint(1.0, name="old")))).failure
    answered.set()
    await asyncio.wait({gate._running})  # type: ignore[arg-type]
    slow.answer = permits()
    judgement = await gate.judge(request(setpoint(1.0, name="new")))
    assert set(judgement.verdicts) == {"new"}


async def test_an_inline_answer_that_came_too_late_is_denied() -> None:
    """The loop could not look at the clock meanwhile: it looks afterwards."""
    gate = GuardedGate(EmbeddedGate(load_bundle(NAMES, site())), budget_s=1e-9)
    judgement = await gate.judge(request(setpoint(100.0)))
    assert "longer than" in judgement.failure
    assert judgement.verdicts == {}


async def test_it_logs_once_when_the_gate_goes_away_and_once_when_it_returns() -> None:
    inner = FakeGate(document({}))
    gate = GuardedGate(inner, budget_s=5.0)
    with capture_logs() as lines:
        for _ in range(3):
            await gate.judge(request(setpoint(1.0)))
        inner.answer = permits()
        for _ in range(3):
            await gate.judge(request(setpoint(1.0)))
    assert [line["log_level"] for line in lines] == ["error", "info"]


async def test_closing_gives_up_what_still_runs_and_closes_the_gate_inside() -> None:
    inner = FakeGate(never)
    gate = GuardedGate(inner, budget_s=0.01)
    await gate.judge(request(setpoint(1.0)))
    await gate.close()
    assert inner.closed
    assert gate._running is not None
    assert gate._running.cancelled()


async def test_a_value_that_is_no_number_is_denied_by_the_real_gate() -> None:
    gate = EmbeddedGate(load_bundle(NAMES, site()))
    odd = msgspec.structs.replace(setpoint(0.0), value=math.nan)
    judgement = await gate.judge(request(odd))
    assert not any(isinstance(verdict, Allow) for verdict in judgement.verdicts.values())
