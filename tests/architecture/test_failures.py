"""Failures are seen: who catches everything says why, and a test that claims something can fail."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.sources import name_of, python, tree_of

BROAD = re.compile(r"^\s*except\s*(\(?.*\b(Base)?Exception\b.*)?:")
REASON = re.compile(r"#\s*(noqa: BLE001 - )?\w[^:]{10,}")
RAISES = {"raises", "fail", "warns"}
"""Of pytest; what `numpy.testing` asserts begins with `assert_`."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def unexplained(lines: list[str]) -> list[int]:
    """Numbers of the lines that catch everything and say no reason."""
    return [
        number
        for number, line in enumerate(lines, start=1)
        if BROAD.match(line) and not REASON.search(line.replace("# noqa: BLE001 - ", "# "))
    ]


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def called(function: Function) -> set[str]:
    """Names that a function calls, without what stands before the last dot."""
    calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    return {one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", "") for one in calls}


def can_fail(function: Function, asserting: set[str]) -> bool:
    if any(isinstance(node, ast.Assert | ast.Raise) for node in ast.walk(function)):
        return True
    names = called(function)
    return bool(names & (RAISES | asserting)) or any(name.startswith("assert_") for name in names)


def empty_tests(trees: dict[str, ast.Module]) -> list[str]:
    """Tests that assert nothing, neither themselves nor by a function of the tests that they call."""
    every = [(name, function) for name, tree in trees.items() for function in functions(tree)]
    plain = [function for _, function in every if not function.name.startswith("test_")]
    asserting: set[str] = set()
    while more := {f.name for f in plain if f.name not in asserting and can_fail(f, asserting)}:
        asserting |= more
    return [
        f"{name}:{function.lineno} {function.name}"
        for name, function in every
        if function.name.startswith("test_") and not can_fail(function, asserting)
    ]


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_whoever_catches_everything_says_why():
    ours = python("aios", "kernel", "policies", "drivers", "simulators", "edge", "benchmarks", "deploy")
    assert {name_of(path): found for path in ours if (found := unexplained(lines_of(path)))} == {}


def test_one_that_catches_everything_without_a_reason_would_be_found():
    said = [
        "    except Exception:",
        "except:",
        "except (OSError, BaseException) as error:  # noqa: BLE001",
        "except Exception:  # noqa: BLE001 - foreign code, whatever it raises is told",
        "except OSError:",
    ]
    assert unexplained(said) == [1, 2, 3]


def test_every_test_asserts_something():
    assert empty_tests({name_of(path): tree_of(path) for path in python("tests")}) == []


def test_a_test_that_cannot_fail_would_be_found():
    source = (
        "def check(x):\n assert x\ndef twice(x):\n check(x)\n"
        "def test_one():\n twice(1)\ndef test_two():\n print(2)\n"
        "def test_three():\n np.testing.assert_allclose(1, 1)\n"
    )
    assert empty_tests({"t.py": ast.parse(source)}) == ["t.py:7 test_two"]
