"""What a site may set for the watch over its transformers; unknown keys and wrong types are refused."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from edge.maintenance.ageing import Paper
from kernel.point import NANOSECONDS
from kernel.site import LoopSpec

LOST_LOAD_LOW: Final = 10.0
LOST_LOAD_HIGH: Final = 69.0
"""80 % interval of the value of lost load, EUR / kWh.

Source: the high end is the Dutch average for a typical outage (Ecorys for the regulator ACM, 2022: 69 EUR per
kWh, with classes from 20 to 105); the low end is the order of European household surveys, from memory.
"""


class HealthSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of a `transformer_health` loop; docs/repair-ranking.md says where each default comes from."""

    transformers: list[str] = []
    """Assets to watch; empty means every transformer with a top-oil point."""
    thermal_class: str = "power_onaf"
    thermal_class_fans_off: str = "power_onan"
    limit: str = "normal_cyclic"
    paper: Paper = Paper.KRAFT
    category: str = "transformer_132"
    """CNAIM category: transformer_132, _66, _33 or _11."""
    secondary_kv: float = 20.0
    power_factor: float = 0.95
    sensor_noise_k: float = 0.5
    model_spread: float = 0.06
    lag_spread: float = 0.3
    bias_cap_k: float = 3.0
    healthy_from: str = ""
    healthy_until: str = ""
    """Declared healthy window, ISO 8601 with offset; both empty means that no bias is learnt."""
    settle_s: float = 10800.0
    confirm_s: float = 3600.0
    clear_s: float = 7200.0
    least_limit_k: float = 3.0
    publish_s: float = 900.0
    """Cadence of publishing where nothing changes, seconds."""
    per_gbp: float = 0.0
    """Site currency in one GBP; 0 means the built-in rate, which exists for EUR and GBP."""
    lost_load_low_per_kwh: float = LOST_LOAD_LOW
    lost_load_high_per_kwh: float = LOST_LOAD_HIGH
    restore_h: float = 1.0
    contingency_h: float = 8.0
    outages_per_year: float = 0.05
    line_per_day: float = 5.0
    """Cost of a day of waiting below which a repair can wait for the next round, currency / day."""


def read_settings(spec: LoopSpec) -> HealthSettings:
    """Read the settings of a loop.

    Raises:
        ValueError: an unknown key or a wrong type; the message names loop and key.
    """
    try:
        return msgspec.convert(spec.settings, HealthSettings)
    except msgspec.ValidationError as error:
        raise ValueError(f"loop {spec.agent}: {error}") from error


def moment_ns(text: str) -> int:
    """Return an ISO 8601 time with offset as nanoseconds since 1970 UTC; 0 for an empty text.

    Raises:
        ValueError: not a time, or without a zone.

    >>> moment_ns("1970-01-01T00:00:01+00:00")
    1000000000
    """
    if not text:
        return 0
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"a time needs its zone: {text!r}")
    return round(moment.timestamp() * NANOSECONDS)
