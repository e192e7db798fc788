"""A worker that dies is a worker that is lost, not the end of a study: its run is given to another."""

from collections import Counter, deque
from multiprocessing import Pipe

import pytest

from aios.studies.fan_out.fan_out import TRIES
from aios.studies.fan_out.processes import Processes, _give, _taken, _Worker
from tests.unit.aios.studies.report.made import requests


class Dead:
    """A process that was killed."""

    exitcode = -9

    def join(self):
        pass


@pytest.fixture
def worker():
    ours, theirs = Pipe()
    theirs.close()
    return _Worker(process=Dead(), pipe=ours)


def test_what_is_given_to_a_worker_that_died_is_known_to_be_lost(worker):
    request, *_ = requests()
    _give(worker, deque([request]), Counter())
    assert worker.request is request
    assert _taken(worker) is None


def test_a_worker_that_dies_with_its_run_is_seen():
    ours, theirs = Pipe()
    worker, (request, *_) = _Worker(process=Dead(), pipe=ours), requests()
    _give(worker, deque([request]), Counter())
    theirs.recv()
    theirs.close()
    assert _taken(worker) is None


def test_the_run_of_a_lost_worker_is_the_next_one(worker):
    first, second, *_ = requests()
    queue, tries = deque([first, second]), Counter()
    _give(worker, queue, tries)
    assert Processes(1)._lost(worker, queue, tries) is None
    assert list(queue) == [first, second]


def test_a_run_that_loses_its_worker_three_times_has_failed(worker):
    first, *_ = requests()
    tries = Counter({first.run: TRIES - 1})
    queue = deque([first])
    _give(worker, queue, tries)
    outcome = Processes(1)._lost(worker, queue, tries)
    assert not queue
    assert outcome.result.cause == "its process ended 3 times, the last time with exit code -9"


@pytest.mark.parametrize(("cores", "each"), [(1, 1), (4, 2), (5, 2)])
def test_fewer_runs_than_cores_share_the_cores(monkeypatch, cores, each):
    begun = []

    def start(fan_out):
        begun.append(fan_out._threads)
        ours, theirs = Pipe()
        theirs.close()
        return _Worker(process=Dead(), pipe=ours)

    monkeypatch.setattr(Processes, "_start", start)
    monkeypatch.setattr("aios.studies.fan_out.processes._end", lambda worker: None)
    assert len(list(Processes(cores).run(requests()[:2]))) == 2
    assert set(begun) == {each}
