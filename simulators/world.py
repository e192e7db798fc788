"""The simulated world of one substation: loads, grid, transformers, weather, and what its devices feel.

Time is passed in. The grid is solved where a stretch of time begins, for what is wanted then, and stands
through it (zero-order hold): what a device was told before a moment acts from that moment on, and at the end
of the stretch meters show what has flowed in it. Same seed, same times, same actions: same bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from kernel.point import NANOSECONDS
from kernel.site import Site
from simulators.appliances.consumers import Consumer
from simulators.appliances.demand import Demand, Profiles
from simulators.convergence import tell
from simulators.couplings.actions import BatteryInverters, Breakers
from simulators.couplings.felt import Scene
from simulators.couplings.sensing import Sensing
from simulators.devices.bank import WorldSide
from simulators.durations import HOUR_NS
from simulators.equipment.transformers import Transformers
from simulators.faults.false_data import falsified
from simulators.faults.fault import Fault
from simulators.faults.physics import Disturbances
from simulators.faults.timeline import timeline
from simulators.faults.weather import OtherWeather
from simulators.networks.network import Network
from simulators.part import Part, Stretch, Wish
from simulators.physics.flows import Flows, Injections
from simulators.physics.port import Solver
from simulators.physics.regulating import regulating
from simulators.physics.solvers import DEFAULT_SOLVER
from simulators.physics.switching import Switching
from simulators.repairs import Repairs
from simulators.truth import Ledger, NoTwin, Truth
from simulators.weather.model import Weather
from simulators.weather.sky import Skies, Sky

SOLVE_PERIOD_NS: Final = 60 * NANOSECONDS
"""The grid is solved at least this often."""
NOTICEABLE_KW: Final = 1.0
"""Smallest change of one injection that has the grid solved earlier, kW or kvar."""
WARM_UP_NS: Final = 12 * HOUR_NS
"""Transformers have lived through this much of the past when the world begins."""
_WARM_UP_STEP_S: Final = 900


class World:
    """Everything outside the gateway. `advance` it; look at `truth` afterwards."""

    _stretches: tuple[Stretch, ...] = ()

    def __init__(  # noqa: PLR0913  # what a world is made of; a bag of settings would only hide it
        self,
        site: Site,
        network: Network,
        profiles: Profiles,
        banks: Mapping[str, WorldSide],
        *,
        seed: int,
        start_ns: int,
        faults: Iterable[Fault] = (),
        consumers: Sequence[Consumer] = (),
        parts: Sequence[Part] = (),
        appliances: Callable[[Skies], Sequence[Part]] = lambda _: (),
        counterfactual: bool = True,
        skies: Skies | None = None,
        solver: Callable[[Network], Solver] = DEFAULT_SOLVER,
    ) -> None:
        """Build the world and live through the hours before its begin, so that nothing starts cold.

        Args:
            site: says which device belongs to which asset.
            network: of the simulated world.
            profiles: measured loads and generation.
            banks: simulated devices by name; a device without one is not there.
            seed: of weather, parameters and meter noise.
            start_ns: nanoseconds since 1970 UTC.
            faults: with their ground truth; they act in the hours before the begin too.
            consumers: loads that the profiles do not have.
            parts: that live in this world besides loads, breakers and transformers, in their order.
            appliances: makes the parts that can be controlled besides batteries, under the world's sky.
            counterfactual: whether the grid is also solved as without control, for `truth`.
            skies: the weather; None for that of the seed in central Europe.
            solver: makes the solver of the grid; see `simulators.physics.solvers`.

        Raises:
            NotCoupled: site, network, banks and faults do not fit; every mismatch is listed.
            UnknownProfile: the network follows profiles that are not there.
            UnknownLoad: a consumer stands behind a load that is not there.
        """
        faults = tuple(faults)
        self._sensing = Sensing(site, network, banks, faults, seed=seed)
        self._solver, self._counterfactual = solver(network), counterfactual
        self._weather = OtherWeather(skies or Weather(seed=seed), faults)
        self._transformers = Transformers(network, seed=seed, faults=faults)
        self._parts: tuple[Part, ...] = (
            Demand(network, profiles, consumers),
            Breakers(site, network, banks),
            *regulating(network),
            self._transformers,
            *parts,
        )
        self._disturbances = Disturbances(network, faults)
        self._controlled = (BatteryInverters(site, network, banks), *appliances(self._weather))
        self._all: tuple[Part, ...] = (*self._parts, *self._controlled, self._disturbances)
        self._repairs = Repairs(site, faults, self._all, banks)
        self._begin(start_ns)

    def _begin(self, start_ns: int) -> None:
        """Live through the hours before, then solve and feel the first moment."""
        self._flows = self._warm_up(start_ns)
        self._now_ns = start_ns
        twin = Ledger(start_ns, batteries=len(self._solver.network.batteries))
        self._ledger = twin if self._counterfactual else None
        self._solve(*self._wanted(start_ns))
        self._observe()

    @property
    def now_ns(self) -> int:
        """The world's time, nanoseconds since 1970 UTC."""
        return self._now_ns

    @property
    def scene(self) -> Scene:
        """The true state at this moment, without meters between."""
        return self._scene

    @property
    def flows(self) -> Flows:
        """The true flows of the last stretch; `converged` says whether there are any."""
        return self._flows

    @property
    def truth(self) -> Truth:
        """What happened until now, with control and without, and the faults that were there.

        Raises:
            NoTwin: the world was built without the life without control.
        """
        if self._ledger is None:
            raise NoTwin("this world does not live without control beside itself")
        spans = timeline(self.faults, self._now_ns)
        return replace(self._ledger.snapshot(), hottest_c=self.hottest_c, faults=spans)

    @property
    def hottest_c(self) -> dict[str, float]:
        """Highest hot spot of each transformer since the begin, degC."""
        return self._transformers.hottest_c

    @property
    def faults(self) -> tuple[Fault, ...]:
        """All faults of this world in the given order, ended where a crew has ended them."""
        return self._repairs.faults

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """What the grid did in the last call of `advance`: one stretch, more where something happened."""
        return self._stretches

    @property
    def counted(self) -> dict[str, float]:
        """What the parts have counted since the begin, by KPI; sums where several count one."""
        sums: dict[str, float] = {}
        for part in self._all:
            for name, value in part.counted().items():
                sums[name] = sums.get(name, 0.0) + value
        return sums

    def advance(self, now_ns: int) -> None:
        """Bring the world to a moment, then let every device feel it.

        Args:
            now_ns: nanoseconds since 1970 UTC, not before the last call.

        Raises:
            ValueError: time would run backwards.
        """
        if now_ns < self._now_ns:
            raise ValueError(f"time runs backwards: from {self._now_ns} to {now_ns}")
        self._stretches = ()
        self._solve_if_moved(now_ns)
        while self._now_ns < now_ns:
            self._live(self._next_stop(now_ns))
            if self._now_ns < now_ns:
                self._solve_if_moved(now_ns)
        self._observe()

    def hang_orders(self, assets: Sequence[str]) -> None:
        """Hang the gateway's repair list, most urgent first, where the dispatchers of this world look."""
        for part in self._parts:
            part.read_orders(tuple(assets))

    def _next_stop(self, until_ns: int) -> int:
        """Return the end of the next stretch: where a part wakes, or where this call of `advance` ends."""
        named = [part.wakes_ns(self._now_ns, self._flows) for part in self._all]
        stops: list[int] = [max(moment_ns, self._now_ns + 1) for moment_ns in named if moment_ns is not None]
        return min([until_ns, *stops])

    def _live(self, now_ns: int) -> None:
        """Let every part live until a moment with the flows as they stand."""
        middle_ns = (now_ns + self._now_ns) // 2
        stretch = Stretch(
            since_ns=self._now_ns,
            until_ns=now_ns,
            flows=self._flows,
            sky=Sky(ambient_c=self._weather.ambient_c(middle_ns)),
            switching=self._switching,
            heat=self._transformers.readings,
            lost=self._disturbances.lost(self._now_ns, self._switching.open),
            tripped=self._disturbances.tripped(self._now_ns, self._switching.open),
            missing=self._disturbances.missing(self._now_ns),
        )
        self._stretches = (*self._stretches, stretch)
        for part in self._all:
            part.live(stretch)
        self._repairs.tell(now_ns)
        if self._ledger is not None:
            self._ledger.enter(now_ns, flows=self._flows, without=self._without)
        self._now_ns = now_ns

    def _warm_up(self, start_ns: int) -> Flows:
        """Let the transformers live through the hours before; returns the flows of the last of them."""
        then_ns = start_ns - WARM_UP_NS
        flows = self._alone(then_ns)
        self._transformers.settle(flows, then_ns, ambient_c=self._weather.ambient_c(then_ns))
        while then_ns < start_ns:
            flows = self._alone(then_ns)
            ambient_c = self._weather.ambient_c(then_ns)
            self._transformers.advance(flows, then_ns, ambient_c=ambient_c, dt_s=_WARM_UP_STEP_S)
            then_ns += _WARM_UP_STEP_S * NANOSECONDS
        return flows

    def _alone(self, then_ns: int) -> Flows:
        """Solve a moment of the past, when no device was there: profiles, faults, the network as drawn."""
        wish = Wish.nothing(self._solver.rows)
        self._parts[0].act(then_ns, wish)
        self._disturbances.act(then_ns, wish)
        wish.shorts.clear()  # what was shorted then has been switched off in less than a step
        wish.open |= self._solver.network.open_at_start()
        return self._solver.solve(wish.injections(), wish.switching())

    def _wanted(self, until_ns: int) -> tuple[Injections, Injections, Switching]:
        """Return what is wanted until a moment, what would be without control, and the switching."""
        wish = Wish.nothing(self._solver.rows, until_ns)
        for part in self._parts:
            part.act(self._now_ns, wish)
        without = wish.copy() if self._counterfactual else None
        for part in self._controlled:
            if without is not None:
                part.act_free(self._now_ns, without)
            part.act(self._now_ns, wish)
        self._disturbances.act(self._now_ns, wish)
        injections = wish.injections()
        if without is None:
            return injections, injections, wish.switching()
        self._disturbances.act(self._now_ns, without)
        return injections, without.injections(), wish.switching()

    def _solve_if_moved(self, until_ns: int) -> None:
        injections, without, switching = self._wanted(until_ns)
        due = self._now_ns - self._solved_ns >= SOLVE_PERIOD_NS or switching != self._switching
        if due or injections.differs_by(self._injections) >= NOTICEABLE_KW:
            self._solve(injections, without, switching)

    def _solve(self, injections: Injections, without: Injections, switching: Switching) -> None:
        """Solve the world as it is and, where control moves anything, as it would be without."""
        before = self._flows
        self._injections, self._switching = injections, switching
        self._flows = self._solver.solve(injections, switching)
        alike = injections is without or injections.differs_by(without) == 0.0
        self._without = self._flows if alike else self._solver.solve(without, switching)
        self._solved_ns = self._now_ns
        false = falsified(self.faults, injections, self._solver.rows, self._now_ns)
        self._told = self._flows if false is None else self._solver.solve(false, switching)
        tell(before, self._flows, self._now_ns)

    def _observe(self) -> None:
        self._scene = Scene(
            flows=self._flows,
            transformers=self._transformers.readings,
            ambient_c=self._weather.ambient_c(self._now_ns),
            shown=self._shows(),
            switching=self._switching,
        )
        felt = self._scene if self._told is self._flows else replace(self._scene, flows=self._told)
        self._sensing.feel(felt, self._now_ns)

    def _shows(self) -> dict[str, dict[str, float]]:
        """Return what all parts show, by asset; where two show one quantity the later part counts."""
        shown: dict[str, dict[str, float]] = {}
        for part in self._all:
            for asset, quantities in part.show().items():
                shown.setdefault(asset, {}).update(quantities)
        return shown
