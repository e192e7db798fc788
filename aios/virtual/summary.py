"""The summary of a run: what control did, how good the forecast was, how fast it decided, what to repair."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
from rich.table import Table

from aios.folder import Folder
from aios.virtual.forecast_score import ForecastScore, score_forecasts
from kernel.command import Receipt
from kernel.journal.commands import CommandJournal
from kernel.pipe.tick import Refused
from kernel.shell.wire import LoopState, Snapshot
from kernel.site import Site
from simulators.truth import Truth


class RepairLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the repair list."""

    rank: int
    asset: str
    title: str
    cost_per_day: float
    low: float
    high: float


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a run came to; powers in kW, energies in kWh, durations in ms of real time."""

    site: str
    limit_kw: float | None
    peak_without_kw: float | None
    peak_with_kw: float | None
    discharged_kwh: float
    charged_kwh: float
    forecast: ForecastScore | None
    decision: LoopState | None
    outcomes: dict[str, int]
    """Commands by end state."""
    refusals: dict[str, int]
    """Refusals by rule."""
    repairs: tuple[RepairLine, ...]
    currency: str


def summary_of(site: Site, root: Path, truth: Truth, snapshot: Snapshot) -> Summary:
    """Collect a summary from the world's truth, the journal and the last snapshot."""
    journal = CommandJournal(Folder(root=root).commands, read_only=True)
    outcomes, refusals = _counts(journal)
    journal.close()
    return Summary(
        site=site.title,
        limit_kw=snapshot.demand_limit_kw,
        peak_without_kw=None if truth.peak_without is None else truth.peak_without.mean_kw,
        peak_with_kw=None if truth.peak is None else truth.peak.mean_kw,
        discharged_kwh=truth.discharged_kwh,
        charged_kwh=truth.charged_kwh,
        forecast=score_forecasts(site, root, snapshot),
        decision=next((loop for loop in snapshot.loops if loop.name == "decision"), None),
        outcomes=outcomes,
        refusals=refusals,
        repairs=tuple(
            RepairLine(
                rank=order.rank,
                asset=order.asset,
                title=order.title,
                cost_per_day=order.cost_per_day.median,
                low=order.cost_per_day.low,
                high=order.cost_per_day.high,
            )
            for order in snapshot.orders
        ),
        currency=snapshot.currency,
    )


def _counts(journal: CommandJournal) -> tuple[dict[str, int], dict[str, int]]:
    outcomes: Counter[str] = Counter()
    refusals: Counter[str] = Counter()
    for entry in journal.entries():
        if entry.kind == "receipt":
            outcomes[msgspec.json.decode(entry.body, type=Receipt).outcome.value] += 1
        elif entry.kind == "refused":
            refusals[msgspec.json.decode(entry.body, type=Refused).rule] += 1
    return dict(outcomes.most_common()), dict(refusals.most_common())


def summary_table(summary: Summary) -> Table:
    """Lay a summary out for a terminal."""
    table = Table(title=f"{summary.site}: the day in numbers", show_header=False, title_justify="left")
    for name, text in _lines(summary):
        table.add_row(name, text)
    return table


def _lines(summary: Summary) -> list[tuple[str, str]]:
    lines = [
        ("peak without control", _kw(summary.peak_without_kw)),
        ("peak with control", f"{_kw(summary.peak_with_kw)} (limit {_kw(summary.limit_kw)})"),
        (
            "energy shifted",
            f"{summary.discharged_kwh:.0f} kWh discharged, {summary.charged_kwh:.0f} kWh charged",
        ),
    ]
    if (score := summary.forecast) is not None:
        better = min(score.naive_day_kw, score.naive_week_kw)
        error = (
            f"mean error {score.model_kw:.0f} kW, better naive {better:.0f} kW over {score.origins} days "
            f"(ratio {score.ratio:.2f}); this day {score.last_day_model_kw:.0f} and "
            f"{score.last_day_naive_kw:.0f} kW"
        )
        lines.append(("day-ahead forecast", error))
    if (decision := summary.decision) is not None:
        latency = (
            f"p50 {decision.p50_ms:.1f}, p95 {decision.p95_ms:.1f}, p99 {decision.p99_ms:.1f}, max "
            f"{decision.max_ms:.1f} ms ({decision.runs} decisions; gate and commit included)"
        )
        lines.append(("decision latency", latency))
    lines.append(("commands", ", ".join(f"{count} {name}" for name, count in summary.outcomes.items())))
    refused = ", ".join(f"{count} by {rule}" for rule, count in summary.refusals.items())
    lines.append(("refused", refused or "none"))
    lines += [_repair(line, summary.currency) for line in summary.repairs] or [("repairs", "none")]
    return lines


def _repair(line: RepairLine, currency: str) -> tuple[str, str]:
    cost = f"{line.cost_per_day:.2f} {currency}/day ({line.low:.2f} to {line.high:.2f})"
    return f"repair {line.rank}", f"{line.asset}: {line.title}; waiting costs {cost}"


def _kw(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.0f} kW".replace(",", " ")
