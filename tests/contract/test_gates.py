"""Every gate keeps the same contract: inline, guarded, in its own process, on a policy server, the fake."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from kernel.command import Command
from kernel.ports import Gate
from kernel.testing import FakeGate
from kernel.verdict import Allow, Clamp, Deny, Verdict
from policies.bundle import ENTRY, PolicyBundle, load_bundle
from policies.embedded import EmbeddedGate, Evaluator
from policies.guarded import GuardedGate
from policies.opa_server import OpaServerGate
from policies.process import ProcessGate
from tests.contract.check_gate import GateCases, check_gate
from tests.contract.opa_stub import OpaStub, result
from tests.unit.policies.substation import NAMES, RATED_A, calm, good, pulse, request, setpoint, site

CASES = GateCases(
    request=request(readings=calm(t1__load_current=good(1.4 * RATED_A))),
    permitted=setpoint(500.0, name="permitted"),
    forbidden=pulse("cb15/close", name="forbidden"),
    clamped=setpoint(-4000.0, battery="bat2", name="clamped"),
    unknown=pulse("nowhere/close", name="unknown"),
)


@pytest.fixture
def bundle() -> PolicyBundle:
    return load_bundle(NAMES, site())


async def test_the_embedded_gate_keeps_the_contract(bundle: PolicyBundle) -> None:
    await check_gate(EmbeddedGate(bundle), CASES)


async def test_the_guarded_gate_keeps_the_contract(bundle: PolicyBundle) -> None:
    await check_gate(GuardedGate(EmbeddedGate(bundle), budget_s=5.0), CASES)


def by_name(command: Command) -> Verdict:
    """Answer as the cases are named."""
    answers: dict[str, Verdict] = {
        "permitted": Allow(revision="test"),
        "clamped": Clamp(rule="most", reason="too much", revision="test", high=100.0),
    }
    return answers.get(command.id, Deny(rule="no", reason="not named", revision="test"))


async def test_the_fake_gate_keeps_the_contract() -> None:
    await check_gate(FakeGate(answer=by_name), CASES)


async def test_the_check_finds_a_gate_that_lets_everything_pass() -> None:
    with pytest.raises(AssertionError, match="what a policy forbids is denied"):
        await check_gate(FakeGate(), CASES)


@pytest.fixture
async def process_gate(bundle: PolicyBundle) -> AsyncIterator[Gate]:
    gate = ProcessGate(bundle, budget_s=5.0)
    await gate.open()
    yield gate
    await gate.close()


@pytest.mark.system
async def test_the_process_gate_keeps_the_contract(process_gate: Gate) -> None:
    await check_gate(process_gate, CASES)


@pytest.fixture
async def server_gate(bundle: PolicyBundle) -> AsyncIterator[Gate]:
    evaluator = Evaluator(bundle.modules, bundle.data)

    def reply(posted: Any) -> tuple[int, bytes]:
        return result(evaluator.evaluate(ENTRY, msgspec.json.encode(posted["input"])))

    async with OpaStub(reply) as stub:
        gate = OpaServerGate(host="127.0.0.1", port=stub.port, revision=bundle.revision, timeout_s=5.0)
        yield gate
        await gate.close()


@pytest.mark.system
async def test_the_policy_server_gate_keeps_the_contract(server_gate: Gate) -> None:
    await check_gate(server_gate, CASES)
