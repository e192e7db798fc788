"""What a step of the environment is worth: a plain function of the increments of its KPIs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

Reward = Callable[[Mapping[str, float | None]], float]
"""Takes by how much each KPI has grown in a step, in its unit; None where it is not known."""

PRICES: Final[Mapping[str, float]] = MappingProxyType(
    {
        "peak_kw": 5.0,
        "loss_kwh": 0.1,
        "curtailed_kwh": 0.1,
        "shed_kwh": 5.0,
        "late_kwh": 1.0,
        "discomfort_kh": 0.5,
        "voltage_low_bus_h": 100.0,
        "voltage_high_bus_h": 100.0,
        "overload_branch_h": 100.0,
        "dark_bus_h": 1000.0,
        "unconverged_h": 10_000.0,
        "ageing_h": 1.0,
        "battery_cycles": 100.0,
        "refused": 1.0,
    }
)
"""EUR for one more of each KPI in its own unit (`aios.simulation.kpi_of`). All are ours: orders of magnitude
of a distribution company, a month's share of a demand charge for the peak; put your own in their place."""


def cost(grown: Mapping[str, float | None], prices: Mapping[str, float] = PRICES) -> float:
    """Return minus the cost of a step, EUR, 0 or less: the default reward.

    A KPI that is not known counts nothing: the first quarter-hour sets the peak and costs nothing.

    Args:
        grown: by how much each KPI has grown in the step, in its unit.
        prices: EUR for one more of it.

    >>> cost({"loss_kwh": 10.0, "peak_kw": 2.0, "voltage_low_bus_h": None, "commands": 4.0})
    -11.0
    """
    return -sum(price * (grown.get(name) or 0.0) for name, price in prices.items())
