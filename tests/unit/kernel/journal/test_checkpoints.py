"""Checkpoints are copied out in order; what gives way while another is copied takes no third one with it."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from kernel.journal import checkpoints
from kernel.journal.checkpoints import WAITING, Checkpoint, Exporter, export, exported


def _checkpoint(seq: int) -> Checkpoint:
    return Checkpoint(seq=seq, hash=f"{seq:064x}", at_ns=seq, previous=seq - 1, public_key="key")


def test_a_checkpoint_that_gives_way_while_it_is_copied_takes_no_other_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, may_end = threading.Event(), threading.Event()

    def slow(checkpoint: Checkpoint, folder: Path) -> None:
        began.set()
        assert may_end.wait(10.0)
        export(checkpoint, folder)

    monkeypatch.setattr(checkpoints, "export", slow)
    exporter = Exporter(tmp_path)
    exporter.give(_checkpoint(1))
    assert began.wait(10.0)
    for seq in range(2, WAITING + 2):  # the last of them pushes out the first, which is being copied
        exporter.give(_checkpoint(seq))
    may_end.set()
    exporter.close(10.0)
    assert [one.seq for one in exported(tmp_path)] == list(range(1, WAITING + 2))
    assert exporter.exported == WAITING + 1
