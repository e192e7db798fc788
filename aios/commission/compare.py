"""Does what was decoded agree with what a person read?"""

from __future__ import annotations

from kernel.point import Point

PERCENT = 1.0
"""Difference that agrees unless a person says otherwise, % of the reference."""


class NoReference(ValueError):
    """What was given is neither a number nor a state of the point."""


def reference_of(point: Point, text: str) -> float:
    """Return the number that a person's reading means: a number, or the name of a state.

    Raises:
        NoReference: it is neither.

    >>> switch = Point(name="cb1/position", unit="1", states={1: "open", 2: "closed"})
    >>> reference_of(switch, "closed"), reference_of(switch, "1")
    (2.0, 1.0)
    """
    said = text.strip().lower()
    codes = [code for code, name in point.states.items() if name.lower() == said]
    if codes:
        return float(codes[0])
    try:
        return float(said.replace(",", ".") if said.count(",") == 1 and "." not in said else said)
    except ValueError:
        states = f" or one of {', '.join(point.states.values())}" if point.states else ""
        raise NoReference(f"{text} is no number{states}") from None


def tolerance_of(point: Point, reference: float, *, resolution: float, given: float | None = None) -> float:
    """Return the largest difference that agrees, in the unit of the point.

    Args:
        point: what is compared.
        reference: what a person read.
        resolution: one count of the device, in the unit of the point.
        given: what a person wants instead.

    >>> tolerance_of(Point(name="f1/p", unit="kW"), 200.0, resolution=0.1)
    2.0
    """
    if point.states:
        return 0.0
    return max(resolution, abs(reference) * PERCENT / 100.0) if given is None else given


def agrees(value: float, reference: float, tolerance: float) -> bool:
    """Tell whether two numbers agree; the rounding of a sum of decimals does not part them.

    >>> agrees(0.3, 0.1 + 0.2, 0.0), agrees(10.0, 10.2, 0.1)
    (True, False)
    """
    return abs(value - reference) <= tolerance + 1e-9 * max(1.0, abs(reference))
