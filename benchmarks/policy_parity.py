"""Compares our embedded evaluator with a real Open Policy Agent on the shipped policies.

The oracle is the package `opa-golib-python-bindings` 0.4.4 (OPA 1.20 as a shared library). Its metadata
ask for Python 3.14, but it is plain ctypes; it is installed beside the lock, never into it:

    pip install --ignore-requires-python --target DIR opa-golib-python-bindings==0.4.4
    PYTHONPATH=DIR python benchmarks/policy_parity.py --count 10000 --seed 1

Requests are about a small substation with four policies, and about a town with all sixteen; those of the
town are also sent over REST to a small server that is the real OPA. Every request is judged by all. Different
verdicts are an error (exit code 1); bounds may differ by one part in 1e9 (OPA computes in arbitrary
precision), texts may differ and are counted. All `test_` rules run in both.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from benchmarks.gate_load.questions import any_question
from benchmarks.gate_load.questions import calm as calm_question
from benchmarks.gate_load.town import town
from benchmarks.results import write
from kernel.command import Command
from kernel.image import Reading
from kernel.instruction import Approval
from kernel.ports import GateRequest
from kernel.quality import OLD, QUESTIONABLE, SUBSTITUTED
from kernel.verdict import Ask, Clamp, Judgement
from policies.bundle import ENTRY, Module, PolicyBundle, load_bundle, policy_tests
from policies.embedded import EmbeddedGate
from policies.gate import believe, encode_request
from policies.opa_server import OpaServerGate
from policies.rego_tests import rules_of, run_policy_tests
from tests.contract.opa_stub import OpaStub, result
from tests.unit.policies.substation import FOUR, HOUR_NS, NOW_NS, RATED_A, calm, good, pulse, setpoint, site

READINGS = ("t1/load_current", "t1/hot_spot_temperature", "bat1/active_power", "bat2/active_power")


def any_request(dice: random.Random) -> GateRequest:
    """Draw a request: one to six commands, broken readings, times around a work permit, people's answers."""
    commands = tuple(any_command(dice, f"c{place}") for place in range(dice.randint(1, 6)))
    readings = calm(
        t1__load_current=good(
            round(dice.choice((dice.uniform(0.0, 1.7), dice.uniform(1.35, 1.5))), 3) * RATED_A
        ),
        t1__hot_spot_temperature=good(round(dice.uniform(60.0, 130.0), 1), age_s=30.0),
        bat1__active_power=good(round(dice.uniform(-4000.0, 4000.0), 1)),
        bat2__active_power=good(float(dice.randint(-4000, 4000))),
    )
    if dice.random() < 0.5:
        spoil(dice, readings)
    return GateRequest(
        tick=dice.randint(0, 10**6),
        now_ns=NOW_NS + dice.choice((-2 * HOUR_NS, -HOUR_NS, 0, HOUR_NS, HOUR_NS + 1)),
        commands=commands,
        readings=readings,
        approvals={c.id: answers for c in commands if (answers := any_answers(dice, c.id))},
        occasion="load" if dice.random() < 0.05 else "tick",
    )


def any_answers(dice: random.Random, command: str) -> tuple[Approval, ...]:
    """Draw what up to three people said to a command: not all of them may, and not all agree."""
    people = dice.choices(("anna", "berta", "carl"), k=dice.choice((0, 0, 1, 2, 2, 3)))
    return tuple(
        Approval(
            key=f"{command}-{place}",
            person=person,
            role=dice.choice(("OPERATOR", "ENGINEER", "VIEWER")),
            reason="seen",
            asked=command,
            granted=dice.random() < 0.85,
        )
        for place, person in enumerate(people)
    )


