"""The network of a substation as data: typed, frozen; `simulators.networks.file` reads it.

Quantities carry the units of a name plate. Losses and impedances are those of the simulated world;
what the gateway believes stands in the site file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from annotated_types import Ge
from pydantic import ConfigDict

from simulators.networks.branches import (
    PHASES,
    STRICT,
    Branch,
    Coupler,
    End,
    Fraction,
    Line,
    LineMatrix,
    NotNegative,
    Phases,
    Positive,
    Regulator,
    Switch,
    Transformer,
    Winding,
)

__all__ = [
    "Battery",
    "Branch",
    "Bus",
    "Capacitor",
    "CapacitorControl",
    "Coupler",
    "End",
    "Generator",
    "Line",
    "LineMatrix",
    "Load",
    "Network",
    "Phases",
    "Plant",
    "Regulator",
    "Source",
    "Switch",
    "Transformer",
    "Winding",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The high-voltage grid: a stiff voltage behind its short-circuit power."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    name: str
    bus: str
    voltage_pu: Positive
    """Voltage behind the short-circuit impedance, per unit of the bus."""
    short_circuit_mva: Positive
    """Three-phase short-circuit power at the bus, MVA."""
    rx_ratio: NotNegative
    """Resistance to reactance of the short-circuit impedance."""
    zero_ratio: Positive = 1.0
    """Zero-sequence to positive-sequence impedance."""
    stiff: bool = False
    """The voltage stands at the bus itself, whatever flows; the short-circuit power then counts in faults."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bus:
    """A node of the network."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    name: str
    voltage_kv: Positive
    """Rated line-to-line voltage, kV."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacitorControl:
    """What switches the steps of a capacitor: a voltage or a reactive power that leaves a band."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    measures: Literal["voltage", "reactive"] = "voltage"
    """The voltage of its bus, kV, or the reactive power that enters a branch, kvar."""
    low: float
    """Voltage below which a step goes in; reactive power below which one goes out."""
    high: float
    """Voltage above which a step goes out; reactive power above which one goes in."""
    branch: str = ""
    """Branch whose reactive power is measured at its `from` end; empty: what is imported."""
    delay_s: NotNegative = 60.0
    """Time outside the band before a step."""
    discharge_s: NotNegative = 300.0
    """Time after a step went out before one goes in again: a charged capacitor must not be switched in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacitor:
    """A shunt switched in equal steps: a capacitor bank, or a reactor where its power is negative."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    name: str
    bus: str
    step_kvar: float
    """Reactive power that one step feeds in at the rated voltage of the bus, kvar; negative: a reactor."""
    step_loss_kw: NotNegative = 0.0
    """Active power that one step consumes at rated voltage, kW."""
    steps: Annotated[int, Ge(1)] = 1
    """How many it has."""
    steps_in: Annotated[int, Ge(0)] = 1
    """How many are in when the world begins."""
    control: CapacitorControl | None = None
    """What switches it; None where nothing does."""
    phases: Phases = "abc"
    """Phases between which and earth it stands, in equal shares."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Customers, lumped at a bus."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    name: str
    bus: str
    peak_kw: float
    """Power at 1.0 of the profile, kW; negative where customers feed in."""
    power_factor: Fraction = 1.0
    """Inductive; not used where `peak_kvar` is given."""
    profile: str = ""
    """Profile that it follows; empty: it stands at its peak."""
    peak_kvar: float | None = None
    """Reactive power at 1.0 of its profile, kvar; negative: capacitive."""
    profile_kvar: str = ""
    """Profile of the reactive power; empty: that of the active power."""
    phases: Phases = "abc"
    """Phases on which it stands, its power in equal shares."""
    law: Literal["power", "current", "impedance"] = "power"
    """What of it stays constant when the voltage moves."""
    connection: Literal["wye", "delta"] = "wye"
    """Between each of its phases and the neutral, or between each two of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Generator:
    """A plant that feeds in along a profile, at unity power factor unless it says otherwise."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    name: str
    bus: str
    rated_kw: NotNegative
    """Power at 1.0 of the profile, kW."""
    profile: str = ""
    """Profile that it follows; empty: it stands at its rated power."""
    rated_kvar: float = 0.0
    """Reactive power that it feeds in at 1.0 of the profile, kvar."""
    phases: Phases = "abc"
    """Phases between which and the neutral it stands, its power in equal shares."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """A battery inverter; discharge is positive."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    name: str
    bus: str
    rated_kw: Positive


