"""Runs in several processes of this machine, each with one run at a time; fewer runs than cores share them.

The standard pool breaks as a whole when one of its processes dies, and does not say which run killed it. Here
every worker has its own pipe: the run of a worker that dies is known, and is given to a fresh one.
"""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Final

from aios.studies.cell import Request
from aios.studies.fan_out.fan_out import TRIES
from aios.studies.result import Outcome
from aios.studies.run import failed, packed

ONE_THREAD: Final = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "ARROW_NUM_THREADS"),
    "1",
)
"""Environment of workers: processes share the cores, threads inside them would only fight over them."""
_server = get_context("forkserver")
_server.set_forkserver_preload(["aios.studies.run"])  # one import for all workers, and none for a lost one


@dataclass(slots=True)
class _Worker:
    process: ForkServerProcess
    pipe: Connection
    request: Request | None = None


class Processes:
    """Executes runs in worker processes."""

    def __init__(self, count: int = 0, keep: Path | None = None) -> None:
        """Say how many.

        Args:
            count: of processes, each on a core; 0 means as many as this process may use cores. Where there
                are fewer runs, each has several cores.
            keep: folder below which the gateways' folders stay; None removes them.
        """
        self.count = count or len(os.sched_getaffinity(0))
        self._keep = keep
        self._threads = 1

    def run(self, requests: Sequence[Request]) -> Iterator[Outcome]:
        """Yield outcomes as they come; a run whose worker died three times has failed."""
        queue, tries = deque(requests), Counter[str]()
        number = min(self.count, len(requests))
        self._threads = self.count // number if number else 1
        workers = [self._start() for _ in range(number)]
        try:
            for worker in workers:
                _give(worker, queue, tries)
            while any(worker.request is not None for worker in workers):
                busy = [worker for worker in workers if worker.request is not None]
                ready = wait([worker.pipe for worker in busy])
                for place, worker in enumerate(workers):
                    if worker.pipe not in ready:
                        continue
                    outcome = _taken(worker)
                    if outcome is None:
                        outcome = self._lost(worker, queue, tries)
                        workers[place] = self._start()
                    _give(workers[place], queue, tries)
                    if outcome is not None:
                        yield outcome
        finally:
            for worker in workers:
                _end(worker)

    def _start(self) -> _Worker:
        ours, theirs = _server.Pipe()
        process = _server.Process(target=work, args=(theirs, self._keep, self._threads), daemon=True)
        with _one_thread():
            process.start()
        theirs.close()
        return _Worker(process, ours)

    def _lost(self, worker: _Worker, queue: deque[Request], tries: Counter[str]) -> Outcome | None:
        """Put the run of a worker that died back in front, or give it up."""
        request = worker.request
        worker.process.join()
        worker.pipe.close()
        if request is None:
            return None
        if tries[request.run] < TRIES:
            queue.appendleft(request)
            return None
        code = worker.process.exitcode
        return failed(request, f"its process ended {TRIES} times, the last time with exit code {code}")


def work(pipe: Connection, keep: Path | None, threads: int = 1) -> None:
    """Be a worker: execute what comes, until the other end is closed."""
    while True:
        try:
            request: Request | None = pipe.recv()
        except EOFError:  # whoever asked is gone, killed perhaps: nobody will take the result
            return
        if request is None:
            return
        outcome = packed(request, None if keep is None else keep / request.run, threads=threads)
        try:
            pipe.send(outcome)
        except BrokenPipeError:
            return


def _give(worker: _Worker, queue: deque[Request], tries: Counter[str]) -> None:
    worker.request = queue.popleft() if queue else None
    if worker.request is not None:
        tries[worker.request.run] += 1
        with suppress(
            BrokenPipeError, ConnectionResetError
        ):  # it died: that is seen when its answer is taken
            worker.pipe.send(worker.request)


def _taken(worker: _Worker) -> Outcome | None:
    """Return what a worker gave; None where it died."""
    try:
        outcome: Outcome = worker.pipe.recv()
    except (EOFError, ConnectionResetError):
        return None
    return outcome


def _end(worker: _Worker) -> None:
    """Let a worker go: one that waits ends by itself, one that works is ended."""
    if worker.request is not None and worker.process.is_alive():
        worker.process.terminate()
    worker.pipe.close()
    worker.process.join()


@contextmanager
def _one_thread() -> Iterator[None]:
    """Set the environment that a worker is started with, and take it back."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(ONE_THREAD)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
