"""Sums of a site file: their terms, spelt out to set-points, and what is wrong with them."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping, Sequence

from aios.site.checks import Found, near
from aios.site.schema import SiteFile, SumSection
from kernel.pipe.forest import overlaps
from kernel.point import Operation, Point
from kernel.sum import Sum
from policies.envelope import rating_of


def sums_of(file: SiteFile) -> tuple[Sum, ...]:
    """Return the sums of a file; a term that is itself a sum is replaced by its set-points."""
    made: dict[str, Sum] = {}
    for section in file.sum:
        weights: dict[str, float] = {}
        for name, weight in section.terms.items():
            for point, inner in made[name].terms if name in made else ((name, 1.0),):
                weights[point] = weights.get(point, 0.0) + weight * inner
        made[section.name] = _sum(section, weights)
    return tuple(made.values())


def _sum(section: SumSection, weights: Mapping[str, float]) -> Sum:
    return Sum(
        name=section.name,
        unit=section.unit,
        title=section.title,
        terms=tuple(weights.items()),
        low=section.low,
        high=section.high,
        asset=section.asset or "",
    )


def check_sums(file: SiteFile, points: Sequence[Point]) -> Iterator[Found]:
    """Find sums of what cannot be summed, bounds that admit nothing, and sums that are not nested."""
    known = {point.name: point for point in points}
    wrong = [(place, *found) for place in range(len(file.sum)) for found in _wrong(file, place, known)]
    for place, key, text in wrong:
        yield ("sum", place, *key), text
    if not wrong and not (yield from _cancelled(file)):
        names = [section.name for section in file.sum]
        for overlap in overlaps(sums_of(file)):
            place = max(names.index(name) for name in overlap.sums)
            yield ("sum", place, "terms"), overlap.text


def _cancelled(file: SiteFile) -> Generator[Found, None, bool]:
    """Find points that stand in a sum twice with weights that cancel out; tell whether there are any."""
    gone = [
        (place, point)
        for place, one in enumerate(sums_of(file))
        for point, weight in one.terms
        if weight == 0
    ]
    for place, point in gone:
        yield ("sum", place, "terms"), f"the weights of {point} cancel out"
    return bool(gone)


def _wrong(file: SiteFile, place: int, known: Mapping[str, Point]) -> Iterator[tuple[tuple[str, ...], str]]:
    section = file.sum[place]
    earlier = [one.name for one in file.sum[:place]]
    if section.name in earlier or section.name in known:
        yield ("name",), f"{section.name} is declared twice"
    for name, weight in section.terms.items():
        if weight == 0:
            yield ("terms", name), f"the weight of {name} is 0"
        if name not in earlier and (why := _unfit(name, known)):
            yield ("terms", name), why
    if section.low is not None and section.high is not None and section.low > section.high:
        yield ("low",), f"low {section.low:g} is above high {section.high:g} {section.unit}"
    if section.asset:
        yield from _unrated(file, section)


def _unfit(name: str, known: Mapping[str, Point]) -> str:
    if name not in known:
        return f"{name} is no point, and no sum that was declared before; {near(name, list(known))}"
    writing = known[name].writing
    if writing is None or writing.operation is not Operation.SETPOINT:
        return f"{name} is no set-point"
    if not (math.isfinite(writing.low) and math.isfinite(writing.high)):
        return f"{name} has no finite range, so no share of a sum"
    return ""


def _unrated(file: SiteFile, section: SumSection) -> Iterator[tuple[tuple[str, ...], str]]:
    assets = {asset.name: asset for asset in file.asset}
    asset = assets.get(section.asset or "")
    if asset is None:
        yield ("asset",), f"asset {section.asset} is not declared; {near(section.asset or '', list(assets))}"
    elif rating_of(section.unit) not in asset.ratings:
        yield ("asset",), f"{asset.name} has no rating that bounds {section.unit}"
