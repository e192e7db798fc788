"""One function judges a site file: `aios check`, `aios run` and a reload find the same in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

import aios
from aios.cli.app import app
from aios.folder import Folder
from aios.gateway.accept import Unfit, accepted
from aios.lock import sole
from tests.unit.aios.gateway.test_carriage import on_one_line

NORD = (Path(aios.__file__).parent / "sites" / "nord.toml").read_text(encoding="utf-8")
FLAWED = {
    "no register map": NORD.replace('"feeder_meter"', '"feeder_metre"', 1),
    "shaver steers by grid/active_power every 60 s": on_one_line(NORD, "line_gap_s = 8.0\n"),
    "safe value 6000 kW lies outside -4000 to 4000": NORD.replace(
        "low = -4000.0\nhigh = 4000.0\nsafe_value = 0.0", "low = -9000.0\nhigh = 9000.0\nsafe_value = 6000.0"
    ),
    "cannot be read": "\udcff",
}
"""Site files with which no gateway is started, by what is said of each."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "site.toml"


@pytest.mark.parametrize("said", FLAWED)
def test_check_run_and_reload_say_the_same_of_a_file_and_nothing_is_started(said: str, file: Path) -> None:
    file.write_bytes(FLAWED[said].encode("utf-8", "surrogateescape"))
    folder = Folder(root=file.parent / "gateway")
    checked = CliRunner().invoke(app, ["check", str(file), "--folder", str(folder.root)])
    with sole(folder.lock, "test"):  # were it not refused, it would find the folder taken, and end as well
        ran = CliRunner().invoke(app, ["run", str(file), "--folder", str(folder.root)])
    assert (checked.exit_code, ran.exit_code) == (1, 1)
    found = [line for line in checked.stderr.splitlines() if line.startswith(f"{file}:")]
    assert any(said in line for line in found)
    assert found == [line for line in ran.stderr.splitlines() if line.startswith(f"{file}:")]
    assert "nothing was started" in ran.stderr
    assert not folder.commands.exists()
    if said != "cannot be read":
        taken = accepted(FLAWED[said], maps=file.parent, name=str(file), now_ns=0, folder=folder)
        assert isinstance(taken, Unfit)
        assert list(taken.findings) == found
