"""One battery and one meter: the smallest site that has a whole pipe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from kernel.asset import Asset
from kernel.image import View
from kernel.pipe.pipe import Pipe
from kernel.point import Kind, OnLoss, Operation, Point, Writing
from kernel.ports import Past, Step
from kernel.proposal import Priority, Proposal
from kernel.schedule.loop import ControlLoop
from kernel.site import Site

S = 1_000_000_000
METER, BATTERY, BREAKER = "grid/active_power", "bat/setpoint", "cb/close"


def make_site(**battery: Any) -> Site:
    writing = dict(
        low=-100.0, high=100.0, safe_value=0.0, on_loss=OnLoss.WRITE_SAFE, feedback_s=5.0, renew_s=60.0
    )
    pulse = Writing(
        low=1,
        high=1,
        safe_value=0,
        on_loss=OnLoss.HOLD,
        operation=Operation.PULSE,
        feedback="cb/position",
        feedback_value=2.0,
        feedback_s=5.0,
    )
    return Site(
        name="s",
        title="S",
        base_tick_s=1.0,
        digest="d",
        devices=(),
        loops=(),
        assets=(
            Asset(name="grid", kind="connection"),
            Asset(name="bat", kind="battery", upstream="grid"),
            Asset(name="cb", kind="breaker", upstream="grid"),
        ),
        points=(
            Point(name=METER, unit="kW", stale_s=3.0),
            Point(name=BATTERY, unit="kW", stale_s=3.0, writing=Writing(**(writing | battery))),
            Point(name="bat/sequence", unit="1"),
            Point(name=BREAKER, unit="1", writing=pulse),
            Point(name="cb/position", unit="1", kind=Kind.CODE),
        ),
    )


@dataclass
class Shaver:
    """Proposes to discharge what the meter shows above a limit."""

    name: str = "shaver"
    reads: tuple[str, ...] = (METER,)
    proposes: tuple[str, ...] = (BATTERY,)
    limit_kw: float = 50.0
    stands_s: float = 3.0

    def start(self, past: Past) -> int:
        return 0

    def step(self, view: View, state: int) -> Step:
        power = view.usable(METER)
        if power is None:
            return Step(state=state, rung="hold", why_rung="meter lost")
        wish = Proposal(
            agent=self.name,
            point=BATTERY,
            priority=Priority.CONTROL,
            wanted=max(0.0, power - self.limit_kw),
            reason="above limit",
            made_at_ns=view.now_ns,
            evidence=(METER,),
            expires_at_ns=view.now_ns + round(self.stands_s * S),
        )
        return Step(state=state + 1, proposals=(wish,))


def make_pipe(site: Site, agent: Any = None, revision: str = "test", run: str = "r", **more: Any) -> Pipe:
    loop = ControlLoop(name="shaver", agent=agent or Shaver(), period_s=1, deadline_s=1, priority="control")
    return Pipe(
        site,
        [loop],
        limits={BATTERY: (-100.0, 100.0), BREAKER: (1.0, 1.0)},
        run=run,
        revision=revision,
        **more,
    )


@pytest.fixture
def site() -> Site:
    return make_site()


@pytest.fixture
def pipe(site: Site) -> Pipe:
    return make_pipe(site)
