"""A small study of substation nord: an hour of an evening, without control and with the peak shaver."""

SCENARIO = """
title = "An hour"
site = "nord"
start = 2016-12-14T17:00:00+01:00
days = 0.0416666667
history_days = 0
fault = []
consumer = []
request = []
"""
STUDY = """
[study]
name = "small"
seed = 3
replicates = 2

[[scenario]]
name = "hour"
file = "hour.toml"

[[controller]]
name = "none"
loops = "none"

[[controller]]
name = "shaver"
drop = ["forecast", "health"]
"""


def write_study(folder, study=STUDY, scenario=SCENARIO):
    """Write both files; return the study's path."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "hour.toml").write_text(scenario)
    (folder / "study.toml").write_text(study)
    return folder / "study.toml"
