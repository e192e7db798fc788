"""The doctor calls a journal whole whose old entries went behind a checkpoint, and none that lacks others."""

from __future__ import annotations

from pathlib import Path

from aios.doctor import examine
from aios.folder import Folder
from kernel.journal.commands import CommandJournal
from kernel.journal.notary import Notary
from kernel.journal.signing import Signer
from tests.unit.kernel.journal.test_notary import tick


def test_a_journal_that_was_cut_behind_a_checkpoint_is_whole(tmp_path: Path) -> None:
    folder = Folder(root=tmp_path)
    journal = CommandJournal(folder.commands, notary=Notary(Signer.at(folder.key), keep_days=3))
    for day in range(10):
        journal.append(tick(day, f"d{day}", ends=f"d{day - 1}" if day else ""))
        journal.tend()
    first = next(iter(journal.entries())).seq
    assert first > 1
    assert _journal(tmp_path).good
    journal.connection.execute("delete from entries where seq = ?", (first,))
    assert not _journal(tmp_path).good
    journal.close()


def _journal(root: Path):
    return next(one for one in examine(root) if one.what == "journal")
