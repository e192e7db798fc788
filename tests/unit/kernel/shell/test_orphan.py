"""Orphans: a process whose parent was killed ends by itself, also where the parent died first."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from kernel.shell.orphan import ORPHANED

pytestmark = pytest.mark.system

CHILD = (
    "import sys, time; from kernel.shell.orphan import end_with; end_with(int(sys.argv[1])); time.sleep(60)"
)


def test_a_process_whose_parent_was_gone_before_it_looked_ends_at_once() -> None:
    done = subprocess.run([sys.executable, "-c", CHILD, "-1"], check=False, timeout=30)
    assert done.returncode == ORPHANED


def test_a_process_whose_parent_lives_goes_on() -> None:
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(os.getpid())])
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(timeout=2.0)
    child.kill()
    child.wait()
