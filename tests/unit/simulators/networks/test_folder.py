import dataclasses

import numpy as np
import pytest

from simulators.networks.file import NetworkInvalid, shipped
from simulators.networks.folder import NoNetwork, Record, keep, open_network
from simulators.networks.named import network_named, profile_file
from simulators.networks.network import Load
from simulators.profiles.named import profiles_in
from simulators.profiles.stored import no_profiles, profile_set

RECORD = Record(source="x.json", form="pandapower", version="pandapower 3", digest="0", max_dv_pu=1e-8)


@pytest.fixture
def profiles():
    values = np.array([[0.5, 1.0, 0.25]])
    return profile_set(("village",), values, start_ns=0, step_s=3600)


@pytest.fixture
def own():
    nord = shipped("nord")
    return dataclasses.replace(nord, loads=(Load(name="l", bus="f11_end", peak_kw=9.0, profile="village"),))


def test_what_is_kept_is_opened_again_whole(own, profiles, tmp_path):
    keep(tmp_path / "grid", own, profiles, RECORD)
    stored = open_network(tmp_path / "grid")
    assert stored.network == own
    assert stored.profiles.names == ("village",)
    assert stored.profiles.values.tolist() == [[0.5, 1.0, 0.25]]
    assert stored.record == RECORD


def test_a_second_import_into_a_folder_leaves_nothing_of_the_first(own, profiles, tmp_path):
    keep(tmp_path, own, profiles, RECORD)
    keep(tmp_path, shipped("nord"), no_profiles(), RECORD)
    assert open_network(tmp_path).profiles.names[0] == "feeder_1"


def test_a_name_that_is_nothing_is_told_with_what_there_is(tmp_path):
    with pytest.raises(NoNetwork, match="shipped are nord"):
        open_network(tmp_path / "nowhere")


def test_a_record_that_cannot_be_read_is_an_error(own, profiles, tmp_path):
    keep(tmp_path, own, profiles, RECORD)
    (tmp_path / "import.json").write_text("{}", encoding="utf-8")
    with pytest.raises(NetworkInvalid, match=r"import\.json"):
        open_network(tmp_path)


def test_a_scenario_finds_network_and_profiles_in_the_folder_of_an_import(own, profiles, tmp_path):
    keep(tmp_path / "grid", own, profiles, RECORD)
    _, network = network_named("grid", tmp_path)
    assert network == own
    path = profile_file("grid", "", tmp_path)
    assert path == profile_file("grid/network.toml", "", tmp_path)
    assert profiles_in(path).names == ("village",)
    assert profiles_in(profile_file("nord", "", tmp_path)).names[-1] == "pv"


def test_a_scenario_may_name_other_profiles_for_its_network(own, profiles, tmp_path):
    keep(tmp_path / "grid", own, profiles, RECORD)
    text = "time,village [kW]\n2024-01-01T00:00Z,7\n2024-01-01T01:00Z,8\n"
    (tmp_path / "measured.csv").write_text(text, encoding="utf-8")
    path = profile_file("grid", "measured.csv", tmp_path)
    assert profiles_in(path).values.tolist() == [[7.0, 8.0]]
    (tmp_path / "measured.csv").write_text(text.replace("8", "9.5"), encoding="utf-8")
    assert profiles_in(path).values.tolist() == [[7.0, 9.5]]
