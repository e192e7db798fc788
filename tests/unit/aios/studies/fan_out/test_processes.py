"""A worker that dies before it has its run is a worker that is lost, not the end of a study."""

from collections import Counter, deque
from multiprocessing import Pipe

from aios.studies.fan_out.processes import _give, _taken, _Worker
from tests.unit.aios.studies.report.made import requests


def test_what_is_given_to_a_worker_that_died_is_known_to_be_lost():
    ours, theirs = Pipe()
    theirs.close()
    worker, (request, *_) = _Worker(process=None, pipe=ours), requests()
    _give(worker, deque([request]), Counter())
    assert worker.request is request
    assert _taken(worker) is None
