"""Figures as a dispatcher reads them: a number with its unit, digits that mean something."""

from __future__ import annotations

import math
from typing import Final

NARROW_SPACE: Final = "\u202f"
"""Between groups of three digits."""
SPACE: Final = "\u00a0"
"""Between a number and its unit: they stay on one line."""
MINUS: Final = "\N{MINUS SIGN}"
LEAST: Final = 0.005
"""Smallest amount that two decimals show."""
_UNITS: Final = {"degC": "°C", "1": "×", "%": "%", "": "×"}
_LARGER: Final = {"kW": "MW", "kvar": "Mvar", "kWh": "MWh"}
_CURRENCIES: Final = {"EUR": "€", "GBP": "£", "USD": "$"}


def number(value: float, digits: int | None = None) -> str:
    """Write a number: a true minus sign, thousands apart, three significant digits unless told.

    Args:
        value: any number; an open bound is written ∞.
        digits: decimal places; None chooses them by size, so that three digits carry meaning.

    >>> number(-61000.4).replace(NARROW_SPACE, " "), number(1.9), number(98.64)
    ('−61 000', '1.9', '98.6')
    """
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    places = _places(value) if digits is None else digits
    text = f"{abs(value):,.{places}f}".replace(",", NARROW_SPACE)
    if digits is None and places:
        text = text.rstrip("0").rstrip(".")
    negative = value < 0 and any(digit in "123456789" for digit in text)
    return f"{MINUS}{text}" if negative else text


def _places(value: float) -> int:
    size = abs(value)
    if size >= 100 or value == 0:
        return 0
    return 1 if size >= 10 else 2


def unit_sign(unit: str) -> str:
    """Return the sign people write for a unit of a point; a pure number counts times.

    >>> unit_sign("degC"), unit_sign("1"), unit_sign("kW")
    ('°C', '×', 'kW')
    """
    return _UNITS.get(unit, unit)


def quantity(value: float, unit: str) -> str:
    """Write a value with its unit, in the larger unit from a thousand on.

    >>> quantity(14230.0, "kW").replace(SPACE, " "), quantity(98.6, "degC").replace(SPACE, " ")
    ('14.2 MW', '98.6 °C')
    """
    if unit in _LARGER and abs(value) >= 1000:
        return f"{number(value / 1000)}{SPACE}{_LARGER[unit]}"
    return f"{number(value)}{SPACE}{unit_sign(unit)}"


def exact(value: float, unit: str) -> str:
    """Write a value in its own unit, with steady digits, so that a column does not dance.

    >>> [exact(value, "A").replace(SPACE, " ") for value in (230.25, 8.4, 0.0049)]
    ['230.2 A', '8.40 A', '0.0049 A']
    >>> exact(12.0, "1").replace(SPACE, " ")
    '12 ×'
    """
    return f"{number(value, _steady_places(value, unit))}{SPACE}{unit_sign(unit)}"


def _steady_places(value: float, unit: str) -> int:
    size = abs(value)
    if size >= 1000 or (unit == "1" and value == round(value)):
        return 0
    if size >= 100:
        return 1
    return 4 if 0 < size < 0.1 else 2


def money(value: float) -> str:
    """Write an amount without its currency, rounded to what an estimate can know.

    >>> money(61043.0).replace(NARROW_SPACE, " "), money(912.4), money(0.023), money(0.001), money(0.0)
    ('61 000', '910', '0.02', '<0.01', '0')
    """
    size = abs(value)
    if size < 10:
        return "<0.01" if 0 < size < LEAST else number(value)
    step = 1000 if size >= 20_000 else 100 if size >= 2000 else 10 if size >= 100 else 1
    return number(round(value / step) * step, 0)


def currency_sign(currency: str) -> str:
    """Return the sign of a currency, or its code where it has none here.

    >>> currency_sign("EUR"), currency_sign("CHF")
    ('€', 'CHF')
    """
    return _CURRENCIES.get(currency, currency)
