"""A gateway that starts again goes on with what calibrates its agents, and says it in its own journal."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from aios.folder import Folder
from aios.testing.small_agents import METER
from aios.testing.small_site import TEXT
from kernel.confidence import LEVELS, Calibration, Expectation, Hindsight
from kernel.journal.commands import CommandJournal
from kernel.pipe.calibrating import learnt
from kernel.pipe.tick import Outputs
from kernel.shell.clock import VirtualClock
from tests.unit.aios.test_reload_goes_on import BEGAN, House

LOOP: Final = """
[[loop]]
agent = "agent"
kind = "{kind}"
period_s = 60.0
deadline_s = 60.0
priority = "{priority}"
"""
HEALTH: Final = TEXT + LOOP.format(kind="transformer_health", priority="operation")
OTHER_KIND: Final = TEXT + LOOP.format(kind="peak_shaving", priority="control")


def seen(house: House) -> Calibration:
    """Put outcomes into the journal of a gateway that has ended."""
    known = Calibration()
    journal = CommandJournal(house.folder.commands, durable=False)
    for number in range(12):
        known = learnt(known, 0.8, came_true=number < 10)
        told = Hindsight(
            agent="agent",
            point="p",
            confidence=0.8,
            expects=Expectation(point=METER, high=1.0, due_ns=number),
            seen=0.5,
            came_true=number < 10,
            at_ns=BEGAN + number,
            budgets=known.budgets,
        )
        journal.append(Outputs(tick=number, now_ns=BEGAN + number, hindsights=(told,)))
    journal.close()
    return known


async def test_a_restart_goes_on_with_what_was_known_and_says_it_again(tmp_path: Path) -> None:
    house = House(Folder(root=tmp_path), VirtualClock(start_ns=BEGAN))
    first = house.life("first", HEALTH)
    await first.tick()
    assert first.assembly.kernel.state.calibrations == {}
    first.end()
    known = seen(house)
    assert known.budgets != LEVELS
    for run in ("second", "third"):
        life = house.life(run, HEALTH)
        assert life.assembly.kernel.state.calibrations == {"agent": known}
        life.end()
    said = [msgspec.json.decode(body, type=Calibration) for body in house.journalled("calibration")]
    assert said == [known, known]


async def test_another_agent_of_that_name_begins_anew(tmp_path: Path) -> None:
    house = House(Folder(root=tmp_path), VirtualClock(start_ns=BEGAN))
    house.life("first", HEALTH).end()
    seen(house)
    life = house.life("second", OTHER_KIND)
    assert life.assembly.kernel.state.calibrations == {}
    life.end()
