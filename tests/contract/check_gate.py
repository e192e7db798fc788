"""What every gate must do, whoever evaluates: the check runs over all implementations."""

from __future__ import annotations

import math

import msgspec

from kernel.command import Command
from kernel.ports import Gate, GateRequest
from kernel.verdict import Allow, Clamp, Deny, Verdict


class GateCases(msgspec.Struct, frozen=True, kw_only=True):
    """Commands whose verdicts are known, for the readings and the time of `request`."""

    request: GateRequest
    """Any request; its commands are replaced."""
    permitted: Command
    forbidden: Command
    clamped: Command
    unknown: Command
    """A command for a point that the site does not declare."""


async def check_gate(gate: Gate, cases: GateCases) -> None:
    """Hold a gate to its contract; an AssertionError says which part it breaks."""
    assert gate.revision, "a gate names the revision that must answer"
    verdicts = await judged(gate, cases, cases.permitted, cases.forbidden, cases.clamped, cases.unknown)
    assert isinstance(verdicts[cases.permitted.id], Allow), "what every policy clears is allowed"
    denial = verdicts[cases.forbidden.id]
    assert isinstance(denial, Deny), "what a policy forbids is denied"
    assert denial.rule, "a denial names its rule"
    assert denial.reason, "a denial gives its reason"
    narrowed = verdicts[cases.clamped.id]
    assert isinstance(narrowed, Clamp), "what a bound would save is clamped"
    assert narrowed.low is not None or narrowed.high is not None, "a clamp bounds"
    assert isinstance(verdicts[cases.unknown.id], Deny), "an unknown point is denied"
    await check_each_alone(gate, cases)
    await check_odd_requests(gate, cases)


async def check_each_alone(gate: Gate, cases: GateCases) -> None:
    """The verdict of a command does not hang on an unrelated one, nor on how often it is asked for."""
    together = await judged(gate, cases, cases.permitted, cases.forbidden)
    assert await judged(gate, cases, cases.permitted, cases.forbidden) == together, "the same again"
    alone = await judged(gate, cases, cases.permitted)
    assert alone == {cases.permitted.id: together[cases.permitted.id]}


async def check_odd_requests(gate: Gate, cases: GateCases) -> None:
    """Nothing to judge, two of one id, no number, no readings: never an exception, never a permit."""
    assert await judged(gate, cases) == {}
    twice = await gate.judge(with_commands(cases, cases.permitted, cases.permitted))
    assert twice.failure, "two commands of one id cannot be told apart"
    assert not twice.verdicts
    for number in (math.nan, math.inf):
        odd = msgspec.structs.replace(cases.permitted, value=number)
        judgement = await gate.judge(with_commands(cases, odd))
        assert not any(isinstance(verdict, Allow) for verdict in judgement.verdicts.values()), (
            f"{number} passes"
        )


async def judged(gate: Gate, cases: GateCases, *commands: Command) -> dict[str, Verdict]:
    """Judge commands; exactly one verdict of the gate's own revision for each."""
    judgement = await gate.judge(with_commands(cases, *commands))
    assert judgement.failure == ""
    assert judgement.revision == gate.revision
    assert set(judgement.verdicts) == {command.id for command in commands}
    assert all(verdict.revision == gate.revision for verdict in judgement.verdicts.values())
    return judgement.verdicts


def with_commands(cases: GateCases, *commands: Command) -> GateRequest:
    return msgspec.structs.replace(cases.request, commands=commands)
