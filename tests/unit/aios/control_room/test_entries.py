"""A desk reads the journal of a folder page by page, forwards by number and backwards by subject."""

from __future__ import annotations

from pathlib import Path

import pytest

from aios.control_room.entries import FolderEntries, NothingRead, Wanted
from kernel.journal.commands import CommandJournal


@pytest.fixture
def folder(tmp_path: Path) -> FolderEntries:
    """A journal of five shifts and five agents, in turns."""
    journal = CommandJournal(tmp_path / "commands.db")
    for number in range(5):
        journal.note("instruction", "shift", {"number": number}, at_ns=number)
        journal.note("lapsed" if number == 2 else "asked", "shift", {"number": number}, at_ns=number)
    journal.close()
    return FolderEntries(tmp_path / "commands.db")


async def seqs(entries: FolderEntries, wanted: Wanted) -> list[int]:
    found = await entries.page(wanted)
    assert not isinstance(found, NothingRead)
    return [one.seq for one in found]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (Wanted(most=3), [1, 2, 3]),
        (Wanted(most=3, after=8), [9, 10]),
        (Wanted(most=2, kind="instruction", after=1), [3, 5]),
        (Wanted(most=9, kind="lapsed", subject="shift"), [6]),
        (Wanted(most=2, kind="instruction", subject="shift", before=2**63 - 1), [9, 7]),
        (Wanted(most=9, kind="instruction", subject="shift", before=7), [5, 3, 1]),
        (Wanted(most=9, kind="instruction", subject="nobody", before=7), []),
    ],
)
async def test_a_page_is_what_was_wanted(folder: FolderEntries, wanted: Wanted, expected: list[int]) -> None:
    assert await seqs(folder, wanted) == expected


async def test_a_folder_without_a_journal_says_so(tmp_path: Path) -> None:
    found = await FolderEntries(tmp_path / "none.db").page(Wanted(most=1))
    assert found == NothingRead("this gateway has kept no journal yet")
