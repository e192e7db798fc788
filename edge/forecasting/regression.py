"""Recursive least squares with forgetting, on plain arrays; sums run in one fixed order."""

from edge.forecasting.compiled import compiled
from edge.forecasting.horizon import Floats

PRIOR = 10.0
"""Initial variance of every coefficient (features and targets are per unit of the series' rating)."""
LARGEST_TRACE = 1e4
"""A covariance that grows past this has met no news for long; it is scaled back before it winds up."""


@compiled
def dot(left: Floats, right: Floats) -> float:
    """Inner product of two (F,) vectors, summed from first to last."""
    total = 0.0
    for i in range(right.size):
        total += left[i] * right[i]
    return total


@compiled
def reset(covariance: Floats) -> None:
    """Set an (F, F) covariance back to the prior, in place."""
    covariance[:, :] = 0.0
    for i in range(covariance.shape[0]):
        covariance[i, i] = PRIOR


@compiled
def gain(covariance: Floats, features: Floats, forgetting: float, out: Floats) -> None:
    """Take one step of the covariance recursion and give the gain, in place.

    Args:
        covariance: (F, F) float64, updated: P <- (P - k x'P) / forgetting, kept symmetric and
            bounded.
        features: (F,) float64, x.
        forgetting: 0 < forgetting <= 1 per step.
        out: (F,) float64, receives k = P x / (forgetting + x'P x).

    Source: Ljung, System Identification (1999), 11.2, recursive least squares with a forgetting
    factor.
    """
    size = features.size
    for i in range(size):
        out[i] = dot(covariance[i], features)
    reach = dot(out, features)
    if not 0.0 <= reach < 1e12:  # rounding has made the covariance useless: begin again rather than diverge
        reset(covariance)
        out[:] = 0.0
        return
    total = forgetting + reach
    trace = 0.0
    for i in range(size):
        for j in range(i + 1):
            shrunk = (covariance[i, j] - out[i] * out[j] / total) / forgetting
            covariance[i, j] = shrunk
            covariance[j, i] = shrunk
        trace += covariance[i, i]
    out /= total
    if trace > LARGEST_TRACE:
        covariance *= LARGEST_TRACE / trace


@compiled
def learn(
    coefficients: Floats, covariance: Floats, features: Floats, target: float, forgetting: float
) -> None:
    """Move (F,) coefficients towards `target` by one recursive-least-squares step, in place."""
    step = features.copy()
    gain(covariance, features, forgetting, step)
    surprise = target - dot(coefficients, features)
    for i in range(features.size):
        coefficients[i] += step[i] * surprise
