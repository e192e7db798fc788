"""Counts how long voltage and frequency at a resource have been normal, before it may enter service.

Source of the bands: IEEE 1547-2018, 4.10.2; EN 50549-1, 4.10.2. Which one holds is the site's to say.
"""

from __future__ import annotations

import msgspec

from kernel.image import View
from kernel.point import NANOSECONDS
from kernel.ports import Calculated, Past, Step
from kernel.quality import FAILURE, GOOD, INVALID
from kernel.site import LoopSpec, Site

POINT = "grid_normal_time"
"""Quantity that is computed, seconds."""
MISSED = 2.5
"""Periods without a look after which nobody knows what the grid did meanwhile."""


class NormalSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of a `normal_time` loop; its band is that of the policy `der_enter_service` at the site."""

    resources: list[str]
    """Assets with points `voltage` (V), `frequency` (Hz), `grid_normal_time` (s), and rating `nominal_v`."""
    low_pu: float
    """Lowest normal voltage, per unit of the rating `nominal_v`."""
    high_pu: float
    low_hz: float
    """Lowest normal frequency, Hz."""
    high_hz: float


class Normal(msgspec.Struct, frozen=True, kw_only=True):
    """Since when each resource has seen a normal grid, operational nanoseconds; the others see none."""

    at_ns: int = 0
    """Time of the last look; 0 before the first."""
    since_ns: dict[str, int] = {}


class NormalTime:
    """Counts; it begins at 0 whenever it has not looked: after a restart nothing enters service early."""

    def __init__(self, spec: LoopSpec, site: Site, settings: NormalSettings) -> None:
        self.name = spec.agent
        self._settings = settings
        self._longest_ns = round(MISSED * spec.period_s * NANOSECONDS)
        self._nominal_v = {one: site.asset[one].ratings["nominal_v"] for one in settings.resources}
        read = [f"{one}/{quantity}" for one in settings.resources for quantity in ("voltage", "frequency")]
        for point in (*read, *(f"{one}/{POINT}" for one in settings.resources)):
            site.point(point)
        self.reads = tuple(read)
        self.proposes: tuple[str, ...] = ()

    def start(self, past: Past) -> Normal:
        """Begin without having seen anything."""
        del past
        return Normal()

    def step(self, view: View, state: Normal) -> Step:
        """Look once; a resource whose voltage or frequency is not normal, or not known, begins anew."""
        missed = view.now_ns - state.at_ns > self._longest_ns
        before = {} if missed else state.since_ns
        seen = {one: self._is_normal(view, one) for one in self._settings.resources}
        since_ns = {one: before.get(one, view.now_ns) for one, normal in seen.items() if normal}
        unknown = [one for one, normal in seen.items() if normal is None]
        return Step(
            state=Normal(at_ns=view.now_ns, since_ns=since_ns),
            calculated=tuple(
                Calculated(
                    point=f"{one}/{POINT}",
                    value=(view.now_ns - since_ns.get(one, view.now_ns)) / NANOSECONDS,
                    quality=INVALID | FAILURE if normal is None else GOOD,
                )
                for one, normal in seen.items()
            ),
            rung="hold" if unknown else "model",
            why_rung=f"voltage or frequency of {', '.join(unknown)} is not known" if unknown else "",
        )

    def _is_normal(self, view: View, resource: str) -> bool | None:
        """Tell whether the grid is normal at a resource; None where a reading is not good."""
        voltage_v, frequency_hz = view.usable(f"{resource}/voltage"), view.usable(f"{resource}/frequency")
        if voltage_v is None or frequency_hz is None:
            return None
        band, voltage_pu = self._settings, voltage_v / self._nominal_v[resource]
        return band.low_pu <= voltage_pu <= band.high_pu and band.low_hz <= frequency_hz <= band.high_hz


def make(spec: LoopSpec, site: Site) -> NormalTime:
    """Make the agent of a `normal_time` loop.

    Raises:
        ValueError: a setting is unknown, is missing or is no number, or a band is empty.
        KeyError: a resource, its rating or a point is not in the site.
    """
    try:
        settings = msgspec.convert(spec.settings, NormalSettings)
    except msgspec.ValidationError as error:
        raise ValueError(f"loop {spec.agent}: {error}") from error
    if not (settings.low_pu < settings.high_pu and settings.low_hz < settings.high_hz):
        raise ValueError(f"loop {spec.agent}: a band ends below where it begins")
    return NormalTime(spec, site, settings)
