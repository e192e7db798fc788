"""Counts demand-response events of each load: which of its season, and for how many hours of the day.

An event is a stretch in which the limit of a load stands below what it may draw. What was counted is kept
with the kernel, so that a restart gives nobody a fresh season; a load that was limited before a gap is taken
to have been limited through it.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from kernel.capability import Store
from kernel.image import View
from kernel.point import NANOSECONDS
from kernel.ports import Calculated, Past, Step
from kernel.quality import FAILURE, GOOD, INVALID
from kernel.site import LoopSpec, Site

LIMIT: Final = "active_power_limit"
"""Quantity that is read, kW."""
EVENTS: Final = "season_events"
"""Quantity that is computed: number in its season of the event that runs, or of the next where none does."""
HOURS: Final = "event_hours_today"
"""Quantity that is computed: hours of the local day in which the load was limited."""
KEEP_NS: Final = 300 * NANOSECONDS
"""While an event runs, what was counted is kept at least this often."""
_DAY: Final = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


class EventSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of a `limit_events` loop."""

    loads: list[str]
    """Assets with points `active_power_limit` (kW), `season_events` (1), `event_hours_today` (h), and rating
    `power_kw`."""
    seasons: tuple[str, ...] = ("01-01",)
    """Local days on which a season of the contract begins, MM-DD."""


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted of one load."""

    at_ns: int
    """When it was looked at last, operational nanoseconds."""
    season: str
    """First day of the season, ISO 8601."""
    day: str
    events: int = 0
    """Events of the season that have begun."""
    hours: float = 0.0
    """Of the day."""
    limited: bool = False
    kept_ns: int = 0
    """When it was kept last."""


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted, by load."""

    by_load: dict[str, Counted] = {}


class LimitEvents:
    """Counts and proposes nothing."""

    def __init__(self, spec: LoopSpec, site: Site, settings: EventSettings) -> None:
        self.name = spec.agent
        self._zone = ZoneInfo(site.time_zone)
        self._seasons = tuple(sorted(settings.seasons))
        self._power_kw = {load: site.asset[load].ratings["power_kw"] for load in settings.loads}
        for load in settings.loads:
            for quantity in (LIMIT, EVENTS, HOURS):
                site.point(f"{load}/{quantity}")
        self.reads = tuple(f"{load}/{LIMIT}" for load in settings.loads)
        self.proposes: tuple[str, ...] = ()

    def start(self, past: Past) -> Counts:
        """Begin with nothing; what was kept stands in the first view."""
        del past
        return Counts()

    def step(self, view: View, state: Counts) -> Step:
        """Count on from the look before; a load whose limit is not known counts as it was."""
        counted = {load: self._count(load, view, state) for load in self._power_kw}
        kept = [load for load, one in counted.items() if one.kept_ns == view.now_ns]
        unknown = [load for load in counted if view.usable(f"{load}/{LIMIT}") is None]
        return Step(
            state=Counts(by_load=counted),
            calculated=tuple(
                row for load, one in counted.items() for row in _rows(load, one, known=load not in unknown)
            ),
            calls=tuple(Store(key=load, value=msgspec.json.encode(counted[load])) for load in kept),
            rung="hold" if unknown else "model",
            why_rung=f"the limit of {', '.join(unknown)} is not known" if unknown else "",
        )

    def _count(self, load: str, view: View, state: Counts) -> Counted:
        before = state.by_load.get(load) or _restored(view.stored.get(load, b""))
        today = datetime.fromtimestamp(view.now_ns / NANOSECONDS, tz=self._zone)
        season, day = self._season(today.date()), today.date().isoformat()
        if before is None:
            before = Counted(at_ns=view.now_ns, season=season, day=day)
        limit_kw = view.usable(f"{load}/{LIMIT}")
        limited = before.limited if limit_kw is None else limit_kw < self._power_kw[load]
        since_ns = before.at_ns if before.day == day else max(before.at_ns, _midnight_ns(today))
        passed_h = (view.now_ns - since_ns) / NANOSECONDS / 3600.0 if before.limited else 0.0
        begun = limited and not before.limited
        now = Counted(
            at_ns=view.now_ns,
            season=season,
            day=day,
            # An event that runs into a new season is its first.
            events=(before.events if before.season == season else int(before.limited)) + begun,
            hours=(before.hours if before.day == day else 0.0) + passed_h,
            limited=limited,
            kept_ns=before.kept_ns,
        )
        due = limited is not before.limited or (limited and view.now_ns - before.kept_ns >= KEEP_NS)
        return msgspec.structs.replace(now, kept_ns=view.now_ns) if due else now

    def _season(self, today: date) -> str:
        """Return the first day of the season that a day is in."""
        this_year = [f"{today.year:04}-{begin}" for begin in self._seasons]
        begun = [begin for begin in this_year if begin <= today.isoformat()]
        return begun[-1] if begun else f"{today.year - 1:04}-{self._seasons[-1]}"


def _restored(kept: bytes) -> Counted | None:
    """Return what was counted before a restart; None where nothing was, or it cannot be read."""
    try:
        return msgspec.json.decode(kept, type=Counted) if kept else None
    except msgspec.MsgspecError:
        return None


def _midnight_ns(local: datetime) -> int:
    return round(local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()) * NANOSECONDS


def _rows(load: str, one: Counted, *, known: bool) -> tuple[Calculated, Calculated]:
    quality = GOOD if known else INVALID | FAILURE
    number = one.events if one.limited else one.events + 1
    return (
        Calculated(point=f"{load}/{EVENTS}", value=float(number), quality=quality),
        Calculated(point=f"{load}/{HOURS}", value=one.hours, quality=quality),
    )


def make(spec: LoopSpec, site: Site) -> LimitEvents:
    """Make the agent of a `limit_events` loop.

    Raises:
        ValueError: a setting is unknown or of a wrong type, or a season begins on no day.
        KeyError: a load, its rating or a point is not in the site.
    """
    try:
        settings = msgspec.convert(spec.settings, EventSettings)
    except msgspec.ValidationError as error:
        raise ValueError(f"loop {spec.agent}: {error}") from error
    if wrong := [day for day in settings.seasons if not _DAY.fullmatch(day)] or not settings.seasons:
        raise ValueError(f"loop {spec.agent}: a season begins on a day MM-DD, not on {wrong}")
    return LimitEvents(spec, site, settings)