Plant = Generator | Battery


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A whole network.

    Invariants: names are unique within their kind, those of branches and switches together; every bus and
    branch that is named exists.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    name: str
    source: Source
    buses: tuple[Bus, ...]
    frequency_hz: Positive = 50.0
    transformers: tuple[Transformer, ...] = ()
    couplers: tuple[Coupler, ...] = ()
    lines: tuple[Line, ...] = ()
    switches: tuple[Switch, ...] = ()
    capacitors: tuple[Capacitor, ...] = ()
    loads: tuple[Load, ...] = ()
    generators: tuple[Generator, ...] = ()
    batteries: tuple[Battery, ...] = ()

    @property
    def branches(self) -> tuple[Branch, ...]:
        """Transformers, lines and couplers, in this order; their names are unique together."""
        return (*self.transformers, *self.lines, *self.couplers)

    @property
    def plants(self) -> tuple[Plant, ...]:
        """Generators, then batteries."""
        return (*self.generators, *self.batteries)

    @property
    def switchable(self) -> tuple[Line | Coupler | Switch, ...]:
        """What has a position of its own: lines (at their `from` end), couplers, switches."""
        return (*self.lines, *self.couplers, *self.switches)

    @property
    def asymmetric(self) -> bool:
        """Whether something is not the same in all three phases."""
        things: tuple[Load | Generator, ...] = (*self.loads, *self.generators)
        return any(thing.phases != "abc" for thing in things) or bool(self._uneven)

    @property
    def uneven(self) -> tuple[str, ...]:
        """Names of what symmetrical components cannot carry: then only OpenDSS solves it.

        Lines, transformers and capacitors of fewer than three phases, lines by phase, and loads between two
        phases. A delta of three equal branches is like a star as long as all phases are alike.
        """
        delta = tuple(load.name for load in self.loads if load.connection == "delta")
        return (*self._uneven, *delta) if self.asymmetric else ()

    @property
    def _uneven(self) -> tuple[str, ...]:
        several: tuple[Transformer | Line | Capacitor, ...] = (
            *self.transformers,
            *self.lines,
            *self.capacitors,
        )
        return tuple(
            one.name for one in several if one.phases != "abc" or getattr(one, "matrix", None) is not None
        )

    def phases_at(self) -> dict[str, Phases]:
        """Return the phases that each bus has: those of the branches and the source there."""
        found: dict[str, set[str]] = {bus.name: set() for bus in self.buses}
        found[self.source.bus] |= set("abc")
        for branch in self.branches:
            for bus in (branch.from_bus, branch.to_bus):
                found[bus] |= set(getattr(branch, "phases", "abc"))
        return {bus: PHASES[frozenset(phases or "abc")] for bus, phases in found.items()}

    @property
    def breakers(self) -> dict[str, tuple[str, ...]]:
        """Names of the lines, couplers and switches that each breaker opens, by its asset."""
        assets = dict.fromkeys(one.breaker for one in self.switchable if one.breaker)
        return {asset: tuple(o.name for o in self.switchable if o.breaker == asset) for asset in assets}

    @property
    def followed(self) -> frozenset[str]:
        """Names of the profiles that its loads and generators follow."""
        active = {load.profile for load in self.loads} | {plant.profile for plant in self.generators}
        return frozenset(active | {load.profile_kvar for load in self.loads}) - {""}

    def open_at_start(self) -> frozenset[str]:
        """Names of the lines, couplers and switches that stand open when the world begins."""
        return frozenset(one.name for one in self.switchable if not one.closed)
