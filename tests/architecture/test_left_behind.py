"""The guard in tests/conftest.py bites: proven on small test files run by a pytest of their own."""

import subprocess
import sys

import pytest

from tests.architecture.sources import ROOT

LEAVES_A_TASK = """
import asyncio

keep = []

async def test_leaves_a_task():
    keep.append(asyncio.create_task(asyncio.Event().wait(), name="forgotten"))
"""
ENDS_ITS_TASK = """
import asyncio

async def test_ends_its_task():
    task = asyncio.create_task(asyncio.Event().wait())
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
"""
FIXTURE_ENDS_IT = """
import asyncio
import pytest

@pytest.fixture
async def running():
    task = asyncio.create_task(asyncio.Event().wait())
    yield task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

async def test_uses_it(running):
    assert not running.done()
"""
LEAVES_A_THREAD = """
import threading

stop = threading.Event()

def test_leaves_a_thread():
    threading.Thread(target=stop.wait, args=(5,), name="forgotten").start()
"""


def run(folder, text):
    """Run a test file under the repository's conftest and settings."""
    (folder / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text(encoding="utf-8"))
    (folder / "test_it.py").write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", ROOT / "pyproject.toml"]
    done = subprocess.run(
        [*command, "--rootdir", folder, folder / "test_it.py"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(LEAVES_A_TASK, "left tasks behind: forgotten", id="task"),
        pytest.param(LEAVES_A_THREAD, "left threads behind: forgotten", id="thread"),
    ],
)
def test_a_test_that_leaves_something_behind_fails(tmp_path, text, words):
    code, output = run(tmp_path, text)
    assert code == 1, output
    assert words in output


@pytest.mark.parametrize("text", [ENDS_ITS_TASK, FIXTURE_ENDS_IT], ids=["test", "fixture"])
def test_a_task_that_is_ended_in_order_is_no_fault(tmp_path, text):
    code, output = run(tmp_path, text)
    assert code == 0, output
