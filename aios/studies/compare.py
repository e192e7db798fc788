"""Comparing two sets of runs: differences by KPI, paired by seed, with confidence intervals.

Two runs of one seed live in the same world, so their difference says what the controller did and not what the
weather did: the interval is that of the mean difference of pairs, not of the difference of two means.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from aios.studies.result import RunResult
from aios.studies.results import StudyFolder
from aios.studies.student import mean_and_half
from simulators.indicators.table import in_order, kpi_of

_AXES: Final = ("scenario", "controller", "policies", "model")


class NotComparable(ValueError):
    """Two sets of runs cannot be paired; the message says why."""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What B has more than A of one KPI, over pairs of runs with one seed."""

    scenario: str
    kpi: str
    unit: str
    a: float
    """Mean over the pairs."""
    b: float
    difference: float
    low: float | None
    """95 % interval of the mean difference; None where one pair says nothing of spread."""
    high: float | None
    pairs: int
    verdict: str
    """`better` or `worse` where the interval leaves no doubt that B is; empty where it does."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """B against A."""

    a: str
    b: str
    pairs: int
    unpaired: int
    """Runs on either side without a partner that has a result."""
    unconverged_runs: int
    """Runs among the pairs with steps that had no solution."""
    differences: tuple[Difference, ...]


def chosen(name: str, within: Path | None) -> list[RunResult]:
    """Return the runs that a name means: a study folder, or a label of runs in the folder `within`.

    Raises:
        NotComparable: no run has that label.
        NotAStudy: there is no study where it was looked for.
    """
    if within is None or (Path(name) / "study.json").exists():
        return list(StudyFolder(Path(name)).results())
    results = list(StudyFolder(within).results())
    found = [one for one in results if name in _labels(one)]
    if not found:
        known = sorted({label for one in results for label in _labels(one) if label})
        raise NotComparable(f"no run in {within} is called {name}; labels are {', '.join(known)}")
    return found


def compare(a: Sequence[RunResult], b: Sequence[RunResult], *, names: tuple[str, str]) -> Comparison:
    """Compare two sets of runs.

    Args:
        a: what is compared with.
        b: what is compared.
        names: of both, for people.

    Raises:
        NotComparable: a seed stands several times on one side, or no seed on both.
    """
    same = [axis for axis in _AXES if _values(a, axis) == _values(b, axis)]
    of_a, of_b = _by_pair(a, same, names[0]), _by_pair(b, same, names[1])
    keys = [key for key in of_a if key in of_b]
    if not keys:
        raise NotComparable(f"no scenario and seed has a result both in {names[0]} and in {names[1]}")
    pairs = [(of_a[key], of_b[key]) for key in keys]
    scenarios = sorted({one.labels.scenario for one, _ in pairs})
    rows = [
        row
        for scenario in scenarios
        for row in _rows(scenario, [pair for pair in pairs if pair[0].labels.scenario == scenario])
    ]
    return Comparison(
        a=names[0],
        b=names[1],
        pairs=len(pairs),
        unpaired=len(a) + len(b) - 2 * len(pairs),
        unconverged_runs=sum(bool(one.unconverged_steps) for pair in pairs for one in pair),
        differences=tuple(rows),
    )


def _labels(result: RunResult) -> tuple[str, ...]:
    labels = result.labels
    return (labels.controller, labels.policies, labels.model, labels.scenario, labels.words)


def _values(results: Iterable[RunResult], axis: str) -> set[str]:
    return {getattr(one.labels, axis) for one in results}


def _by_pair(results: Iterable[RunResult], axes: list[str], name: str) -> dict[tuple[object, ...], RunResult]:
    """Return the runs by what pairs them: their seed, and their place on the axes that both sides share."""
    found: dict[tuple[object, ...], RunResult] = {}
    for one in results:
        if one.failed:
            continue
        key = (*(getattr(one.labels, axis) for axis in axes), one.seed)
        if key in found:
            other = found[key].labels.words
            raise NotComparable(
                f"{name} has two runs of seed {one.seed}, {other} and {one.labels.words}: name one"
            )
        found[key] = one
    return found


def _rows(scenario: str, pairs: list[tuple[RunResult, RunResult]]) -> Iterable[Difference]:
    for name in in_order(name for name in pairs[0][0].kpis if name in pairs[0][1].kpis):
        known = [
            (x, y)
            for one, other in pairs
            if (x := one.kpis.get(name)) is not None and (y := other.kpis.get(name)) is not None
        ]
        if known:
            yield _difference(scenario, name, known)


def _difference(scenario: str, name: str, known: list[tuple[float, float]]) -> Difference:
    kpi = kpi_of(name)
    mean, half = mean_and_half([y - x for x, y in known])
    low, high = (None, None) if half is None else (mean - half, mean + half)
    return Difference(
        scenario=scenario,
        kpi=name,
        unit=kpi.unit,
        a=mean_and_half([x for x, _ in known])[0],
        b=mean_and_half([y for _, y in known])[0],
        difference=mean,
        low=low,
        high=high,
        pairs=len(known),
        verdict=_verdict(kpi.better, low, high),
    )


def _verdict(better: str, low: float | None, high: float | None) -> str:
    if not better or low is None or high is None or low <= 0.0 <= high:
        return ""
    return "better" if (high < 0.0) == (better == "less") else "worse"
