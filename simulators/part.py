"""What lives in a world: parts with a state of their own, moved by the same clock in the same order.

A world asks each part the same three things. `act`: what do you want of the grid now? `live`: a stretch of
time has passed with these flows. `show`: what can a device feel of you? A part that has nothing to say to one
of them leaves it as it is here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self

import msgspec
import numpy as np

from simulators.heat import ThermalReading
from simulators.physics.flows import Flows, Injections, Rows, Values
from simulators.physics.switching import AS_DRAWN, Short, Switching
from simulators.weather.sky import Sky


class Stretch(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A stretch of time through which the grid stood as it was solved last."""

    since_ns: int
    """Nanoseconds since 1970 UTC."""
    until_ns: int
    flows: Flows
    sky: Sky
    """Air temperature in the middle of the stretch; who needs light or wind asks the skies it was given."""
    switching: Switching = AS_DRAWN
    """What stood open and what was shorted."""
    heat: Mapping[str, ThermalReading] = {}
    """Transformers at the begin of the stretch, by name."""
    lost: Mapping[str, float] = {}
    """Share of a load's customers that a fault keeps from supply though its bus has voltage, 0 to 1."""
    tripped: Mapping[str, float] = {}
    """Share of a plant that a fault keeps from the grid, 0 to 1."""
    missing: Mapping[str, float] = {}
    """Share of what a load wants that a fault has it not draw, 0 to 1."""

    @property
    def seconds(self) -> float:
        """Its length."""
        return (self.until_ns - self.since_ns) * 1e-9

    @property
    def middle_ns(self) -> int:
        """The moment at which whatever changes slowly is looked up."""
        return (self.since_ns + self.until_ns) // 2


@dataclass(slots=True, kw_only=True, eq=False)
class Wish:
    """What is wanted of the grid at one moment; each acting part adds its own.

    Consumption is positive at a load, injection at a plant; plants are generators, then batteries.
    """

    rows: Rows
    load_kw: Values
    """(L,)"""
    load_kvar: Values
    plant_kw: Values
    """(G,)"""
    plant_kvar: Values
    open: set[str] = field(default_factory=set)
    """Branches and switches that shall stand open."""
    taps: dict[str, int] = field(default_factory=dict)
    """Tap position by transformer, where it is not that of the network file."""
    steps: dict[str, int] = field(default_factory=dict)
    """Steps in by capacitor, where it is not that of the network file."""
    blown: dict[str, int] = field(default_factory=dict)
    """Steps by capacitor that are in and feed nothing."""
    shorts: dict[str, Short] = field(default_factory=dict)
    """Short circuits by the bus or line they are on."""
    until_ns: int = 0
    """End of the stretch that is wished for, as far as it is known: an event may end it earlier."""

    @classmethod
    def nothing(cls, rows: Rows, until_ns: int = 0) -> Self:
        """Return a wish for no power at all with everything closed."""
        loads, plants = len(rows.load), len(rows.plant)
        return cls(
            rows=rows,
            load_kw=np.zeros(loads),
            load_kvar=np.zeros(loads),
            plant_kw=np.zeros(plants),
            plant_kvar=np.zeros(plants),
            until_ns=until_ns,
        )

    def copy(self) -> Self:
        """Return the same wish with powers and switching of its own."""
        return replace(
            self,
            open=set(self.open),
            taps=dict(self.taps),
            steps=dict(self.steps),
            blown=dict(self.blown),
            shorts=dict(self.shorts),
            load_kw=self.load_kw.copy(),
            load_kvar=self.load_kvar.copy(),
            plant_kw=self.plant_kw.copy(),
            plant_kvar=self.plant_kvar.copy(),
        )

    def injections(self) -> Injections:
        """Return the powers as they stand now; later additions do not change them."""
        return Injections(
            load_kw=self.load_kw.copy(),
            load_kvar=self.load_kvar.copy(),
            plant_kw=self.plant_kw.copy(),
            plant_kvar=self.plant_kvar.copy(),
        )

    def switching(self) -> Switching:
        """Return the switching as it stands now."""
        return Switching(
            open=frozenset(self.open),
            taps=dict(self.taps),
            steps=dict(self.steps),
            blown=dict(self.blown),
            shorts=dict(self.shorts),
        )


class Part:
    """Something that lives in the world. Same times, same flows, same seed: same bits."""

    def act(self, now_ns: int, wish: Wish) -> None:
        """Add to the wish what this part wants of the grid; changes nothing of its own state."""

    def act_free(self, now_ns: int, wish: Wish) -> None:
        """Add what this part would want had nobody ever controlled it; asked of controlled parts alone.

        A part that only a controller moves wants nothing.
        """

    def wakes_ns(self, now_ns: int, flows: Flows) -> int | None:  # noqa: ARG002
        """Return the next moment at which something of this part happens by itself; None for none.

        The world ends a stretch there, so that what happens at that moment does not depend on how time is
        cut. Changes nothing of its own state.

        Args:
            now_ns: the world's time, nanoseconds since 1970 UTC; an answer not after it counts as the
                nanosecond after it.
            flows: as they will stand through the stretch that begins now.
        """
        return None

    def live(self, stretch: Stretch) -> None:
        """Live through a stretch of time; called once for each, in order, without gaps."""

    def show(self) -> Mapping[str, Mapping[str, float]]:
        """Return what devices can feel of this part: by asset, then by quantity, in the units of a map."""
        return {}

    def mended(self) -> tuple[str, ...]:
        """Return the assets that this part has repaired at the end of the last stretch."""
        return ()

    def mend(self, asset: str, now_ns: int) -> None:
        """Take that an asset has been repaired: what stands of its faults ends, what is to come still comes.

        Every part of the world is told of every repair; an asset that it does not know is none of its own.
        """

    def read_orders(self, assets: tuple[str, ...]) -> None:
        """Take the gateway's repair list, most urgent first, where this part dispatches."""

    def counted(self) -> Mapping[str, float]:
        """Return what this part has counted since the world began, by KPI of `simulators.indicators.table`.

        The world adds up what several parts count under one name.
        """
        return {}
