"""The network of a substation as data: typed, frozen; `simulators.networks.file` reads it.

Quantities carry the units of a name plate. Losses and impedances are those of the simulated world;
what the gateway believes stands in the site file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Final

from annotated_types import Ge, Gt, Le
from pydantic import ConfigDict

Positive = Annotated[float, Gt(0.0)]
NotNegative = Annotated[float, Ge(0.0)]
Fraction = Annotated[float, Gt(0.0), Le(1.0)]
_STRICT: Final = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The high-voltage grid: a stiff voltage behind its short-circuit power."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    name: str
    bus: str
    voltage_pu: Positive
    """Voltage behind the short-circuit impedance, per unit of the bus."""
    short_circuit_mva: Positive
    """Three-phase short-circuit power at the bus, MVA."""
    rx_ratio: NotNegative
    """Resistance to reactance of the short-circuit impedance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bus:
    """A node of the network."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    name: str
    voltage_kv: Positive
    """Rated line-to-line voltage, kV."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transformer:
    """A two-winding transformer by its name plate."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    name: str
    from_bus: str
    """Bus of the high-voltage winding."""
    to_bus: str
    rated_kva: Positive
    high_kv: Positive
    """Rated voltage of the high-voltage winding at the neutral tap, kV."""
    low_kv: Positive
    """Rated voltage of the low-voltage winding, kV."""
    short_circuit_pu: Fraction
    """Relative short-circuit voltage uk, per unit."""
    copper_loss_kw: Positive
    """Short-circuit loss pk at rated current and 75 degC, kW."""
    no_load_current_pu: NotNegative
    """No-load current i0 of rated current, per unit."""
    iron_loss_kw: Positive
    """No-load loss p0 at rated voltage, kW."""
    clock: Annotated[int, Ge(0), Le(12)]
    """Vector group clock number; odd numbers are wye-delta."""
    tap_step_kv: NotNegative = 0.0
    """Change of the high-voltage winding for one tap position, kV."""
    tap_position: Annotated[int, Ge(-9), Le(9)] = 0
    """Tap position; a negative one raises the low-voltage side."""

    @property
    def rated_a(self) -> float:
        """Rated current of the low-voltage winding, A."""
        return float(self.rated_kva / (3.0**0.5 * self.low_kv))


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupler:
    """A bus coupler without impedance."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    name: str
    from_bus: str
    to_bus: str
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cable:
    """A feeder cable with a breaker at its `from` end, where its meter sits."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    name: str
    from_bus: str
    to_bus: str
    length_km: Positive
    ohm_per_km: Positive
    """Positive-sequence resistance, ohm a km."""
    reactance_ohm_per_km: Positive
    capacitance_uf_per_km: NotNegative
    rated_a: Positive
    """Permitted continuous current, A."""
    breaker: str = ""
    """Asset that opens and closes it; empty where nothing does."""
    closed: bool = True
    """Position of the breaker when the world begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """All customers of a feeder, lumped at the end of its cable."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    name: str
    bus: str
    peak_kw: NotNegative
    """Power at 1.0 of the profile, kW."""
    power_factor: Fraction
    """Inductive."""
    profile: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Generator:
    """A plant that feeds in along a profile, at unity power factor."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    name: str
    bus: str
    rated_kw: NotNegative
    """Power at 1.0 of the profile, kW."""
    profile: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """A battery inverter; discharge is positive."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    name: str
    bus: str
    rated_kw: Positive


Branch = Transformer | Cable | Coupler
Plant = Generator | Battery


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A whole network.

    Invariants: names are unique within their kind; every bus that is named exists.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    name: str
    source: Source
    buses: tuple[Bus, ...]
    transformers: tuple[Transformer, ...] = ()
    couplers: tuple[Coupler, ...] = ()
    cables: tuple[Cable, ...] = ()
    loads: tuple[Load, ...] = ()
    generators: tuple[Generator, ...] = ()
    batteries: tuple[Battery, ...] = ()

    @property
    def branches(self) -> tuple[Branch, ...]:
        """Transformers, cables and couplers, in this order; their names are unique together."""
        return (*self.transformers, *self.cables, *self.couplers)

    @property
    def plants(self) -> tuple[Plant, ...]:
        """Generators, then batteries."""
        return (*self.generators, *self.batteries)

    def open_at_start(self) -> frozenset[str]:
        """Names of the cables and couplers that stand open when the world begins."""
        switched: tuple[Cable | Coupler, ...] = (*self.cables, *self.couplers)
        return frozenset(branch.name for branch in switched if not branch.closed)
