"""The sky of a moment, and where skies come from: a model or a measured series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from simulators.weather.sun import Sun

_NIGHT: Final = Sun(0.0, 0.0, -1.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sky:
    """The weather at one moment."""

    ambient_c: float
    """Air temperature in the shade, degC."""
    global_w_m2: float = 0.0
    """Global irradiance on the horizontal, W/m2."""
    beam_w_m2: float = 0.0
    """Irradiance from the sun on a plane that faces it, W/m2."""
    diffuse_w_m2: float = 0.0
    """Irradiance from the rest of the sky on the horizontal, W/m2."""
    wind_m_s: float = 0.0
    """Wind speed ten metres above the ground, m/s."""
    sun: Sun = _NIGHT
    """Where the sun stands."""


class Skies(Protocol):
    """Where the weather of a world comes from: a model or a measured series."""

    def at(self, now_ns: int) -> Sky:
        """Return the weather at a moment, nanoseconds since 1970 UTC."""
        ...

    def ambient_c(self, now_ns: int) -> float:
        """Return the air temperature alone, degC."""
        ...
