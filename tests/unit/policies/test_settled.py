"""What a policy has settled is a short cut: with it and without it, every verdict is the same."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable

import msgspec
import pytest

from benchmarks.policy_parity import any_request
from kernel.verdict import Allow, Deny
from policies.bundle import Module, PolicyBundle, load_bundle, roll_call
from policies.embedded import EmbeddedGate, Evaluator
from policies.gate import encode_request
from tests.unit.policies.substation import FOUR, good, pulse, request, setpoint, site

OPEN = "data.aios.roll_call.open"


def changed(bundle: PolicyBundle, change: Callable[[Module], Module]) -> PolicyBundle:
    """Change the policies of a bundle, and call their roll again."""
    modules = {module.path: module for module in bundle.modules}
    policies = {name: change(modules[f"{name}.rego"]) for name in bundle.names}
    modules |= {module.path: module for module in (*policies.values(), roll_call(policies))}
    return msgspec.structs.replace(bundle, modules=tuple(modules.values()))


def unsettled(module: Module) -> Module:
    """Take from a policy that it says what it has settled; what it clears stays as it is."""
    return Module(module.path, re.sub(r"\bsettled\(", "unsaid(", module.text))


def test_what_is_settled_changes_no_verdict() -> None:
    bundle, dice = load_bundle(FOUR, site()), random.Random(7)
    short, whole = EmbeddedGate(bundle), EmbeddedGate(changed(bundle, unsettled))
    given, still_open = Counter[str](), Evaluator(bundle.modules, bundle.data)
    for _ in range(60):
        asked = any_request(dice)
        judgement = short.judge_now(asked)
        assert judgement == whole.judge_now(asked)
        given.update(type(verdict).__name__ for verdict in judgement.verdicts.values())
        given["all settled"] += still_open.evaluate(OPEN, encode_request(asked)) == []
    assert set(given) == {"Allow", "Ask", "Clamp", "Deny", "all settled"}
    assert given["all settled"] >= 2


@pytest.mark.parametrize(
    ("commands", "still_open"),
    [
        pytest.param((setpoint(2000.0),), set(), id="relief"),
        pytest.param((setpoint(-2000.0),), set(), id="a raise with room"),
        pytest.param((setpoint(2000.0), setpoint(0.0, battery="bat2", name="b")), set(), id="two"),
        pytest.param((setpoint(2000.0, reversion_s=None),), {"der_reversion_required"}, id="one objects"),
        pytest.param((pulse("nowhere/close"),), set(FOUR), id="what cannot be judged"),
    ],
)
def test_only_who_has_not_settled_all_is_asked_on(commands: tuple, still_open: set[str]) -> None:  # type: ignore[type-arg]
    bundle = load_bundle(FOUR, site())
    evaluator = Evaluator(bundle.modules, bundle.data)
    assert set(evaluator.evaluate(OPEN, encode_request(request(*commands)))) == still_open  # type: ignore[call-overload]


def test_a_policy_that_says_nothing_of_what_it_has_settled_is_asked_everything() -> None:
    bundle = load_bundle(FOUR, site())
    for name in FOUR:
        mixed = changed(bundle, lambda one, name=name: unsettled(one) if one.path == f"{name}.rego" else one)  # type: ignore[misc]
        gate, asked = EmbeddedGate(mixed), request(setpoint(2000.0))
        assert isinstance(gate.judge_now(asked).verdicts["c1"], Allow)
        assert Evaluator(mixed.modules, mixed.data).evaluate(OPEN, encode_request(asked)) == [name]
        hasty = request(setpoint(2000.0, reversion_s=1.0))
        assert isinstance(gate.judge_now(hasty).verdicts["c1"], Deny)


def test_readings_that_no_policy_looks_up_change_no_verdict() -> None:
    bundle, dice = load_bundle(FOUR, site()), random.Random(11)
    assert bundle.reads is not None
    gate, blind = EmbeddedGate(bundle), EmbeddedGate(msgspec.structs.replace(bundle, reads=None))
    for _ in range(40):
        asked = any_request(dice)
        more = asked.readings | {"bat1/state_of_charge": good(50.0), "t1/ambient_temperature": good(20.0)}
        asked = msgspec.structs.replace(asked, readings=more)
        assert b"state_of_charge" not in encode_request(asked, bundle.reads)
        assert gate.judge_now(asked) == blind.judge_now(asked)


def test_a_raise_without_room_is_not_settled() -> None:
    bundle = load_bundle(FOUR, site())
    evaluator = Evaluator(bundle.modules, bundle.data)
    full = request(setpoint(-2000.0), readings={"bat1/active_power": good(0.0)})
    assert evaluator.evaluate(OPEN, encode_request(full)) == ["xfmr_loading"]
