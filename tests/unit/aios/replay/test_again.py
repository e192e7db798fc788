"""A replay that decided nothing again is no proof, and the end that is missing is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from aios.folder import Folder
from aios.gateway.compose import bundle_of, pipe_of
from aios.replay.again import NothingRecorded, missing_at_the_end, replay_run
from aios.site import site_of
from kernel.journal.commands import CommandJournal
from kernel.journal.encoding import state_record
from kernel.journal.recorder import Recorder, RunHeader
from kernel.journal.replay import ReplayReport
from kernel.pipe.tick import Outputs
from kernel.testing import EmptyPast

NORD = Path(__file__).parents[4] / "aios" / "sites" / "nord.toml"


async def test_a_recording_without_a_tick_proves_nothing(tmp_path: Path) -> None:
    text = NORD.read_text(encoding="utf-8")
    site = site_of(text, folder=NORD.parent)
    revision = bundle_of(site).revision
    header = RunHeader(
        run="r", version="0", site=text, site_digest=site.digest, revision=revision, start_ns=0, clock="v"
    )
    recorder = Recorder(Folder(root=tmp_path).recorder, header)
    state = pipe_of(site, run="r", revision=revision).begin(EmptyPast(), now_ns=0)
    recorder.snapshot(state_record(state))
    recorder.close()
    with pytest.raises(NothingRecorded, match="no tick of run r"):
        await replay_run(tmp_path)


def test_ticks_that_only_the_journal_knows_are_counted(tmp_path: Path) -> None:
    journal = CommandJournal(Folder(root=tmp_path).commands)
    journal.note("opened", "r", {}, at_ns=0)
    journal.append(Outputs(tick=41, now_ns=41, gate_failure="gone"))
    journal.close()
    report = ReplayReport(run="r", ticks=30, judged=0, differences=(), last_tick=29)
    assert missing_at_the_end(tmp_path, report) == 12
    assert missing_at_the_end(tmp_path / "elsewhere", report) == 0
