"""A gateway that cannot live in its folder says so in one line and ends with its own exit code."""

from __future__ import annotations

import errno
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from aios.cli.exits import Exit
from aios.cli.run import told
from aios.gateway.safe_set import UnsafeSite
from aios.lock import FolderBusy
from edge.gateway import GatewayFailed
from kernel.journal.failure import JournalDown
from kernel.shell.supervisor import StartFailed
from policies.bundle import BundleRefused

FOLDER = Path("folder")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (GatewayFailed("the tick crashed"), "the gateway failed: the tick crashed"),
        (StartFailed("socket did not start"), "the gateway did not start: socket did not start"),
        (
            UnsafeSite("safe value 9 of p is not permitted"),
            "did not start: safe value 9 of p is not permitted",
        ),
        (
            BundleRefused(["its key counts no more"]),
            "did not start: policy bundle refused: its key counts no more",
        ),
        (FolderBusy("folder has another gateway"), "folder has another gateway; stop it"),
        (
            JournalDown("database or disk is full"),
            "no journal can be kept in folder: database or disk is full",
        ),
        (sqlite3.OperationalError("disk I/O error"), "no journal can be kept in folder: disk I/O error"),
        (OSError(errno.ENOSPC, "No space left on device"), "the folder folder cannot be used: "),
        (OSError(errno.EROFS, "Read-only file system"), "Read-only file system"),
        (PermissionError(errno.EACCES, "Permission denied"), "Permission denied"),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, Exception) else "",
)
def test_what_can_be_expected_is_one_line_and_exit_code_4(
    error: Exception, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended, told(FOLDER):
        raise error
    assert ended.value.exit_code == Exit.FAILED
    assert said in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("error", [RuntimeError("a mistake"), OSError(errno.EBADF, "Bad file descriptor")])
def test_what_nobody_expects_keeps_its_traceback(error: Exception) -> None:
    with pytest.raises(type(error)), told(FOLDER):
        raise error


@pytest.mark.system
def test_a_folder_that_cannot_be_made_is_named_and_nothing_is_started(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    words = [sys.executable, "-m", "aios", "run", "nord", "--folder", str(tmp_path / "file" / "site")]
    done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == Exit.FAILED
    assert "Traceback" not in done.stderr
    assert "cannot be used" in " ".join(done.stderr.split())
