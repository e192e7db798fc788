"""Series whose every value is known beforehand."""

import numpy as np

from edge.forecasting.forecaster import Forecaster
from edge.forecasting.horizon import DAY, STEP_NS, Floats


def daily(days: int, series: int = 1, wobble: float = 0.0) -> Floats:
    """(S, T): a sine of one day around 0.5, lower at the weekend, with a fixed pseudo-random wobble."""
    step = np.arange(days * DAY)
    weekend = np.isin((step // DAY + 3) % 7, (5, 6))
    shape = 0.5 + 0.3 * np.sin(2 * np.pi * step / DAY) - 0.15 * weekend
    noise = np.sin(step * 12.9898 + np.arange(series)[:, None] * 78.233) * 43758.5453
    return shape + wobble * (noise - np.floor(noise) - 0.5)


def taught(values: Floats, valid: np.ndarray | None = None) -> Forecaster:
    """A forecaster that has learnt (S, T) values from the epoch on."""
    forecaster = Forecaster.start(values.shape[0])
    flags = np.ones(values.shape, dtype=bool) if valid is None else valid
    for i in range(values.shape[1]):
        forecaster.learn(values[:, i], flags[:, i], i * STEP_NS)
    return forecaster
