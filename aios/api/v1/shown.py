"""What every answer of the API is made of: frozen models, times of RFC 3339, numbers that JSON can carry."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

_BEGIN: Final = datetime(1970, 1, 1, tzinfo=UTC)
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""A time of RFC 3339 in UTC, in microseconds."""


class Shown(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Problem(Shown):
    """Why a request was not answered as asked (RFC 9457)."""

    type: str = Field(description="Kind of the problem; `about:blank` where the status says it all.")
    title: str = Field(description="The status in words.")
    status: int = Field(description="HTTP status code.")
    detail: str = Field(description="What was found, and what to do.")


def moment(at_ns: int) -> str:
    """Write a time.

    Args:
        at_ns: nanoseconds since 1970 UTC.

    >>> moment(1_700_000_000_250_000_000)
    '2023-11-14T22:13:20.250000Z'
    """
    at = _BEGIN + timedelta(microseconds=at_ns // 1000)
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def moment_or_none(at_ns: int | None) -> str | None:
    """Write a time; None where there is none: it is missing, or 0.

    >>> moment_or_none(0) is None, moment_or_none(None) is None
    (True, True)
    """
    return moment(at_ns) if at_ns else None


def number(value: float | None) -> float | None:
    """Return a number as JSON can carry it: what is not finite is missing.

    >>> number(float("nan")) is None, number(2.5)
    (True, 2.5)
    """
    return value if value is not None and math.isfinite(value) else None
