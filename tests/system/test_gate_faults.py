"""Whatever is wrong with the gate: only the safe set is written, in the same tick, and the page says so."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from aios.gateway.compose import bundle_of
from kernel.ports import Gate, GateRequest
from kernel.verdict import Allow, Judgement
from policies.embedded import EmbeddedGate, EvaluationFailed
from policies.gate import believe
from policies.guarded import GuardedGate
from tests.system.virtual_nord import SETPOINT, Nord, make_nord, nord_text

pytestmark = pytest.mark.system

WISH_KW = 750.0


class Answers:
    """A gate whose evaluator answers with one document, whatever it is asked."""

    def __init__(self, revision: str, document: Any) -> None:
        self.revision, self._document = revision, document

    async def judge(self, request: GateRequest) -> Judgement:
        document = self._document(request) if callable(self._document) else self._document
        return believe(document, expected_revision=self.revision, commands=request.commands)

    async def close(self) -> None:
        pass


class Silent(Answers):
    """A gate that never answers."""

    async def judge(self, request: GateRequest) -> Judgement:
        await asyncio.Event().wait()
        raise AssertionError("unreachable")


class Raises(Answers):
    """A gate that breaks its promise never to raise."""

    async def judge(self, request: GateRequest) -> Judgement:
        raise EvaluationFailed("panic in the evaluator")


def allows(revision: str, request: GateRequest) -> dict[str, Any]:
    return {
        "revision": revision,
        "allow": [command.id for command in request.commands],
        "deny": [],
        "clamp": [],
        "ask": [],
    }


class AllowsInAnotherRevision(Answers):
    """A gate that permits everything by judgements of a bundle that is not loaded."""

    async def judge(self, request: GateRequest) -> Judgement:
        verdicts = {command.id: Allow(revision="1-stale") for command in request.commands}
        return Judgement(revision="1-stale", verdicts=verdicts)


def broken(name: str, revision: str) -> Gate:
    documents: dict[str, Any] = {
        "off": None,
        "empty": {},
        "garbage": {"revision": revision, "allow": "everything"},
        "number": 1,
        "wrong revision": lambda request: allows("1-stale", request),
        "strange commands": lambda request: allows(revision, request) | {"allow": ["another"]},
    }
    if name in documents:
        return Answers(revision, documents[name])
    kinds = {"slow": Silent, "raising": Raises, "stale judgement": AllowsInAnotherRevision}
    gate = kinds[name](revision, None)
    return gate if name == "raising" else GuardedGate(gate, budget_s=0.02)


FAULTS = [
    "off",
    "slow",
    "empty",
    "garbage",
    "number",
    "wrong revision",
    "strange commands",
    "raising",
    "stale judgement",
]


@pytest.fixture
def nord(tmp_path: Path) -> Iterator[Nord]:
    made = make_nord(tmp_path, nord_text(history_days=1))
    yield made
    made.run.close()


async def permitted(nord: Nord) -> None:
    """Let a set-point of a person stand, permitted and read back."""
    await nord.step(3)
    nord.ask(SETPOINT, WISH_KW)
    await nord.until(lambda: nord.value(SETPOINT) == WISH_KW and not nord.state.in_flight)
    assert nord.state.postures[SETPOINT].authority == "gate"
    nord.seen.forget()


def healthy(nord: Nord) -> Gate:
    return EmbeddedGate(bundle_of(nord.run.gateway.site))


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_set_point_goes_to_its_safe_value_in_the_tick_in_which_the_gate_fails(
    nord: Nord, fault: str
) -> None:
    await permitted(nord)
    gate = broken(fault, nord.kernel.shell.gate.revision)
    nord.use_gate(gate)
    nord.ask(SETPOINT, -WISH_KW)
    await nord.step()
    assert [(c.point, c.value, c.authority) for c in nord.seen.commands] == [(SETPOINT, 0.0, "safe_set")]
    assert [(r.point, r.kind) for r in nord.seen.refused] == [(SETPOINT, "failure")]
    shown = nord.snapshot()
    assert not shown.gate.healthy
    assert shown.gate.failure
    assert any(notice.id == "gate" and notice.active for notice in shown.notices)
    await nord.step(12)
    assert {c.authority for c in nord.seen.commands} == {"safe_set"}
    assert nord.bank("inverter_bat1").journal[-1].value == 0.0
    await gate.close()


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_pulse_is_denied_and_never_reaches_the_breaker(nord: Nord, fault: str) -> None:
    await permitted(nord)
    gate = broken(fault, nord.kernel.shell.gate.revision)
    nord.use_gate(gate)
    nord.ask("cb11/open", 1.0)
    await nord.step()
    assert [(r.point, r.kind) for r in nord.seen.refused] == [("cb11/open", "failure")]
    await nord.step(3)
    assert "cb11/open" not in {c.point for c in nord.seen.commands}
    assert nord.bank("breaker_cb11").journal == ()
    assert not nord.snapshot().gate.healthy
    await gate.close()


@pytest.mark.parametrize("fault", FAULTS)
async def test_the_gate_returns_and_so_does_control_but_not_the_pulse(nord: Nord, fault: str) -> None:
    await permitted(nord)
    gate = broken(fault, nord.kernel.shell.gate.revision)
    nord.use_gate(gate)
    nord.ask(SETPOINT, -WISH_KW)
    nord.ask("cb11/open", 1.0)
    await nord.step(4)
    nord.use_gate(healthy(nord))
    await nord.until(lambda: nord.value(SETPOINT) == -WISH_KW, most=5)
    assert nord.snapshot().gate.healthy
    assert not any(notice.id == "gate" and notice.active for notice in nord.snapshot().notices)
    assert nord.bank("breaker_cb11").journal == ()
    await gate.close()


async def test_the_table_can_fail_because_a_working_gate_permits_the_same_wishes(nord: Nord) -> None:
    await permitted(nord)
    nord.use_gate(healthy(nord))
    nord.ask(SETPOINT, -WISH_KW)
    nord.ask("cb11/open", 1.0)
    await nord.step(3)
    assert {(c.point, c.authority) for c in nord.seen.commands} == {(SETPOINT, "gate"), ("cb11/open", "gate")}
    assert [one.quantity for one in nord.bank("breaker_cb11").journal] == ["open"]


async def test_the_failure_of_the_gate_stands_in_the_journal_once_with_its_end(nord: Nord) -> None:
    await permitted(nord)
    nord.use_gate(broken("empty", nord.kernel.shell.gate.revision))
    nord.ask(SETPOINT, -WISH_KW)
    await nord.step(5)
    nord.use_gate(healthy(nord))
    await nord.step(3)
    told = [e.body for e in nord.kernel.shell.journal.entries() if e.kind == "gate"]
    failures = [msgspec.json.decode(body)["failure"] for body in told]
    assert [bool(failure) for failure in failures] == [True, False]
