"""Snapshots of the substation nord on an evening with a peak ahead, built from the nouns."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from aios.control_room.source import SourceDown
from kernel.asset import Asset
from kernel.command import Command, Outcome, Receipt
from kernel.decision import Decision, Narrowing
from kernel.finding import Finding
from kernel.forecast import Forecast
from kernel.measurement import Measurement
from kernel.plan import Plan
from kernel.point import Operation
from kernel.proposal import Priority, Proposal
from kernel.quality import FAILURE, GOOD, INACCURATE, INVALID, OLD, QUESTIONABLE, describe
from kernel.repair import CostOfWaiting, RepairOrder, ranked
from kernel.verdict import Clamp
from kernel.wire import (
    CommandState,
    GateState,
    Lineage,
    LoopState,
    Notice,
    PointState,
    RungState,
    Series,
    Snapshot,
)

S = 1_000_000_000
MIN, HOUR, DAY = 60 * S, 3600 * S, 86_400 * S
NOW = int(datetime(2026, 11, 17, 15, 14, 7, tzinfo=UTC).timestamp()) * S
MIDNIGHT = NOW // DAY * DAY


def assets() -> tuple[Asset, ...]:
    """The topology of nord."""
    feeders = {"f11": "t1", "f12": "t1", "f13": "t2", "f14": "t2", "f15": "t2"}
    return (
        Asset(name="grid", kind="connection", title="Grid connection", zone="hv"),
        Asset(name="t1", kind="transformer", title="Transformer 1", upstream="grid", customers=11200),
        Asset(name="t2", kind="transformer", title="Transformer 2", upstream="grid", customers=12800),
        *(
            Asset(name=f"cb{name[1:]}", kind="breaker", upstream=head, zone=f"bay{name[1:]}")
            for name, head in feeders.items()
        ),
        *(
            Asset(name=name, kind="feeder", title=f"Feeder {name[1:]}", upstream=f"cb{name[1:]}")
            for name in feeders
        ),
        Asset(name="bat1", kind="battery", title="Battery 1", upstream="t1", ratings={"energy_kwh": 8000.0}),
    )


def load_kw(at_ns: int) -> float:
    """A plausible load of the substation, kW."""
    hour = (at_ns % DAY) / HOUR
    morning = 6.5 * math.exp(-((hour - 8.2) ** 2) / 3)
    evening = 11.8 * math.exp(-((hour - 18.8) ** 2) / 4.5)
    ripple = 0.45 * math.sin(hour * 5.1) + 0.25 * math.sin(hour * 13.7)
    return 1000 * (17.5 + morning + evening + ripple + 1.2 * math.sin((hour - 9) / 24 * 6.28))


def point(
    name: str, unit: str, value: float, *, quality: int = GOOD, age_s: float = 1.0, state: str = ""
) -> PointState:
    """One point's state."""
    return PointState(
        point=name, unit=unit, value=value, quality=quality, words=describe(quality), age_s=age_s, state=state
    )


def points() -> tuple[PointState, ...]:
    """All points; f13's meter is silent, t2's ambient sensor doubtful."""
    rows = [
        point("grid/active_power", "kW", 22240.0),
        point("grid/reactive_power", "kvar", 3120.0),
        point("grid/voltage", "kV", 111.4),
    ]
    for name, top, hot, amps in (("t1", 78.3, 98.6, 344.0), ("t2", 61.0, 72.4, 301.0)):
        rows += [
            point(f"{name}/top_oil_temperature", "degC", top),
            point(f"{name}/winding_temperature", "degC", hot - 4),
            point(
                f"{name}/ambient_temperature",
                "degC",
                8.4,
                quality=GOOD if name == "t1" else QUESTIONABLE | INACCURATE,
            ),
            point(f"{name}/load_current", "A", amps),
            point(f"{name}/fan_current", "A", 1.9 if name == "t1" else 4.1),
            point(f"{name}/cooling_state", "1", 1.0, state="on"),
            point(f"{name}/hot_spot_temperature", "degC", hot, age_s=2.0),
            point(f"{name}/ageing_rate", "1", 2.6 if name == "t1" else 0.4, age_s=2.0),
            point(f"{name}/top_oil_residual", "K", 11.4 if name == "t1" else 2.2, age_s=2.0),
        ]
    powers = {"f11": 5120.0, "f12": 6810.0, "f13": 0.0, "f14": 5480.0, "f15": 0.0}
    for name, power in powers.items():
        silent = name == "f13"
        quality, age_s = (INVALID | OLD | FAILURE, 340.0) if silent else (GOOD, 1.0)
        rows += [
            point(f"{name}/active_power", "kW", power, quality=quality, age_s=age_s),
            point(f"{name}/voltage", "kV", 0.0 if silent else 20.3, quality=quality, age_s=age_s),
            point(f"{name}/current", "A", power / 35.2, quality=quality, age_s=age_s),
        ]
    rows += [
        point("bat1/active_power", "kW", 0.0),
        point("bat1/active_power_setpoint", "kW", 0.0),
        point("bat1/state_of_charge", "%", 84.0),
        point("bat1/setpoint_sequence", "1", 417.0),
        point("bat1/operating_state", "1", 1.0, state="running"),
    ]
    for bay in (11, 12, 13, 14, 15):
        closed = bay != 15
        rows.append(
            point(f"cb{bay}/position", "1", 2.0 if closed else 1.0, state="closed" if closed else "open")
        )
        rows.append(point(f"cb{bay}/operations", "1", 12.0 + bay))
    return tuple(rows)


