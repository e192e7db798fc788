"""The lock of a folder: the second one is told who holds it, and a process that ends lets go."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aios.lock import FolderBusy, sole


def test_a_second_one_is_refused_with_the_folder_and_the_process_that_holds_it(tmp_path: Path) -> None:
    lock = tmp_path / "site" / "gateway.lock"
    with sole(lock, "gateway"), pytest.raises(FolderBusy) as told, sole(lock, "gateway"):
        pass
    assert str(told.value) == f"{tmp_path / 'site'} has another gateway (process {os.getpid()})"


def test_the_next_one_may_work_when_the_first_has_ended_even_with_an_error(tmp_path: Path) -> None:
    lock = tmp_path / "gateway.lock"
    with pytest.raises(ZeroDivisionError), sole(lock, "gateway"):
        raise ZeroDivisionError
    with sole(lock, "gateway"):
        assert lock.read_text() == f"{os.getpid()}\n"
