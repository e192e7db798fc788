"""SVG elements as text that is safe to put into a page: every attribute and word is escaped."""

from __future__ import annotations

from markupsafe import Markup, escape


def element(tag: str, *children: str, **attributes: str | float | None) -> Markup:
    """Write one element; `class_` becomes `class`, underscores become hyphens, None is left out.

    Coordinates keep one decimal: a picture that looks the same is the same text.

    >>> str(element("text", "a < b", x=1.25, text_anchor="end"))
    '<text x="1.2" text-anchor="end">a &lt; b</text>'
    """
    written = "".join(
        f' {_name(name)}="{escape(_text(value))}"' for name, value in attributes.items() if value is not None
    )
    inside = "".join(escape(child) for child in children)
    # Safe: attribute values and children are escaped above; tag and names are written in this package.
    return Markup(f"<{tag}{written}>{inside}</{tag}>")  # noqa: S704


def drawing(*children: str, width: float, height: float, label: str = "", class_: str = "") -> Markup:
    """Write an SVG of that size in user units; without a label it is decoration for the words beside it."""
    box = f"0 0 {_text(width)} {_text(height)}"
    if label:
        return element("svg", *children, class_=class_, viewBox=box, role="img", aria_label=label)
    return element("svg", *children, class_=class_, viewBox=box, aria_hidden="true", focusable="false")


def points(pairs: list[tuple[float, float]]) -> str:
    """Write coordinates for a polyline or polygon.

    >>> points([(0, 1.26), (2, 3)])
    '0,1.3 2,3'
    """
    return " ".join(f"{_text(x)},{_text(y)}" for x, y in pairs)


def _name(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def _text(value: str | float) -> str:
    if isinstance(value, str):
        return value
    return f"{value:.1f}".removesuffix(".0")
