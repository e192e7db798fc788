"""Trust in the experts, earned anew in every four-hour block of the day, without a jump between blocks."""

from typing import NamedTuple

import numpy as np

from edge.forecasting.compiled import compiled
from edge.forecasting.experts import EXPERTS
from edge.forecasting.horizon import BLOCK, DAY, Bools, Floats

FORGETTING = 0.999
"""Per step of a block: about sixty days."""
SCALE_SHARE = 0.002
"""Share of a new error in the scale that makes regrets free of units: about five days."""


class Trust(NamedTuple):
    """The account of every expert, by series and block."""

    regret: Floats
    """(S, 6, E) discounted, second-order regret of the mixture for not having followed the expert."""
    spread: Floats
    """(S, 6, E) discounted sum of squared instant regrets."""
    scale: Floats
    """(S,) mean absolute error of the mixture, per unit, > 0."""


def start_trust(series_count: int) -> Trust:
    """Every expert is trusted alike."""
    shape = (series_count, DAY // BLOCK, len(EXPERTS))
    return Trust(np.zeros(shape), np.full(shape, 1e-3), np.full(series_count, 0.1))


@compiled
def rates(spread: Floats) -> Floats:
    """Learning rate of each expert from its (E,) spread: cautious about those that swing."""
    rate: Floats = np.minimum(0.5, np.sqrt(np.log(spread.size) / spread))
    return rate


@compiled
def shares(regret: Floats, spread: Floats) -> Floats:
    """The mixture's weights of one block.

    Args:
        regret: (E,) float64.
        spread: (E,) float64, > 0.

    Returns:
        (E,) float64, >= 0, sum 1.

    Source: Wintenberger, Optimal learning with Bernstein online aggregation, Machine Learning 106
    (2017).
    """
    rate = rates(spread)
    power = rate * regret
    raised = rate * np.exp(power - power.max())
    weights: Floats = raised / raised.sum()
    return weights


@compiled
def neighbour(slot: int) -> tuple[int, float]:
    """The block whose weights count too at a time of day, and their share, 0 to one half.

    Between the middles of two blocks the weights go over from one to the other. If they jumped at the border,
    the latest residual would be one of another mixture than the target's: an hour ahead for a whole hour.
    """
    from_middle = slot % BLOCK + 0.5 - 0.5 * BLOCK
    side = 1 if from_middle > 0.0 else -1
    return (slot // BLOCK + side) % (DAY // BLOCK), abs(from_middle) / BLOCK


@compiled
def trusted(state: Trust, s: int, slot: int) -> Floats:
    """The mixture's weights for series `s` at one time of day: (E,) float64, >= 0, sum 1."""
    block = slot // BLOCK
    other, share = neighbour(slot)
    here = shares(state.regret[s, block], state.spread[s, block])
    there = shares(state.regret[s, other], state.spread[s, other])
    weights: Floats = (1.0 - share) * here + share * there
    return weights


@compiled
def mix(state: Trust, opinions: Floats, slot: int) -> Floats:
    """The experts' mixture for the target at one time of day: (S,) float64, per unit."""
    mixed = np.zeros(opinions.shape[0])
    for s in range(mixed.size):
        weights = trusted(state, s, slot)
        for e in range(weights.size):
            mixed[s] += weights[e] * opinions[s, slot, e]
    return mixed


@compiled
def settle(state: Trust, opinions: Floats, slot: int, residual: Floats, learn: Bools) -> None:
    """Credit and debit the experts for the value that came, in place.

    Uses the gradient of the absolute error, so that the mixture can beat the best single expert.

    Args:
        state: the accounts.
        opinions: (S, DAY, E) float64, per unit.
        slot: time of day of the value.
        residual: (S,) float64, value minus mixture, per unit.
        learn: (S,) bool; false leaves the account alone.
    """
    block = slot // BLOCK
    for s in range(residual.size):
        if not learn[s]:
            continue
        rate = rates(state.spread[s, block])
        weights = trusted(state, s, slot)
        mixed = 0.0
        for e in range(weights.size):
            mixed += weights[e] * opinions[s, slot, e]
        side = -1.0 if residual[s] >= 0.0 else 1.0
        for e in range(weights.size):
            instant = side * (mixed - opinions[s, slot, e]) / state.scale[s]
            instant = min(max(instant, -20.0), 20.0)  # one mad opinion must not swamp the account for weeks
            earned = instant - rate[e] * instant * instant
            state.regret[s, block, e] = FORGETTING * state.regret[s, block, e] + earned
            state.spread[s, block, e] = FORGETTING * state.spread[s, block, e] + instant * instant
        scale = state.scale[s] + SCALE_SHARE * (abs(residual[s]) - state.scale[s])
        state.scale[s] = max(scale, 1e-9)
