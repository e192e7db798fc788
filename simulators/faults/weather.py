"""A fault of the weather: forecasts believe another one than there is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from simulators.faults.fault import Fault
from simulators.faults.kinds import FaultKind
from simulators.weather.sky import Skies, Sky


class OtherWeather:
    """The weather as it is while forecasts believe another one."""

    def __init__(self, weather: Skies, faults: Iterable[Fault]) -> None:
        """Keep what is told of the weather."""
        self._weather = weather
        self._faults = tuple(fault for fault in faults if fault.kind is FaultKind.WEATHER_BUST)

    def at(self, now_ns: int) -> Sky:
        """Return the weather at a moment, nanoseconds since 1970 UTC."""
        sky = self._weather.at(now_ns)
        return replace(sky, ambient_c=sky.ambient_c + self._warmer_k(now_ns)) if self._faults else sky

    def ambient_c(self, now_ns: int) -> float:
        """Return the ambient temperature, degC."""
        return self._weather.ambient_c(now_ns) + self._warmer_k(now_ns)

    def _warmer_k(self, now_ns: int) -> float:
        return sum(fault.severity(now_ns) for fault in self._faults)
