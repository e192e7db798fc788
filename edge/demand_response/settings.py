"""What a site may set for peak shaving; an unknown key or a wrong type is refused by name."""

from __future__ import annotations

import msgspec

from kernel.pipe.intervals import INTERVAL_S
from kernel.site import LoopSpec


class PeakSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of a `peak_shaving` loop."""

    limit_kw: float
    """Demand limit: no interval mean of `demand_point` may pass it, kW."""
    demand_point: str = "grid/active_power"
    battery: str = "bat1"
    """Asset with ratings `power_kw` and `energy_kwh`."""
    interval_s: float = INTERVAL_S
    """Length of the metering interval, seconds; any other than that of the kernel's means is refused."""
    margin_kw: float = 150.0
    """Distance that is kept to the limit, kW."""
    deadband_kw: float = 100.0
    """A set-point stays while the need is within this of it, kW; less than the margin."""
    step_kw: float = 50.0
    """Set-points are multiples of this, kW."""
    horizon_s: float = 180.0
    """An error of the running mean is corrected over at least this time, seconds."""
    soc_low: float = 10.0
    """State of charge below which it does not discharge, %."""
    soc_high: float = 90.0
    """State of charge above which it does not charge, %."""
    soc_rest: float = 50.0
    """State of charge it returns to where no peak asks for more, %."""
    round_trip: float = 0.90
    """Energy that comes back of what is charged, 1."""
    forecast_points: list[str] = []
    """Points whose sum is the demand; empty means a forecast of `demand_point` itself (without the battery)
    where there is one, else the active power of every feeder."""
    loss_share: float = 0.015
    """Losses between these points and `demand_point`, share of their sum, 1."""
    correlation: float = 0.5
    """Correlation of the feeders' forecast errors, 0 to 1."""
    naive_spread: float = 0.10
    """90 % quantile over the median where a forecast has only a median, share of it; ours."""
    forecast_max_age_s: float = 7200.0
    """A forecast older than this is not used, seconds."""
    hold_s: float = 300.0
    """How long the last wish is kept without a measurement, seconds."""
    night_from_h: float = 0.0
    night_until_h: float = 5.0
    """Local hours in which the rule rung may recharge."""
    night_share: float = 0.8
    """Share of the limit that demand plus recharging keeps to on the rule rung, 1."""


def read_settings(spec: LoopSpec) -> PeakSettings:
    """Read the settings of a loop.

    Raises:
        ValueError: an unknown key, a wrong type, an interval of which the kernel has no means, or values that
            contradict each other.
    """
    try:
        settings = msgspec.convert(spec.settings, PeakSettings)
    except msgspec.ValidationError as error:
        raise ValueError(f"loop {spec.agent}: {error}") from error
    if settings.interval_s != INTERVAL_S:
        raise ValueError(
            f"loop {spec.agent}: interval_s {settings.interval_s:g} is not {INTERVAL_S:g}: limits are kept "
            "over the means of quarter-hours, and there are no others"
        )
    if not 0.0 <= settings.soc_low < settings.soc_high <= 100.0:
        raise ValueError(f"loop {spec.agent}: soc_low {settings.soc_low} to soc_high {settings.soc_high} %")
    if settings.deadband_kw > settings.margin_kw:
        raise ValueError(
            f"loop {spec.agent}: deadband_kw {settings.deadband_kw} is more than margin_kw "
            f"{settings.margin_kw}: the limit could be passed inside it"
        )
    return settings
