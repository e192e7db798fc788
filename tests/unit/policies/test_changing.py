"""Each request is answered by the revision that it names; what is tried counts for its assets alone."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from kernel.command import Command
from kernel.ports import GateRequest
from kernel.testing import FakeGate
from kernel.verdict import Allow, Deny, Judgement
from policies.changing import TRIED, ChangingGate
from tests.unit.policies.substation import request, setpoint


class Watched(FakeGate):
    """A gate that says when it was closed, and may be told what to answer."""

    def __init__(self, revision: str, *, denies: bool = False, fails: str = "") -> None:
        super().__init__(
            revision, (lambda _: Deny(rule="no", reason="", revision=revision)) if denies else None
        )
        self.closed, self.fails = False, fails

    async def judge(self, request: GateRequest) -> Judgement:
        return Judgement(failure=self.fails) if self.fails else await super().judge(request)

    async def close(self) -> None:
        self.closed = True


def asked(expected: str, tried: str = "") -> GateRequest:
    one, two = setpoint(-1.0), setpoint(-2.0, battery="bat2", name="c2")
    commands: tuple[Command, ...] = (
        msgspec.structs.replace(one, revision=expected),
        msgspec.structs.replace(two, revision=tried or expected),
    )
    return msgspec.structs.replace(request(*commands), revision=expected)


@pytest.fixture
async def two() -> tuple[ChangingGate, Watched, Watched]:
    first, second = Watched("1"), Watched("2", denies=True)
    gate = ChangingGate(first)
    gate.add(second)
    return gate, first, second


async def test_a_request_is_answered_by_the_revision_it_names_whatever_is_active(two):
    gate, *_ = two
    assert (await gate.judge(asked("1"))).revision == "1"
    assert (await gate.judge(asked("2"))).revision == "2"
    assert (await gate.judge(msgspec.structs.replace(asked(""), revision=""))).revision == "1"


async def test_a_revision_that_is_not_there_is_a_failure(two):
    gate, *_ = two
    assert "revision 3 are at hand" in (await gate.judge(asked("3"))).failure


async def test_what_nobody_asks_any_more_is_ended_and_what_is_active_is_not(two):
    gate, first, second = two
    gate.use("2")
    await asyncio.sleep(0)
    assert (gate.revision, first.closed, second.closed) == ("2", True, False)
    assert gate.holds("2")
    assert not gate.holds("1")


async def test_what_is_tried_counts_for_the_commands_that_name_it_alone(two):
    gate, *_ = two
    judged = await gate.judge(asked("1", tried="2"))
    assert judged.revision == "1"
    assert judged.verdicts["c1"] == Allow(revision="1")
    assert judged.verdicts["c2"] == Deny(rule="no", reason="", revision="2")


async def test_what_is_tried_and_fails_denies_its_own_commands_and_no_others():
    gate = ChangingGate(Watched("1"))
    gate.add(Watched("2", fails="late"))
    judged = await gate.judge(asked("1", tried="2"))
    assert judged.verdicts["c1"] == Allow(revision="1")
    said = judged.verdicts["c2"]
    assert isinstance(said, Deny)
    assert (said.rule, "late" in said.reason) == (TRIED, True)


async def test_where_the_active_policies_fail_what_is_tried_permits_nothing():
    gate = ChangingGate(Watched("1", fails="late"))
    gate.add(Watched("2"))
    assert (await gate.judge(asked("1", tried="2"))).failure == "late"


async def test_what_is_asked_beside_is_heard_with_both_answers_and_counts_for_nothing(two):
    gate, *_ = two
    heard: list[tuple[GateRequest, Judgement, Judgement]] = []
    gate.use("1", "2", lambda *both: heard.append(both))
    question = asked("1")
    judged = await gate.judge(question)
    assert set(judged.verdicts.values()) == {Allow(revision="1")}
    await asyncio.sleep(0)
    assert [(of, was.revision, would.revision) for of, was, would in heard] == [(question, "1", "2")]


async def test_a_tick_never_waits_for_what_is_asked_beside():
    class Slow(Watched):
        async def judge(self, request: GateRequest) -> Judgement:
            return await asyncio.get_running_loop().create_future()

    gate = ChangingGate(Watched("1"))
    gate.add(Slow("2"))
    gate.use("1", "2")
    for _ in range(3):
        assert (await gate.judge(asked("1"))).revision == "1"
        await asyncio.sleep(0)
    assert gate.skipped == 2
    await gate.close()


async def test_closing_ends_every_gate(two):
    gate, first, second = two
    await gate.close()
    assert first.closed
    assert second.closed
