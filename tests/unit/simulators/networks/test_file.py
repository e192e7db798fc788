import tomllib

import pytest

from simulators.networks.file import FOLDER, NetworkInvalid, load, parse, shipped


@pytest.fixture
def tables():
    return tomllib.loads((FOLDER / "nord.toml").read_text(encoding="utf-8"))


def test_the_shipped_network_has_two_transformers_five_feeders_and_an_open_coupler():
    nord = shipped("nord")
    assert [unit.name for unit in nord.transformers] == ["t1", "t2"]
    assert [line.name for line in nord.lines] == ["f11", "f12", "f13", "f14", "f15"]
    assert nord.open_at_start() == {"coupler", "f15"}
    assert nord.transformers[0].rated_a == pytest.approx(721.7, abs=0.1)


def test_every_error_of_type_and_range_is_listed_with_its_place(tables):
    tables["lines"][2]["length_km"] = -1.0
    tables["transformers"][0]["clock"] = "five"
    tables["loads"][1]["colour"] = "red"
    del tables["source"]["bus"]
    with pytest.raises(NetworkInvalid) as caught:
        parse(tables)
    text = str(caught.value)
    assert len(caught.value.errors) == 4
    for place in ("lines.2.length_km", "transformers.0.clock", "loads.1.colour", "source.bus"):
        assert place in text


def test_every_reference_to_nothing_is_listed(tables):
    tables["lines"][0]["to_bus"] = "nowhere"
    tables["loads"][3]["bus"] = "nobody"
    tables["couplers"][0]["to_bus"] = "bus1"
    with pytest.raises(NetworkInvalid) as caught:
        parse(tables)
    assert caught.value.errors == (
        "f11.to_bus: no bus nowhere",
        "coupler: both ends on bus bus1",
        "f14.bus: no bus nobody",
    )


def test_names_that_stand_twice_are_refused(tables):
    tables["lines"][1]["name"] = "t1"
    tables["buses"][7]["name"] = "f14_end"
    with pytest.raises(NetworkInvalid) as caught:
        parse(tables)
    assert {"branch t1 stands 2 times", "bus f14_end stands 2 times"} <= set(caught.value.errors)


def test_a_cable_between_two_voltages_is_refused(tables):
    tables["lines"][0]["from_bus"] = "hv"
    with pytest.raises(NetworkInvalid, match="joins buses of 20 and 110 kV"):
        parse(tables)


def test_a_number_in_quotes_is_not_a_number(tables):
    tables["buses"][0]["voltage_kv"] = "110"
    with pytest.raises(NetworkInvalid, match=r"buses\.0\.voltage_kv"):
        parse(tables)


def test_a_broken_file_names_itself_and_the_line(tmp_path):
    path = tmp_path / "broken.toml"
    path.write_text('name = "x"\nbuses = [', encoding="utf-8")
    with pytest.raises(NetworkInvalid, match=r"broken\.toml.*line 2|broken\.toml[\s\S]*end of"):
        load(path)
