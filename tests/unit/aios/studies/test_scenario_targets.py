"""A fault of a scenario may befall what the scenario places."""

import pytest

from aios.studies.findings import StudyInvalid
from aios.studies.scenario_file import read_scenario
from tests.unit.aios.studies.test_scenario_profiles import SCENARIO, folder

__all__ = ["folder"]
PLACED = """
[[appliance]]
kind = "photovoltaic"
name = "roofs"
at = "houses"
peak_kw = 50.0
[[fault]]
kind = "der_trips"
target = "TARGET"
onset = 1970-01-01T01:00:00Z
"""


def test_a_fault_of_a_placed_plant_is_no_mistake_and_one_of_nothing_is(folder):
    path = folder / "scenario.toml"
    path.write_text(SCENARIO + PLACED.replace("TARGET", "roofs"), encoding="utf-8")
    read_scenario(path)
    path.write_text(SCENARIO + PLACED.replace("TARGET", "rooves"), encoding="utf-8")
    with pytest.raises(StudyInvalid, match="no target rooves"):
        read_scenario(path)