def finding(
    name: str, text: str, value: float, unit: str, limit: float | None, trend: tuple[float, ...]
) -> Finding:
    """One piece of evidence about t1."""
    return Finding(
        asset="t1",
        name=name,
        text=text,
        value=value,
        unit=unit,
        limit=limit,
        at_ns=NOW - 2 * S,
        trend=trend,
        trend_step_s=9 * 86400 / max(len(trend) - 1, 1),
    )


def cost(days: float, median: float) -> CostOfWaiting:
    """A cost with an interval around it."""
    return CostOfWaiting(days=days, median=median, low=median * 0.7, high=median * 1.36)


def order(
    asset: str, name: str, title: str, *, per_day: float, decide_in_s: float, confidence: int = 3
) -> RepairOrder:
    """A repair order."""
    rising = tuple(2 + 9.4 * (k / 39) ** 1.4 + 0.5 * math.sin(k * 2.1) for k in range(40))
    stepped = tuple((4.1 if k < 26 else 1.9) + 0.12 * math.sin(k * 1.7) for k in range(40))
    return RepairOrder(
        id=f"{asset}/{name}",
        asset=asset,
        title=title,
        work="Inspect fans and oil pump of cooling group 2; replace the pump if it does not turn",
        made_at_ns=NOW - 4 * MIN,
        decide_by_ns=NOW + round(decide_in_s) * S,
        cost_per_day=cost(1, per_day),
        if_you_wait=(cost(1, per_day), cost(7, per_day * 8.1), cost(30, per_day * 67)),
        confidence=confidence,
        evidence=(
            finding("top_oil_residual", "measured above modelled top-oil", 11.4, "K", 5.0, rising),
            finding("fan_current", "fan current, was 4.1 A", 1.9, "A", None, stepped),
            finding("ageing_rate", "normal ageing over the last 24 h", 2.6, "1", 1.0, rising),
        ),
        what_would_change=(
            "Load below 61 % until the repair: drops to place 3",
            "A fan-current reading by hand would halve the doubt",
        ),
        feasible=("No outage needed", "N-1 holds: highest 91 %, T2 at 19:00"),
        model="transformer-health 0.1.0",
    )


def orders() -> tuple[RepairOrder, ...]:
    """Open orders, ranked."""
    return ranked(
        (
            order(
                "t1",
                "cooling",
                "Cooling group 2 not moving oil; top-oil 11.4 K above model at 78 % load",
                per_day=910,
                decide_in_s=12_360,
            ),
            order(
                "t2",
                "cooling",
                "Top-oil drifts 2.2 K above model, slowly rising",
                per_day=140,
                decide_in_s=9 * 86_400,
                confidence=2,
            ),
            order(
                "cb12",
                "wear",
                "Contact wear 84 % by summed breaking current",
                per_day=520,
                decide_in_s=39 * 3600,
            ),
            order(
                "f11",
                "faults",
                "Two earth-fault trips in 9 days; wind, not load",
                per_day=95,
                decide_in_s=21 * 86_400,
                confidence=1,
            ),
        )
    )


def forecasts() -> tuple[Forecast, ...]:
    """The load of the coming twelve hours."""
    start = NOW // (15 * MIN) * 15 * MIN
    rows = []
    for lead in range(48):
        middle = load_kw(start + lead * 15 * MIN + 450 * S)
        spread = 250 + 40 * lead**0.9
        rows.append((middle - spread, middle, middle + spread * 1.1))
    return (
        Forecast(
            point="grid/active_power",
            made_at_ns=NOW - 4 * MIN,
            start_ns=start,
            step_s=900.0,
            quantiles=(0.1, 0.5, 0.9),
            values=tuple(rows),
            model="online-quantile 0.1.0",
        ),
    )


