"""How good a forecast was."""

import numpy as np

from edge.forecasting.horizon import DAY, QUANTILES, Floats


def naive_scale(values: Floats, period: int = DAY) -> float:
    """In-sample mean absolute error of the seasonal naive forecast: the unit of `mase`.

    Args:
        values: (T,) float64, T > period, no NaN.
        period: steps.

    Source: Hyndman and Koehler, Another look at measures of forecast accuracy (2006).
    >>> naive_scale(np.array([0.0, 1.0, 1.0, 3.0]), period=2)
    1.5
    """
    return float(np.abs(values[period:] - values[:-period]).mean())


def mase(actual: Floats, forecast: Floats, scale: float) -> float:
    """Mean absolute scaled error of arrays of one shape; below 1 beats the naive forecast of the sample.

    >>> mase(np.array([1.0, 2.0]), np.array([1.0, 3.0]), scale=0.5)
    1.0
    """
    return float(np.abs(actual - forecast).mean() / scale)


def pinball(actual: Floats, quantiles: Floats, scale: float) -> float:
    """Mean pinball loss over the levels of `QUANTILES`, scaled.

    Args:
        actual: (...,) float64.
        quantiles: (..., 3) float64.
        scale: > 0, in the unit of `actual`.

    Source: Koenker and Bassett, Regression quantiles (1978).
    >>> round(pinball(np.array([1.0]), np.array([[0.0, 1.0, 2.0]]), scale=1.0), 4)
    0.0667
    """
    error = actual[..., None] - quantiles
    return float(np.maximum(QUANTILES * error, (QUANTILES - 1.0) * error).mean() / scale)


def coverage(actual: Floats, quantiles: Floats) -> float:
    """Share of actual values inside the outer quantiles, 0..1; 0.8 is wanted.

    >>> coverage(np.array([1.0, 5.0]), np.array([[0.0, 1.0, 2.0], [0.0, 1.0, 2.0]]))
    0.5
    """
    return float(((actual >= quantiles[..., 0]) & (actual <= quantiles[..., 2])).mean())
