"""The supervisor against the words of OTP."""

from __future__ import annotations

import asyncio

import pytest

from kernel.point import NANOSECONDS
from kernel.shell.child import ChildSpec, Crashed, Exit, GaveUp, Normal, Restart, Stopped, is_failure
from kernel.shell.supervisor import Event, StartFailed, Supervisor, supervisor
from kernel.shell.supervisor_flags import AutoShutdown, Flags, Strategy
from kernel.shell.task_child import task
from tests.unit.kernel.scripted_clock import ScriptedClock, settle
from tests.unit.kernel.shell.stage import Stage, log_after


async def begun(
    stage: Stage, specs: list[ChildSpec], strategy: Strategy = Strategy.ONE_FOR_ONE, intensity: int = 3
) -> Supervisor:
    made = Supervisor("s", specs, ScriptedClock(), Flags(strategy=strategy, intensity=intensity))
    await made.start()
    stage.log.clear()
    return made


async def test_children_start_in_order_and_stop_in_reverse() -> None:
    stage = Stage()
    made = Supervisor("s", [stage.spec(name) for name in "abc"], ScriptedClock())
    await made.start()
    await made.stop()
    assert stage.log == ["start a", "start b", "start c", "stop c", "stop b", "stop a"]
    assert await made.ended() == Stopped()


@pytest.mark.parametrize(
    ("strategy", "said"),
    [
        (Strategy.ONE_FOR_ONE, ["start b"]),
        (Strategy.REST_FOR_ONE, ["stop c", "start b", "start c"]),
        (Strategy.ONE_FOR_ALL, ["stop c", "stop a", "start a", "start b", "start c"]),
    ],
    ids=lambda one: one.value if isinstance(one, Strategy) else "",
)
async def test_a_strategy_names_who_starts_again(strategy: Strategy, said: list[str]) -> None:
    stage = Stage()
    made = await begun(stage, [stage.spec(name) for name in "abc"], strategy)
    await stage.crash("b")
    assert stage.log == said
    await made.stop()


@pytest.mark.parametrize(
    ("restart", "end", "again"),
    [
        (Restart.PERMANENT, Normal(), True),
        (Restart.PERMANENT, Crashed("x"), True),
        (Restart.TRANSIENT, Normal(), False),
        (Restart.TRANSIENT, Stopped(), False),
        (Restart.TRANSIENT, GaveUp("x"), False),
        (Restart.TRANSIENT, Crashed("x"), True),
        (Restart.TEMPORARY, Crashed("x"), False),
    ],
    ids=lambda one: one.value if isinstance(one, Restart) else type(one).__name__,
)
async def test_the_restart_type_says_after_which_end_a_child_starts_again(
    restart: Restart, end: Exit, *, again: bool
) -> None:
    stage = Stage()
    made = await begun(stage, [stage.spec("a", restart)])
    await stage.end("a", end)
    assert log_after(stage) == (["start a"] if again else [])
    await made.stop()


async def test_more_restarts_than_the_budget_stop_all_children_and_the_supervisor() -> None:
    stage, heard = Stage(), []
    made = Supervisor(
        "s",
        [stage.spec(name) for name in "ab"],
        ScriptedClock(),
        Flags(intensity=2, period_s=60),
        heard=heard.append,
    )
    await made.start()
    stage.log.clear()
    for _ in range(3):
        await stage.crash("b")
    assert stage.log == ["start b", "start b", "stop a"]
    end = await made.ended()
    assert end == GaveUp("more than 2 restarts in 60 s; last b: as told")
    assert is_failure(end)
    assert heard[-1] == Event("s", "", "gave_up", end.why)


async def test_restarts_outside_of_the_period_cost_nothing_any_more() -> None:
    stage, clock = Stage(), ScriptedClock()
    made = Supervisor("s", [stage.spec("a")], clock, Flags(intensity=1, period_s=60))
    await made.start()
    for second in (0, 61, 122, 183):
        await clock.advance(second * NANOSECONDS)
        await stage.crash("a")
    assert made.tree().children[0].restarts == 4
    assert made.tree().children[0].state == "running"
    await made.stop()


