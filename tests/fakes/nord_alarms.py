"""Alarms of nord in every place of an operator's list."""

from __future__ import annotations

from kernel.alarm import Alarm, AlarmState
from kernel.finding import Finding
from kernel.quality import OLD, QUESTIONABLE
from tests.fakes.nord import HOUR, MIN, NOW


def alarm(
    subject: str = "t1",
    *,
    condition: str = "voltage_limit",
    state: AlarmState = AlarmState.UNACKNOWLEDGED,
    priority: int = 1,
    blind: bool = False,
    at_ns: int = NOW - 6 * MIN,
    text: str = "",
) -> Alarm:
    """One alarm of the busbar behind T1, unless told otherwise."""
    shown = Finding(
        asset="f11",
        name="voltage",
        text="f11/voltage",
        value=17.9,
        unit="kV",
        limit=18.0,
        at_ns=at_ns,
        quality=QUESTIONABLE | OLD if blind else 0,
    )
    return Alarm(
        id=f"{condition}:{subject}",
        condition=condition,
        asset=subject.partition("/")[0],
        point="f11/voltage",
        priority=priority,
        state=state,
        active=state in {AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED},
        event="blind" if blind else "occurs",
        at_ns=at_ns,
        since_ns=0 if blind else at_ns - MIN,
        text=text or "voltage of T1 is 17.90 kV, -10.5 % of 20 kV; limit 10 %",
        evidence=(shown,),
        consequence="Equipment of customers may trip.",
        response="Look at the tap changer.",
        respond_within_s=600.0,
        blind=blind,
    )


def alarms() -> tuple[Alarm, ...]:
    """One that is new, one that somebody has seen, one put aside, one that cannot be judged."""
    return (
        alarm(),
        alarm("t2", condition="busbar_balance", state=AlarmState.ACKNOWLEDGED, priority=2, at_ns=NOW - HOUR),
        alarm("t1", condition="voltage_band", state=AlarmState.SHELVED, priority=3),
        alarm("grid", condition="busbar_balance", state=AlarmState.NORMAL, priority=2, blind=True),
    )
