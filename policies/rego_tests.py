"""Runs the `test_` rules beside the policies in the embedded evaluator; the product has no `opa test`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from policies.bundle import Module, PolicyBundle, policy_tests
from policies.embedded import EvaluationFailed, Evaluator

_PACKAGE: Final = re.compile(r"^package\s+([\w.]+)", re.MULTILINE)
_RULE: Final = re.compile(r"^(test_\w+)", re.MULTILINE)


class PolicyTest(msgspec.Struct, frozen=True):
    """One `test_` rule and what became of it."""

    module: str
    rule: str
    passed: bool
    why: str = ""
    """What it gave where that was not `true`."""


def rules_of(module: Module) -> tuple[str, ...]:
    r"""Return the full names of the `test_` rules of a module.

    >>> rules_of(Module("a_test.rego", "package a_test\ntest_one if true\n"))
    ('data.a_test.test_one',)
    """
    package = _PACKAGE.search(module.text)
    if package is None:
        return ()
    return tuple(f"data.{package[1]}.{name}" for name in dict.fromkeys(_RULE.findall(module.text)))


def run_policy_tests(bundle: PolicyBundle, tests: Sequence[Module] | None = None) -> tuple[PolicyTest, ...]:
    """Evaluate every `test_` rule over the modules and data of a bundle; only `true` passes.

    Args:
        bundle: what is tested; tests replace parts of its data with `with`.
        tests: test modules; the shipped ones where not given.
    """
    modules = policy_tests() if tests is None else tuple(tests)
    evaluator = Evaluator((*bundle.modules, *modules), bundle.data)
    return tuple(_run(evaluator, module.path, rule) for module in modules for rule in rules_of(module))


def _run(evaluator: Evaluator, path: str, rule: str) -> PolicyTest:
    try:
        value = evaluator.evaluate(rule, b"{}")
    except EvaluationFailed as failure:
        return PolicyTest(path, rule, passed=False, why=str(failure))
    if value is True:
        return PolicyTest(path, rule, passed=True)
    return PolicyTest(path, rule, passed=False, why="undefined" if value is None else repr(value))
