"""`check_driver`: is a driver fit for real buses? Each rule is tried on a bench, behind a bad wire.

    report = await check_driver(DriverBench(make=..., clock=..., rows=..., address=("127.0.0.1", 5020), ...))
    report.raise_if_broken()

A driver has no time of its own: under a virtual clock, and without a wire, the check takes no real time. With
a wire its time-outs are real; choose short ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from aios.testing import driver_leaving, driver_reading, driver_wire, driver_writing
from aios.testing.driver_bench import DriverBench, Reference
from aios.testing.driver_report import DriverReport, NotConforming, Outcome, RuleResult
from aios.testing.driver_rule import Rule
from aios.testing.driver_scene import Broken, Scene

__all__ = [
    "RULES",
    "DriverBench",
    "DriverReport",
    "NotConforming",
    "Outcome",
    "Reference",
    "RuleResult",
    "check_driver",
]

RULES: Final[tuple[Rule, ...]] = (
    *driver_reading.RULES,
    *driver_writing.RULES,
    *driver_wire.RULES,
    *driver_leaving.RULES,
)
"""The contract, in the order in which it is tried."""


async def check_driver(bench: DriverBench, *, only: Iterable[str] = ()) -> DriverReport:
    """Hold a driver to its contract, rule by rule, each with a new driver.

    A rule that stumbles over the fault of another is not tried; the other one is broken, with what was seen.

    Args:
        bench: the device, how to make its driver, and what may be done to it.
        only: names of rules; none means all.

    Raises:
        ValueError: the bench exempts, or `only` names, a rule that does not exist.
    """
    wanted = frozenset(only)
    unknown = (wanted | set(bench.exempt)) - {rule.name for rule in RULES}
    if unknown:
        raise ValueError(f"there is no rule {', '.join(sorted(unknown))}")
    found: dict[str, str] = {}
    results, name = [], ""
    for rule in RULES:
        if not wanted or rule.name in wanted:
            called, result = await _tried(rule, bench, found)
            name = called or name
            results.append(result)
    tried = {result.rule for result in results}
    results += [_result(rule, Outcome.BROKEN, "") for rule in RULES if rule.name in found.keys() - tried]
    return DriverReport(driver=name, results=tuple(_settled(result, found, bench) for result in results))


async def _tried(rule: Rule, bench: DriverBench, found: dict[str, str]) -> tuple[str, RuleResult]:
    """Try one rule; what was seen of another one goes into `found`."""
    why = bench.exempt.get(rule.name, "")
    lacking = bench.lacks(rule.needs)
    name = ""
    if why or lacking:
        outcome = Outcome.EXEMPT if why else Outcome.NOT_TRIED
        return name, _result(rule, outcome, why or lacking)
    try:
        async with Scene(bench) as scene:
            name = scene.driver.name
            return name, _result(rule, Outcome.KEPT, await rule.check(scene))
    except Broken as broken:
        breaks = broken.rule or rule.name
        found.setdefault(breaks, broken.found)
        seen = "" if breaks == rule.name else f"{breaks} stood in the way: {broken.found}"
        return name, _result(rule, Outcome.NOT_TRIED, seen)


def _settled(result: RuleResult, found: dict[str, str], bench: DriverBench) -> RuleResult:
    """Mark a rule as broken that its own scene or another one found broken."""
    if result.rule not in found or result.rule in bench.exempt:
        return result
    rule = next(rule for rule in RULES if rule.name == result.rule)
    return _result(rule, Outcome.BROKEN, found[rule.name])


def _result(rule: Rule, outcome: Outcome, evidence: str) -> RuleResult:
    do = rule.do if outcome is Outcome.BROKEN else ""
    return RuleResult(rule=rule.name, claim=rule.claim, outcome=outcome, evidence=evidence, do=do)
