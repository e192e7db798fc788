"""Runs on a Ray cluster: an extra, and the only file that knows Ray.

A run goes out with everything that it needs but a file of profiles, which each machine must have at the same
path; so machines of the cluster need share no disk. It comes back with the same bits as from a process here,
where processors and lock file are the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any, Final

from aios.studies.cell import Request
from aios.studies.fan_out.fan_out import TRIES
from aios.studies.fan_out.processes import ONE_THREAD
from aios.studies.result import Outcome
from aios.studies.run import failed, packed

HERE: Final = "local"
"""Address that means a cluster of this machine's cores, started for the study and ended with it."""


class NoRay(RuntimeError):
    """Ray is not installed or no cluster answers; the message says what to do."""


class RayCluster:
    """Executes runs as Ray tasks."""

    def __init__(self, address: str, *, cores: int | None = None) -> None:
        """Name the cluster.

        Args:
            address: of a running cluster (`ray://host:10001`, `host:6379`, `auto`), or `local`.
            cores: of a local cluster; None for all.

        Raises:
            NoRay: Ray is not installed.
        """
        try:
            self._ray: Any = import_module("ray")
        except ImportError as missing:
            raise NoRay('studies on a cluster need Ray: pip install "aios-grid[ray]"') from missing
        self._address, self._cores = address, cores

    def run(self, requests: Sequence[Request]) -> Iterator[Outcome]:
        """Yield outcomes as they come; Ray itself gives the run of a lost worker to another one.

        Raises:
            NoRay: no cluster answers at the address.
        """
        ray = self._ray
        self._connect()
        try:
            task = ray.remote(max_retries=TRIES - 1, num_cpus=1)(packed)
            asked = {task.remote(request): request for request in requests}
            left = list(asked)
            while left:
                done, left = ray.wait(left, num_returns=1)
                for reference in done:
                    yield self._outcome(reference, asked[reference])
        finally:
            ray.shutdown()

    def _connect(self) -> None:
        ray = self._ray
        runtime = {"env_vars": dict(ONE_THREAD)}
        try:
            if self._address == HERE:
                ray.init(
                    num_cpus=self._cores, include_dashboard=False, log_to_driver=False, runtime_env=runtime
                )
            else:
                ray.init(address=self._address, log_to_driver=False, runtime_env=runtime)
        except (ConnectionError, ValueError, RuntimeError) as error:
            raise NoRay(f"no Ray cluster at {self._address}: {error}") from error

    def _outcome(self, reference: Any, request: Request) -> Outcome:
        raised = self._ray.exceptions
        try:
            outcome: Outcome = self._ray.get(reference)
        except raised.RayTaskError as error:  # the run's own code, which Ray tries only once
            words = " ".join(str(error.cause).split())[:500]
            return failed(request, f"{type(error.cause).__name__}: {words}", trace=str(error))
        except raised.RayError as error:
            words = " ".join(str(error).split())[:500]
            return failed(request, f"its worker was lost {TRIES} times: {words}", trace=str(error))
        return outcome
