"""An alarm in a closed loop: journalled, shown, replayed without difference, found again from the images."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from aios.folder import Folder
from aios.gateway.alarms import alarms_left, watch_of
from aios.replay.again import header_of, rebuilt, replay_run
from aios.replay.what_if import as_recorded
from edge.alarms.conditions import families
from edge.alarms.watch import AlarmWatch
from kernel.alarm import Alarm, AlarmState
from kernel.journal.commands import CommandJournal
from kernel.journal.recorder import Recording
from simulators.faults.kinds import FaultKind
from tests.system.faulty_nord import Case, text_of
from tests.system.virtual_nord import make_nord

pytestmark = pytest.mark.system
RUNAWAY = Case(kind=FaultKind.TAP_RUNAWAY, target="t2", minute=10, amount=2.0, watch="f14/voltage")
LIMIT = "voltage_limit:t2"


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half an hour in which the tap changer of T2 runs to its end."""
    folder = tmp_path_factory.mktemp("alarms")
    nord = make_nord(folder, text_of([RUNAWAY], hours=0.5))
    asyncio.run(nord.run.run())
    assert nord.snapshot().alarms[0].id == LIMIT
    nord.run.close()
    return folder


def journalled(folder: Path) -> Iterator[Alarm]:
    journal = CommandJournal(Folder(root=folder).commands, read_only=True)
    try:
        for entry in journal.of_kinds(("alarm",), after=0, most=1000):
            yield msgspec.json.decode(entry.body, type=Alarm)
    finally:
        journal.close()


def test_the_journal_has_the_transition_with_its_evidence(lived: Path) -> None:
    (alarm,) = [one for one in journalled(lived) if one.id == LIMIT]
    assert (alarm.event, alarm.state) == ("occurs", AlarmState.UNACKNOWLEDGED)
    assert {(found.asset, found.name, found.unit) for found in alarm.evidence} == {
        (feeder, "voltage", "kV") for feeder in ("f13", "f14", "f15")
    }
    assert all(found.at_ns <= alarm.at_ns for found in alarm.evidence)


def test_the_run_replays_and_its_images_give_the_same_alarms(lived: Path) -> None:
    assert asyncio.run(replay_run(lived)).differences == ()
    recording = Recording(Folder(root=lived).recorder)
    header = header_of(recording, "")
    again = rebuilt(header, recording.first_state(header.run))
    watch, found = AlarmWatch(families(again.site)), []
    watch.publish = found.append

    async def hear() -> None:
        async for inputs, _, was, _ in as_recorded(again.pipe, again.state, recording.ticks(header.run)):
            watch.heard(inputs, was)

    asyncio.run(hear())
    recording.close()
    assert found == list(journalled(lived))


def test_the_next_life_goes_on_with_what_stands(lived: Path) -> None:
    journal = CommandJournal(Folder(root=lived).commands, read_only=True)
    recording = Recording(Folder(root=lived).recorder)
    header = header_of(recording, "")
    site = rebuilt(header, recording.first_state(header.run)).site
    recording.close()
    assert alarms_left(journal)[LIMIT].state is AlarmState.UNACKNOWLEDGED
    watch, standing = watch_of(site, journal)
    journal.close()
    assert LIMIT in standing
    assert LIMIT in watch.answerable


def test_three_sound_hours_raise_no_alarm(tmp_path: Path) -> None:
    nord = make_nord(tmp_path, text_of([], hours=3.0))
    asyncio.run(nord.run.run())
    nord.run.close()
    assert list(journalled(tmp_path)) == []