def any_command(dice: random.Random, name: str) -> Command:
    """Draw a command, now and then one that no site declares or that carries the wrong timer."""
    if dice.random() < 0.35:
        point = dice.choice(("cb14/close", "cb15/close", "cb15/open", "cb16/close", "nowhere/close"))
        return pulse(point, name=name, asked_by=dice.choice(("shaver", "person:anna", "person:berta")))
    command = setpoint(
        round(dice.uniform(-4200.0, 4200.0), 2),
        battery=dice.choice(("bat1", "bat2", "bat9")),
        id=name,
        reversion_s=dice.choice((240.0, 240.0, 240.0, 180.0, 300.0, 179.0, 301.0, 1000.0, None)),
        reversion_value=dice.choice((0.0, 0.0, 0.0, None)),
    )
    return msgspec.structs.replace(command, point="t1/load_current") if dice.random() < 0.05 else command


def spoil(dice: random.Random, readings: dict[str, Reading]) -> None:
    """Take away, age or mark one reading."""
    point = dice.choice(READINGS)
    fault = dice.choice(("missing", "old", "bad", "substituted"))
    if fault == "missing":
        del readings[point]
        return
    quality = {"old": 0, "bad": QUESTIONABLE | OLD, "substituted": SUBSTITUTED}[fault]
    readings[point] = good(readings[point].value, age_s=999.0 if fault == "old" else 1.0, quality=quality)


def oracle(bundle: PolicyBundle, tests: tuple[Module, ...]) -> Any:
    """Load the bundle and the test modules into a real OPA.

    Raises:
        ModuleNotFoundError: the oracle is not installed; the module docstring says how.
    """
    opa = importlib.import_module("opa_bindings").OpaEngine()
    for module in (*bundle.modules, *tests):
        opa.add_policy(module.path, module.text)
    opa.add_data(json.loads(bundle.data))
    return opa


def compare(ours: Judgement, theirs: Judgement) -> str:
    """Say how two judgements differ: empty, `text: ...` or `verdict: ...`."""
    if ours.failure or theirs.failure:
        same = bool(ours.failure) == bool(theirs.failure)
        return "" if same else f"verdict: failure {ours.failure!r} / {theirs.failure!r}"
    worst = ""
    for name, mine in ours.verdicts.items():
        other = theirs.verdicts[name]
        if type(mine) is not type(other) or not same_bounds(mine, other) or not same_terms(mine, other):
            return f"verdict: {name}: {mine} / {other}"
        if getattr(mine, "rule", "") != getattr(other, "rule", ""):
            return f"verdict: {name}: {mine} / {other}"
        if getattr(mine, "reason", "") != getattr(other, "reason", ""):
            worst = f"text: {name}: {getattr(mine, 'reason', '')} / {getattr(other, 'reason', '')}"
    return worst


def same_bounds(mine: Any, other: Any) -> bool:
    """Tell whether two clamps bound alike, to one part in 1e9; true for anything but clamps."""
    if not isinstance(mine, Clamp):
        return True
    for one, two in ((mine.low, other.low), (mine.high, other.high)):
        if (one is None) != (two is None):
            return False
        if one is not None and abs(one - two) > 1e-9 * max(1.0, abs(one)):
            return False
    return True


def same_terms(mine: Any, other: Any) -> bool:
    """Tell whether two questions ask the same of the same people; true for anything but questions."""
    if not isinstance(mine, Ask):
        return True
    return bool(msgspec.structs.replace(mine, reason=other.reason) == other)


def run_tests(opa: Any, bundle: PolicyBundle, tests: tuple[Module, ...]) -> list[str]:
    """Return the `test_` rules that do not pass in both evaluators."""
    ours = {outcome.rule: outcome.passed for outcome in run_policy_tests(bundle, tests)}
    names = [name for module in tests for name in rules_of(module)]
    theirs = {name: opa.eval_query(f"x := {name}", {}) == [{"x": True}] for name in names}
    return [f"{name}: {ours[name]} / {theirs[name]}" for name in names if not (ours[name] and theirs[name])]


