"""Has a point become something else than was foretold of it?

What a forecast said of a quarter-hour an hour before is kept, and held against what that quarter-hour then
was. The newest forecast would not do: of the next step it follows a fault at once. So what no instrument
shows and every sum agrees on is seen: customers in the dark behind a closed breaker, a demand that nobody
knew, readings that fit each other and are not true.

    outside = how far the mean of the quarter-hour lies outside the 10 to 90 % interval
    margin  = max(share of the interval's width, share of a large value of the point)

The alarm ends by itself: when the point is as foretold again, before the fault or since, or when forecasts of
an hour ahead have followed it. They do not follow beyond the envelope of what two weeks have seen
(`edge/forecasting/envelope.py`): then it ends with the fault. At the end of a fault, forecasts that have
followed it are wrong the other way: `promises.py`. Only what a model has foretold counts; a baseline gives no
interval. A feeder whose breaker is open is as it should be, whatever was foretold of it.

Limits and delay: `rules.toml`; `python -m benchmarks.bench_foretold` measures what they cost and find.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from edge.alarms.definition import Definition, defined
from edge.alarms.family import Frame, Overs, Words, found
from edge.alarms.promises import STEP_NS, Promise, Promises
from edge.magnitude import TEMPERATURE, magnitude_of
from kernel.finding import Finding
from kernel.pipe.intervals import Intervals
from kernel.point import NANOSECONDS, Point
from kernel.site import Site

CONDITION: Final = "forecast_missed"
LOOP: Final = "load_forecast"
NEAR_PERCENT: Final = 1.0
"""From so far below its margin on a point is looked at by the machine, % of a large value."""
TOLD_PERCENT: Final = 5.0
"""Below this share of a large value a difference is not told as a share of what was foretold."""
_OPEN: Final = 1.0
"""Position of a breaker, as double points have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """One point that is forecast."""

    point: Point
    row: int
    added: tuple[int, ...]
    """Rows of what is added to it before it is compared: what control feeds in."""
    breakers: tuple[int, ...]
    """Rows of the positions that put it out of service."""
    title: str
    magnitude: float


@dataclass(slots=True)
class _Kept:
    """What is remembered of one point."""

    promises: Promises = field(default_factory=Promises)
    judged: Promise | None = None
    """That of the quarter-hour that closed last; None where nothing was foretold of it."""
    mean: float | None = None
    """Of that quarter-hour; None where it has none."""
    over: float | None = None
    """How far that is beyond its margin, % of a large value of the point; None where it has no mean."""


