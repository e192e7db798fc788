"""Every gate keeps the same contract: inline, guarded, in a process of its own, on a policy server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from kernel.ports import Gate
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
