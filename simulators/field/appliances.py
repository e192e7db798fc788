"""The appliances of a scenario, as a world wants them: made once it has a sky."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simulators.appliances.placing import Ground, feed_ins, parts_of
from simulators.devices.bank import WorldSide
from simulators.networks.network import Network
from simulators.part import Part
from simulators.physics.tables import rows_of
from simulators.scenario import Scenario
from simulators.skies import skies_of
from simulators.weather.sky import Skies


def appliances_of(
    scenario: Scenario, network: Network, banks: Mapping[str, WorldSide]
) -> Callable[[Skies], tuple[Part, ...]]:
    """Return what makes the appliances of a scenario, once the world has a sky.

    Args:
        scenario: places them.
        network: with their rows.
        banks: simulated devices by the asset that they stand at.
    """
    return lambda skies: parts_of(scenario.placement, _ground(scenario, network, skies, banks))


def feed_ins_before(scenario: Scenario, network: Network) -> tuple[Part, ...]:
    """Return panels and turbines of a scenario under the sky of the days before it.

    Raises:
        ScenarioInvalid: its measured weather cannot be read.
    """
    return feed_ins(scenario.placement, _ground(scenario, network, skies_of(scenario), {}))


def _ground(scenario: Scenario, network: Network, skies: Skies, banks: Mapping[str, WorldSide]) -> Ground:
    return Ground(
        network=network,
        rows=rows_of(network),
        skies=skies,
        banks=banks,
        seed=scenario.seed,
        start_ns=scenario.start_ns,
    )
