"""The one-line diagram: source, transformers, buses, bays; drawn from topology, no place stored."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from markupsafe import Markup

from aios.control_room.svg.element import drawing, element, points

Corners = list[tuple[float, float]]

WIDTH: Final = 380.0
HEIGHT: Final = 294.0
MARGIN: Final = 8.0
UPPER, LOWER = 44.0, 176.0
"""Heights of the two buses, user units."""
CORE: Final = 108.0
BREAKER: Final = 202.0
END: Final = 244.0


_SHAPES: Final[dict[str, Corners]] = {
    "p1": [(0, 3), (3, 0), (8, 0), (11, 3), (11, 8), (8, 11), (3, 11), (0, 8)],
    "p2": [(5.5, 0), (11, 10.5), (0, 10.5)],
    "p3": [(5.5, 0), (11, 5.5), (5.5, 11), (0, 5.5)],
}
"""The shapes of `svg.marks`, as corners."""


class Breaker(StrEnum):
    """What is known of a breaker's position."""

    CLOSED = "closed"
    OPEN = "open"
    BETWEEN = "between"
    UNKNOWN = "unknown"
    NONE = "none"
    """The bay has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A value beside a symbol."""

    text: str
    good: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bay:
    """What hangs below a bus."""

    name: str
    battery: bool
    severity: str
    """Empty where nothing is wrong."""
    labels: tuple[Label, ...]
    breaker: Breaker
    breaker_name: str
    breaker_severity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A transformer with its bus and bays."""

    name: str
    transformer: bool
    severity: str
    labels: tuple[Label, ...]
    voltage: Label | None
    bays: tuple[Bay, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OneLine:
    """A substation with one source."""

    source: Label | None
    upper: Label | None
    branches: tuple[Branch, ...]


def one_line(diagram: OneLine) -> Markup:
    """Draw the diagram; bays share the width evenly, buses are as wide as their bays."""
    slots = sum(max(1, len(branch.bays)) for branch in diagram.branches)
    slot = (WIDTH - 2 * MARGIN) / max(slots, 1)
    parts: list[Markup] = _upper_bus(diagram)
    left = MARGIN
    for branch in diagram.branches:
        width = slot * max(1, len(branch.bays))
        parts.extend(_branch(branch, left, width, slot))
        left += width
    return drawing(*parts, width=WIDTH, height=HEIGHT, label=summary(diagram), class_="one-line")


def summary(diagram: OneLine) -> str:
    """Say what the diagram shows, for those who do not see it."""
    said = ["One-line diagram"]
    for branch in diagram.branches:
        said.append(_spoken(branch.name, branch.severity, branch.labels))
        for bay in branch.bays:
            breaker = f", breaker {bay.breaker_name} {bay.breaker}" if bay.breaker_name else ""
            said.append(_spoken(bay.name, bay.severity, bay.labels) + breaker)
    return "; ".join(said)


def _spoken(name: str, severity: str, labels: tuple[Label, ...]) -> str:
    abnormal = " abnormal" if severity else ""
    return f"{name}{abnormal} {', '.join(label.text for label in labels)}".strip()


def _upper_bus(diagram: OneLine) -> list[Markup]:
    middle = WIDTH / 2
    parts = [
        element("path", class_="wire", d=f"M{middle:.0f} 14V{UPPER:.0f}"),
        element("path", class_="wire", d=f"M{middle - 5:.0f} 20 {middle:.0f} 11 {middle + 5:.0f} 20"),
        element("path", class_="bus", d=f"M{MARGIN:.0f} {UPPER:.0f}H{WIDTH - MARGIN:.0f}"),
    ]
    if diagram.source is not None:
        parts.append(_text(diagram.source, middle + 12, 24))
    if diagram.upper is not None:
        parts.append(_text(diagram.upper, MARGIN, UPPER - 7, "value strong"))
    return parts


def _branch(branch: Branch, left: float, width: float, slot: float) -> list[Markup]:
    x = left + slot / 2 if len(branch.bays) > 1 else left + width / 2
    parts = _transformer(branch, x) if branch.transformer else [_wire(x, UPPER, LOWER)]
    inset = min(10.0, slot / 6)
    parts.append(
        element("path", class_="bus", d=f"M{left + inset:.1f} {LOWER:.0f}H{left + width - inset:.1f}")
    )
    if branch.voltage is not None:
        parts.append(_text(branch.voltage, left + width - inset, LOWER - 8, "value strong", "end"))
    for place, bay in enumerate(branch.bays):
        parts.extend(_bay(bay, left + slot * (place + 0.5)))
    return parts


def _transformer(branch: Branch, x: float) -> list[Markup]:
    state = f" abnormal {branch.severity}" if branch.severity else ""
    parts = [
        _wire(x, UPPER, CORE - 22),
        element("circle", class_=f"winding{state}", cx=x, cy=CORE - 9, r=13),
        element("circle", class_=f"winding{state}", cx=x, cy=CORE + 9, r=13),
        _wire(x, CORE + 22, LOWER),
        element("text", branch.name, class_=f"name{state}", x=x + 20, y=CORE - 14),
    ]
    if branch.severity:
        parts.append(_mark(branch.severity, x + 23 + 8.5 * len(branch.name), CORE - 24))
    parts.extend(_text(label, x + 20, CORE + 14 * place) for place, label in enumerate(branch.labels[:3]))
    return parts


def _mark(severity: str, x: float, y: float) -> Markup:
    corners = [(x + dx, y + dy) for dx, dy in _SHAPES[severity]]
    return element("polygon", class_=f"mark {severity}", points=points(corners))


def _bay(bay: Bay, x: float) -> list[Markup]:
    state = f" abnormal {bay.severity}" if bay.severity else ""
    parts = [_wire(x, LOWER, END - 12), *_breaker(bay, x), *_end(bay, x)]
    parts.append(element("text", bay.name, class_=f"name{state}", x=x, y=END + 18, text_anchor="middle"))
    if bay.severity:
        parts.append(_mark(bay.severity, x + 5 + 4.5 * len(bay.name), END + 8))
    parts.extend(
        _text(label, x, END + 33 + 13 * place, anchor="middle") for place, label in enumerate(bay.labels[:2])
    )
    return parts


def _breaker(bay: Bay, x: float) -> list[Markup]:
    if bay.breaker is Breaker.NONE:
        return []
    state = f" abnormal {bay.breaker_severity}" if bay.breaker_severity else ""
    box = element("rect", class_=f"breaker {bay.breaker}{state}", x=x - 7, y=BREAKER - 7, width=14, height=14)
    parts = [box]
    if bay.breaker in {Breaker.BETWEEN, Breaker.UNKNOWN}:
        parts.append(element("text", "?", class_="doubt", x=x, y=BREAKER + 4.5, text_anchor="middle"))
    if bay.breaker_severity:
        parts.append(_mark(bay.breaker_severity, x + 12, BREAKER - 5.5))
    return parts


def _end(bay: Bay, x: float) -> list[Markup]:
    if not bay.battery:
        arrow = f"M{x - 5:.1f} {END - 14:.0f} {x:.1f} {END - 4:.0f} {x + 5:.1f} {END - 14:.0f}"
        return [element("path", class_="wire", d=arrow)]
    return [
        element("path", class_="plate", d=f"M{x - 9:.1f} {END - 11:.0f}H{x + 9:.1f}"),
        element("path", class_="plate thick", d=f"M{x - 5:.1f} {END - 5:.0f}H{x + 5:.1f}"),
    ]


def _wire(x: float, top: float, bottom: float) -> Markup:
    return element("path", class_="wire", d=f"M{x:.1f} {top:.0f}V{bottom:.0f}")


def _text(label: Label, x: float, y: float, class_: str = "value", anchor: str = "start") -> Markup:
    doubt = "" if label.good else " bad"
    return element("text", label.text, class_=f"{class_}{doubt}", x=x, y=y, text_anchor=anchor)
