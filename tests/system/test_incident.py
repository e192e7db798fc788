"""A pinned stretch stays in the ring, travels as one file and is decided again; who changes it is found."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from aios.cli.app import app
from benchmarks.replay_days import GOLDEN
from kernel.journal.incident import IncidentDamaged, read

runner = CliRunner()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "gateway"
    (root / "journal").mkdir(parents=True)
    for name in ("recorder.db", "commands.db"):
        shutil.copy(GOLDEN / "v0_1_0" / name, root / "journal")
    return root


def says(folder: Path, *words: str) -> Result:
    return runner.invoke(app, ["incident", *words, "--folder", str(folder)])


@pytest.fixture
def exported(folder: Path, tmp_path: Path) -> Path:
    assert says(folder, "pin", "--around", "60", "--title", "peak", "--reason", "why").exit_code == 0
    result = says(folder, "export", "1", str(tmp_path / "peak"))
    assert result.exit_code == 0, result.output
    return tmp_path / "peak.aios-incident"


def test_an_exported_incident_is_decided_again_on_its_own(exported: Path, folder: Path) -> None:
    shutil.rmtree(folder)
    result = runner.invoke(app, ["replay", str(exported), "--json"])
    assert result.exit_code in (0, 1), result.output
    report = json.loads(result.stdout)
    assert report["ticks"] == 120
    assert [one for one in report["differences"] if one["what"] != "policies"] == []


def test_it_holds_the_journal_of_its_ticks_with_both_anchors(exported: Path) -> None:
    incident = read(exported)
    assert {"command", "receipt", "basis"} <= {entry.kind for entry in incident.entries}
    assert incident.before_seq + 1 == incident.entries[0].seq
    assert (incident.pin.title, incident.header.run) == ("peak", incident.pin.run)


@pytest.mark.parametrize("at", [40, 200, -5])
def test_a_byte_that_was_changed_is_found(exported: Path, at: int) -> None:
    raw = bytearray(exported.read_bytes())
    raw[at] ^= 1
    exported.write_bytes(bytes(raw))
    with pytest.raises(IncidentDamaged):
        read(exported)
    assert runner.invoke(app, ["replay", str(exported)]).exit_code == 1


def test_an_incident_of_another_key_is_not_taken_for_the_gateways(exported: Path) -> None:
    with pytest.raises(IncidentDamaged, match="not signed"):
        read(exported, public_key="00" * 32)


def test_incidents_are_listed_with_who_and_why(folder: Path, exported: Path) -> None:
    result = says(folder, "list", "--json")
    (one,) = json.loads(result.stdout)
    assert (one["automatic"], one["title"], one["reason"]) == (False, "peak", "why")
    assert "peak" in says(folder, "list").output


BETWEEN = ("--from", "2016-12-14T00:30", "--to", "2016-12-14T00:40")


@pytest.mark.parametrize("words", [("--last", "10m"), BETWEEN])
def test_a_stretch_is_pinned_by_time(folder: Path, words: tuple[str, ...]) -> None:
    result = says(folder, "pin", *words, "--json")
    assert result.exit_code == 0, result.output
    one = json.loads(result.stdout)
    assert one["last"] - one["first"] == 10


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("pin",), 2),
        (("pin", "--last", "10m", "--around", "3"), 2),
        (("pin", "--last", "soon"), 3),
        (("pin", "--around", "100000"), 3),
        (("export", "9", "x"), 3),
    ],
)
def test_what_cannot_be_pinned_or_exported_is_said(folder: Path, words: tuple[str, ...], code: int) -> None:
    assert says(folder, *words).exit_code == code


def test_a_folder_without_recording_is_said(tmp_path: Path) -> None:
    assert says(tmp_path, "list").exit_code == 3
    assert runner.invoke(app, ["replay", str(tmp_path / "no.aios-incident")]).exit_code == 3