class Foretold:
    """Every point of the site's load forecasts."""

    period_s = 60.0

    def __init__(self, site: Site) -> None:
        """Find what is forecast at a site."""
        self._site = site
        self._zone = ZoneInfo(site.time_zone)
        self._places = tuple(_places(site))
        self._kept = [_Kept() for _ in self._places]
        self._closed_ns = 0
        """End of the quarter-hour that was judged last."""
        self._share = defined(CONDITION, "").rule.limits["interval_widths"]
        self._least = defined(CONDITION, "").rule.limits["percent_of_rating"]
        self.definitions: tuple[Definition, ...] = tuple(
            defined(CONDITION, place.point.name) for place in self._places
        )

    def look(self, frame: Frame) -> Overs:
        """Remember what is foretold; return what was near its margin or beyond it last."""
        for place, kept in zip(self._places, self._kept, strict=True):
            forecast = frame.forecasts.get(place.point.name)
            if forecast is not None:
                kept.promises.take(forecast)
        intervals = frame.intervals
        if intervals is not None and intervals.last_end_ns != self._closed_ns:
            self._close(intervals)
        overs: dict[int, float | None] = {}
        for number, (place, kept) in enumerate(zip(self._places, self._kept, strict=True)):
            if _out_of_service(place, frame):
                kept.promises.opened(frame.image.now_ns, self._closed_ns)
            elif kept.judged is not None and (kept.over is None or kept.over > -NEAR_PERCENT):
                overs[number] = kept.over
        return overs

    def over(self, number: int, mean: float, promise: Promise) -> float:
        """Return how far a mean is beyond the margin around its promise, % of a large value of the point."""
        magnitude = self._places[number].magnitude
        outside = max(promise.low - mean, mean - promise.high)
        margin = self._share * (promise.high - promise.low)
        return 100.0 * outside / magnitude - max(100.0 * margin / magnitude, self._least)

    def knows(self, number: int) -> bool:
        """Tell whether a model has foretold the quarter-hour that closed last."""
        return self._kept[number].judged is not None

    def words(self, number: int, frame: Frame) -> Words:
        """Say what was foretold and when, and what came."""
        place, kept = self._places[number], self._kept[number]
        point, promise = place.point, kept.judged
        if promise is None or kept.mean is None:
            shown = found(point, place.row, frame)
            return Words(text=f"{place.title} was not foretold", evidence=(shown,), point=point.name)
        bound = promise.low if kept.mean < promise.middle else promise.high
        shown = found(point, place.row, frame, limit=bound)
        mean = msgspec.structs.replace(shown, value=kept.mean, at_ns=self._closed_ns)
        said = Finding(
            asset=point.asset,
            name=f"{point.quantity}_foretold",
            text=f"median foretold by {promise.model}",
            value=promise.middle,
            unit=point.unit,
            limit=None,
            at_ns=promise.made_at_ns,
        )
        text = _sentence(place, kept.mean, promise, self._zone)
        return Words(text=text, evidence=(mean, said), point=point.name)

    def _close(self, intervals: Intervals) -> None:
        """Take in the quarter-hour that has closed, and what was foretold of it."""
        self._closed_ns = intervals.last_end_ns
        begin_ns = self._closed_ns - STEP_NS
        for number, (place, kept) in enumerate(zip(self._places, self._kept, strict=True)):
            mean = float(sum(intervals.last.item(row) for row in (place.row, *place.added)))
            kept.mean = None if math.isnan(mean) else mean
            kept.judged, kept.over = kept.promises.of(begin_ns), None
            if kept.mean is not None and kept.judged is not None:
                kept.over, kept.judged = self._nearer(number, kept.promises, kept.mean, kept.judged)

    def _nearer(
        self, number: int, promises: Promises, mean: float, promise: Promise
    ) -> tuple[float, Promise]:
        """Return how far a mean is beyond its margin, and of which promise: of two the nearer one."""
        begin_ns = self._closed_ns - STEP_NS
        over, earlier = self.over(number, mean, promise), promises.earlier(begin_ns, promise)
        over_before = math.inf if earlier is None else self.over(number, mean, earlier)
        nearer = min(over, over_before)
        promises.judged(begin_ns, missed=nearer > 0.0, as_before=over_before <= 0.0)
        return nearer, promise if earlier is None or over <= over_before else earlier


def _out_of_service(place: _Place, frame: Frame) -> bool:
    return any(frame.values[row] == _OPEN and frame.holds((row,)) for row in place.breakers)


def _sentence(place: _Place, mean: float, promise: Promise, zone: ZoneInfo) -> str:
    off, unit = mean - promise.middle, place.point.unit
    is_warmth = unit == TEMPERATURE
    digits = 1 if is_warmth else 0
    much = f"{abs(off):.{digits}f} {'K' if is_warmth else unit}"
    if not is_warmth and abs(promise.middle) > TOLD_PERCENT / 100.0 * place.magnitude:
        much = f"{100.0 * abs(off / promise.middle):.0f} %"
    way = ("colder" if off < 0.0 else "warmer") if is_warmth else ("less" if off < 0.0 else "more")
    verb = "is" if is_warmth else "carries"
    at = datetime.fromtimestamp(promise.made_at_ns / NANOSECONDS, zone)
    return (
        f"{place.title} {verb} {much} {way} than was foretold at {at:%H:%M}: {mean:.{digits}f} {unit}, "
        f"foretold {promise.middle:.{digits}f} ({promise.low:.{digits}f} to {promise.high:.{digits}f})"
    )


def _places(site: Site) -> Iterator[_Place]:
    """Yield what the site's load forecasts forecast; their demand where it is all that they do."""
    for loop in site.loops:
        if loop.kind != LOOP:
            continue
        points, demand = loop.settings.get("points", ()), loop.settings.get("demand_point", "")
        named = points if isinstance(points, list) else []
        for name in named:
            if name in site.row:
                yield _place(site, name, ())
        sources = loop.settings.get("sources", ())
        if not named and isinstance(demand, str) and demand in site.row:
            added = sources if isinstance(sources, list) else []
            yield _place(site, demand, tuple(site.row[one] for one in added if one in site.row))


def _place(site: Site, name: str, added: tuple[int, ...]) -> _Place:
    point = site.point(name)
    asset = site.asset[point.asset]
    breakers = [
        row
        for other in site.assets
        if other.kind == "breaker" and asset.zone and other.zone == asset.zone
        if (row := site.row.get(f"{other.name}/position")) is not None
    ]
    title = asset.called
    return _Place(
        point=point,
        row=site.row[name],
        added=added,
        breakers=tuple(breakers),
        title=f"air at {title}" if point.unit == TEMPERATURE else title,
        magnitude=magnitude_of(site, name),
    )
