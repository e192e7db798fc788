"""What earlier versions wrote is read by this one: journals, recordings and policy bundles."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import msgspec
import pytest

from aios.folder import Folder
from aios.replay.again import replay_run
from kernel.journal.chain import verify
from kernel.journal.commands import CommandJournal
from kernel.ports import GateRequest
from policies.bundle import PolicyBundle
from policies.embedded import EmbeddedGate

VERSIONS = sorted((Path(__file__).parents[1] / "golden").glob("v*_*_*"))


def test_there_is_something_to_read() -> None:
    assert VERSIONS[0].name == "v0_1_0"


@pytest.fixture(params=VERSIONS, ids=lambda folder: folder.name)
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Folder, Path]:
    folder = Folder(root=tmp_path)
    folder.commands.parent.mkdir()
    for target in (folder.commands, folder.recorder):
        shutil.copy(request.param / target.name, target)
    return folder, request.param


def test_its_journal_is_whole_and_has_the_head_it_had(kept: tuple[Folder, Path]) -> None:
    folder, golden = kept
    journal = CommandJournal(folder.commands, read_only=True)
    assert verify(journal.entries()) == ()
    assert journal.head == json.loads((golden / "expected.json").read_text())["journal"]
    assert journal.open_commands() is not None
    journal.close()


async def test_its_recording_is_decided_again_without_difference(kept: tuple[Folder, Path]) -> None:
    folder, golden = kept
    report = await replay_run(folder.root)
    assert report.ticks == json.loads((golden / "expected.json").read_text())["ticks"]
    assert [found for found in report.differences if found.what != "policies"] == []


def test_its_policy_bundle_judges(kept: tuple[Folder, Path]) -> None:
    bundle = msgspec.json.decode((kept[1] / "bundle.json").read_bytes(), type=PolicyBundle)
    request = GateRequest(tick=0, now_ns=0, commands=(), readings={})
    judgement = EmbeddedGate(bundle).judge_now(request)
    assert (judgement.failure, judgement.revision) == ("", bundle.revision)