def plans() -> tuple[Plan, ...]:
    """The battery cuts what lies over the limit."""
    start = NOW // (15 * MIN) * 15 * MIN
    values = tuple(max(0.0, load_kw(start + k * 15 * MIN + 450 * S) - 27_000.0) for k in range(48))
    return (
        Plan(
            point="bat1/active_power_setpoint",
            made_at_ns=NOW - 3 * MIN,
            start_ns=start,
            step_s=900.0,
            values=values,
            valid_until_ns=NOW + 12 * HOUR,
            maker="peak_shaving",
            why="forecast exceeds the demand limit",
        ),
    )


def series() -> tuple[Series, ...]:
    """Fifteen-minute means of the day so far, with a hole."""
    count = (NOW - MIDNIGHT) // (15 * MIN)
    means = tuple(None if k in (20, 21) else load_kw(MIDNIGHT + k * 15 * MIN + 450 * S) for k in range(count))
    return (Series(point="grid/active_power", unit="kW", start_ns=MIDNIGHT, step_s=900.0, values=means),)


def command(
    name: str,
    *,
    age_s: float,
    value: float,
    verdict: str,
    outcome: str,
    point: str = "bat1/active_power_setpoint",
) -> CommandState:
    """One line of the journal."""
    refused = outcome == "denied"
    return CommandState(
        id=name,
        point=point,
        value=value,
        unit="kW" if point.startswith("bat") else "1",
        at_ns=NOW - round(age_s) * S,
        asked_by="person:lena" if refused else "peak_shaving",
        verdict=verdict,
        rule="breaker_close_never_under_permit"
        if refused
        else "battery_reserve"
        if verdict == "clamp"
        else "",
        reason="work permit 7731 is active in zone bay15" if refused else "keep the 15-min mean under 27 MW",
        outcome=outcome,
        detail="" if refused else f"read back {value:.0f} kW in 1.2 s",
        renewal=outcome == "open",
    )


def commands() -> tuple[CommandState, ...]:
    """The last commands."""
    return (
        command("nord-41200-0", age_s=2, value=0.0, verdict="allow", outcome="open"),
        command("nord-41187-0", age_s=780, value=1.0, verdict="deny", outcome="denied", point="cb15/close"),
        command("nord-40980-1", age_s=5400, value=1450.0, verdict="clamp", outcome="done"),
        command("nord-40700-0", age_s=9400, value=-900.0, verdict="allow", outcome="timed_out"),
        *(
            command(
                f"nord-{40_600 - k}-0", age_s=9500 + 60 * k, value=-900.0, verdict="allow", outcome="done"
            )
            for k in range(20)
        ),
    )


def notices() -> tuple[Notice, ...]:
    """What a dispatcher should know."""
    return (
        Notice(
            id="n1",
            priority=2,
            text="T1 top-oil 11.4 K above model",
            detail="respond within 30 min: reduce load or start group 3",
            since_ns=NOW - 6 * MIN,
            active=True,
        ),
        Notice(
            id="n2",
            priority=3,
            text="meter_f13 does not answer",
            detail="timed out 34 times; last answer 15:08",
            since_ns=NOW - 340 * S,
            active=True,
        ),
        Notice(
            id="n3",
            priority=3,
            text="Close of CB15 refused",
            detail="breaker_close_never_under_permit · permit 7731 active until 16:00",
            since_ns=NOW - 13 * MIN,
            active=True,
        ),
        Notice(
            id="n4",
            priority=4,
            text="Policy revision changed",
            detail="nord-2026.11.2",
            since_ns=NOW - 3 * HOUR,
            active=False,
        ),
    )


def loops() -> tuple[LoopState, ...]:
    """Loop statistics."""
    names = (("tick", 1.0), ("peak_shaving", 1.0), ("transformer_health", 60.0), ("load_forecast", 900.0))
    return tuple(
        LoopState(
            name=name,
            period_s=period,
            runs=round(54_847 / period),
            misses=2 if name == "tick" else 0,
            p50_ms=1.31,
            p95_ms=2.2,
            p99_ms=4.87,
            max_ms=31.4,
        )
        for name, period in names
    )


