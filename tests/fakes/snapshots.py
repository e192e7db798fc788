"""Snapshots of the substation nord on an evening with a peak ahead, and a gateway that holds one."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from aios.control_room.source import Outcome, SourceDown
from kernel.quality import GOOD
from kernel.shell.wire import (
    Accepted,
    GateState,
    Instruct,
    Lineage,
    Metrics,
    PutRequest,
    RungState,
    Sample,
    Snapshot,
)
from tests.fakes.nord import HOUR, MIN, NOW, S, points
from tests.fakes.nord_alarms import alarms
from tests.fakes.nord_journal import commands, lineage, loops, notices
from tests.fakes.nord_power import forecasts, plans, series
from tests.fakes.nord_questions import questions
from tests.fakes.nord_repairs import orders


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
        alarms=alarms(),
        asked=questions(),
        demand_limit_kw=27_000.0,
        demand_point="grid/active_power",
    )
    return msgspec.structs.replace(shot, **changes)


def calm() -> Snapshot:
    """A day on which nothing is wrong."""
    good = tuple(msgspec.structs.replace(p, quality=GOOD, words="good", at_ns=NOW - S) for p in points())
    rungs = (RungState(agent="load_forecast", rung="model", why="", since_ns=NOW - HOUR),)
    return snapshot(
        points=good, orders=(), notices=(), commands=(), rungs=rungs, loops=loops()[1:], alarms=(), asked=()
    )


class FakeSource:
    """A gateway in this process: it answers with what it holds, or is down."""

    def __init__(self, shot: Snapshot | None = None) -> None:
        self.shot = snapshot() if shot is None else shot
        self.down = ""
        self.asked = 0
        self.seen_ticks: list[int | None] = []
        """The tick that each question knew."""
        self.told: list[Instruct | PutRequest] = []
        self.says: Outcome = Accepted(trace="k")
        self.moving: Callable[[Snapshot], Snapshot] = lambda held: held

    async def snapshot(self, *, seen_tick: int | None = None, wait_s: float = 0.0) -> Snapshot:
        """Answer at once with the held snapshot, after it moved on."""
        self.asked += 1
        self.seen_ticks.append(seen_tick)
        if self.down:
            raise SourceDown(self.down)
        self.shot = self.moving(self.shot)
        return self.shot

    async def tell(self, message: Instruct | PutRequest) -> Outcome:
        """Hear what a person tells, and say what it was told to say."""
        if self.down:
            raise SourceDown(self.down)
        self.told.append(message)
        return self.says

    async def metrics(self) -> Metrics:
        """Answer with one tick."""
        if self.down:
            raise SourceDown(self.down)
        return Metrics(samples=(Sample("aios_ticks_total", 7.0),))

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
