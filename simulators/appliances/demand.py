"""What loads and plants want at a moment: measured profiles times the rated powers, and consumers besides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from simulators.appliances.consumers import Consumer, Consumers
from simulators.networks.network import Network
from simulators.part import Part, Wish
from simulators.physics.flows import Injections, Values


class Profiles(Protocol):
    """Measured profiles in per unit; S of them."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the S profiles."""
        ...

    def all_at(self, now_ns: int) -> NDArray[np.float64]:
        """Return the (S,) values at a moment, per unit."""
        ...


class UnknownProfile(KeyError):
    """A load or plant of the network follows a profile that does not exist."""


class Demand(Part):
    """Turns profiles into injections."""

    def __init__(self, network: Network, profiles: Profiles, consumers: Sequence[Consumer] = ()) -> None:
        """Look up which profile each load and plant follows, and behind which load each consumer stands.

        Raises:
            UnknownProfile: with all names that are missing.
            UnknownLoad: a consumer stands behind a load that is not there.
        """
        wanted = {load.profile for load in network.loads} | {plant.profile for plant in network.generators}
        if missing := sorted(wanted - set(profiles.names)):
            raise UnknownProfile(f"no profiles {missing}; there are {sorted(profiles.names)}")
        self._profiles = profiles
        self._load_rows = [profiles.names.index(load.profile) for load in network.loads]
        self._plant_rows = [profiles.names.index(plant.profile) for plant in network.generators]
        self._peak_kw = np.array([load.peak_kw for load in network.loads])
        self._rated_kw = np.array([plant.rated_kw for plant in network.generators])
        factor = np.array([load.power_factor for load in network.loads])
        self._tan = np.sqrt(1.0 - factor**2) / factor
        self._consumers = Consumers(consumers, [load.name for load in network.loads])
        self._batteries = len(network.batteries)

    def act(self, now_ns: int, wish: Wish) -> None:
        """Want what the profiles say of this moment; batteries are left to others."""
        wanted = self.at(now_ns)
        wish.load_kw += wanted.load_kw
        wish.load_kvar += wanted.load_kvar
        wish.plant_kw += wanted.plant_kw

    def at(self, now_ns: int) -> Injections:
        """Return all injections at a moment, every battery idle."""
        per_unit = self._profiles.all_at(now_ns)
        load_kw: Values = self._peak_kw * per_unit[self._load_rows] + self._consumers.added_kw(now_ns)
        plant_kw = np.concatenate([self._rated_kw * per_unit[self._plant_rows], np.zeros(self._batteries)])
        return Injections(
            load_kw=load_kw,
            load_kvar=load_kw * self._tan,
            plant_kw=plant_kw,
            plant_kvar=np.zeros(len(plant_kw)),
        )
