from itertools import pairwise

import numpy as np
import pytest

from simulators.backfill import backfill
from simulators.networks.file import shipped
from simulators.profiles import load_profiles

SECOND = 1_000_000_000
START_NS = 1_481_670_000 * SECOND  # 2016-12-14 00:00 local winter time


@pytest.fixture(scope="module")
def past():
    return backfill(load_profiles(), shipped("nord"), START_NS, days=1)


def test_it_holds_the_feeders_in_service_and_the_connection(past):
    names = ("f11", "f12", "f13", "f14", "grid")
    assert past.points == tuple(f"{name}/active_power" for name in names)
    assert past.values.shape == (5, 96)
    assert past.start_ns == START_NS - 86_400 * SECOND
    assert np.isfinite(past.values).all()


def test_the_connection_takes_the_feeders_and_the_losses_of_the_transformers(past):
    losses = past.values[-1] - past.values[:-1].sum(axis=0)
    assert (losses > 32.0).all()
    assert (losses < 0.015 * past.values[-1]).all()


def test_means_agree_with_the_world_that_was_seen_minute_by_minute(world_of, devices):
    world = world_of(profiles=load_profiles(), start_ns=START_NS)
    taken_kwh = [0.0]
    for minute in range(1, 61):
        world.advance(START_NS + minute * 60 * SECOND)
        if minute % 15 == 0:
            taken_kwh.append(world.truth.imported_kwh)
    past = backfill(load_profiles(), shipped("nord"), START_NS + 86_400 * SECOND, days=1)
    seen = [4.0 * (after - before) for before, after in pairwise(taken_kwh)]
    assert past.values[-1, :4] == pytest.approx(seen, rel=0.005)


def test_a_step_that_does_not_divide_a_day_is_refused(network, profiles):
    with pytest.raises(ValueError, match="does not divide"):
        backfill(profiles, network, START_NS, days=1, step_s=1000)
