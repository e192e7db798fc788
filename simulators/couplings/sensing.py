"""What the devices of a site feel of the world: its scene, through their instruments and what ails these."""

from __future__ import annotations

from collections.abc import Mapping

from kernel.site import Site
from simulators.couplings.felt import Scene, couple
from simulators.couplings.metering import Instruments
from simulators.devices.bank import WorldSide
from simulators.faults.couplings import measured_by_device
from simulators.faults.fault import Fault
from simulators.faults.measured import distort
from simulators.networks.network import Network


class Sensing:
    """The instruments between a world and its devices."""

    def __init__(
        self,
        site: Site,
        network: Network,
        banks: Mapping[str, WorldSide],
        faults: tuple[Fault, ...],
        *,
        seed: int,
    ) -> None:
        """Couple every device to its part of the network.

        Args:
            site: says which device belongs to which asset.
            network: of the simulated world.
            banks: simulated devices by name; a device without one feels nothing.
            faults: of the world; those of measuring act here.
            seed: of the errors of all instruments.

        Raises:
            NotCoupled: site, network, banks and faults do not fit; every mismatch is listed.
        """
        self._senses = couple(site, network)
        self._banks = dict(banks)
        self._faults = measured_by_device(site, network, banks, faults)
        self._instruments = Instruments(seed)
        self._shown: dict[str, dict[str, float]] = {}

    def feel(self, scene: Scene, now_ns: int) -> None:
        """Let every device feel the scene at a moment, nanoseconds since 1970 UTC."""
        for device, bank in self._banks.items():
            measured = self._instruments.read(device, self._senses[device](scene), now_ns)
            if faults := self._faults.get(device):
                before = self._shown.get(device, {})
                measured = self._shown[device] = distort(measured, faults, now_ns, before=before)
            bank.sense(measured, now_ns)
