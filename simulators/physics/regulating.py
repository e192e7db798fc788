"""What a network does about its voltage by itself: tap changers and capacitor banks with their controls."""

from __future__ import annotations

from simulators.networks.network import Network
from simulators.part import Part
from simulators.physics.capacitor_banks import CapacitorBanks
from simulators.physics.tap_changers import TapChangers


def regulating(network: Network) -> tuple[Part, ...]:
    """Return the parts that regulate by themselves; none where the network has none."""
    parts: list[Part] = []
    if any(unit.regulator is not None for unit in network.transformers):
        parts.append(TapChangers(network))
    if any(unit.control is not None for unit in network.capacitors):
        parts.append(CapacitorBanks(network))
    return tuple(parts)
