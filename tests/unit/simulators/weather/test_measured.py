"""Measured weather; the series is one that pvlib ships for its own tests: a typical year of Greensboro."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pvlib
import pytest

from simulators.weather.file import SeriesInvalid, read_series
from simulators.weather.irradiance import split
from simulators.weather.measured import MeasuredWeather, OutsideSeries
from simulators.weather.model import Weather
from simulators.weather.sun import Place

GREENSBORO = Place(latitude=36.1, longitude=-79.95, altitude_m=273.0)
HOUR = 3_600 * 1_000_000_000


def read_weather(path, model):
    return MeasuredWeather(series=read_series(path), model=model)


@pytest.fixture(scope="module")
def typical(tmp_path_factory):
    """Two weeks of a June as a file of ours; its hours are means, so a row stands for their middle."""
    source = Path(pvlib.__file__).parent / "data" / "723170TYA.CSV"
    table, _ = pvlib.iotools.read_tmy3(source, coerce_year=1999, map_variables=True)
    june = table.loc["1999-06-01":"1999-06-14"]
    path = tmp_path_factory.mktemp("weather") / "greensboro.csv"
    rows = [
        f"{(at - timedelta(minutes=30)).isoformat()},{row['temp_air']},{row['ghi']},{row['wind_speed']}"
        for at, row in june.iterrows()
    ]
    head = ["# NREL TMY3 723170, Greensboro NC, as shipped with pvlib", "time,ambient_c,global_w_m2,wind_m_s"]
    path.write_text("\n".join(head + rows) + "\n")
    return path, june


@pytest.fixture(scope="module")
def weather(typical):
    return read_weather(typical[0], Weather(seed=1, place=GREENSBORO))


def test_what_was_measured_takes_the_place_of_the_model(weather, typical):
    june = typical[1]
    for at, row in list(june.iterrows())[30:60:7]:
        moment = (at - timedelta(minutes=30)).value
        sky = weather.at(moment)
        assert (sky.ambient_c, sky.wind_m_s) == (row["temp_air"], row["wind_speed"])
        assert sky.global_w_m2 == row["ghi"]
        assert weather.ambient_c(moment) == row["temp_air"]
        assert sky.beam_w_m2 == split(row["ghi"], sky.sun).beam_w_m2
    assert "pvlib" in weather.series.origin


def test_beam_split_from_measured_global_follows_the_beam_of_the_same_station(weather, typical):
    """Erbs against the station's own: within a fifth of the mean over two weeks, hour by hour correlated."""
    june = typical[1]
    ours = np.array([weather.at((at - timedelta(minutes=30)).value).beam_w_m2 for at in june.index])
    theirs = june["dni"].to_numpy()
    assert ours.mean() == pytest.approx(theirs.mean(), rel=0.2)
    assert np.corrcoef(ours, theirs)[0, 1] > 0.9


def test_between_two_rows_values_are_linear_and_outside_there_are_none(weather):
    first = int(weather.series.times_ns[40])
    ends = [weather.at(first).ambient_c, weather.at(first + HOUR).ambient_c]
    assert weather.at(first + HOUR // 2).ambient_c == pytest.approx(sum(ends) / 2.0)
    with pytest.raises(OutsideSeries, match="pvlib"):
        weather.at(int(weather.series.times_ns[0]) - 1)
    last = int(weather.series.times_ns[-1])
    assert weather.at(last + HOUR).wind_m_s == weather.at(last).wind_m_s
    with pytest.raises(OutsideSeries):
        weather.at(last + HOUR + 1)


def test_what_a_file_does_not_have_is_modelled(tmp_path):
    path = tmp_path / "air.csv"
    path.write_text("# own station\ntime,ambient_c\n2016-06-01T00:00:00Z,10\n2016-06-02T00:00:00Z,20\n")
    model = Weather(seed=1)
    sky = read_weather(path, model).at(1_464_782_400 * 10**9)  # 2016-06-01 12:00 UTC
    assert sky.ambient_c == 15.0
    assert sky.wind_m_s == model.at(1_464_782_400 * 10**9).wind_m_s


def written(path, rows, head="time,ambient_c"):
    path.write_text("\n".join(["# own station, CC0", head, *rows]) + "\n")
    return path


def test_local_times_are_read_in_the_zone_of_the_header(tmp_path):
    rows = ["2016-06-01 02:00,10", "2016-06-01 03:00,20"]
    series = read_series(written(tmp_path / "air.csv", rows, "time [Europe/Berlin],ambient_c"))
    assert series.begin_ns == 1_464_739_200 * 10**9  # 2016-06-01 00:00 UTC


def test_a_hole_of_three_hours_is_bridged_and_counted_and_a_longer_one_is_refused(tmp_path):
    hours = ["00:00,0", "01:00,1", "02:00,", "04:00,4", "05:00,5"]  # 02:00 is empty, 03:00 is missing
    series = read_series(
        written(tmp_path / "short.csv", [f"2016-06-01T{row.replace(',', 'Z,')}" for row in hours])
    )
    assert series.at("ambient_c", series.begin_ns + 2 * HOUR) == 2.0
    assert series.bridged == 2
    hours = ["00:00,0", "01:00,1", "02:00,nan", "05:00,5", "06:00,6"]
    long = written(tmp_path / "long.csv", [f"2016-06-01T{row.replace(',', 'Z,')}" for row in hours])
    with pytest.raises(SeriesInvalid, match="nothing from 2016-06-01T01:00Z to 2016-06-01T05:00Z"):
        read_series(long)


def test_the_night_offset_of_a_pyranometer_is_no_light(tmp_path):
    rows = ["2016-06-01T00:00Z,-2.5", "2016-06-01T01:00Z,0"]
    series = read_series(written(tmp_path / "night.csv", rows, "time,global_w_m2"))
    assert series.at("global_w_m2", series.begin_ns) == 0.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("time,ambient_c\n2016-06-01T00:00Z,1\n2016-06-01T01:00Z,2\n", ["where it comes from"]),
        ("# a\ntime,ambient_c\n2016-06-01T00:00,1\n2016-06-01T01:00Z,x\n", ["line 3", "zone", "line 4"]),
        ("# a\ntime,ambient_c\n2016-06-01T00:00Z,283\n2016-06-01T01:00Z,284\n", ["another unit"]),
        ("# a\ntime,ambient_c\n2016-06-01T00:00Z\n2016-06-01T00:00Z,2\n", ["line 3: 1 values", "line 4"]),
        ("# a\ntime,ambient_c\n2016-06-01T00:00Z,\n2016-06-01T01:00Z,2\n", ["the first and the last row"]),
        ("# a\ntime [Mars/Base],ambient_c\n2016-06-01 00:00,1\n", ["no time zone"]),
        ("# a\ntime,ambient_c\n2016-06-01T00:00Z,1\n", ["fewer than two rows"]),
        ("# a\nwhen,heat\n", ["header"]),
        ("", ["header", "where it comes from"]),
    ],
)
def test_every_mistake_of_a_file_is_listed(tmp_path, text, words):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(SeriesInvalid) as found:
        read_series(path)
    for each in words:
        assert each in str(found.value)
