"""History in the hands of people: found, cut, framed, exported; never changed."""

import builtins
import json
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import aios
from aios.cli.app import app
from aios.folder import Folder
from aios.gateway.revisions import Revisions
from aios.history.frames import NotInstalled
from aios.history.parquet import export_parquet
from aios.history.plot import terminal_plot
from aios.history.span import NoRows, nanoseconds_of
from drivers.historian.sqlite import SqliteHistorian
from kernel.measurement import block
from kernel.quality import GOOD, INVALID
from tests.contract.check_historian import CURRENT, OIL, POINTS, POWER, T0

SECOND = 10**9


@pytest.fixture
async def folder(tmp_path):
    """An hour of power in seconds, ten minutes of it bad; one row of current; no oil temperature."""
    historian = SqliteHistorian(tmp_path / "history.sqlite", POINTS)
    count = 3600
    quality = np.where((np.arange(count) // 600) == 2, INVALID, GOOD).astype(np.uint16)
    at_ns = T0 + np.arange(count) * SECOND
    rows = np.zeros(count, dtype=np.int32)
    await historian.append([block(rows, np.arange(count, dtype=float), quality, at_ns=at_ns)])
    await historian.append([block([1], [230.5], [GOOD], at_ns=T0)])
    await historian.close()
    Revisions(Folder(root=tmp_path).revisions).accept('[site]\ntime_zone = "Europe/Berlin"\n')
    return tmp_path


def test_a_folder_tells_its_time_zone_and_what_it_keeps(folder):
    with aios.open_history(folder) as history:
        assert history.time_zone == "Europe/Berlin"
        assert [one.column.name for one in history.points()] == [POWER, CURRENT]
        assert [one.column.name for one in history.points("*/active_*")] == [POWER]


def test_frames_hold_every_row_with_unit_quality_and_times(folder):
    with aios.open_history(folder) as history:
        frame = history.to_pandas(POWER)
        polar = history.to_polars(POWER)
    assert list(frame.columns) == ["at", "point", "value", "unit", "quality", "good", "available_at"]
    assert (len(frame), int(frame["good"].sum())) == (3600, 3000)
    assert frame["value"].tolist() == list(map(float, range(3600)))
    assert str(frame["at"].dt.tz) == "UTC"
    assert frame["at"].iloc[0].value == T0
    assert polar.height == 3600
    assert polar.filter(pl.col("good"))["value"].sum() == frame.loc[frame["good"], "value"].sum()


def test_a_hole_of_a_grid_is_nan_and_counts_no_rows(folder):
    with aios.open_history(folder) as history:
        grid = history.to_xarray([POWER, CURRENT], step_s=600.0)
    power = grid.sel(point=POWER)
    assert grid["mean"].dims == ("point", "time")
    assert power["good_rows"].values.sum() == 3000
    assert np.isnan(power["mean"].values[power["good_rows"].values == 0]).all()
    assert power["time"].values[0] <= np.datetime64(T0, "ns")


@pytest.mark.parametrize(
    "start",
    [
        T0 + 60 * SECOND,
        datetime.fromtimestamp(T0 / SECOND, UTC) + timedelta(minutes=1),
        np.datetime64(T0 + 60 * SECOND, "ns"),
        (datetime.fromtimestamp(T0 / SECOND, UTC) + timedelta(minutes=1)).isoformat(),
    ],
    ids=["nanoseconds", "datetime", "datetime64", "text"],
)
def test_a_moment_may_be_said_in_every_usual_form(folder, start):
    assert nanoseconds_of(start) == T0 + 60 * SECOND
    with aios.open_history(folder) as history:
        assert len(history.to_pandas(POWER, start, T0 + 90 * SECOND)) == 30


def test_what_is_not_kept_is_said_with_what_is(folder):
    with aios.open_history(folder) as history:
        with pytest.raises(NoRows, match=OIL):
            history.outline(OIL)
        with pytest.raises(NoRows, match="kept is"):
            history.to_pandas(POWER, T0 + 10**15)


def test_an_export_holds_what_the_history_holds(folder, tmp_path):
    done = CliRunner().invoke(
        app, ["export", "--folder", str(folder), "--parquet", str(tmp_path / "x.parquet"), "--json"]
    )
    assert done.exit_code == 0, done.output
    table = pq.read_table(tmp_path / "x.parquet")
    assert json.loads(done.stdout)["rows"] == table.num_rows == 3601
    assert table.schema.metadata[b"aios.time_zone"] == b"Europe/Berlin"
    with aios.open_history(folder) as history:
        assert (
            table.to_pandas()
            .astype({"point": str, "unit": str})
            .equals(history.to_pandas().astype({"point": str, "unit": str}))
        )


def test_an_export_that_fails_leaves_the_file_of_before(folder, tmp_path):
    path = tmp_path / "x.parquet"
    path.write_bytes(b"yesterday's")

    def failing():
        with aios.open_history(folder) as history:
            yield from history.rows(POWER)
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        export_parquet(failing(), path, about={})
    assert path.read_bytes() == b"yesterday's"
    assert not list(tmp_path.glob(".x*"))


def test_a_library_that_is_missing_is_named_with_how_to_get_it(folder, monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name.partition(".")[0] == "pyarrow":
            raise ModuleNotFoundError("No module named 'pyarrow'", name="pyarrow")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with aios.open_history(folder) as history, pytest.raises(NotInstalled, match=r"aios-grid\[analysis\]"):
        history.to_pandas(POWER)


def test_the_plot_breaks_at_a_hole_and_says_so(folder):
    with aios.open_history(folder) as history:
        text = terminal_plot(
            history.outline(POWER, count=60), time_zone="UTC", width=80, height=16, colour=False
        )
    assert f"{POWER}, kW" in text
    assert "nothing good" in text
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_commands_answer_people_and_programs(folder):
    run = CliRunner().invoke
    listed = json.loads(run(app, ["history", "--folder", str(folder), "--json"]).stdout)
    assert [(one["point"], one["unit"], one["last_value"]) for one in listed] == [
        (POWER, "kW", 3599.0),
        (CURRENT, "A", 230.5),
    ]
    shown = json.loads(
        run(
            app, ["history", POWER, "--folder", str(folder), "--intervals", "6", "--last", "1h", "--json"]
        ).stdout
    )
    assert shown["good_rows"] == [600, 600, 0, 600, 600, 600]
    assert shown["mean"][2] is None, "a hole is no number"
    assert run(app, ["history", OIL, "--folder", str(folder)]).exit_code == 3
    assert run(app, ["history", "--folder", str(folder / "nowhere")]).exit_code == 3
    assert run(app, ["history", POWER, "--folder", str(folder), "--from", "yesterday"]).exit_code == 2
