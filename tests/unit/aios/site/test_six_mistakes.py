"""A site file with six different mistakes gets six findings at once, each with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aios.cli.app import app
from aios.site import SiteInvalid, site_of

SIX = Path(__file__).parents[3] / "golden" / "site" / "six_mistakes.toml"
EXPECTED = [
    (15, "asset[1].upstream", "gird is no asset"),
    (27, "device[0].map", "no register map feeder_metre"),
    (34, "device[1].port", "valid integer"),
    (41, "point[0].writing.safe_value", "safe value 9000 kW lies outside [-4000, 4000]"),
    (46, "loop[0].period_s", "no multiple of the base tick"),
    (54, "uplinks.histroy", "unknown key histroy; did you mean history?"),
]


def test_the_command_prints_six_findings_with_their_lines_and_ends_with_1() -> None:
    result = CliRunner().invoke(app, ["check", str(SIX)])
    lines = result.stderr.splitlines()
    assert (result.exit_code, len(lines)) == (1, 6), result.stderr
    for printed, (line, where, words) in zip(lines, EXPECTED, strict=True):
        assert printed.startswith(f"{SIX}:{line}: {where}: ")
        assert words in printed


def test_the_command_gives_the_same_as_json() -> None:
    result = CliRunner().invoke(app, ["check", str(SIX), "--json"])
    findings = json.loads(result.stdout)["findings"]
    assert result.exit_code == 1
    assert [(f["line"], f["where"]) for f in findings] == [(line, where) for line, where, _ in EXPECTED]


def test_the_lines_are_those_that_the_file_marks() -> None:
    lines = SIX.read_text().splitlines()
    marked = [number for number, text in enumerate(lines, 1) if any(f"# {k}:" in text for k in "123456")]
    assert marked == [line for line, _, _ in EXPECTED]


REPAIRS = [
    ('upstream = "gird"', 'upstream = "grid"'),
    ('"feeder_metre"', '"feeder_meter"'),
    ('port = "fifteen hundred"', "port = 1503"),
    ("safe_value = 9000.0", "safe_value = 0.0"),
    ("period_s = 1.5", "period_s = 2.0"),
    ("histroy", "history"),
]


@pytest.mark.parametrize("left", range(6), ids=[where for _, where, _ in EXPECTED])
def test_every_mistake_is_found_alone_as_well(left: int) -> None:
    text = SIX.read_text()
    for place, (wrong, right) in enumerate(REPAIRS):
        assert text.count(wrong) == 1
        if place != left:
            text = text.replace(wrong, right)
    with pytest.raises(SiteInvalid) as found:
        site_of(text)
    assert [(f.line, f.where) for f in found.value.findings] == [EXPECTED[left][:2]]


def test_the_site_without_its_mistakes_is_good() -> None:
    text = SIX.read_text()
    for wrong, right in REPAIRS:
        text = text.replace(wrong, right)
    assert site_of(text).name == "six"


def test_a_device_that_no_installed_driver_speaks_to_is_found_with_its_line() -> None:
    text = (Path(__file__).parents[4] / "aios" / "sites" / "nord.toml").read_text()
    broken = text.replace('map = "battery_inverter"', 'map = "battery_inverter"\nprotocol = "modbus-tpc"')
    with pytest.raises(SiteInvalid) as caught:
        site_of(broken)
    line = broken.splitlines().index('protocol = "modbus-tpc"') + 1
    assert [(f.line, f.where) for f in caught.value.findings] == [(line, "device[8].protocol")]
    assert "did you mean modbus-tcp?" in caught.value.findings[0].text
