"""Agents share one look at a tick, and each sees of it what its site leaves it."""

from __future__ import annotations

import msgspec

from kernel.capability import May
from kernel.forecast import Forecast
from kernel.measurement import block
from kernel.pipe.pipe import Pipe
from kernel.pipe.sight import Sight
from kernel.pipe.tick import Inputs
from kernel.quality import BLOCKED, INVALID
from kernel.schedule.loop import ControlLoop
from kernel.testing import EmptyPast
from tests.unit.kernel.conftest import BATTERY, METER, S, Shaver


def loop_of(name: str, *reads: str, may: May | None = None) -> ControlLoop:
    agent = Shaver(name=name, reads=reads)
    return ControlLoop(name=name, agent=agent, period_s=1, deadline_s=1, priority="control", narrowed=may)


def seen(pipe: Pipe, *loops: ControlLoop) -> Sight:
    """Look at a tick in which meter and battery were read, with a forecast of the meter."""
    read = block([0, 1], [70.0, 5.0], [0, 0], at_ns=1000 * S)
    begin = pipe.begin(EmptyPast(), now_ns=999 * S)
    state = pipe.draft(begin, Inputs(tick=0, now_ns=1000 * S, blocks=(read,))).after
    forecast = Forecast(
        point=METER,
        made_at_ns=999 * S,
        start_ns=1000 * S,
        step_s=900.0,
        quantiles=(0.5,),
        values=((70.0,),),
        model="none",
    )
    return Sight.of(pipe.site, msgspec.structs.replace(state, forecasts={METER: forecast}), loops)


def test_what_is_withheld_from_one_agent_is_shown_to_the_others(pipe: Pipe) -> None:
    one, other = loop_of("one", METER, BATTERY, may=May(read=(BATTERY,))), loop_of("other", METER, BATTERY)
    for order in ((one, other), (other, one)):
        sight = seen(pipe, *order)
        view = {loop.name: sight.view(loop) for loop in order}
        hole = view["one"].readings[METER]
        assert (hole.value, hole.quality) == (0.0, INVALID | BLOCKED)
        assert set(view["one"].means) == {BATTERY}
        assert view["one"].forecasts == {}
        assert view["other"].usable(METER) == 70.0
        assert set(view["other"].means) == {METER, BATTERY}
        assert set(view["other"].forecasts) == {METER}
        assert view["one"].usable(BATTERY) == view["other"].usable(BATTERY) == 5.0


def test_agents_together_see_what_each_sees_alone(pipe: Pipe) -> None:
    loops = loop_of("one", METER), loop_of("other", BATTERY, METER), loop_of("third", BATTERY)
    together = seen(pipe, *loops)
    for loop in loops:
        view = together.view(loop)
        assert view == seen(pipe, loop).view(loop)
        assert tuple(view.readings) == tuple(view.means) == loop.agent.reads
