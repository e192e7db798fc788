"""The indicators that every run has."""

from __future__ import annotations

from simulators.indicators.balance import Balance
from simulators.indicators.batteries import Batteries
from simulators.indicators.convergence import Convergence
from simulators.indicators.energy import Energy
from simulators.indicators.indicator import Indicators
from simulators.indicators.peak import Peak
from simulators.indicators.thermal import Thermal
from simulators.indicators.voltage import Voltage
from simulators.networks.network import Network


def standard(network: Network) -> Indicators:
    """Return fresh indicators for a network: convergence first, for nothing else counts without it."""
    return Indicators(
        (
            Convergence(),
            Balance(),
            Peak(),
            Energy(),
            Batteries(network),
            Voltage(network.buses),
            Thermal([branch.name for branch in network.branches]),
        )
    )
