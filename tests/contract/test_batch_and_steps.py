"""A batch of the solver and a world that is stepped: one rule for the moment at which demand is looked up.

Both stand through a step with what profiles and consumers want at its beginning. So a run in which nothing
fails is compared with one in which something does, and with nothing else.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from aios.studies.grid import planned
from aios.studies.open_loop import run_open
from aios.studies.study_file import load_study

SCENARIO = """
network = "nord"
start = 2016-12-14T00:00:00+01:00
days = 0.26
open_step_s = {step_s}
[[consumer]]
name = "depot"
load = "f13"
onset = 2016-12-14T01:07:00+01:00
end = 2016-12-14T04:52:00+01:00
power_kw = 900.0
unevenness = 0.3
"""
NOTHING_FAILS = """
[[fault]]
target = "t1"
kind = "blocked_cooler"
onset = 2016-12-14T02:00:00+01:00
amount = 0.0
"""
STUDY = """
[study]
name = "rule"
[[scenario]]
name = "batch"
file = "batch.toml"
[[scenario]]
name = "stepped"
file = "stepped.toml"
[[controller]]
name = "none"
loops = "none"
"""
STARTS = 1e-8
"""The solver begins a batch elsewhere than a step, and stops at 1e-8 of a voltage."""


@pytest.mark.parametrize("step_s", [300.0, 900.0])
def test_the_same_scenario_has_the_same_kpis_as_a_batch_and_step_by_step(
    tmp_path: Path, step_s: float
) -> None:
    text = SCENARIO.format(step_s=step_s)
    (tmp_path / "batch.toml").write_text(text, "utf-8")
    (tmp_path / "stepped.toml").write_text(text + NOTHING_FAILS, "utf-8")
    (tmp_path / "study.toml").write_text(STUDY, "utf-8")
    batch, stepped = (run_open(request) for request in planned(load_study(tmp_path / "study.toml")))
    assert "tap_operations" not in batch.result.kpis, "it was stepped"
    for name, value in batch.result.kpis.items():
        if name != "balance_error":
            assert stepped.result.kpis[name] == pytest.approx(value, rel=STARTS, nan_ok=True), name
    for column, values in batch.tables["series"].items():
        np.testing.assert_allclose(stepped.tables["series"][column], values, rtol=STARTS, err_msg=column)
