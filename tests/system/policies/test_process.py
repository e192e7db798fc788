"""The policy process: one that hangs, dies or does not compile denies, and is replaced."""

from __future__ import annotations

import asyncio
import os
import signal

import msgspec
import pytest

from kernel.verdict import Allow
from policies import process
from policies.bundle import Module, PolicyBundle, load_bundle
from policies.process import INTENSITY, PERIOD_S, ProcessGate
from tests.unit.policies.substation import NAMES, request, setpoint, site

pytestmark = pytest.mark.system

REQUEST = request(setpoint(100.0))


@pytest.fixture(scope="module")
def bundle() -> PolicyBundle:
    return load_bundle(NAMES, site())


def with_gate(bundle: PolicyBundle, text: str) -> PolicyBundle:
    module = Module("gate.rego", f"package aios.gate\nimport rego.v1\n{text}\n")
    return msgspec.structs.replace(bundle, modules=(module,))


async def started(gate: ProcessGate) -> None:
    """Wait until the replacement process is ready."""
    assert gate._starting is not None
    await gate._starting


async def test_before_it_is_opened_it_denies_and_then_judges(bundle: PolicyBundle) -> None:
    gate = ProcessGate(bundle, budget_s=5.0)
    assert (await gate.judge(REQUEST)).failure == "the policy process has not been started"
    await started(gate)
    assert isinstance((await gate.judge(REQUEST)).verdicts["c1"], Allow)
    await gate.close()


async def test_it_shares_the_session_of_its_gateway_and_hears_no_ctrl_c(bundle: PolicyBundle) -> None:
    gate = ProcessGate(bundle, budget_s=5.0)
    await gate.open()
    child = gate._child
    assert child is not None
    assert os.getsid(child.pid) == os.getsid(0)
    os.kill(child.pid, signal.SIGINT)
    assert isinstance((await gate.judge(REQUEST)).verdicts["c1"], Allow)
    assert gate._child is child
    await gate.close()


async def test_a_runaway_policy_is_denied_within_the_budget_and_its_process_ended(
    bundle: PolicyBundle,
) -> None:
    runaway = with_gate(
        bundle,
        "many := numbers.range(1, 9999)\ndocument := count([1 | some a in many; some b in many])",
    )
    gate = ProcessGate(runaway, budget_s=0.2)
    await gate.open()
    child = gate._child
    assert child is not None
    judgement = await gate.judge(REQUEST)
    assert "no answer within 0.2 s" in judgement.failure
    assert await child.wait() != 0
    await gate.close()


async def test_a_process_that_was_killed_denies_once_and_is_replaced(bundle: PolicyBundle) -> None:
    gate = ProcessGate(bundle, budget_s=5.0)
    await gate.open()
    assert gate._child is not None
    gate._child.kill()
    await gate._child.wait()
    assert "replaced" in (await gate.judge(REQUEST)).failure
    await started(gate)
    assert isinstance((await gate.judge(REQUEST)).verdicts["c1"], Allow)
    await gate.close()


async def test_a_bundle_that_does_not_compile_denies_and_says_why(bundle: PolicyBundle) -> None:
    gate = ProcessGate(with_gate(bundle, "document := = 1"), budget_s=5.0)
    await gate.open()
    judgement = await gate.judge(REQUEST)
    assert "did not start" in judgement.failure
    assert "gate.rego" in judgement.failure
    await gate.close()


@pytest.mark.parametrize("text", ["document := {}", "another := 1", "document := 1 if input.tick == -1"])
async def test_a_faulty_policy_permits_nothing(bundle: PolicyBundle, text: str) -> None:
    gate = ProcessGate(with_gate(bundle, text), budget_s=5.0)
    await gate.open()
    judgement = await gate.judge(REQUEST)
    assert judgement.failure
    assert "JSON" not in judgement.failure
    assert judgement.verdicts == {}
    await gate.close()


async def test_two_requests_at_once_never_get_each_others_answers(bundle: PolicyBundle) -> None:
    gate = ProcessGate(bundle, budget_s=5.0)
    await gate.open()
    other = request(setpoint(200.0, name="c9"))
    first, second = await asyncio.gather(gate.judge(REQUEST), gate.judge(other))
    assert isinstance(first.verdicts["c1"], Allow)
    assert "another request" in second.failure
    assert isinstance((await gate.judge(other)).verdicts["c9"], Allow)
    await gate.close()


async def test_a_request_that_is_given_up_leaves_no_stale_answer_behind(bundle: PolicyBundle) -> None:
    gate = ProcessGate(bundle, budget_s=5.0)
    await gate.open()
    torn = gate._child
    assert torn is not None
    asking = asyncio.create_task(gate.judge(REQUEST))
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.wait({asking})
    async with asyncio.timeout(5.0):
        assert await torn.wait() != 0
    assert (await gate.judge(REQUEST)).failure
    await started(gate)
    other = await gate.judge(request(setpoint(200.0, name="c9")))
    assert isinstance(other.verdicts["c9"], Allow)
    await gate.close()


async def test_a_process_that_dies_between_two_requests_is_replaced_before_it_is_missed(
    bundle: PolicyBundle,
) -> None:
    gate = ProcessGate(bundle, budget_s=5.0)
    await gate.open()
    first = gate._starting
    assert gate._child is not None
    gate._child.kill()
    async with asyncio.timeout(10.0):
        while gate._starting is first:  # noqa: ASYNC110 - another process is waited for
            await asyncio.sleep(0.01)
    await started(gate)
    assert isinstance((await gate.judge(REQUEST)).verdicts["c1"], Allow)
    assert gate.restarts == 1
    await gate.close()


async def test_the_first_restart_comes_at_once_and_the_sixth_in_a_minute_never(
    bundle: PolicyBundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "PAUSE_S", 0.001)
    gate = ProcessGate(with_gate(bundle, "document := = 1"), budget_s=5.0, now_ns=lambda: 0)
    await gate.open()
    for restart in range(1, INTENSITY + 1):
        assert "did not start" in (await gate.judge(REQUEST)).failure
        await started(gate)
        assert (gate.restarts, gate.gave_up) == (restart, "")
    for _ in range(3):
        failure = (await gate.judge(REQUEST)).failure
        assert "did not start" in failure
    assert failure.startswith("the policy process was given up: more than 5 restarts in 60 s; last: ")
    assert await gate.given_up() == failure
    assert gate.restarts == INTENSITY
    await gate.close()


async def test_restarts_that_lie_further_apart_than_the_budget_says_go_on_for_ever(
    bundle: PolicyBundle,
) -> None:
    minutes = iter(range(1000))
    gate = ProcessGate(
        with_gate(bundle, "document := = 1"),
        budget_s=5.0,
        now_ns=lambda: round(next(minutes) * (PERIOD_S + 1) * 1e9),
    )
    await gate.open()
    for _ in range(INTENSITY + 2):
        assert "did not start" in (await gate.judge(REQUEST)).failure
        await started(gate)
    assert (gate.restarts, gate.gave_up) == (INTENSITY + 2, "")
    await gate.close()
