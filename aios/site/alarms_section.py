"""The section `alarms` of the site file: how the site is alarmed, beyond what follows from its model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

TICKS: Final = 6
"""Base ticks between two canary alarms at the least: so many it takes to come and go."""


class AlarmsSection(BaseModel):
    """What is raised besides the alarms of equipment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    canary_s: float | None = Field(None, ge=30, le=86_400)
    """Seconds between two canary alarms, which prove the way of all others; left out, there are none."""

    def wrong(self, base_tick_s: float) -> Iterator[tuple[tuple[str | int, ...], str]]:
        """Yield what is wrong, with its place in the file."""
        least_s = TICKS * base_tick_s
        if self.canary_s is not None and self.canary_s < least_s:
            yield (
                ("alarms", "canary_s"),
                f"a canary alarm needs {TICKS} base ticks to come and go: at least {least_s:g} s",
            )
