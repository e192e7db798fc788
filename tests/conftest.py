"""What holds for every test: it leaves no task, thread, child or redirected log behind.

And what holds for a run: where machine code lies and where tests write, in which order tests begin, which
process takes which.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import inspect
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import structlog
import typer.testing

from tests import kernels, scratch
from tests.examples import WithExamples
from tests.spreading import Spreading, turn

kernels.share()
scratch.take()
typer.testing._get_command = functools.cache(typer.testing._get_command)
"""A command line is made of its functions once: for `aios` that takes longer than most of its commands."""

LOOPS_OWN = "asyncio_"
"""Threads of an event loop's default executor; the loop ends them when it is closed, after the fixtures."""
FOREIGN = {
    "_shutdown_watcher": "sse-starlette has one for each loop, which looks for the end of the process",
}
"""Tasks of libraries that cannot be ended, and why they are there."""
LOG_AS_IMPORTED = structlog.get_config()
"""Where log lines go as long as no command says otherwise."""
GARBAGE = 20_000
"""Objects that are made before garbage among them is looked for."""
LAST_WORDS_S = 1.0
"""Real seconds a thread or task that was told to end may take; a test that leaves none waits not at all."""


WARMING = pytest.StashKey[subprocess.Popen[bytes]]()
"""The process that compiles what many tests run, where several processes run the tests."""


def pytest_configure(config: pytest.Config) -> None:
    """Look for examples only where there are some."""
    config.pluginmanager.register(WithExamples())


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile beside the collection, once for all processes that run tests."""
    if session.config.getoption("numprocesses", None):
        session.config.stash[WARMING] = kernels.fill()


def pytest_xdist_node_collection_finished(node: Any) -> None:
    """Let tests begin when all is compiled; what fails to compile, the tests that need it tell."""
    node.config.stash[WARMING].wait()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Spreading | None:
    """Take the place of the plain distribution by files."""
    return Spreading(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, and with what uses real things: nobody shall wait for the last one."""
    items.sort(key=lambda item: (turn(item.nodeid), item.get_closest_marker("system") is None))


def pytest_collection_finish() -> None:
    """Set what was imported and collected apart: else each search for garbage goes through it again.

    What the tests make goes soon; a search for every 700 objects is for programs with less memory.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE, 20, 20)


@pytest.fixture(autouse=True)
def _leaves_no_thread() -> Iterator[None]:
    """Fail a test after which a thread that keeps the process alive still runs."""
    before = set(threading.enumerate())
    yield
    left = [
        thread
        for thread in threading.enumerate()
        if thread not in before and not thread.daemon and not thread.name.startswith(LOOPS_OWN)
    ]
    for thread in left:
        thread.join(LAST_WORDS_S)
    names = sorted(thread.name for thread in left if thread.is_alive())
    if names:
        pytest.fail(f"the test left threads behind: {', '.join(names)}", pytrace=False)


@pytest.fixture(autouse=True)
def _leaves_the_log_as_it_was() -> Iterator[None]:
    """Undo what a command that ran in this process did with the log: its stream may be closed by now.

    Also before the test: a fixture of its whole module may have run that command.
    """
    structlog.configure(**LOG_AS_IMPORTED)
    yield
    structlog.configure(**LOG_AS_IMPORTED)


@pytest.fixture(autouse=True)
def _leaves_no_task(request: pytest.FixtureRequest) -> None:
    """Watch the event loop of an asynchronous test."""
    if inspect.iscoroutinefunction(getattr(request, "function", None)):
        request.getfixturevalue("_watched_loop")


@pytest.fixture
async def _watched_loop() -> AsyncIterator[None]:
    """Fail a test after which a task still runs on its loop; its own fixtures have ended by then."""
    yield
    left = {
        task
        for task in asyncio.all_tasks()
        if task is not asyncio.current_task() and _name(task) not in FOREIGN
    }
    if left:  # what was cancelled, or sees its connection closed, ends by itself
        _, left = await asyncio.wait(left, timeout=LAST_WORDS_S)
    if left:
        told = sorted(f"{task.get_name()} ({_name(task)})" for task in left)
        pytest.fail(f"the test left tasks behind: {', '.join(told)}", pytrace=False)


def _name(task: asyncio.Task[object]) -> str:
    return str(getattr(task.get_coro(), "__qualname__", task.get_coro()))
