"""The policy server gate against a server on a real socket that is right, wrong, slow, broken and absent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kernel.verdict import Allow
from policies.opa_server import OpaServerGate
from tests.contract.opa_stub import OpaStub, Reply, result
from tests.unit.policies.substation import pulse, request, setpoint

pytestmark = pytest.mark.system

REVISION = "1-abc"
REQUEST = request(setpoint(100.0, name="c1"), pulse("cb14/close", name="c2"))


def document(**parts: Any) -> dict[str, Any]:
    return {"revision": REVISION, "allow": ["c1", "c2"], "deny": [], "clamp": [], "ask": [], **parts}


def gate_for(port: int, timeout_s: float = 5.0) -> OpaServerGate:
    return OpaServerGate(host="127.0.0.1", port=port, revision=REVISION, timeout_s=timeout_s)


async def test_a_right_answer_gives_verdicts_and_the_path_is_constant() -> None:
    async with OpaStub(lambda posted: result(document())) as stub:
        gate = gate_for(stub.port)
        for _ in range(3):
            judgement = await gate.judge(REQUEST)
            assert judgement.verdicts == {"c1": Allow(revision=REVISION), "c2": Allow(revision=REVISION)}
        await gate.close()
        assert stub.requests == ["POST /v1/data/aios/gate/document HTTP/1.1"] * 3


FAULTS: dict[str, Reply] = {
    "no policy loaded": lambda posted: (200, b"{}"),
    "undefined": lambda posted: (200, b'{"result": null}'),
    "result is true": lambda posted: (200, b'{"result": true}'),
    "bare document": lambda posted: (200, json.dumps(document()).encode()),
    "error 500": lambda posted: (500, json.dumps({"result": document()}).encode()),
    "error 503": lambda posted: (503, b"busy"),
    "not found": lambda posted: (404, json.dumps({"result": document()}).encode()),
    "garbage": lambda posted: (200, b"%$&\xff"),
    "cut short": lambda posted: (200, b'{"result": {"revision"'),
    "a list": lambda posted: (200, b"[1]"),
    "wrong revision": lambda posted: result(document(revision="1-old")),
    "another tick's answer": lambda posted: result(document(allow=["c7"])),
    "never answers": lambda posted: None,
}


@pytest.mark.parametrize("reply", FAULTS.values(), ids=FAULTS.keys())
async def test_a_faulty_server_permits_nothing(reply: Reply) -> None:
    async with OpaStub(reply) as stub:
        gate = gate_for(stub.port, timeout_s=0.2)
        judgement = await gate.judge(REQUEST)
        assert judgement.failure
        assert judgement.verdicts == {}
        assert len(stub.requests) == 1, "a late permit is worth nothing: it is asked once"
        await gate.close()


async def test_a_server_that_is_not_there_permits_nothing() -> None:
    async with OpaStub(lambda posted: None) as stub:
        port = stub.port
    gate = gate_for(port)
    judgement = await gate.judge(REQUEST)
    assert "policy server" in judgement.failure
    assert judgement.verdicts == {}
    await gate.close()


async def test_a_server_that_returns_is_believed_again() -> None:
    async with OpaStub(lambda posted: (200, b"{}")) as stub:
        gate = gate_for(stub.port)
        assert (await gate.judge(REQUEST)).failure
        stub.reply = lambda posted: result(document())
        assert (await gate.judge(REQUEST)).failure == ""
        await gate.close()
