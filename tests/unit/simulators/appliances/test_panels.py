"""Photovoltaic fleets against pvlib, and what must hold of any plant under the sky."""

import itertools

import numpy as np
import pandas as pd
import pvlib
import pytest

from simulators.appliances.panels import Panels
from simulators.appliances.turbines import Turbines
from simulators.weather.model import Weather
from simulators.weather.sky import Sky

HOUR = 3_600 * 1_000_000_000
JUNE = 1_465_171_200 * 1_000_000_000  # 2016-06-06 00:00 UTC
WEATHER = Weather(seed=5)
SKIES = [WEATHER.at(JUNE + k * HOUR // 4) for k in range(4 * 48)]
BRIGHT = [sky for sky in SKIES if sky.sun.elevation > 3.0]


def panels(count=3, **changes):
    given = {
        "peak_kw": np.linspace(5.0, 12.0, count),
        "tilt": np.linspace(10.0, 60.0, count),
        "azimuth": np.linspace(90.0, 250.0, count),
        "inverter_kw": np.linspace(3.0, 7.0, count),
    }
    return Panels(**(given | changes))


def test_irradiance_on_the_plane_is_that_of_hay_and_davies_within_a_tenth_of_a_watt():
    fleet = panels()
    for sky in BRIGHT:
        for row in range(3):
            theirs = pvlib.irradiance.get_total_irradiance(
                fleet.tilt[row], fleet.azimuth[row], 90.0 - sky.sun.elevation, sky.sun.azimuth,
                dni=sky.beam_w_m2, ghi=sky.global_w_m2, dhi=sky.diffuse_w_m2,
                dni_extra=sky.sun.above_w_m2, albedo=0.2, model="haydavies",
            )  # fmt: skip
            assert fleet.plane_w_m2(sky)[row] == pytest.approx(theirs["poa_global"], abs=0.1)


def test_temperature_and_power_are_those_of_pvlib_within_a_hundred_thousandth():
    fleet = panels()
    for sky in BRIGHT:
        plane = fleet.plane_w_m2(sky)
        warm = pvlib.temperature.faiman(plane, sky.ambient_c, sky.wind_m_s)
        direct = pvlib.pvsystem.pvwatts_dc(plane, warm, fleet.peak_kw, -0.004) * (1.0 - 0.14)
        theirs = pvlib.inverter.pvwatts(direct, fleet.inverter_kw / 0.96)
        assert fleet.panel_c(plane, sky) == pytest.approx(warm, rel=1e-9)
        assert fleet.available_kw(sky) == pytest.approx(theirs, rel=1e-5, abs=1e-5)


def test_a_modelled_clear_day_gives_what_pvlib_gives_from_place_and_time_within_two_per_cent():
    times = pd.date_range("2016-06-06", periods=96, freq="15min", tz="UTC")
    place = pvlib.location.Location(51.5, 10.0, altitude=100.0)
    position = place.get_solarposition(times)
    clear = place.get_clearsky(times, model="ineichen", linke_turbidity=3.5)["ghi"]
    light = pvlib.irradiance.erbs(clear, position["zenith"], times)
    plane = pvlib.irradiance.get_total_irradiance(
        35.0, 180.0, position["zenith"], position["azimuth"], light["dni"], clear, light["dhi"],
        dni_extra=pvlib.irradiance.get_extra_radiation(times), albedo=0.2, model="haydavies",
    )["poa_global"].fillna(0.0)  # fmt: skip
    warm = pvlib.temperature.faiman(plane, 20.0, 2.0)
    theirs = pvlib.inverter.pvwatts(
        pvlib.pvsystem.pvwatts_dc(plane, warm, 10.0, -0.004) * (1.0 - 0.14), 9.0 / 0.96
    )
    from simulators.weather.irradiance import clear_sky_w_m2, split
    from simulators.weather.sun import Place, sun_at

    one = panels(1, peak_kw=np.array([10.0]), tilt=np.array([35.0]), azimuth=np.array([180.0]),
                 inverter_kw=np.array([9.0]))  # fmt: skip
    ours = []
    for moment in times:
        sun = sun_at(moment.value, Place())
        light = split(clear_sky_w_m2(sun, turbidity=3.5, altitude_m=100.0), sun)
        sky = Sky(ambient_c=20.0, global_w_m2=light.global_w_m2, beam_w_m2=light.beam_w_m2,
                  diffuse_w_m2=light.diffuse_w_m2, wind_m_s=2.0, sun=sun)  # fmt: skip
        ours.append(one.available_kw(sky)[0])
    assert sum(ours) == pytest.approx(theirs.sum(), rel=0.02)


def test_a_plant_gives_nothing_at_night_and_never_more_than_its_inverter():
    fleet = panels(inverter_kw=np.full(3, 1.0))
    powers = np.array([fleet.available_kw(sky) for sky in SKIES])
    dark = np.array([sky.sun.up <= 0.0 for sky in SKIES])
    assert powers[dark].max() == 0.0
    assert powers.max() == 1.0


def test_a_fleet_of_one_gives_what_one_of_a_fleet_gives():
    fleet = panels(7)
    for row in range(7):
        cut = slice(row, row + 1)
        one = panels(1, peak_kw=fleet.peak_kw[cut], tilt=fleet.tilt[cut], azimuth=fleet.azimuth[cut],
                     inverter_kw=fleet.inverter_kw[cut])  # fmt: skip
        assert all(one.available_kw(sky)[0] == fleet.available_kw(sky)[row] for sky in BRIGHT[:20])


def test_more_wind_gives_more_up_to_the_rating_and_a_storm_nothing():
    one = Turbines(rated_kw=np.array([2000.0]))
    powers = [one.available_kw(Sky(ambient_c=5.0, wind_m_s=v))[0] for v in np.linspace(0.0, 15.0, 60)]
    assert all(b >= a for a, b in itertools.pairwise(powers))
    assert (powers[0], powers[-1]) == (0.0, 2000.0)
    assert one.available_kw(Sky(ambient_c=5.0, wind_m_s=20.0))[0] == 0.0
