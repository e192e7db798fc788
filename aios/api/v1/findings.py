"""Evidence, as alarms and repair orders show it."""

from __future__ import annotations

from pydantic import Field

from aios.api.v1.shown import Moment, Shown, moment_or_none, number
from kernel.finding import Finding
from kernel.quality import describe


class ShownFinding(Shown):
    """One piece of evidence, as it was when it was found."""

    name: str = Field(description="Stable short name, such as `top_oil_residual`.")
    text: str = Field(description="One sentence.")
    value: float | None = Field(description="In `unit`.")
    unit: str = Field(description="Unit of value and limit.")
    limit: float | None = Field(description="Limit that it is held against, in `unit`; null where none is.")
    at: Moment | None = Field(description="Time of the newest value behind it.")
    quality: str = Field(description="Quality of what is behind it, in words.")


def shown_findings(findings: tuple[Finding, ...]) -> tuple[ShownFinding, ...]:
    """Show evidence in its order."""
    return tuple(
        ShownFinding(
            name=one.name,
            text=one.text,
            value=number(one.value),
            unit=one.unit,
            limit=number(one.limit),
            at=moment_or_none(one.at_ns),
            quality=describe(one.quality),
        )
        for one in findings
    )
