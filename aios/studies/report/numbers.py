"""Numbers as people read them: four or five digits, thin spaces, and what a difference means."""

from __future__ import annotations

from typing import Final

NARROW: Final = "\u202f"
"""A space that does not break a number in two."""


def number(value: float | None) -> str:
    r"""Return a number with four or five digits; a dash where there is none.

    >>> [number(value) for value in (0.0, 12345.678, 17742.0, 5.0, 0.98765432, 3.2e-9, None)]
    ['0', '12\u202f346', '17\u202f742', '5', '0.98765', '3.2e−9', '–']
    """
    if value is None:
        return "\u2013"
    size = abs(value)
    if (value == int(value) and size < 1e9) or size >= 1e4:
        text = f"{value:,.0f}"
    elif size < 1e-4:
        mantissa, _, exponent = f"{value:.1e}".partition("e")
        text = f"{mantissa}e{int(exponent)}"
    else:
        decimals = 1 if size >= 1000 else 2 if size >= 100 else 3 if size >= 10 else 4 if size >= 1 else 5
        text = f"{value:,.{decimals}f}".rstrip("0").rstrip(".")
    return text.replace(",", NARROW).replace("-", "\u2212")


def signed(value: float) -> str:
    """Return a difference with its sign.

    >>> signed(3.0), signed(-0.25)
    ('+3', '−0.25')
    """
    return f"+{number(value)}" if value > 0.0 else number(value)


def half(low: float | None, high: float | None) -> str:
    """Return half the width of an interval, two digits; empty where there is none.

    >>> half(1.0, 2.0), half(None, None), half(3.0, 3.0)
    ('0.50', '', '0')
    """
    if low is None or high is None:
        return ""
    width = 0.5 * (high - low)
    if width == 0.0:
        return "0"
    if width >= 100:
        return number(float(f"{width:.3g}"))
    if width >= 1.0:
        return f"{width:.1f}"
    return number(float(f"{width:.2g}")) if width < 0.095 else f"{width:.2f}"
