"""On Ray a study gives the same bytes as in processes, and a lost worker's run is given to another."""

import importlib.util

import pytest

from aios.studies.carry_out import carry_out
from aios.studies.fan_out.ray_cluster import HERE, RayCluster
from tests.fakes.here import Here
from tests.system.test_studies import DIES, begun, contents
from tests.unit.aios.studies.small import STUDY, write_study

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="NOT RUN: Ray is not installed (extra ray)"
)


def test_ray_gives_the_same_bytes_and_a_lost_worker_is_replaced(tmp_path):
    study = STUDY.replace("replicates = 2", "replicates = 1")
    deadly = '\n[[controller]]\nname = "deadly"\ndrop = ["forecast", "health"]\n'
    deadly += '[[controller.loop]]\nagent = "shaver"\nkind = "file:deadly.py"\n'
    write_study(tmp_path / "files")
    (tmp_path / "files" / "deadly.py").write_text(DIES)
    on_ray, _ = begun(tmp_path, "ray", study=study + deadly)
    record = carry_out(on_ray, RayCluster(HERE, cores=2))
    assert [one.state for one in record.runs] == ["done", "done", "failed"]
    assert "worker was lost" in record.runs[2].cause
    here, _ = begun(tmp_path, "here", study=study)
    carry_out(here, Here())
    ours, theirs = contents(here), contents(on_ray)
    runs = [name for name in ours if name.startswith("runs/")]
    assert len(runs) == 10
    assert {name: theirs[name] for name in runs} == {name: ours[name] for name in runs}
