"""What a failure or an interruption costs, in the currency of the site, within a factor."""

from __future__ import annotations

from typing import Final

import msgspec

from edge.maintenance.failure import Category
from edge.maintenance.uncertain import Uncertain, product, total, within_factor


class Prices(msgspec.Struct, frozen=True, kw_only=True):
    """What a site says of money and time; every default is named in docs/repair-ranking.md."""

    currency: str
    per_gbp: float
    """Units of the site's currency in one GBP."""
    lost_load_per_kwh: Uncertain
    """Value of energy that customers do not get, currency / kWh."""
    restore_h: float
    """Time to supply the customers from elsewhere after a trip, hours."""
    contingency_h: float
    """Time that one transformer must carry for its partner after an outage, hours."""
    outages_per_year: Uncertain
    """Outages of the partner, 1 / year."""


EQUIPMENT_FACTOR: Final = 2.0
"""The methodology's reference costs are averages: 80 % of cases within this factor; ours."""


def interruption(prices: Prices, load_kw: float) -> Uncertain:
    """Return the cost of interrupting a load of `load_kw` until it is supplied from elsewhere.

    >>> from edge.maintenance.uncertain import within_factor
    >>> prices = Prices(
    ...     currency="EUR", per_gbp=1.0, lost_load_per_kwh=within_factor(10.0, 2.0), restore_h=0.5,
    ...     contingency_h=8.0, outages_per_year=within_factor(0.05, 3.0),
    ... )
    >>> round(interruption(prices, 1000.0).median)
    5000
    """
    return product(prices.lost_load_per_kwh, within_factor(load_kw * prices.restore_h, 1.5))


def failure_cost(prices: Prices, of: Category, load_kw: float) -> Uncertain:
    """Return the cost of one failure: equipment, safety, environment, and the load that is lost.

    The first three are the reference costs of the category (CNAIM v2.1); the network part is not taken from
    there but computed from this site's load, because it is what differs most between sites.
    """
    reference = of.financial_gbp + of.safety_gbp + of.environmental_gbp
    equipment = within_factor(reference * prices.per_gbp, EQUIPMENT_FACTOR)
    return total((equipment, interruption(prices, load_kw)))