class Count:
    """What was compared, and every difference."""

    def __init__(self) -> None:
        self.verdicts = Counter[str]()
        self.rules = Counter[str]()
        self.found: list[str] = []

    def add(self, ours: Judgement, *theirs: Judgement) -> None:
        """Compare one judgement with what others say of the same request."""
        self.verdicts.update(type(verdict).__name__ for verdict in ours.verdicts.values())
        self.rules.update(getattr(verdict, "rule", "allowed") for verdict in ours.verdicts.values())
        self.found += filter(None, (compare(ours, other) for other in theirs))


async def judge_all(
    bundle: PolicyBundle, opa: Any, requests: Iterable[GateRequest], count: Count, *, rest: bool
) -> None:
    """Judge requests embedded, in real OPA, and over REST by a server that is that OPA."""
    gate, real = EmbeddedGate(bundle), RealOpa(opa)
    async with OpaStub(real.answered) as stub:
        server = OpaServerGate(host="127.0.0.1", port=stub.port, revision=bundle.revision, timeout_s=60.0)
        for request in requests:
            over_rest = [await server.judge(request)] if rest else []
            raw = real.document(json.loads(encode_request(request)))
            direct = believe(raw, expected_revision=bundle.revision, commands=request.commands)
            count.add(gate.judge_now(request), direct, *over_rest)
        await server.close()


class RealOpa:
    """The real OPA, asked once about an input: what arrives over REST is the same as what was sent."""

    def __init__(self, opa: Any) -> None:
        self._opa = opa
        self._last: tuple[Any, Any] = (None, None)

    def document(self, asked: Any) -> Any:
        """Return the document of the gate for an input."""
        if self._last[0] != asked:
            self._last = asked, self._opa.eval_document(ENTRY.removeprefix("data."), asked)
        return self._last[1]

    def answered(self, posted: Any) -> tuple[int, bytes]:
        """Answer as a server does."""
        return result(self.document(posted["input"]))


def town_requests(dice: random.Random, count: int) -> Iterator[GateRequest]:
    """Draw questions about the town, one in ten of them calm."""
    place = town()
    for number in range(count):
        yield (
            calm_question(dice, place, dice.randint(1, 10)) if number % 10 == 0 else any_question(dice, place)
        )


def main() -> int:
    """Judge `--count` requests by every way and print every difference."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--count", type=int, default=10_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--quick", action="store_true", help="300 requests, no results written")
    chosen = options.parse_args()
    asked = 300 if chosen.quick else chosen.count
    dice, tests, count, began = random.Random(chosen.seed), policy_tests(), Count(), time.perf_counter()
    four = load_bundle(FOUR, site())
    small = (any_request(dice) for _ in range(asked // 5))
    asyncio.run(judge_all(four, oracle(four, ()), small, count, rest=False))
    whole = load_bundle(town().policies, town())
    opa = oracle(whole, tests)
    asyncio.run(judge_all(whole, opa, town_requests(dice, asked), count, rest=True))
    failed_tests = run_tests(opa, whole, tests)
    for line in [*sorted(set(count.found))[:20], *failed_tests]:
        print(line)
    wrong = sum(line.startswith("verdict") for line in count.found)
    rules = sum(len(rules_of(module)) for module in tests)
    print(f"revision {whole.revision}, {asked + asked // 5} requests, seed {chosen.seed}")
    print(f"verdicts {dict(sorted(count.verdicts.items()))}")
    print(f"rules {dict(sorted(count.rules.items()))}")
    print(f"different verdicts {wrong}, different texts {len(count.found) - wrong}")
    print(f"test rules {rules}, failed {len(failed_tests)}")
    if not chosen.quick:
        seconds = time.perf_counter() - began
        row = {"name": "gate.parity_differences", "value": float(wrong + len(failed_tests)), "unit": "1"}
        more = {"count": asked, "seconds": seconds, "seed": chosen.seed, "command": "make parity"}
        write("policy_parity", [row | more])
    return 1 if wrong or failed_tests else 0


if __name__ == "__main__":
    sys.exit(main())
