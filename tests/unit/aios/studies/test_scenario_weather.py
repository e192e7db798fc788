"""A scenario that names a file of measured weather: checked, told of by digest, and sent with its cell."""

import msgspec
import pytest

from aios.studies.cell import WEATHER, Cell, Request, laid_out
from aios.studies.findings import StudyInvalid
from aios.studies.grid import planned
from aios.studies.happened import weather_of
from aios.studies.open_loop import run_open
from aios.studies.scenario_file import read_scenario, scenario_site
from aios.studies.study_file import load_study
from simulators.scenario import scenario_of
from simulators.skies import skies_of
from tests.unit.aios.studies.small import SCENARIO, STUDY, write_study

ROWS = "\n".join(f"2016-12-{13 + n // 24}T{n % 24:02}:00Z,{{level}}" for n in range(48))
NAMED = SCENARIO.replace("start =", 'weather = "station.csv"\nstart =', 1)


def station(folder, level=20.0, head="# made for a test\ntime,ambient_c\n"):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "station.csv").write_text(head + ROWS.format(level=level) + "\n")


def requests_of(folder):
    return {one.cell.labels.controller: one for one in planned(load_study(folder / "study.toml"))}


@pytest.fixture
def folder(tmp_path):
    station(tmp_path)
    write_study(tmp_path, STUDY.replace("replicates = 2", "replicates = 1"), NAMED)
    return tmp_path


def test_a_run_on_any_machine_has_the_weather_in_the_files_of_its_cell(folder):
    request = requests_of(folder)["none"]
    sent = msgspec.json.decode(msgspec.json.encode(request.cell), type=Cell)
    (folder / "station.csv").unlink()
    warm = run_open(Request(cell=sent, replicate=0, seed=request.seed)).result
    assert sent.files[WEATHER].startswith("# made for a test")
    station(folder, level=-20.0)
    cold = run_open(requests_of(folder)["none"]).result
    assert warm.kpis["hot_spot_max_c"] > cold.kpis["hot_spot_max_c"] + 25.0
    assert warm.lineage.weather != cold.lineage.weather
    assert [one.words for one in warm.happenings if one.kind == "weather"] == [
        "measured ambient_c: made for a test"
    ]


def test_a_run_says_what_was_bridged_and_from_when_its_history_is_modelled(folder):
    path = folder / "station.csv"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "T05:00Z" not in line))
    scenario = scenario_of(scenario_site(read_scenario(folder / "hour.toml"))[0])
    (told,) = weather_of(msgspec.structs.replace(scenario, history_days=2))
    assert "2 values that are missing" in told.words  # at 05:00 of both days
    assert told.words.endswith("the history is modelled before 2016-12-13T00:00Z")


def test_other_weather_is_another_run_and_another_folder_or_name_is_not(folder, tmp_path_factory):
    before = requests_of(folder)["shaver"]
    moved = tmp_path_factory.mktemp("moved")
    station(moved)
    (moved / "station.csv").rename(moved / "air.csv")
    write_study(moved, STUDY.replace("replicates = 2", "replicates = 1"), NAMED.replace("station", "air"))
    assert requests_of(moved)["shaver"].run == before.run
    station(folder, level=20.1)
    assert requests_of(folder)["shaver"].run != before.run


def test_a_gateway_finds_the_weather_beside_its_site_file(folder):
    request = requests_of(folder)["shaver"]
    with laid_out(request.cell) as there:
        assert (there / WEATHER).is_file()
        assert WEATHER in request.site_text


def test_simulate_reads_the_same_file_from_beside_the_scenario(folder):
    site, _ = scenario_site(read_scenario(folder / "hour.toml"))
    assert skies_of(scenario_of(site)).ambient_c(1_481_734_800 * 10**9) == 20.0


@pytest.mark.parametrize(
    ("head", "days", "words"),
    [
        ("time,ambient_c\n", "0.04", "where it comes from"),
        ("# a\ntime,ambient_c\n", "1.0", "12 h before its begin, to 2016-12-15T16:00Z"),
        ("# a\ntime,heat\n", "0.04", "header"),
    ],
)
def test_a_file_that_cannot_be_used_is_a_mistake_with_its_line(folder, head, days, words):
    station(folder, head=head)
    (folder / "hour.toml").write_text(NAMED.replace("days = 0.0416666667", f"days = {days}"))
    with pytest.raises(StudyInvalid) as caught:
        read_scenario(folder / "hour.toml")
    assert {found.line for found in caught.value.findings} == {4}
    assert any(words in found.text for found in caught.value.findings)


def test_a_file_that_is_not_there_is_a_mistake_with_its_line(folder):
    (folder / "station.csv").unlink()
    with pytest.raises(StudyInvalid, match=r"hour\.toml:4"):
        read_scenario(folder / "hour.toml")


def test_a_key_of_the_climate_that_is_none_is_told(folder):
    (folder / "hour.toml").write_text(f"{NAMED}\n[climate]\nmean = 12.0\n")
    with pytest.raises(StudyInvalid, match="mean"):
        read_scenario(folder / "hour.toml")
