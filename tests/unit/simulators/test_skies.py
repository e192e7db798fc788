"""The weather that a scenario names is that of all that lives in it, and of the days before."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

import aios
from aios.site import load_site
from simulators.appliances.planned import Photovoltaic, Placement
from simulators.backfill import backfill
from simulators.durations import HOUR_NS
from simulators.field.appliances import feed_ins_before
from simulators.field.plant import build_plant, network_of, profiles_of
from simulators.scenario import ScenarioInvalid, moved_to, scenario_of
from simulators.skies import skies_of
from simulators.weather.model import Weather

START_NS = 1_481_670_000 * 10**9  # 2016-12-14T00:00+01:00, as the site has it
ROOF = Photovoltaic(name="roof", at="f11", count=1, peak_kw=1000.0)


def station(path: Path, *, before_h: int = 12, after_h: int = 24, **levels: float) -> Path:
    """Write a file with one value for each quantity, hour by hour around the begin of the scenario."""
    times = [np.datetime64(START_NS + n * HOUR_NS, "ns") for n in range(-before_h, after_h)]
    rows = [f"{str(time)[:16]}Z,{','.join(str(level) for level in levels.values())}" for time in times]
    path.write_text("\n".join(["# made for a test", f"time,{','.join(levels)}", *rows]) + "\n")
    return path


@pytest.fixture(scope="module")
def site():
    return load_site(Path(aios.__file__).parent / "sites" / "nord.toml")


@pytest.fixture
def scenario(site, tmp_path):
    """A day of the site under 30 degC and 500 W/m2, with a roof."""
    weather = station(tmp_path / "station.csv", ambient_c=30.0, global_w_m2=500.0, wind_m_s=5.0)
    return msgspec.structs.replace(
        scenario_of(site), weather=str(weather), faults=(), placement=Placement(appliances=(ROOF,))
    )


def test_transformers_panels_and_devices_live_in_the_weather_of_the_file(site, scenario):
    modelled = build_plant(site, msgspec.structs.replace(scenario, weather=""), counterfactual=False).world
    measured = build_plant(site, scenario, counterfactual=False).world
    assert measured.scene.ambient_c == 30.0 != modelled.scene.ambient_c
    for name in ("t1", "t2"):  # both have lived through the twelve hours before
        hotter = measured.scene.transformers[name].top_oil_c - modelled.scene.transformers[name].top_oil_c
        assert hotter > 15.0
    at_midnight = (
        measured.scene.shown["roof"]["available_power"],
        modelled.scene.shown["roof"]["available_power"],
    )
    assert at_midnight[0] > at_midnight[1] == 0.0


def test_a_file_that_does_not_cover_the_scenario_is_refused(site, scenario, tmp_path):
    for short in ({"before_h": 11}, {"after_h": 23}):
        weather = station(tmp_path / "short.csv", ambient_c=1.0, **short)
        with pytest.raises(ScenarioInvalid, match="12 h before its begin"):
            skies_of(msgspec.structs.replace(scenario, weather=str(weather)))
    with pytest.raises(ScenarioInvalid, match="weather"):
        skies_of(msgspec.structs.replace(scenario, weather=str(tmp_path / "none.csv")))


def test_the_history_has_the_file_s_sun_where_it_reaches_and_the_model_s_before(site, scenario):
    def history(scenario):
        network = network_of(site, scenario)
        past = backfill(
            profiles_of(scenario),
            network,
            scenario.start_ns,
            days=1,
            step_s=3600,
            plants=feed_ins_before(scenario, network),
        )
        return past.values[past.points.index("f11/active_power")]

    measured, modelled = history(scenario), history(msgspec.structs.replace(scenario, weather=""))
    bare = history(msgspec.structs.replace(scenario, placement=Placement()))
    assert np.array_equal(measured[:12], modelled[:12])
    assert (measured[12:] < bare[12:] - 100.0).all()  # 500 W/m2 through the night, as the file says
    assert np.allclose(modelled[-6:], bare[-6:])  # the model knows that it is night


def test_a_world_that_lives_on_after_its_scenario_has_the_weather_of_the_model(scenario):
    sky, model = skies_of(scenario), skies_of(msgspec.structs.replace(scenario, weather=""))
    assert sky.at(scenario.end_ns).ambient_c == 30.0
    later_ns = scenario.end_ns + HOUR_NS
    assert sky.at(later_ns) == model.at(later_ns)
    assert sky.ambient_c(later_ns) == model.ambient_c(later_ns)


def test_weather_of_another_day_is_not_that_of_a_field_of_today(scenario):
    assert isinstance(skies_of(moved_to(scenario, scenario.start_ns + 1000 * HOUR_NS)), Weather)
