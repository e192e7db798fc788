"""A journal in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel.journal.commands import CommandJournal


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal" / "commands.db"


@pytest.fixture
def journal(path: Path) -> Iterator[CommandJournal]:
    made = CommandJournal(path)
    yield made
    made.close()
