import re
from dataclasses import fields
from pathlib import Path

import pytest

from simulators.networks.file import NetworkInvalid
from simulators.networks.importers.csv_folder import KINDS, columns_of, from_csv
from simulators.networks.importers.source import UnknownForm, take
from simulators.networks.network import Network

FILES = {
    "network": "name,frequency_hz\nvillage,60",
    "buses": "name,voltage_kv\na,20\nb,20.0\nc,0.4",
    "source": "name,bus,voltage_pu,short_circuit_mva,rx_ratio,stiff\ngrid,a,1.02,200,0.3,yes",
    "lines": (
        "name,from_bus,to_bus,length_km,ohm_per_km,reactance_ohm_per_km,capacitance_uf_per_km,rated_a,closed\n"
        "l,a,b,5,0.2,0.12,0.25,300,"
    ),
    "transformers": (
        "name,from_bus,to_bus,rated_kva,high_kv,low_kv,short_circuit_pu,copper_loss_kw,no_load_current_pu,"
        "iron_loss_kw,clock,tap_step_kv,regulator.target_kv,regulator.band_kv\n"
        "t,b,c,400,20,0.4,0.04,4.6,0.003,0.9,5,0.5,0.4,0.02"
    ),
    "loads": "name,bus,peak_kw,peak_kvar,profile\nhouses,c,1,0.2,village",
    "profiles": "time [Europe/Berlin],village [kW]\n2024-01-01 00:00,120\n2024-01-01 00:15,130",
}


@pytest.fixture
def folder(tmp_path):
    for name, text in FILES.items():
        (tmp_path / f"{name}.csv").write_text(text + "\n", encoding="utf-8")
    return tmp_path


def change(folder, name, before, after):
    path = folder / f"{name}.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")


def test_a_folder_becomes_a_network_with_its_profiles(folder):
    imported, profiles = from_csv(folder)
    network = imported.network
    assert (network.name, network.frequency_hz) == ("village", 60.0)
    assert network.source.stiff
    assert network.lines[0].closed
    assert network.transformers[0].regulator.target_kv == 0.4
    assert network.loads[0].peak_kvar == 0.2
    assert profiles.names == ("village",)
    assert profiles.values.tolist() == [[120.0, 130.0]]


def test_the_files_may_begin_with_the_mark_that_spreadsheets_write(folder):
    text = (folder / "buses.csv").read_text(encoding="utf-8")
    (folder / "buses.csv").write_text(text, encoding="utf-8-sig")
    assert len(from_csv(folder)[0].network.buses) == 3


def test_every_error_is_listed_with_its_file_and_line(folder):
    change(folder, "buses", "b,20.0", "b,20 kV")
    change(folder, "source", "yes", "maybe")
    change(folder, "loads", "profile\n", "colour\n")
    (folder / "cables.csv").write_text("name\n", encoding="utf-8")
    with pytest.raises(NetworkInvalid) as caught:
        from_csv(folder)
    found = "\n".join(caught.value.errors)
    assert "buses.csv:3: voltage_kv: 20 kV is no number" in found
    assert "source.csv:2: stiff: maybe is no true or false" in found
    assert "loads.csv: no column colour" in found
    assert "cables.csv: no such file is read" in found


def test_what_breaks_a_rule_of_networks_is_told_too(folder):
    change(folder, "lines", "l,a,b", "l,a,nowhere")
    with pytest.raises(NetworkInvalid, match="no bus nowhere"):
        from_csv(folder)


def test_a_network_has_one_source(folder):
    change(folder, "source", "grid,a", "other,b,1,1,1,no\ngrid,a")
    with pytest.raises(NetworkInvalid, match="has 2 rows; there is one source"):
        from_csv(folder)


def test_an_import_names_its_form_and_its_digest(folder):
    taken = take(str(folder))
    assert taken.imported.origin.form == "csv"
    assert re.fullmatch("[0-9a-f]{64}", taken.imported.origin.digest)
    assert taken.agreement is None
    with pytest.raises(UnknownForm, match="no SimBench code"):
        take(str(folder / "nothing"))


def test_every_field_of_every_noun_is_a_column():
    compound = {field.name for field in fields(Network)} - {"name", "frequency_hz"}
    assert set(KINDS) == compound
    assert "regulator.target_kv" in columns_of(KINDS["transformers"])
    assert "regulator" not in columns_of(KINDS["transformers"])
    assert columns_of(KINDS["loads"])["peak_kvar"] is float


def test_the_document_tells_every_column_of_every_file():
    text = (Path(__file__).parents[5] / "docs" / "networks.md").read_text(encoding="utf-8")
    for name, noun in KINDS.items():
        table = text.split(f"`{name}.csv`\n\n", 1)[1].split("\n\n", 1)[0]
        assert re.findall(r"^\| `([a-z_.]+)` \|", table, re.MULTILINE) == list(columns_of(noun)), name


def test_a_line_by_phase_is_a_row_of_numbers(tmp_path):
    folder = tmp_path / "lateral"
    folder.mkdir()
    (folder / "buses.csv").write_text("name,voltage_kv\na,10.0\nb,10.0\n")
    (folder / "source.csv").write_text("name,bus,voltage_pu,short_circuit_mva,rx_ratio\ns,a,1.0,100.0,0.1\n")
    head = (
        "name,from_bus,to_bus,length_km,ohm_per_km,reactance_ohm_per_km,capacitance_uf_per_km,rated_a,phases"
    )
    row = "l,a,b,1.0,0.3,0.4,0.0,200.0,bc"
    path = folder / "lines.csv"
    path.write_text(f"{head},matrix.ohm_per_km,matrix.reactance_ohm_per_km\n{row},0.3 0.1 0.3,0.4 0.2 0.4\n")
    line = from_csv(folder)[0].network.lines[0]
    assert line.matrix.ohm_per_km == (0.3, 0.1, 0.3)
    path.write_text(f"{head},matrix.ohm_per_km,matrix.reactance_ohm_per_km\n{row},0.3 0.1,0.4 0.2 0.4\n")
    with pytest.raises(NetworkInvalid, match="2 numbers; bc has 3"):
        from_csv(folder)
    path.write_text(f"{head},matrix.ohm_per_km,matrix.reactance_ohm_per_km\n{row},0.3;0.1,0.4 0.2 0.4\n")
    with pytest.raises(NetworkInvalid, match="row of numbers"):
        from_csv(folder)
