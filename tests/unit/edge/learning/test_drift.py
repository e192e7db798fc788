import numpy as np
import pytest

from edge.learning.drift import Drift, DriftWatch

NS = 900_000_000_000


def feed(watch, residuals):
    """Findings with the index of the residual that brought each."""
    findings = [(i, watch.update(float(r), i * NS)) for i, r in enumerate(residuals)]
    return [(i, finding) for i, finding in findings if finding is not None]


@pytest.fixture
def watch():
    return DriftWatch(series="feeder_1", scale=10.0)


@pytest.fixture
def rng():
    return np.random.default_rng(17)


@pytest.fixture
def step(rng):
    """Two thousand residuals around 0 kW, then five hundred around 20 kW."""
    return np.concatenate([rng.normal(0.0, 10.0, 2000), rng.normal(20.0, 10.0, 500)])


def test_a_clean_step_is_found_within_a_day(watch, step):
    (at, found), *_ = feed(watch, step)
    assert 2000 <= at < 2096
    assert isinstance(found, Drift)
    assert (found.at_ns, found.series) == (at * NS, "feeder_1")
    assert found.statistic == pytest.approx((found.after - found.before) / 10.0)
    assert abs(found.before) < 5.0 < found.after


def test_a_step_is_found_after_a_nan_that_would_have_killed_the_detector(watch, step):
    spoilt = np.insert(step, 1000, [np.nan, np.inf, -np.inf])
    assert [at for at, _ in feed(watch, spoilt) if at >= 2003]
    assert watch.refused == 3
    assert watch.accepted == step.size
    assert watch.alive


def test_residuals_that_do_not_change_raise_no_alarm(watch, rng):
    assert feed(watch, rng.normal(0.0, 10.0, 20_000)) == []


def test_a_fall_has_a_negative_statistic(watch, step):
    assert feed(watch, -step)[0][1].statistic < 0.0


def test_nothing_is_found_before_enough_was_seen(step):
    patient = DriftWatch(series="x", scale=10.0, least_count=10_000)
    assert feed(patient, step) == []


def test_one_glitch_is_no_drift_and_does_not_blind_the_watch(watch, step):
    step[1500] = 1e300
    found = [at for at, _ in feed(watch, step)]
    assert found
    assert 2000 <= found[0] < 2096
    assert watch.alive


def test_a_starving_watch_says_so_and_recovers(watch):
    for i in range(96):
        watch.update(None, i)
    assert watch.alive
    watch.update(float("nan"), 96)
    assert not watch.alive
    watch.update(1.0, 97)
    assert watch.alive


def test_a_dead_detector_is_not_alive(watch):
    watch.update(1.0, 0)
    watch._detector.update(float("nan"))
    assert not watch.alive


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan"), float("inf")], ids=str)
def test_a_scale_that_is_no_size_is_refused(scale):
    with pytest.raises(ValueError, match="scale of x"):
        DriftWatch(series="x", scale=scale)
