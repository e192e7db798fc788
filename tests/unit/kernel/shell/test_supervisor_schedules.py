"""The supervisor against a reference model of OTP, under random crash schedules."""

from __future__ import annotations

import asyncio
import random

import pytest

from kernel.point import NANOSECONDS
from kernel.shell.child import Crashed, Exit, GaveUp, Normal, Restart, Stopped
from kernel.shell.supervisor import Supervisor
from kernel.shell.supervisor_flags import AutoShutdown, Flags, Strategy
from tests.unit.kernel.scripted_clock import ScriptedClock
from tests.unit.kernel.shell.otp_model import Model
from tests.unit.kernel.shell.stage import Stage

SEEDS = 1000
RESTARTS = {"permanent": Restart.PERMANENT, "transient": Restart.TRANSIENT, "temporary": Restart.TEMPORARY}
AUTO = {"": AutoShutdown.NEVER, "any": AutoShutdown.ANY_SIGNIFICANT, "all": AutoShutdown.ALL_SIGNIFICANT}
ENDS: dict[str, Exit] = {"crash": Crashed("x"), "normal": Normal(), "stopped": Stopped()}


@pytest.mark.parametrize("strategy", Strategy, ids=lambda one: one.value)
def test_random_crash_schedules_end_as_the_reference_model_says(strategy: Strategy) -> None:
    for seed in range(SEEDS // 3 + 1):
        asyncio.run(compared(strategy, seed))


async def compared(strategy: Strategy, seed: int) -> None:
    """Live one random life on both; every start, stop and failed start must come in the same order."""
    rng = random.Random(f"{strategy.value} {seed}")
    kinds = [(f"c{i}", rng.choice(list(RESTARTS))) for i in range(rng.randint(1, 5))]
    specs = [(name, kind, kind != "permanent" and rng.random() < 0.3) for name, kind in kinds]
    auto, intensity, period_s = rng.choice(list(AUTO)), rng.randint(0, 4), rng.randint(1, 20)
    model = Model(strategy.value, intensity, period_s, auto, list(specs))
    stage, clock = Stage(), ScriptedClock()
    made = Supervisor(
        "s",
        [stage.spec(name, RESTARTS[kind], significant=significant) for name, kind, significant in specs],
        clock,
        Flags(strategy=strategy, intensity=intensity, period_s=period_s, auto_shutdown=AUTO[auto]),
    )
    model.launch([name for name, _, _ in specs])
    await made.start()
    now_s = 0
    for _ in range(rng.randint(5, 30)):
        if model.over or not model.alive:
            break
        now_s += rng.choice((0, 1, 1, 3, 9))
        await clock.advance(now_s * NANOSECONDS)
        name, how = rng.choice(sorted(model.alive)), rng.choice(("crash", "crash", "normal", "stopped"))
        if rng.random() < 0.2:
            failing = rng.choice(specs)[0]
            model.fails[failing] = stage.fails[failing] = rng.randint(1, 2)
        model.end(name, how, now_s)
        await stage.end(name, ENDS[how])
        assert stage.log == model.log, f"{strategy.value} seed {seed}"
        running = {leaf.name for leaf in made.tree().children if leaf.state == "running"}
        assert running == model.alive, f"{strategy.value} seed {seed}"
    if model.over:
        over = await made.ended()
        assert isinstance(over, GaveUp if model.over == "gave up" else Stopped)
    await made.stop()