def snapshot(**changes: object) -> Snapshot:
    """The whole state; name a field to change it."""
    shot = Snapshot(
        site="nord",
        title="Substation Nord",
        currency="EUR",
        version="0.1.0",
        digest="9f3c1a77d2e04b55",
        now_ns=NOW,
        tick=41_203,
        base_tick_s=1.0,
        clock="synchronised",
        clock_factor=1.0,
        points=points(),
        rungs=(
            RungState(agent="load_forecast", rung="rule", why="meter_f13 is silent", since_ns=NOW - 14 * MIN),
            RungState(agent="peak_shaving", rung="model", why="", since_ns=NOW - 9 * HOUR),
            RungState(agent="transformer_health", rung="model", why="", since_ns=NOW - 9 * HOUR),
        ),
        orders=orders(),
        commands=commands(),
        notices=notices(),
        forecasts=forecasts(),
        plans=plans(),
        series=series(),
        gate=GateState(
            revision="nord-2026.11.2",
            healthy=True,
            failure="",
            since_ns=NOW - 3 * HOUR,
            rules=("breaker_close_never_under_permit", "battery_reserve", "demand_limit"),
        ),
        loops=loops(),
        demand_limit_kw=27_000.0,
        demand_point="grid/active_power",
    )
    return msgspec.structs.replace(shot, **changes)


def calm() -> Snapshot:
    """A day on which nothing is wrong."""
    good = tuple(msgspec.structs.replace(p, quality=GOOD, words="good", age_s=1.0) for p in points())
    rungs = (RungState(agent="load_forecast", rung="model", why="", since_ns=NOW - HOUR),)
    return snapshot(points=good, orders=(), notices=(), commands=(), rungs=rungs, loops=loops()[1:])


def lineage() -> Lineage:
    """The way of the clamped command."""
    at_ns = NOW - 5400 * S
    setpoint = "bat1/active_power_setpoint"
    clamp = Clamp(
        rule="battery_reserve",
        reason="keep 20 % charge for the night",
        revision="nord-2026.11.2",
        high=1450.0,
    )
    return Lineage(
        command=Command(
            id="nord-40980-1",
            trace="t-77",
            point=setpoint,
            value=1450.0,
            operation=Operation.SETPOINT,
            tick=40_980,
            issued_at_ns=at_ns,
            valid_until_ns=at_ns + 10 * S,
            sequence=416,
            authority="gate",
            revision="nord-2026.11.2",
            reason="keep the 15-min mean under 27 MW",
        ),
        decision=Decision(
            point=setpoint,
            value=1450.0,
            tick=40_980,
            chosen_by="peak_shaving",
            expires_at_ns=at_ns + 60 * S,
            trace="t-77",
            narrowed_by=(
                Narrowing(agent="envelope", priority=0, low=-4000.0, high=4000.0, reason="rating"),
                Narrowing(
                    agent="policy:battery_reserve", priority=10, low=-4000.0, high=1450.0, reason="reserve"
                ),
                Narrowing(
                    agent="peak_shaving", priority=40, low=-4000.0, high=1450.0, reason="limit", wanted=1800.0
                ),
            ),
        ),
        proposals=(
            Proposal(
                agent="peak_shaving",
                point=setpoint,
                priority=Priority.CONTROL,
                wanted=1800.0,
                confidence=0.82,
                reason="the mean would reach 28.8 MW",
                made_at_ns=at_ns,
                expires_at_ns=at_ns + 60 * S,
            ),
        ),
        measurements=(
            Measurement(
                point="grid/active_power",
                value=28_790.0,
                quality=GOOD,
                at_ns=at_ns - S,
                available_at_ns=at_ns - S // 5,
            ),
            Measurement(
                point="f13/active_power",
                value=0.0,
                quality=INVALID | OLD,
                at_ns=at_ns - 300 * S,
                available_at_ns=at_ns,
            ),
        ),
        forecasts=forecasts(),
        findings=(),
        verdict=clamp,
        receipt=Receipt(
            command="nord-40980-1",
            outcome=Outcome.DONE,
            at_ns=at_ns + S,
            detail="within tolerance",
            value=1449.2,
        ),
        revision="nord-2026.11.2",
        written_at_ns=at_ns + S // 5,
    )


class FakeSource:
    """A gateway in this process: it answers with what it holds, or is down."""

    def __init__(self, shot: Snapshot | None = None) -> None:
        self.shot = snapshot() if shot is None else shot
        self.down = ""
        self.asked = 0
        self.moving: Callable[[Snapshot], Snapshot] = lambda held: held

    async def snapshot(self) -> Snapshot:
        """Answer with the held snapshot, after it moved on."""
        self.asked += 1
        if self.down:
            raise SourceDown(self.down)
        self.shot = self.moving(self.shot)
        return self.shot

    async def lineage(self, command_id: str) -> Lineage:
        """Answer with the one way it knows."""
        if self.down:
            raise SourceDown(self.down)
        if command_id == "nord-40980-1":
            return lineage()
        known = lineage()
        return msgspec.structs.replace(
            known,
            command=None,
            decision=None,
            proposals=(),
            measurements=(),
            forecasts=(),
            verdict=None,
            receipt=None,
            written_at_ns=None,
            missing=f"no command {command_id} in the journal",
        )
