"""Views that an agent must survive: a calm day, holes, every bad quality, late values, low rungs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from kernel.forecast import Forecast
from kernel.image import IntervalMean, Reading, View
from kernel.ladder import Level
from kernel.point import NANOSECONDS
from kernel.ports import Agent
from kernel.quality import DETAILS, INVALID, OLD, QUESTIONABLE

PERIOD_NS: Final = 900 * NANOSECONDS
"""Time between two views: every one closes an interval."""
LATE_S: Final = 86_400.0


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """One view, and what is the matter with it."""

    name: str
    view: View
    calm: bool = False
    """Whether nothing is the matter."""


def scenes(agent: Agent, values: Mapping[str, float], *, begin_ns: int) -> tuple[Scene, ...]:
    """Return the views in the order in which time passes.

    Args:
        agent: whose points are seen.
        values: on a calm day, each in its unit; the others are 1.
        begin_ns: time of the first, nanoseconds since 1970 UTC.
    """
    return tuple(
        Scene(name=name, view=_at(view, begin_ns + number * PERIOD_NS, number), calm=name == "a calm day")
        for number, (name, view) in enumerate(_kinds(agent, values))
    )


def _kinds(agent: Agent, values: Mapping[str, float]) -> Iterator[tuple[str, View]]:
    good = _view(agent, values)
    hole = _view(agent, {}, quality=INVALID | OLD, default=0.0, means=False)
    yield from [("a calm day", good)] * 3
    yield from [("holes", hole)] * 2
    yield "a calm day", good
    for bit, name in DETAILS.items():
        for validity in (INVALID, QUESTIONABLE):
            yield f"readings that are {name}", _view(agent, values, quality=validity | bit)
    for point in agent.reads:
        bad = {point: msgspec.structs.replace(hole.readings[point])}
        yield f"a hole at {point}", msgspec.structs.replace(good, readings=good.readings | bad)
    yield "values of yesterday", _view(agent, values, quality=QUESTIONABLE | OLD, age_s=LATE_S)
    yield "no interval means", _view(agent, values, means=False)
    yield "forecasts", msgspec.structs.replace(good, forecasts=_forecasts(agent, values))
    for level in Level:
        yield f"no more than {level.word} left", msgspec.structs.replace(good, rung=level.word)
    yield from [("a calm day", good)] * 2


def _view(
    agent: Agent,
    values: Mapping[str, float],
    *,
    quality: int = 0,
    age_s: float = 0.0,
    default: float = 1.0,
    means: bool = True,
) -> View:
    value = {name: values.get(name, default) for name in agent.reads}
    return View(
        tick=0,
        now_ns=0,
        readings={n: Reading(value=value[n], quality=quality, age_s=age_s, at_ns=0) for n in agent.reads},
        means={
            name: IntervalMean(
                interval_s=900.0,
                elapsed_s=0.0,
                so_far=value[name] if means else None,
                last=value[name] if means else None,
                last_end_ns=0,
            )
            for name in agent.reads
        },
    )


def _forecasts(agent: Agent, values: Mapping[str, float]) -> dict[str, Forecast]:
    return {
        name: Forecast(
            point=name,
            made_at_ns=0,
            start_ns=0,
            step_s=900.0,
            quantiles=(0.1, 0.5, 0.9),
            values=((0.9 * values.get(name, 1.0), values.get(name, 1.0), 1.1 * values.get(name, 1.0)),) * 96,
            model="of a check",
        )
        for name in agent.reads
    }


def _at(view: View, now_ns: int, tick: int) -> View:
    """Move a view to its moment: readings keep their age, intervals close at it, forecasts begin at it."""
    end_ns = now_ns // PERIOD_NS * PERIOD_NS
    return msgspec.structs.replace(
        view,
        tick=tick,
        now_ns=now_ns,
        readings={
            name: msgspec.structs.replace(reading, at_ns=now_ns - round(reading.age_s * NANOSECONDS))
            for name, reading in view.readings.items()
        },
        means={n: msgspec.structs.replace(mean, last_end_ns=end_ns) for n, mean in view.means.items()},
        forecasts={
            name: msgspec.structs.replace(forecast, made_at_ns=now_ns, start_ns=end_ns)
            for name, forecast in view.forecasts.items()
        },
    )
