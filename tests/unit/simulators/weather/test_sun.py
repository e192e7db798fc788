"""Sun and irradiance against pvlib, a reference of the tests alone."""

import itertools

import numpy as np
import pandas as pd
import pvlib
import pytest

from simulators.weather.irradiance import clear_sky_w_m2, passed, split
from simulators.weather.sun import Place, sun_at

PLACE = Place(latitude=51.5, longitude=10.0, altitude_m=100.0)
TIMES = pd.date_range("2016-01-05", "2016-12-30", freq="5h37min", tz="UTC")
SUNS = [sun_at(t.value, PLACE) for t in TIMES]


@pytest.fixture(scope="module")
def reference():
    return pvlib.solarposition.get_solarposition(
        TIMES, PLACE.latitude, PLACE.longitude, altitude=PLACE.altitude_m, method="nrel_numpy"
    )


def test_the_sun_stands_within_two_hundredths_of_a_degree_of_the_nrel_algorithm(reference):
    ours = np.array([[s.elevation, s.azimuth] for s in SUNS])
    assert np.abs(ours[:, 0] - reference["elevation"]).max() < 0.02
    turned = (ours[:, 1] - reference["azimuth"] + 180.0) % 360.0 - 180.0
    seen = reference["elevation"] > 0.0
    assert np.abs(turned[seen]).max() < 0.03


def test_irradiance_above_the_air_is_within_a_per_mille_of_spencer():
    ours = np.array([s.above_w_m2 for s in SUNS])
    theirs = pvlib.irradiance.get_extra_radiation(TIMES, method="spencer")
    assert ours == pytest.approx(theirs.to_numpy(), rel=1e-3)


def test_clear_sky_is_that_of_ineichen_and_perez_within_a_watt():
    day = [s for s in SUNS if s.up > 0.0]
    zenith = np.degrees(np.arccos([s.up for s in day]))
    airmass = pvlib.atmosphere.get_relative_airmass(zenith)
    absolute = pvlib.atmosphere.get_absolute_airmass(airmass, pvlib.atmosphere.alt2pres(PLACE.altitude_m))
    theirs = pvlib.clearsky.ineichen(
        zenith, absolute, 3.5, altitude=PLACE.altitude_m, dni_extra=np.array([s.above_w_m2 for s in day])
    )
    ours = np.array([clear_sky_w_m2(s, turbidity=3.5, altitude_m=PLACE.altitude_m) for s in day])
    assert np.abs(ours - theirs["ghi"]).max() < 1.0
    assert ours.max() > 800.0


def test_the_split_is_that_of_erbs_and_its_parts_make_the_whole():
    for moment, sun, share in zip(TIMES, SUNS, np.linspace(0.05, 1.0, len(SUNS)), strict=True):
        if sun.elevation < 5.0:
            continue
        light = split(share * clear_sky_w_m2(sun, turbidity=3.5, altitude_m=100.0), sun)
        theirs = pvlib.irradiance.erbs(light.global_w_m2, 90.0 - sun.elevation, moment.dayofyear)
        assert light.diffuse_w_m2 == pytest.approx(theirs["dhi"], rel=1e-6)
        assert light.beam_w_m2 == pytest.approx(theirs["dni"], rel=1e-6)
        whole = light.diffuse_w_m2 + light.beam_w_m2 * sun.up
        assert whole == pytest.approx(light.global_w_m2, rel=1e-12)


def test_at_the_horizon_all_light_is_diffuse():
    low = next(s for s in SUNS if 0.0 < s.elevation < 3.0)
    light = split(20.0, low)
    assert (light.beam_w_m2, light.diffuse_w_m2) == (0.0, 20.0)


def test_more_clouds_let_less_through():
    shares = [passed(cover) for cover in np.linspace(0.0, 1.0, 20)]
    assert all(a > b for a, b in itertools.pairwise(shares))
