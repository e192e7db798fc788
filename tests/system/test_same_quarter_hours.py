"""Gateway, world and control room mean the same: the quarter-hour that is billed, and the limit of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kernel.point import NANOSECONDS
from kernel.shell.wire import Snapshot
from tests.system.virtual_nord import METER, make_nord, nord_text

QUARTER_NS = 900 * NANOSECONDS
pytestmark = pytest.mark.system


@dataclass
class Morning:
    """Means of the import by the end of their quarter-hour, kW."""

    told: dict[int, float] = field(default_factory=dict)
    true: dict[int, float] = field(default_factory=dict)
    snapshots: list[Snapshot] = field(default_factory=list)


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Morning:
    text, _, _ = nord_text(start="05:30", hours=2.0, history_days=1).partition("[[simulation.fault]]")
    text = text.replace("limit_kw = 19000.0", "limit_kw = 19000")
    lived, nord = Morning(), make_nord(Path(tmp_path_factory.mktemp("morning")), text)
    row, world = nord.run.gateway.site.row[METER], nord.run.plant.world

    async def live() -> None:
        for _ in range(120):
            await nord.step()
            intervals = nord.state.intervals
            lived.told[intervals.last_end_ns] = float(intervals.last[row])
            for one in world.stretches:
                end_ns = -(-one.until_ns // QUARTER_NS) * QUARTER_NS
                before = lived.true.get(end_ns, 0.0)
                lived.true[end_ns] = before + one.flows.import_kw * one.seconds / 900.0

    asyncio.run(live())
    lived.snapshots.append(nord.snapshot())
    nord.run.close()
    return lived


def test_the_gateways_mean_of_a_quarter_hour_is_that_of_the_world_up_to_its_meter(morning: Morning) -> None:
    ends = sorted(morning.told.keys() & morning.true.keys())[1:]
    ratios = [morning.told[end_ns] / morning.true[end_ns] for end_ns in ends]
    assert len(ends) >= 6
    true = [morning.true[end_ns] for end_ns in ends]
    assert max(true) - min(true) > 1000.0, "the morning rises"
    assert max(ratios) - min(ratios) < 0.0005, "beside the gain of its meter there is nothing between them"


def test_the_control_room_is_told_the_limit_of_the_loop_that_shaves_written_as_an_integer_too(
    morning: Morning,
) -> None:
    assert morning.snapshots[-1].demand_limit_kw == 19000.0
