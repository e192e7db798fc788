"""Commands, notices, loops of nord, and the way of one command."""

from __future__ import annotations

from kernel.command import Command, Outcome, Receipt
from kernel.decision import Decision, Narrowing
from kernel.measurement import Measurement
from kernel.point import Operation
from kernel.proposal import Priority, Proposal
from kernel.quality import GOOD, INVALID, OLD
from kernel.shell.wire import CommandState, Lineage, LoopState, Notice
from kernel.verdict import Clamp
from tests.fakes.nord import HOUR, MIN, NOW, S
from tests.fakes.nord_power import forecasts


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
