"""From what is known to the next day: mixture, correction and interval at every lead."""

import numpy as np

from edge.forecasting.aggregation import Trust, neighbour, shares
from edge.forecasting.compiled import compiled
from edge.forecasting.correction import Correction
from edge.forecasting.error_quantiles import ErrorQuantiles
from edge.forecasting.experts import Experts
from edge.forecasting.horizon import BLOCK, DAY, KNOTS, QUANTILES, Floats, Ints
from edge.forecasting.regression import dot


@compiled
def between_knots(lead: int) -> tuple[int, float]:
    """The knot at or after a lead (1..DAY) and the share of the knot before it."""
    k = 0
    while KNOTS[k] < lead:
        k += 1
    if KNOTS[k] == lead:
        return k, 0.0
    return k, (KNOTS[k] - lead) / (KNOTS[k] - KNOTS[k - 1])


@compiled
def order(row: Floats, limits: Floats) -> None:
    """Put three quantiles inside (2,) limits and sort them in place, so that they never cross."""
    for q in range(3):
        row[q] = min(max(row[q], limits[0]), limits[1])
    if row[0] > row[1]:
        row[0], row[1] = row[1], row[0]
    if row[1] > row[2]:
        row[1], row[2] = row[2], row[1]
    if row[0] > row[1]:
        row[0], row[1] = row[1], row[0]


@compiled
def shifts(correction: Correction, intervals: ErrorQuantiles, slot: int, s: int) -> tuple[Floats, Floats]:
    """Correction (K,) per unit and outer error quantiles (K, 2) in scales, of series `s` at each knot."""
    worth = np.zeros(KNOTS.size)
    for k in range(KNOTS.size):
        worth[k] = dot(correction.coefficients[s, k], correction.features[s, slot])
    return worth, intervals.levels[s]


@compiled
def project(
    trust: Trust,
    experts: Experts,
    correction: Correction,
    intervals: ErrorQuantiles,
    limits: Floats,
    step: int,
    leads: Ints,
) -> Floats:
    """Forecast each lead.

    Args:
        trust: weights of the experts.
        experts: their opinions.
        correction: what the latest surprise is worth.
        intervals: error quantiles.
        limits: (S, DAY, 2) float64, what each time of day can hold, per unit.
        step: newest wall-clock step.
        leads: (H,) int64, 1..DAY.

    Returns:
        (S, H, 3) float64, per unit, ascending in the last axis.
    """
    count = trust.scale.size
    out = np.zeros((count, leads.size, QUANTILES.size))
    for s in range(count):
        worth, levels = shifts(correction, intervals, step % DAY, s)
        weights = np.zeros((DAY // BLOCK, experts.opinions.shape[2]))
        for block in range(DAY // BLOCK):
            weights[block] = shares(trust.regret[s, block], trust.spread[s, block])
        for i in range(leads.size):
            slot = (step + leads[i]) % DAY
            other, share = neighbour(slot)
            k, before = between_knots(leads[i])
            previous = max(k - 1, 0)
            middle = (1.0 - share) * dot(weights[slot // BLOCK], experts.opinions[s, slot])
            middle += share * dot(weights[other], experts.opinions[s, slot])
            middle += before * worth[previous] + (1.0 - before) * worth[k]
            out[s, i, 1] = middle
            for q in range(levels.shape[1]):
                level = before * levels[previous, q] + (1.0 - before) * levels[k, q]
                out[s, i, 2 * q] = middle + level * intervals.scale[s, slot]
            order(out[s, i], limits[s, slot])
    return out
