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

    def all_over(self, times_ns: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the (T, S) values at T moments, per unit: the same numbers as one by one."""
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
        loads, plants = network.loads, network.generators
        active = [load.profile for load in loads]
        reactive = [load.profile_kvar or load.profile for load in loads]
        feeding = [plant.profile for plant in plants]
        if missing := sorted({*active, *reactive, *feeding} - {*profiles.names, ""}):
            raise UnknownProfile(f"no profiles {missing}; there are {sorted(profiles.names)}")
        self._profiles = profiles
        self._load_rows = np.array([_row(profiles, name) for name in active], dtype=np.intp)
        self._kvar_rows = np.array([_row(profiles, name) for name in reactive], dtype=np.intp)
        self._plant_rows = np.array([_row(profiles, name) for name in feeding], dtype=np.intp)
        self._peak_kw = np.array([load.peak_kw for load in loads])
        self._rated_kw = np.array([plant.rated_kw for plant in plants])
        self._rated_kvar = np.array([plant.rated_kvar for plant in plants])
        factor = np.array([load.power_factor for load in loads])
        self._tan = np.sqrt(1.0 - factor**2) / factor
        self._peak_kvar = np.array([0.0 if one.peak_kvar is None else one.peak_kvar for one in loads])
        self._by_factor = np.array([one.peak_kvar is None for one in loads], dtype=np.bool_)
        self._all_by_factor = bool(self._by_factor.all())
        self._consumers = Consumers(consumers, [load.name for load in loads])
        self._batteries = len(network.batteries)

    def act(self, now_ns: int, wish: Wish) -> None:
        """Want what the profiles say of this moment; batteries are left to others."""
        wanted = self.at(now_ns)
        wish.load_kw += wanted.load_kw
        wish.load_kvar += wanted.load_kvar
        wish.plant_kw += wanted.plant_kw
        wish.plant_kvar += wanted.plant_kvar

    def at(self, now_ns: int) -> Injections:
        """Return all injections at a moment, every battery idle."""
        return self._of(self._profiles.all_at(now_ns), self._consumers.added_kw(now_ns))

    def over(self, times_ns: NDArray[np.int64]) -> Injections:
        """Return all injections at T moments, (T, L) and (T, G): the same numbers as one by one."""
        return self._of(self._profiles.all_over(times_ns), self._consumers.added_over(times_ns))

    def _of(self, per_unit: Values, added_kw: Values) -> Injections:
        """Turn profiles, (S,) or (T, S), into injections; what follows none stands at 1.0."""
        steady = np.ones((*per_unit.shape[:-1], 1))
        value = np.concatenate([per_unit, steady], axis=-1)
        load_kw: Values = self._peak_kw * value.take(self._load_rows, axis=-1) + added_kw
        plant = value.take(self._plant_rows, axis=-1)
        return Injections(
            load_kw=load_kw,
            load_kvar=self._kvar(value, load_kw, added_kw),
            plant_kw=self._with_batteries(self._rated_kw * plant),
            plant_kvar=self._with_batteries(self._rated_kvar * plant),
        )

    def _kvar(self, value: Values, load_kw: Values, added_kw: Values) -> Values:
        """Reactive power: by the power factor, or along a profile of its own."""
        by_factor: Values = load_kw * self._tan
        if self._all_by_factor:
            return by_factor
        own = self._peak_kvar * value.take(self._kvar_rows, axis=-1) + added_kw * self._tan
        return np.where(self._by_factor, by_factor, own)

    def _with_batteries(self, generated: Values) -> Values:
        if not self._batteries:
            return generated
        idle = np.zeros((*generated.shape[:-1], self._batteries))
        return np.concatenate([generated, idle], axis=-1)


def _row(profiles: Profiles, name: str) -> int:
    """Row of a profile; behind the last one stands a 1.0 for what follows none."""
    return profiles.names.index(name) if name else len(profiles.names)
