"""The fixed grid of a forecast: quarter-hours, one day ahead, three quantiles.

A *step* is the number of a quarter-hour on the wall clock (see `calendar.py`), so `step % DAY` is
the time of day. Everything the forecaster keeps per time of day or per target lives in rings of one
day, indexed by that.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

STEP_S = 900
"""Length of a step, seconds."""
STEP_NS = STEP_S * 1_000_000_000
"""The same, nanoseconds."""
DAY = 96
"""Steps in a day; also the horizon: a forecast looks 1..DAY steps ahead."""
WEEK = 7 * DAY
"""Steps in a week."""
BLOCK = 16
"""Steps in one of the six four-hour blocks of a day, which trust the experts separately."""
QUANTILES = np.array([0.1, 0.5, 0.9])
"""Probability levels of the forecast, ascending."""
KNOTS = np.array([1, 2, 3, 4, 6, 8, 12, 16, 20, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96], dtype=np.int64)
"""Leads (steps) that learn their own correction and interval; leads between them are interpolated."""
