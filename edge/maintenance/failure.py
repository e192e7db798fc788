"""Probability of failure in a year, from age, duty and measured condition.

Source: Common Network Asset Indices Methodology v2.1 (Ofgem, 2021): expected life = normal life / (duty x
location); b1 = ln(5.5 / 0.5) / expected life; score = min(5.5, 0.5 exp(b1 age)) x health factor, in 0.5..10;
PoF = K (1 + CH + (CH)^2 / 2 + (CH)^3 / 6) with H = max(score, 4). The location factor is taken as 1.
"""

from __future__ import annotations

import math
import tomllib
from pathlib import Path
from typing import Final

import msgspec


class Category(msgspec.Struct, frozen=True, kw_only=True):
    """One asset category of the methodology."""

    title: str
    k_percent: float
    """K of the failure curve, percent a year."""
    life_years: float
    """Normal expected life, years."""
    financial_gbp: float
    """Reference cost of a failure: repair or replacement, GBP."""
    safety_gbp: float
    environmental_gbp: float
    source: str


class _Curve(msgspec.Struct, frozen=True):
    c: float
    limit: float
    new: float
    end_of_life: float
    highest: float
    highest_future: float
    source: str


class _Duty(msgspec.Struct, frozen=True):
    upto_percent: tuple[float, ...]
    factors: tuple[float, ...]
    source: str


class _Reading(msgspec.Struct, frozen=True):
    factors: tuple[float, ...]
    source: str


class _File(msgspec.Struct, frozen=True, rename={"categories": "category"}):
    curve: _Curve
    categories: dict[str, Category]
    duty: _Duty
    temperature_reading: _Reading


_FILE: Final = msgspec.convert(
    tomllib.loads(Path(__file__).with_name("cnaim.toml").read_text(encoding="utf-8")), _File
)
CATEGORIES: Final = _FILE.categories


def duty_factor(utilisation: float) -> float:
    """Return the duty factor of a grid or primary transformer for its highest load, pu of rated.

    >>> duty_factor(0.78), duty_factor(1.2)
    (1.1, 1.4)
    """
    over = sum(100.0 * utilisation > edge for edge in _FILE.duty.upto_percent)
    return _FILE.duty.factors[over]


def temperature_factor(residual_k: float, limit_k: float) -> float:
    """Return the condition factor of a temperature reading: normal, moderately high, very high.

    Beyond its limit a reading counts as moderately high, beyond twice the limit as very high; that is our
    reading of the methodology's words.
    """
    grade = (residual_k > limit_k) + (residual_k > 2.0 * limit_k)
    return _FILE.temperature_reading.factors[grade]


def health_score(of: Category, *, age_years: float, duty: float, health_factor: float) -> float:
    """Return the health score, 0.5 (new) to 10.

    >>> category = CATEGORIES["transformer_132"]
    >>> round(health_score(category, age_years=50.0, duty=1.0, health_factor=1.0), 6)
    5.5
    """
    curve = _FILE.curve
    b1 = math.log(curve.end_of_life / curve.new) / (of.life_years / duty)
    initial = min(curve.end_of_life, curve.new * math.exp(b1 * age_years))
    return min(curve.highest, max(curve.new, initial * health_factor))


def failure_per_year(of: Category, score: float) -> float:
    """Return the probability of a functional failure in a year for a health score.

    >>> round(100.0 * failure_per_year(CATEGORIES["transformer_132"], 0.5), 2)
    1.29
    """
    curve = _FILE.curve
    ch = curve.c * min(curve.highest_future, max(curve.limit, score))
    return of.k_percent / 100.0 * (1.0 + ch + ch**2 / 2.0 + ch**3 / 6.0)
