"""A gateway claims what it may, says what it may not, and passes nothing on to what it starts."""

from __future__ import annotations

import ctypes
import gc
import platform
import subprocess
import sys
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from aios.gateway import realtime
from kernel.shell import slices

CLAIMING = """
import os, subprocess, sys, threading
from aios.gateway import realtime
realtime.claim()
seen = []
thread = threading.Thread(target=lambda: seen.append(os.sched_getscheduler(0)))
thread.start(); thread.join()
asking = [sys.executable, "-c", "import os; print(os.sched_getscheduler(0))"]
child = subprocess.run(asking, capture_output=True, text=True)
own = os.sched_getscheduler(0) & ~os.SCHED_RESET_ON_FORK
print(own == os.SCHED_FIFO, seen[0] == os.SCHED_OTHER, int(child.stdout) == os.SCHED_OTHER)
"""


@pytest.fixture
def heap() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_threads_and_processes_of_a_real_time_loop_have_normal_priority() -> None:
    said = subprocess.run([sys.executable, "-c", CLAIMING], capture_output=True, text=True, check=True)
    own, thread, child = said.stdout.split()[-3:]
    assert (thread, child) == ("True", "True")
    assert own == "True" or "not permitted, goes on without" in said.stdout


WAITED_FOR = """
import os, sys
from aios.gateway import realtime
from kernel.journal.lane import Lane
from kernel.shell.slices import run_like_the_loop
realtime.claim()
seen, lane = [], Lane("journal", threaded=True, on_start=run_like_the_loop)
lane.start(lambda: seen.append((os.sched_getscheduler(0), os.sched_getparam(0).sched_priority)))
lane.close(10.0)
print(seen[0] == (os.sched_getscheduler(0), os.sched_getparam(0).sched_priority))
"""


def test_the_thread_that_a_tick_waits_for_has_the_priority_of_the_loop() -> None:
    said = subprocess.run([sys.executable, "-c", WAITED_FOR], capture_output=True, text=True, check=True)
    assert said.stdout.split()[-1] == "True"


PROMPT = """
import subprocess, sys
from aios.gateway import realtime
from tests.unit.aios.gateway.test_realtime import slice_ns
realtime.be_prompt()
words = "from tests.unit.aios.gateway.test_realtime import slice_ns; print(slice_ns())"
asking = [sys.executable, "-c", words]
child = subprocess.run(asking, capture_output=True, text=True)
print(slice_ns(), sys.getswitchinterval(), child.stdout)
"""


def slice_ns() -> int:
    """Read the slice of this process back (sched_getattr of x86-64); 0 where there is none to read."""
    words = (ctypes.c_uint64 * 6)()
    ctypes.CDLL(None).syscall(315, 0, words, 48, 0)
    return int(words[3])


@pytest.mark.skipif(
    platform.machine() != "x86_64" or not slice_ns(), reason="slices are granted by Linux 6.12 and newer"
)
def test_a_prompt_loop_has_short_slices_and_gives_the_interpreter_up_soon_and_its_children_do_not() -> None:
    said = subprocess.run([sys.executable, "-c", PROMPT], capture_output=True, text=True, check=True)
    own, switch, child = said.stdout.split()[-3:]
    assert int(own) == slices.SHORTEST_NS < int(child)
    assert float(switch) == pytest.approx(realtime.SWITCH_S)


def test_what_is_not_permitted_is_told_and_not_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(realtime.os, "sched_setscheduler", refuse)
    monkeypatch.setattr(realtime, "_lock_memory", refuse)
    with capture_logs() as lines:
        realtime.claim()
        realtime.claim_gate(1)
    assert [line["log_level"] for line in lines] == ["warning"] * 3
    assert len({line["what"] for line in lines}) == 3


def test_a_rested_heap_is_not_gone_through_again(heap: None) -> None:
    kept = [[number] for number in range(1000)]
    realtime.rest_heap()
    assert gc.get_freeze_count() > len(kept)
    assert not any(thing is kept for thing in gc.get_objects())
