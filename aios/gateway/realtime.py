"""What the machine can be asked for: prompt wake-ups, a heap at rest, real-time priority, memory in place.

Source: Linux, sched(7) (SCHED_FIFO, SCHED_RESET_ON_FORK), mlockall(2); Python, gc.freeze.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import Final

import structlog

from aios.gateway.heap import give_back_memory
from kernel.shell.slices import ask_slices

log = structlog.get_logger()

LOOP_PRIORITY: Final = 20
"""Real-time priority of the control loop: above every normal process, below the machine's own threads."""
GATE_PRIORITY: Final = 19
"""Of the policy process, for which the loop waits."""
_AS_TOUCHED: Final = 1 | 2 | 4
"""MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT: what was touched stays, what was not is not fetched for it."""
SWITCH_S: Final = 0.0005
"""Seconds after which a thread that waits for the interpreter gets it: recorder, outbox and logs compute in
threads of the gateway, and each could hold a tick up by Python's 5 ms."""


def be_prompt() -> None:
    """Let the control loop wake up and take over soon; it takes no privilege, and nobody's processor time."""
    sys.setswitchinterval(SWITCH_S)
    _try("short slices for the control loop", ask_slices)


def be_prompt_gate(pid: int) -> None:
    """Let a policy process wake up soon: the loop waits for it."""
    _try("short slices for the policy process", partial(ask_slices, pid))


def rest_heap() -> None:
    """Take everything that is there out of the garbage collector's rounds.

    What a gateway has built by the time it is ready lives as long as it does. A full collection went through
    all of it, about once in 70 busy ticks, and held a tick up by 50 ms; afterwards by 1 ms.
    """
    gc.collect()
    gc.freeze()
    give_back_memory()


def claim() -> None:
    """Give the control loop real-time priority and keep its memory in place; what is not permitted is told.

    Threads and processes that it starts from now on have normal priority again.
    """
    _try("real-time priority of the control loop", lambda: claim_process(0, LOOP_PRIORITY))
    _try("memory locked in place", _lock_memory)


def claim_gate(pid: int) -> None:
    """Give a policy process real-time priority, just below the loop that waits for it."""
    _try("real-time priority of the policy process", lambda: claim_process(pid, GATE_PRIORITY))


def claim_process(pid: int, priority: int) -> None:
    """Schedule a process first in, first out, at a priority from 1 to 99.

    Args:
        pid: process or thread; 0 is the calling thread.
        priority: higher runs first.

    Raises:
        PermissionError: it takes CAP_SYS_NICE or a sufficient RLIMIT_RTPRIO.
    """
    os.sched_setscheduler(pid, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(priority))


def _lock_memory() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mlockall(_AS_TOUCHED) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _try(what: str, act: Callable[[], None]) -> None:
    try:
        act()
    except OSError as error:
        log.warning("not permitted, goes on without", what=what, why=str(error))
    else:
        log.info("claimed", what=what)
