"""One watched transformer: everything the site file says of it that health and costs need."""

from __future__ import annotations

import math
from typing import Final

import msgspec

from edge.maintenance.ageing import Paper
from edge.maintenance.condition import Patience
from edge.maintenance.consequence import Prices
from edge.maintenance.constants import LIMITS, LoadingLimit, thermal_class
from edge.maintenance.failure import CATEGORIES, Category
from edge.maintenance.observer import Observing
from edge.maintenance.settings import HealthSettings, moment_ns
from edge.maintenance.uncertain import within_factor
from kernel.asset import Asset
from kernel.site import Site

AGE_YEARS: Final = 25.0
"""Age taken where the site file gives none: half the methodology's normal life; lowers the confidence."""
FANS_OFF_SHARE: Final = 0.6
"""Rating without fans over rating with fans where the site gives none; order of magnitude, from memory."""
EUR_PER_GBP: Final = 1.17
"""Rate of 2021 to 2024, from memory; a site sets its own as `per_gbp`."""
QUANTITIES: Final = (
    "load_current",
    "ambient_temperature",
    "top_oil_temperature",
    "winding_temperature",
    "fan_current",
    "cooling_state",
)


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """A transformer under watch."""

    asset: str
    zone: str
    customers: int
    observing: Observing
    patience: Patience
    limit: LoadingLimit
    paper: Paper
    category: Category
    rated_current_a: float
    kw_per_pu: float
    """Active power at rated current, kW."""
    age_years: float
    age_known: bool
    replacement: float
    fan_current_a: float | None
    """Current of running fans, A; None where the site file does not give it."""
    feeders: tuple[str, ...]
    """Points with the active power of the feeders behind it."""
    partners: tuple[str, ...]
    """Transformers on the same supply, which may have to be carried."""
    worst_factor: float
    """Rise factor with no forced cooling at all: no fault is taken for worse."""

    def point(self, quantity: str) -> str:
        """Return the name of one of its points."""
        return f"{self.asset}/{quantity}"


def read_prices(settings: HealthSettings, currency: str) -> Prices:
    """Read what money and time are worth here.

    Raises:
        ValueError: the currency is neither EUR nor GBP and `per_gbp` is not set.
    """
    per_gbp = settings.per_gbp or {"EUR": EUR_PER_GBP, "GBP": 1.0}.get(currency, 0.0)
    if per_gbp <= 0.0:
        raise ValueError(f"setting per_gbp is needed: no exchange rate is known for {currency}")
    low, high = settings.lost_load_low_per_kwh, settings.lost_load_high_per_kwh
    return Prices(
        currency=currency,
        per_gbp=per_gbp,
        lost_load_per_kwh=within_factor(math.sqrt(low * high), math.sqrt(high / low)),
        restore_h=settings.restore_h,
        contingency_h=settings.contingency_h,
        outages_per_year=within_factor(settings.outages_per_year, 3.0),
    )


def read_unit(asset: Asset, site: Site, settings: HealthSettings, prices: Prices) -> Unit:
    """Put together one transformer from the site file and the loop's settings.

    Raises:
        KeyError: the asset has neither `power_kva` nor `power_kw`, or a name in the settings is unknown.
    """
    rated_kva = asset.ratings.get("power_kva") or asset.rating("power_kw")
    kv = asset.ratings.get("voltage_kv", settings.secondary_kv)
    category = CATEGORIES[settings.category]
    observing = _observing(settings, asset)
    share = asset.ratings.get("fans_off_share", FANS_OFF_SHARE)
    return Unit(
        asset=asset.name,
        zone=asset.zone,
        customers=asset.customers,
        observing=observing,
        patience=Patience(
            settle_s=settings.settle_s,
            confirm_s=settings.confirm_s,
            clear_s=settings.clear_s,
            least_limit_k=settings.least_limit_k,
        ),
        limit=LIMITS[settings.limit],
        paper=settings.paper,
        category=category,
        rated_current_a=asset.ratings.get("rated_current_a", rated_kva / (math.sqrt(3.0) * kv)),
        kw_per_pu=rated_kva * settings.power_factor,
        age_years=asset.ratings.get("age_years", AGE_YEARS),
        age_known="age_years" in asset.ratings,
        replacement=asset.ratings.get("replacement_cost", category.financial_gbp * prices.per_gbp),
        fan_current_a=asset.ratings.get("fan_current_a"),
        feeders=_feeders(site, asset.name),
        partners=_partners(site, asset),
        worst_factor=(1.0 / share) ** (2.0 * observing.fans_on.oil_exponent),
    )


def _observing(settings: HealthSettings, asset: Asset) -> Observing:
    return Observing(
        fans_on=thermal_class(settings.thermal_class),
        fans_off=thermal_class(settings.thermal_class_fans_off),
        fans_off_share=asset.ratings.get("fans_off_share", 1.0),
        sensor_noise_k=settings.sensor_noise_k,
        model_spread=settings.model_spread,
        lag_spread=settings.lag_spread,
        bias_cap_k=settings.bias_cap_k,
        healthy_from_ns=moment_ns(settings.healthy_from),
        healthy_until_ns=moment_ns(settings.healthy_until),
    )


def _feeders(site: Site, transformer: str) -> tuple[str, ...]:
    """Points of active power of the feeders that hang below a transformer, through busbars and breakers."""
    found = []
    for asset in site.assets:
        above, steps = asset, 0
        while above.upstream and above.name != transformer and steps < len(site.assets):
            above, steps = site.asset[above.upstream], steps + 1
        point = f"{asset.name}/active_power"
        if asset.kind == "feeder" and above.name == transformer and point in site.row:
            found.append(point)
    return tuple(found)


def _partners(site: Site, of: Asset) -> tuple[str, ...]:
    return tuple(
        asset.name
        for asset in site.assets
        if asset.kind == "transformer" and asset.name != of.name and asset.upstream == of.upstream
    )
