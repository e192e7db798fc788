"""Fleets behind the substation nord, and a grid that always holds."""

import pytest

from simulators.appliances.placing import Ground, network_with, parts_of
from simulators.appliances.planned import Placement
from simulators.networks.file import shipped
from simulators.part import Stretch, Wish
from simulators.physics.flows import Flows
from simulators.physics.power_grid import PowerGrid
from simulators.physics.tables import rows_of
from simulators.weather.model import Weather

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
MONDAY = 1_480_896_000 * SECOND  # 2016-12-05 00:00 UTC, a Monday
WEATHER = Weather(seed=3)


class Alone:
    """Parts that live without a world: supply is there unless it is taken away."""

    def __init__(self, *appliances, events=(), banks=None, seed=1, start_ns=MONDAY, skies=WEATHER):
        placement = Placement(appliances=appliances, events=tuple(events))
        self.network = network_with(shipped("nord"), placement)
        self.rows = rows_of(self.network)
        ground = Ground(
            network=self.network, rows=self.rows, skies=skies, banks=banks or {}, seed=seed, start_ns=start_ns
        )  # fmt: skip
        self.parts = parts_of(placement, ground)
        self.skies = skies
        self.now_ns = start_ns
        self.lit = _flows(self.network)
        self.supplied = True
        self.wish = self._asked()

    def _asked(self):
        wish = Wish.nothing(self.rows)
        for part in self.parts:
            part.act(self.now_ns, wish)
        return wish

    def free(self):
        """What would be wanted now without control."""
        wish = Wish.nothing(self.rows)
        for part in self.parts:
            part.act_free(self.now_ns, wish)
        return wish

    def advance(self, until_ns):
        """Live until a moment; stop where a part wakes, as the world does."""
        while self.now_ns < until_ns:
            named = [part.wakes_ns(self.now_ns, self.lit) for part in self.parts]
            self._live(min([until_ns, *(moment for moment in named if moment is not None)]))

    def _live(self, until_ns):
        flows = self.lit if self.supplied else dark(self.lit)
        sky = self.skies.at(self.now_ns)
        stretch = Stretch(since_ns=self.now_ns, until_ns=until_ns, flows=flows, sky=sky)
        for part in self.parts:
            part.live(stretch)
        self.now_ns = until_ns
        self.wish = self._asked()

    def load_kw(self, name):
        return float(self.wish.load_kw[self.rows.load[name]])

    def minutes(self, count, name):
        """Live minute by minute; the power at the begin of each."""
        powers = []
        for _ in range(count):
            powers.append(self.load_kw(name))
            self.advance(self.now_ns + MINUTE)
        return powers


def _flows(network):
    return PowerGrid(network).solve(Wish.nothing(rows_of(network)).injections())


def dark(flows):
    """The same flows with every bus without supply."""
    given = {name: getattr(flows, name) for name in Flows.__slots__}
    return Flows(**(given | {"bus_kv": flows.bus_kv * 0.0}))


@pytest.fixture
def alone():
    return Alone
