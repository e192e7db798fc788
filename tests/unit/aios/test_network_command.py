import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aios.cli.app import app
from aios.cli.exits import Exit

FILES = {
    "buses": "name,voltage_kv\na,20\nb,20",
    "source": "name,bus,voltage_pu,short_circuit_mva,rx_ratio\ngrid,a,1.02,200,0.3",
    "lines": (
        "name,from_bus,to_bus,length_km,ohm_per_km,reactance_ohm_per_km,capacitance_uf_per_km,rated_a\n"
        "l,a,b,5,0.2,0.12,0.25,300"
    ),
    "loads": "name,bus,peak_kw,profile\nhouses,b,1,village",
    "profiles": "time [Europe/Berlin],village [kW]\n2024-01-01 00:00,1200\n2024-01-01 00:15,1300",
}


@pytest.fixture
def folder(tmp_path):
    source = tmp_path / "csv"
    source.mkdir()
    for name, text in FILES.items():
        (source / f"{name}.csv").write_text(text + "\n", encoding="utf-8")
    return tmp_path


def call(*words):
    return CliRunner().invoke(app, ["network", *map(str, words)])


def test_a_folder_of_csv_files_becomes_a_network_that_is_shown_and_checked(folder):
    done = call("import", folder / "csv", "--out", folder / "grid")
    assert done.exit_code == Exit.OK
    assert "2 buses, 1 lines, 1 loads, 1 profiles" in done.output
    shown = call("show", folder / "grid")
    assert shown.exit_code == Exit.OK
    assert "l 13" in shown.output
    checked = call("check", folder / "grid", "--json")
    assert checked.exit_code == Exit.OK
    assert json.loads(checked.output)["findings"] == []


def test_a_moment_is_chosen_with_its_offset(folder):
    call("import", folder / "csv", "--out", folder / "grid")
    shown = call("show", folder / "grid", "--at", "2024-01-01T00:00:00+01:00", "--json")
    assert json.loads(shown.output)["kw"]["l"] == pytest.approx(1200.0, rel=0.01)
    assert call("show", folder / "grid", "--at", "2024-01-01T00:00:00").exit_code == Exit.USAGE
    assert call("show", folder / "grid", "--at", "noon").exit_code == Exit.USAGE


def test_mistakes_are_listed_and_nothing_is_written(folder):
    (folder / "csv" / "loads.csv").write_text("name,bus,peak_kw\nhouses,nowhere,1\n", encoding="utf-8")
    done = call("import", folder / "csv", "--out", folder / "grid")
    assert done.exit_code == Exit.FINDINGS
    assert "no bus nowhere" in done.output
    assert not (folder / "grid").exists()


def test_an_overloaded_line_is_a_finding(folder):
    call("import", folder / "csv", "--out", folder / "grid")
    file = folder / "grid" / "network.toml"
    text = file.read_text(encoding="utf-8").replace("rated_a = 300.0", "rated_a = 20.0")
    file.write_text(text, encoding="utf-8")
    checked = call("check", folder / "grid")
    assert checked.exit_code == Exit.FINDINGS
    assert "branch l carries" in checked.output


def test_what_is_not_there_is_told(folder):
    assert call("import", folder / "nothing", "--out", folder / "grid").exit_code == Exit.NOT_THERE
    assert call("show", folder / "nothing").exit_code == Exit.NOT_THERE


def test_a_script_of_opendss_is_imported_with_its_phases_and_compared_again(folder):
    script = Path(__file__).parents[2] / "golden" / "ieee13" / "feeder.dss"
    done = call("import", script, "--out", folder / "grid", "--json")
    assert done.exit_code == Exit.OK
    assert json.loads(done.output)["record"]["max_dv_pu"] < 1e-6
    answer = json.loads(call("check", folder / "grid", "--json").output)
    assert answer["origin"]["agreement"]["max_dv_pu"] < 1e-6
    assert not [finding for finding in answer["findings"] if finding.startswith("bus")]


def test_the_lowest_and_the_highest_phase_are_held_against_the_limits(folder):
    script = Path(__file__).parents[2] / "golden" / "ieee13" / "feeder.dss"
    call("import", script, "--out", folder / "grid")
    file = folder / "grid" / "network.toml"
    text = file.read_text(encoding="utf-8").replace("voltage_pu = 1.0\n", "voltage_pu = 1.035\n")
    file.write_text(text, encoding="utf-8")
    findings = json.loads(call("check", folder / "grid", "--json").output)["findings"]
    # Of 1.100, 1.087 and 1.106 at the regulator the mean is inside.
    assert any(finding.startswith("bus rg60 is at 1.106 pu") for finding in findings)


def test_the_extra_that_opendss_needs_is_named(folder, monkeypatch):
    def without(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr("simulators.physics.opendss_extra.import_module", without)
    (folder / "feeder.dss").write_text("clear\n", encoding="utf-8")
    done = call("import", folder / "feeder.dss", "--out", folder / "grid")
    assert done.exit_code == Exit.FAILED
    assert 'pip install "aios-grid[opendss]"' in done.output
