"""The load a transformer may carry for good before a temperature limit, at an ambient and cooler's state."""

from __future__ import annotations

from edge.maintenance.constants import LoadingLimit, ThermalClass
from edge.maintenance.thermal import steady, ultimate_rise


def lasting_load_pu(
    of: ThermalClass, limit: LoadingLimit, *, ambient_c: float, rise_factor: float = 1.0
) -> float:
    """Return the largest lasting load that keeps every limit, pu of rated current.

    Args:
        of: constants of the transformer.
        limit: hot-spot, top-oil and current limit.
        ambient_c: degrees Celsius.
        rise_factor: top-oil rise over that of a healthy cooler, 1.

    Temperatures grow with load, so halving the interval 30 times finds the limit to a billionth.

    >>> from edge.maintenance.constants import LIMITS, thermal_class
    >>> round(lasting_load_pu(thermal_class("power_onaf"), LIMITS["normal_cyclic"], ambient_c=20.0), 2)
    1.2
    """
    low, high = 0.0, limit.current_pu
    if _within(of, limit, high, ambient_c=ambient_c, rise_factor=rise_factor):
        return high
    for _ in range(30):
        middle = 0.5 * (low + high)
        if _within(of, limit, middle, ambient_c=ambient_c, rise_factor=rise_factor):
            low = middle
        else:
            high = middle
    return low


def _within(
    of: ThermalClass, limit: LoadingLimit, load_pu: float, *, ambient_c: float, rise_factor: float
) -> bool:
    top_oil = ambient_c + rise_factor * ultimate_rise(of, load_pu)
    hot_spot = top_oil + steady(of, load_pu, ambient_c).gradient_k
    return top_oil <= limit.top_oil_c and hot_spot <= limit.hot_spot_c
