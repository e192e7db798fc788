"""What joins two buses, and what switches it: transformers, lines, couplers, switches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Final, Literal

from annotated_types import Ge, Gt, Le
from pydantic import ConfigDict

Positive = Annotated[float, Gt(0.0)]
NotNegative = Annotated[float, Ge(0.0)]
Fraction = Annotated[float, Gt(0.0), Le(1.0)]
End = Literal["from", "to"]
"""The two ends of a branch; `from` is the high-voltage winding of a transformer."""
Winding = Literal["wye", "wye_n", "delta", "zigzag", "zigzag_n"]
"""How a winding is connected; `_n` has its neutral earthed."""
Phases = Literal["abc", "a", "b", "c", "ab", "bc", "ca"]
"""Phases that something has, or on which it stands."""
PHASES: Final[dict[frozenset[str], Phases]] = {
    frozenset(word): word for word in ("abc", "a", "b", "c", "ab", "bc", "ca")
}
"""Our word for some phases, in whatever order they come."""
STRICT: Final = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
"""How every noun of a network is read: no unknown keys, no silent conversions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Regulator:
    """The automatic voltage regulator of an on-load tap changer.

    It acts when the voltage has been out of its band for the delay, one tap at a time.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    target_kv: Positive
    """Line-to-line voltage that it keeps, kV."""
    band_kv: Positive
    """Full width of the band around the target in which it does nothing, kV; more than one tap step."""
    bus: str = ""
    """Bus whose voltage it keeps; empty: that of the low-voltage winding."""
    delay_s: NotNegative = 60.0
    """Time out of the band before the first tap."""
    step_s: NotNegative = 10.0
    """Time between one tap and the next while the voltage is still out of the band."""
    drop_ohm: NotNegative = 0.0
    """Line-drop compensation: resistance of the line whose far end it keeps, ohm."""
    drop_reactance_ohm: NotNegative = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Transformer:
    """A two-winding transformer by its name plate."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
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
    copper_loss_kw: NotNegative
    """Short-circuit loss pk at rated current and 75 degC, kW."""
    no_load_current_pu: NotNegative
    """No-load current i0 of rated current, per unit."""
    iron_loss_kw: NotNegative
    """No-load loss p0 at rated voltage, kW."""
    clock: Annotated[int, Ge(0), Le(12)]
    """Vector group clock number."""
    magnetising: Literal["ends", "middle", "from", "to"] = "ends"
    """Where the magnetising branch stands: half of it at each end (pi), in the middle (T), all at one end."""
    tap_step_kv: NotNegative = 0.0
    """Change of the winding that has the taps for one tap position, kV."""
    tap_position: int = 0
    """Tap position; on the high-voltage side a negative one raises the low-voltage side."""
    tap_min: int = -9
    tap_max: int = 9
    tap_neutral: int = 0
    """Position at which the winding has its rated voltage."""
    tap_side: End = "from"
    """Winding that has the taps."""
    on_load: bool = True
    """Whether the tap changer can move while the transformer carries current."""
    regulator: Regulator | None = None
    """What moves the tap changer; None where nobody does."""
    high_winding: Winding = "wye_n"
    low_winding: Winding | None = None
    """None: delta where the clock number is odd, earthed wye where it is even."""
    earth_ohm: NotNegative = 0.0
    """Resistance between the neutral of the low-voltage winding and earth, ohm."""
    earth_reactance_ohm: NotNegative = 0.0
    phases: Literal["abc", "a", "b", "c"] = "abc"
    """One phase: a single-phase unit between that phase and earth, such as one of three voltage regulators.
    Its voltages are line-to-line ones all the same, its power and losses its own."""

    @property
    def rated_a(self) -> float:
        """Rated current of the low-voltage winding, A."""
        return self._rated_a(self.low_kv)

    @property
    def rated_high_a(self) -> float:
        """Rated current of the high-voltage winding, A."""
        return self._rated_a(self.high_kv)

    def _rated_a(self, line_kv: float) -> float:
        if self.phases == "abc":
            return float(self.rated_kva / (3.0**0.5 * line_kv))
        return float(self.rated_kva * 3.0**0.5 / line_kv)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineMatrix:
    """What an untransposed line has from phase to phase, as lower triangles row by row.

    The rows are the phases in the order a, b, c: three phases have aa, ba, bb, ca, cb, cc; a lateral of b and
    c has bb, cb, cc; one of a single phase has one number. The ground is in the numbers (Carson, Kron).
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    ohm_per_km: tuple[float, ...]
    """Resistance, ohm a km."""
    reactance_ohm_per_km: tuple[float, ...]
    capacitance_uf_per_km: tuple[float, ...] = ()
    """Of the capacitance matrix: what couples two phases is negative; empty: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A cable or an overhead line; where it has a breaker that stands at its `from` end, beside its meter."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    name: str
    from_bus: str
    to_bus: str
    length_km: Positive
    ohm_per_km: NotNegative
    """Positive-sequence resistance, ohm a km."""
    reactance_ohm_per_km: NotNegative
    capacitance_uf_per_km: NotNegative
    rated_a: Positive
    """Permitted continuous current, A."""
    breaker: str = ""
    """Asset that opens and closes it; empty where nothing does."""
    closed: bool = True
    """Position at its `from` end when the world begins."""
    loss_tangent: NotNegative = 0.0
    """Of the capacitance."""
    zero_ohm_per_km: NotNegative | None = None
    """Zero-sequence resistance, ohm a km; None where it is not known: then no asymmetric power flow."""
    zero_reactance_ohm_per_km: NotNegative | None = None
    zero_capacitance_uf_per_km: NotNegative | None = None
    phases: Phases = "abc"
    """Phases that it has; fewer than three on a lateral."""
    matrix: LineMatrix | None = None
    """Impedance from phase to phase; takes the place of that by sequences where it is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupler:
    """A bus coupler, or any other switch between two buses, without impedance."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    name: str
    from_bus: str
    to_bus: str
    closed: bool
    breaker: str = ""
    """Asset that opens and closes it; empty where nothing does."""
    rated_a: Positive | None = None
    """Permitted continuous current, A; None where it has no limit of its own."""


Branch = Transformer | Line | Coupler


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """A switch at one end of a line or transformer; open, the branch hangs on its other end."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    name: str
    """Unique among branches and switches together."""
    branch: str
    end: End
    closed: bool = True
    """Position when the world begins."""
    breaker: str = ""
    """Asset that opens and closes it; empty where nothing does."""
