import numpy as np
import pytest

from edge.forecasting.aggregation import FORGETTING, SCALE_SHARE, mix, settle, shares, start_trust, trusted
from edge.forecasting.experts import EXPERTS
from edge.forecasting.horizon import BLOCK, DAY

RNG = np.random.default_rng(3)
ON = np.array([True])


def numpy_shares(regret, spread):
    rate = np.minimum(0.5, np.sqrt(np.log(spread.size) / spread))
    raised = rate * np.exp(rate * regret - (rate * regret).max())
    return raised / raised.sum()


def numpy_weights(trust, s, slots):
    """(slots, E): those of the blocks stand at their middles, the day goes round, and between is a line."""
    each = np.array([numpy_shares(r, v) for r, v in zip(trust.regret[s], trust.spread[s], strict=True)])
    middles, rows = (np.arange(-1, 7) + 0.5) * BLOCK - 0.5, each[np.arange(-1, 7) % 6]
    return np.array([np.interp(slots, middles, rows[:, e]) for e in range(each.shape[1])]).T


def test_shares_agree_with_numpy_and_sum_to_one():
    regret, spread = RNG.normal(size=6), RNG.uniform(0.1, 5.0, size=6)
    np.testing.assert_allclose(shares(regret, spread), numpy_shares(regret, spread), rtol=1e-12)
    assert shares(regret, spread).sum() == pytest.approx(1.0)


def test_at_the_start_all_experts_weigh_alike():
    trust = start_trust(1)
    np.testing.assert_allclose(shares(trust.regret[0, 0], trust.spread[0, 0]), 1 / len(EXPERTS))


def test_mix_is_the_weighted_mean_of_the_opinions():
    trust, opinions = start_trust(2), RNG.normal(size=(2, DAY, len(EXPERTS)))
    trust.regret[:] = RNG.normal(size=trust.regret.shape)
    for slot in (0, 7, 8, 40, 47, 48, 95):
        wanted = [numpy_weights(trust, s, [slot])[0] @ opinions[s, slot] for s in range(2)]
        np.testing.assert_allclose(mix(trust, opinions, slot), wanted, rtol=1e-12)


def test_trust_goes_over_from_block_to_block_without_a_jump():
    trust = start_trust(1)
    trust.regret[:] = RNG.normal(size=trust.regret.shape)
    day = np.array([trusted(trust, 0, slot) for slot in range(DAY)])
    np.testing.assert_allclose(day.sum(axis=1), 1.0)
    steps = np.abs(np.diff(day, axis=0, append=day[:1])).max(axis=1)
    apart = np.abs(np.diff(day[BLOCK // 2 :: BLOCK], axis=0)).max()
    assert steps.max() < 1.2 * apart / BLOCK + 0.02


def test_settle_agrees_with_numpy():
    trust, opinions = start_trust(1), RNG.normal(size=(1, DAY, len(EXPERTS)))
    trust.spread[:] = 2.0
    rate = np.sqrt(np.log(6) / 2.0) if np.log(6) / 2.0 < 0.25 else 0.5
    mixed = opinions[0, 0].mean()
    instant = -1.0 * (mixed - opinions[0, 0]) / 0.1
    instant = np.clip(instant, -20, 20)
    settle(trust, opinions, 0, np.array([0.4]), ON)
    np.testing.assert_allclose(trust.regret[0, 0], instant - rate * instant**2, rtol=1e-12)
    np.testing.assert_allclose(trust.spread[0, 0], FORGETTING * 2.0 + instant**2, rtol=1e-12)
    assert trust.scale[0] == pytest.approx(0.1 + SCALE_SHARE * 0.3)


def test_the_expert_who_is_right_comes_to_weigh_most_in_his_block_only():
    trust, opinions = start_trust(1), np.zeros((1, DAY, len(EXPERTS)))
    opinions[0, :, 3] = 1.0
    for _ in range(200):
        settle(trust, opinions, 5, 1.0 - mix(trust, opinions, 5), ON)
    assert shares(trust.regret[0, 0], trust.spread[0, 0])[3] > 0.9
    np.testing.assert_allclose(shares(trust.regret[0, 1], trust.spread[0, 1]), 1 / len(EXPERTS))


def test_one_mad_opinion_does_not_swamp_the_account():
    trust, opinions = start_trust(1), np.zeros((1, DAY, len(EXPERTS)))
    opinions[0, :, 0] = 1e9
    settle(trust, opinions, 0, np.array([-1.0]), ON)
    assert trust.spread.max() <= 400.0 + 1.0


def test_a_hole_moves_nothing():
    trust, opinions = start_trust(1), RNG.normal(size=(1, DAY, len(EXPERTS)))
    settle(trust, opinions, 0, np.array([5.0]), np.array([False]))
    assert (trust.regret == 0.0).all()
    assert trust.scale[0] == 0.1


def test_a_series_that_is_never_missed_keeps_a_scale_above_zero():
    trust, opinions = start_trust(1), np.zeros((1, DAY, len(EXPERTS)))
    trust.scale[:] = 1e-9
    settle(trust, opinions, 0, np.array([0.0]), ON)
    assert trust.scale[0] == 1e-9
