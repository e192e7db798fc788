"""What a cluster says of a run that gave nothing: its own exception, or a worker that was lost."""

from types import SimpleNamespace

import pytest

from aios.studies.fan_out.fan_out import TRIES
from aios.studies.fan_out.ray_cluster import HERE, RayCluster
from tests.unit.aios.studies.report.made import outcome, requests


class RayError(Exception):
    """What Ray raises, as its own exceptions are built."""


class RayTaskError(RayError):
    def __init__(self, cause):
        super().__init__(f"Traceback ... {cause!r}")
        self.cause = cause


class WorkerCrashedError(RayError):
    pass


class Ray:
    """A Ray of which every answer is laid down."""

    exceptions = SimpleNamespace(RayError=RayError, RayTaskError=RayTaskError)

    def __init__(self, *answers):
        self.answers = list(answers)
        self.given = {}

    def init(self, **given):
        pass

    def shutdown(self):
        pass

    def remote(self, **given):
        self.given = given
        return lambda task: SimpleNamespace(remote=lambda request: len(request.run) and request.seed)

    def wait(self, left, num_returns):
        return left[:num_returns], left[num_returns:]

    def get(self, reference):
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def asked():
    return requests(controllers=("idle",))


def test_an_exception_is_no_lost_worker(monkeypatch, asked):
    done = outcome(asked[2], {"peak_kw": 1.0})
    ray = Ray(RayTaskError(ImportError("no module\nnamed aios")), WorkerCrashedError("it died"), done)
    monkeypatch.setattr("aios.studies.fan_out.ray_cluster.import_module", lambda name: ray)
    raised, lost, went_well = RayCluster(HERE).run(asked)
    assert raised.result.cause == "ImportError: no module named aios"
    assert raised.trace.startswith("Traceback")
    assert lost.result.cause == "its worker was lost 3 times: it died"
    assert went_well is done


def test_ray_is_told_to_give_the_run_of_a_lost_worker_to_another(monkeypatch, asked):
    done = [outcome(one, {"peak_kw": 1.0}) for one in asked]
    ray = Ray(*done)
    monkeypatch.setattr("aios.studies.fan_out.ray_cluster.import_module", lambda name: ray)
    assert list(RayCluster(HERE).run(asked)) == done
    assert ray.given["max_retries"] == TRIES - 1 == 2
