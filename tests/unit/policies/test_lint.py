"""The lint refuses every construct that was seen to answer wrongly, and says where."""

from __future__ import annotations

import pytest

from policies.bundle import policy_modules, policy_tests
from policies.lint import lint


@pytest.mark.parametrize(
    "code",
    [
        'x := sprintf("%.1f", [n])',
        'x := sprintf("%5d", [n])',
        "x := sprintf(`%x`, [n])",
        "x := sprintf(format, [n])",
        'x := concat("", [sprintf("%08v", [n])])',
        'x := sprintf(\n\t"%q", [n])',
        "x := [p | [p, v] := walk(input); v == 1]",
        "x := [p | [p, v] = walk(input)]",
        "x := [p | some [p, v] in walk(input)]",
        'x := crypto.sha256("a")',
        'x := $"{n} kW"',
        "x := $`{n}`",
        'x := http.send({"url": "u"})',
        "x := time.now_ns()",
        "x := y with time.now_ns as 3",
        'x := rand.intn("a", 3)',
        'x := uuid.rfc4122("a")',
        "x := opa.runtime()",
        'x := net.lookup_ip_addr("a")',
        'print("hello")',
    ],
)
def test_it_refuses(code: str) -> None:
    found = lint("p.rego", f"package p\n\nimport rego.v1\n\n{code}\n")
    assert [(finding.path, finding.line) for finding in found] == [("p.rego", 5)]


@pytest.mark.parametrize(
    "code",
    [
        'x := sprintf("%s %d %v 100 %%", [a, b, c])',
        "x := [v | walk(input, [_, v])]",
        "x := command.trace",
        "operand.value := 1",
        '# sprintf("%.1f", [n]) and time.now_ns() stand in a comment',
        'x := "time.now_ns() stands in a text"',
        "x := input.now_ns",
        "printed := 3",
        'x := time.format([input.now_ns, "UTC"])',
    ],
)
def test_it_lets_pass(code: str) -> None:
    assert lint("p.rego", f"package p\n{code}\n") == ()


def test_it_finds_all_and_names_file_and_line() -> None:
    found = lint("rules/a.rego", 'x := rand.intn("a", 3)\n\ny := time.now_ns()\n')
    assert [finding.text for finding in found] == [
        "rules/a.rego:1: rand is random",
        "rules/a.rego:3: time.now_ns reads the clock; time comes from input.now_ns",
    ]


def test_every_shipped_module_passes() -> None:
    assert [
        finding.text for module in (*policy_modules(), *policy_tests()) for finding in lint(*parts(module))
    ] == []


def parts(module: object) -> tuple[str, str]:
    return module.path, module.text  # type: ignore[attr-defined]
