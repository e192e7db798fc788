"""The embedded gate: a panic, an error and an undefined document are failures, never exceptions."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from regorus import Engine

from kernel.verdict import Allow
from policies import embedded
from policies.bundle import Module, PolicyBundle, load_bundle
from policies.embedded import EmbeddedGate, EvaluationFailed, Evaluator
from tests.unit.policies.substation import NAMES, RATED_A, calm, good, pulse, request, setpoint, site

REQUEST = request(setpoint(100.0, name="a"), pulse("cb14/close", name="b"))


@pytest.fixture(scope="module")
def bundle() -> PolicyBundle:
    return load_bundle(NAMES, site())


def with_gate(bundle: PolicyBundle, text: str) -> PolicyBundle:
    """The bundle with another module in the place of the gate."""
    modules = (Module("gate.rego", f"package aios.gate\nimport rego.v1\n{text}\n"),)
    return msgspec.structs.replace(bundle, modules=modules)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("document := 7 if input.tick == -1", "undefined", id="undefined"),
        pytest.param("document := {}", "wrong form", id="empty object"),
        pytest.param('document := "<undefined>"', "undefined", id="the text of undefined"),
        pytest.param("document := true", "wrong form", id="true"),
        pytest.param(
            'document := {"revision": "1-0", "allow": {c.id | some c in input.commands}, '
            '"deny": [], "clamp": [], "ask": []}',
            "revision 1-0 answered",
            id="wrong revision",
        ),
        pytest.param("document := x if { some x in [1, 2] }", "embedded policy", id="conflict"),
        pytest.param("another := 1", "embedded policy", id="no such rule"),
    ],
)
async def test_a_faulty_policy_is_a_failure(bundle: PolicyBundle, text: str, why: str) -> None:
    judgement = await EmbeddedGate(with_gate(bundle, text)).judge(REQUEST)
    assert why in judgement.failure
    assert "Stack backtrace" not in judgement.failure
    assert judgement.verdicts == {}


def test_a_bundle_that_does_not_parse_is_refused(bundle: PolicyBundle) -> None:
    with pytest.raises(EvaluationFailed, match=r"gate\.rego:3"):
        EmbeddedGate(with_gate(bundle, "document := = 1"))


@pytest.fixture
def foreign() -> Iterator[list[Engine]]:
    """An engine of another thread: regorus panics when this thread uses it."""
    with ThreadPoolExecutor(1) as other:
        held = other.submit(lambda: [Engine()]).result()
        yield held
        other.submit(held.clear).result()


async def test_a_panic_of_the_evaluator_is_a_failure_and_the_next_request_is_judged(
    bundle: PolicyBundle, foreign: list[Engine]
) -> None:
    gate = EmbeddedGate(bundle)
    embedded._engines.of[gate._evaluator._number] = foreign[0]
    panicked = await gate.judge(REQUEST)
    assert "panicked" in panicked.failure
    assert "another thread" in panicked.failure
    recovered = await gate.judge(REQUEST)
    assert isinstance(recovered.verdicts["a"], Allow)


def test_interruptions_are_not_swallowed(bundle: PolicyBundle) -> None:
    class Interrupted:
        def set_input_json(self, text: str) -> None:
            raise KeyboardInterrupt

    gate = EmbeddedGate(bundle)
    embedded._engines.of[gate._evaluator._number] = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        gate.judge_now(REQUEST)


def test_each_thread_has_an_engine_of_its_own(bundle: PolicyBundle) -> None:
    gate = EmbeddedGate(bundle)
    here = gate.judge_now(REQUEST)
    with ThreadPoolExecutor(2) as threads:
        there = list(threads.map(lambda _: gate.judge_now(REQUEST), range(8)))
    assert all(judgement == here for judgement in there)
    assert here.failure == ""


def test_an_engine_remembers_nothing_of_the_request_before(bundle: PolicyBundle) -> None:
    """A fresh engine and one that has judged a hundred other requests say the same."""
    used = EmbeddedGate(bundle)
    hot = request(setpoint(-4000.0, name="a"), readings=calm(t1__load_current=good(1.6 * RATED_A)))
    for _ in range(50):
        used.judge_now(hot)
        used.judge_now(request(pulse("cb15/close", name="z")))
    assert used.judge_now(REQUEST) == EmbeddedGate(bundle).judge_now(REQUEST)


COMMANDS = st.builds(
    setpoint,
    st.floats(-5000.0, 5000.0),
    battery=st.sampled_from(["bat1", "bat2", "bat9", "nowhere"]),
    reversion_s=st.sampled_from([None, 100.0, 240.0, 400.0]),
) | st.builds(pulse, st.sampled_from(["cb14/close", "cb15/close", "cb15/open", "cb16/close", "t1/close"]))


READINGS = st.builds(
    lambda load, hot, present: calm(
        t1__load_current=load, t1__hot_spot_temperature=hot, bat1__active_power=present
    ),
    st.none() | st.floats(0.0, 1.8).map(lambda k: good(k * RATED_A)),
    st.none() | st.floats(20.0, 160.0).map(good),
    st.none() | st.floats(-4000.0, 4000.0).map(good),
)


@given(commands=st.lists(COMMANDS, max_size=5), readings=READINGS)
@settings(deadline=None, max_examples=150)
def test_each_policy_clears_a_command_or_says_why_not_and_never_both(commands: list, readings: dict) -> None:
    """Two statements of each policy, one positive and one negative, leave no gap and do not overlap."""
    named = tuple(
        msgspec.structs.replace(command, id=f"c{place}")
        for place, command in enumerate(commands)
        if command.point in site().row and site().point(command.point).writing is not None
    )
    asked = request(*named, readings=readings)
    for name in NAMES:
        cleared, held = both_statements(name, asked)
        assert cleared | held == {command.id for command in named}, name
        assert cleared & held == set(), name


def both_statements(name: str, asked: object) -> tuple[set[str], set[str]]:
    encoded = msgspec.json.encode(asked)
    evaluator = evaluators()
    cleared = evaluator.evaluate(f"data.aios.policies.{name}.clear", encoded)
    held: set[str] = set()
    for kind in ("deny", "clamp"):
        if name == "xfmr_loading" or kind == "deny":
            lines = evaluator.evaluate(f"data.aios.policies.{name}.{kind}", encoded)
            held |= {line["command"] for line in lines}  # type: ignore[union-attr]
    return set(cleared), held  # type: ignore[call-overload]


_known: list[Evaluator] = []


def evaluators() -> Evaluator:
    if not _known:
        bundle = load_bundle(NAMES, site())
        _known.append(Evaluator(bundle.modules, bundle.data))
    return _known[0]


def test_an_engine_that_is_garbage_is_not_ended_in_another_thread(bundle, monkeypatch):
    """An engine belongs to its thread, and garbage is collected in any: its end there would be a panic."""
    told = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)
    gate = EmbeddedGate(bundle)
    gate.itself = gate  # only the collector can end it now
    number = gate._evaluator._number
    del gate
    collecting = threading.Thread(target=gc.collect)
    collecting.start()
    collecting.join()
    assert told == []
    EmbeddedGate(bundle)
    assert number not in embedded._engines.of, "the next one built in its thread lets go of it"


def test_a_gate_that_rests_leaves_no_engine_to_its_thread_and_judges_again(bundle):
    gate, asked = EmbeddedGate(bundle), request(setpoint(100.0))
    number = gate._evaluator._number
    with ThreadPoolExecutor(1) as elsewhere:
        first = elsewhere.submit(gate.judge_now, asked).result()
        assert elsewhere.submit(lambda: number in embedded._engines.of).result()
        elsewhere.submit(gate.rest).result()
        assert not elsewhere.submit(lambda: number in embedded._engines.of).result()
        assert elsewhere.submit(gate.judge_now, asked).result() == first
        elsewhere.submit(gate.rest).result()
