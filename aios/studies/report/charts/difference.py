"""What changed: the mean difference of each KPI from the baseline, in per cent, with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from aios.studies.compare import Comparison, Difference
from aios.studies.report.charts.style import Figure, Trace, axis, figure, look
from simulators.indicators.table import KPIS

SHOWN: Final = tuple(
    name
    for name, kpi in KPIS.items()
    if kpi.better and name not in {"unconverged_steps", "unconverged_h", "balance_error"}
)
_ROW: Final = 27
_TITLE: Final = "difference from the baseline, % of its mean (\u25be less is better, \u25b4 more is better)"


def difference_chart(comparisons: Sequence[Comparison], names: Sequence[str], scenario: str) -> Figure | None:
    """Draw differences with 95 % intervals; None where nothing differs.

    Args:
        comparisons: with one baseline.
        names: of what is compared, in the same order.
        scenario: whose differences are drawn.
    """
    rows = [kpi for kpi in SHOWN if any(_share(one, kpi, scenario) is not None for one in comparisons)]
    if not rows:
        return None
    traces = [
        _trace(comparison, name, rows, scenario, place, len(comparisons))
        for place, (comparison, name) in enumerate(zip(comparisons, names, strict=True))
    ]
    zero = {
        "type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1,
        "line": {"color": "var(--ink)", "width": 1.2},
    }  # fmt: skip
    return figure(
        traces,
        height=124 + _ROW * len(rows) * max(1, len(comparisons) * 2 // 3),
        xaxis=axis(_TITLE, ticksuffix=" %"),
        yaxis=axis(
            tickvals=list(range(len(rows))), ticktext=[_label(kpi) for kpi in rows],
            range=[len(rows) - 0.4, -0.6], fixedrange=True,
        ),
        shapes=[zero],
        showlegend=len(comparisons) > 1,
        hovermode="closest",
    )  # fmt: skip


def _label(kpi: str) -> str:
    arrow = "\u25be" if KPIS[kpi].better == "less" else "\u25b4"
    return f"{kpi} {arrow}"


def _share(comparison: Comparison, kpi: str, scenario: str) -> Difference | None:
    """Return a difference that can be given as a share: of a baseline that is not zero, and changed."""
    for one in comparison.differences:
        if one.kpi == kpi and one.scenario == scenario and one.a:
            return one if one.difference or (one.low != one.high) else None
    return None


def _trace(
    comparison: Comparison, name: str, rows: list[str], scenario: str, place: int, count: int
) -> Trace:
    shift = (place - 0.5 * (count - 1)) * 0.22
    found = [(row, one) for row, kpi in enumerate(rows) if (one := _share(comparison, kpi, scenario))]
    style = look(place + 1)

    def percent(one: Difference, value: float) -> float:
        return float(f"{100.0 * value / abs(one.a):.6g}")

    error: dict[str, Any] = {
        "type": "data", "thickness": 1.8, "width": 5, "color": style.colour,
        "array": [percent(one, _half(one)) for _, one in found],
    }  # fmt: skip
    return {
        "type": "scatter", "mode": "markers", "name": name,
        "x": [percent(one, one.difference) for _, one in found], "y": [row + shift for row, _ in found],
        "error_x": error, "marker": {"color": style.colour, "symbol": style.symbol, "size": 10},
        "text": [_words(one) for _, one in found], "hovertemplate": "%{text}<extra></extra>",
    }  # fmt: skip


def _half(one: Difference) -> float:
    """Return half the width of its interval; 0 where one pair says nothing of spread."""
    return 0.0 if one.high is None else one.high - one.difference


def _words(one: Difference) -> str:
    interval = "" if one.low is None else f"<br>95 % interval {one.low:+.5g} to {one.high:+.5g} {one.unit}"
    verdict = f"<br>{one.verdict}" if one.verdict else ""
    return (
        f"<b>{one.kpi}</b>: {one.difference:+.5g} {one.unit} ({100 * one.difference / abs(one.a):+.2f} %)"
        f"{interval}<br>{one.pairs} pairs{verdict}"
    )
