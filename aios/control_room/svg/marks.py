"""Marks of priority: each colour has its own shape, so that nothing hangs on colour alone."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

from aios.control_room.svg.element import drawing, element

_SHAPES: Final = {
    "p1": "M4 0H9L13 4V9L9 13H4L0 9V4Z",
    "p2": "M6.5 0.5 13 12.5H0Z",
    "p3": "M6.5 0 13 6.5 6.5 13 0 6.5Z",
    "p4": "M6.5 2.5A4 4 0 1 1 6.4 2.5Z",
    "held": "M1 1H12V12H1Z",
    "asked": "M1 1H12V12H1ZM3.5 3.5V9.5H9.5V3.5Z",
    "bad": "M2 0 6.5 4.5 11 0 13 2 8.5 6.5 13 11 11 13 6.5 8.5 2 13 0 11 4.5 6.5 0 2Z",
}
WORDS: Final = {
    "p1": "priority 1",
    "p2": "priority 2",
    "p3": "priority 3",
    "p4": "priority 4",
    "held": "held by a person",
    "asked": "for your answer",
    "bad": "not good",
}
"""What a screen reader says for a mark."""


def mark(severity: str) -> Markup:
    """Draw the mark of a severity, each with a shape of its own.

    Octagon, triangle, diamond, dot; a square for what people hold, a hollow one for what they are asked,
    a cross for what is not good.
    """
    shape = element("path", d=_SHAPES[severity])
    return drawing(shape, width=13, height=13, label=WORDS[severity], class_=f"mark {severity}")
