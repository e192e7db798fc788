"""Several worker processes, each with agents of its own, behind one role."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kernel.pipe.tick import Job, WorkerStep
from kernel.shell.worker import ProcessWorkers


class Crowd:
    """Hands each agent's jobs to the process that has it."""

    def __init__(self, processes: Mapping[str, ProcessWorkers]) -> None:
        """Take processes by agent."""
        self._processes = dict(processes)

    def wait_ready(self) -> None:
        """Return when all have started."""
        for process in self._processes.values():
            process.wait_ready()

    def submit(self, job: Job, on_done: Callable[[], None] = lambda: None) -> None:
        """Give a job to the process of its agent."""
        self._processes[job.agent].submit(job, on_done)

    def collect(self) -> tuple[WorkerStep, ...]:
        """Return what all have finished."""
        return tuple(step for process in self._processes.values() for step in process.collect())

    def restart(self, agent: str) -> None:
        """Let an agent begin anew in its process."""
        self._processes[agent].restart(agent)

    def close(self) -> None:
        """End all."""
        for process in self._processes.values():
            process.close()
