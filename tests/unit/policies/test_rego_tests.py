"""The `test_` rules beside the policies, and the runner that must not let a failing one pass."""

from __future__ import annotations

import pytest

from policies.bundle import Module, load_bundle, policy_modules, policy_tests, shipped
from policies.rego_tests import PolicyTest, rules_of, run_policy_tests
from tests.unit.policies.substation import NAMES, site

OUTCOMES = run_policy_tests(load_bundle(shipped(), site()))


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome.rule.rpartition(".")[2])
def test_policy_rule_passes(outcome: PolicyTest) -> None:
    assert outcome.passed, f"{outcome.module}: {outcome.rule}: {outcome.why}"


def test_every_policy_and_the_gate_have_tests() -> None:
    tested = {module.path.removesuffix("_test.rego") for module in policy_tests() if rules_of(module)}
    assert tested == {module.path.removesuffix(".rego") for module in policy_modules()}


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("test_it if false", "undefined"),
        ("test_it := false", "False"),
        ("test_it := 1", "1"),
        ("test_it if input.commands[0].id", "undefined"),
        ("test_it := x if { some x in [1, 2] }", "error"),
    ],
)
def test_only_true_passes(rule: str, why: str) -> None:
    module = Module("a_test.rego", f"package a_test\nimport rego.v1\n{rule}\n")
    (outcome,) = run_policy_tests(load_bundle(NAMES, site()), [module])
    assert not outcome.passed
    assert why in outcome.why
