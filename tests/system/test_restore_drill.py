"""The drill: a gateway is killed, its folder is gone, a backup takes its place, and nothing is done twice."""

from __future__ import annotations

import os
import random
import shutil
import signal
from contextlib import closing
from pathlib import Path

import pytest

from aios.backup.restore import ENTRY, restore
from aios.backup.write import backup
from aios.folder import Folder
from kernel.journal.audit import audit
from kernel.journal.commands import CommandJournal
from tests.reliability.fork_harness import Field

pytestmark = pytest.mark.system
SERVED = 60
"""Messages of a life before the backup is made."""


def kept(root: Path) -> list[tuple[int, str]]:
    with closing(CommandJournal(Folder(root=root).commands, read_only=True)) as journal:
        assert audit(journal) == ()
        return [(entry.seq, entry.hash.hex()) for entry in journal.entries()]


def moved_on(field: Field, into: Path) -> None:
    """Lose the folder of a gateway, and go on from its backup elsewhere."""
    copy = into.with_suffix(".zip")
    backup(field.folder, copy)
    before = kept(field.folder)
    shutil.rmtree(field.folder)
    restore(copy, into)
    field.folder = into
    assert kept(into)[: len(before)] == before


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_gateway_goes_on_from_its_backup_and_does_nothing_twice(tmp_path: Path, seed: int) -> None:
    field = Field(folder=tmp_path / "first", dice=random.Random(seed))
    for life in range(4):
        for _ in range(4):
            field.kill_once()
        moved_on(field, tmp_path / f"again{life}")
    field.settle()
    violations, record = field.violations()
    assert violations == ()
    assert record.commands
    with closing(CommandJournal(Folder(root=field.folder).commands, read_only=True)) as journal:
        assert journal.open_commands() == ()
        assert sum(entry.kind == ENTRY for entry in journal.entries()) == 4


def test_a_backup_of_a_gateway_that_is_at_work_is_one_it_can_go_on_from(tmp_path: Path) -> None:
    field = Field(folder=tmp_path / "first", dice=random.Random(9))
    for _ in range(3):
        field.kill_once()
    near, child = field._start(settle=False)
    try:
        for _ in range(SERVED):
            assert field._serve(near)
        backup(field.folder, tmp_path / "b.zip")  # the child computes on until it must wait for its devices
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    field._deliver_what_was_sent(near)
    near.close()
    restore(tmp_path / "b.zip", tmp_path / "again")
    there = kept(tmp_path / "again")
    assert kept(field.folder)[: len(there) - 1] == there[:-1]
    field.folder = tmp_path / "again"
    field.settle()
    with closing(CommandJournal(Folder(root=field.folder).commands, read_only=True)) as journal:
        assert journal.open_commands() == ()
        assert audit(journal) == ()