async def test_a_child_that_does_not_end_in_its_time_is_killed() -> None:
    stage, clock = Stage(), ScriptedClock()
    made = Supervisor("s", [stage.spec("a"), stage.spec("b", shutdown_s=2.0)], clock)
    await made.start()
    stage.deaf.add("b")
    stopping = asyncio.ensure_future(made.stop())
    await settle()
    await clock.advance(1_900_000_000)
    assert "kill b" not in stage.log
    await clock.advance(2 * NANOSECONDS)
    await stopping
    assert stage.log == ["start a", "start b", "kill b", "stop a"]


async def test_a_child_to_be_killed_at_once_is_not_asked() -> None:
    stage = Stage()
    made = await begun(stage, [stage.spec("a", shutdown_s=None)])
    await made.stop()
    assert stage.log == ["kill a"]


async def test_a_start_that_fails_stops_what_was_started_and_is_told() -> None:
    stage = Stage()
    stage.fails["c"] = 1
    made = Supervisor("s", [stage.spec(name) for name in "abcd"], ScriptedClock())
    with pytest.raises(StartFailed, match="c did not start: OSError: as told"):
        await made.start()
    assert stage.log == ["start a", "start b", "fail c", "stop b", "stop a"]


async def test_a_restart_that_fails_is_tried_again_and_costs_the_budget() -> None:
    stage = Stage()
    made = await begun(stage, [stage.spec("a")], intensity=3)
    stage.fails["a"] = 2
    await stage.crash("a")
    assert log_after(stage) == ["fail a", "fail a", "start a"]
    await stage.crash("a")
    assert isinstance(await made.ended(), GaveUp)


async def test_a_supervisor_that_gave_up_is_started_again_by_a_parent_that_keeps_it() -> None:
    stage, clock = Stage(), ScriptedClock()
    inner = supervisor("inner", [stage.spec("a")], clock, Flags(intensity=1))
    outer = Supervisor("outer", [inner], clock, Flags(intensity=1))
    await outer.start()
    for _ in range(2):
        await stage.crash("a")
    family = outer.tree().children[0]
    assert (family.restarts, family.family is not None) == (1, True)
    for _ in range(2):
        await stage.crash("a")
    assert isinstance(await outer.ended(), GaveUp), "the parent's own budget is spent"


async def test_a_transient_supervisor_that_gave_up_stays_down_and_its_siblings_live_on() -> None:
    stage, clock = Stage(), ScriptedClock()
    inner = supervisor("inner", [stage.spec("a")], clock, Flags(intensity=0), restart=Restart.TRANSIENT)
    outer = Supervisor("outer", [inner, stage.spec("b")], clock, Flags(intensity=0))
    await outer.start()
    await stage.crash("a")
    states = {leaf.name: leaf.state for leaf in outer.tree().children}
    assert states == {"inner": "ended", "b": "running"}
    await outer.stop()


@pytest.mark.parametrize("which", [AutoShutdown.ANY_SIGNIFICANT, AutoShutdown.ALL_SIGNIFICANT])
async def test_the_end_of_significant_children_ends_the_supervisor(which: AutoShutdown) -> None:
    stage = Stage()
    specs = [stage.spec(name, Restart.TRANSIENT, significant=name != "c") for name in "abc"]
    made = Supervisor("s", specs, ScriptedClock(), Flags(auto_shutdown=which))
    await made.start()
    await stage.end("c", Normal())
    await stage.end("a", Normal())
    if which is AutoShutdown.ALL_SIGNIFICANT:
        assert "stop b" not in stage.log
        await stage.end("b", Normal())
    end = await made.ended()
    assert isinstance(end, Stopped)
    assert not is_failure(end)


def test_a_permanent_child_cannot_be_significant() -> None:
    with pytest.raises(ValueError, match="permanent"):
        Stage().spec("a", significant=True)


def test_two_children_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="same name"):
        Supervisor("s", [Stage().spec("a"), Stage().spec("a")], ScriptedClock())


async def test_a_task_that_raises_is_a_child_that_crashed() -> None:
    lives = []

    async def run() -> None:
        lives.append(1)
        if len(lives) < 3:
            raise ValueError("not yet")
        await asyncio.get_running_loop().create_future()

    made = Supervisor("s", [task("t", run)], ScriptedClock(), Flags(intensity=5))
    await made.start()
    await settle(60)
    assert len(lives) == 3
    assert made.tree().children[0].why == "ValueError: not yet"
    await made.stop()
