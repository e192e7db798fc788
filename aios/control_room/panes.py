"""Panes: from what is known of a gateway to HTML, pane by pane; pure but for reading templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from aios.control_room.acts.offer import DURATIONS_S, HAND_OVER
from aios.control_room.acts.on_points import point_offers
from aios.control_room.sight import Place, Sight
from aios.control_room.svg.marks import mark
from aios.control_room.svg.one_line import one_line
from aios.control_room.times import clock, duration, to_ms
from aios.control_room.viewer import NOBODY, Viewer
from aios.control_room.views.alarms import alarms
from aios.control_room.views.commands import commands
from aios.control_room.views.detail import details
from aios.control_room.views.header import header
from aios.control_room.views.held import overrides
from aios.control_room.views.history import PointPast
from aios.control_room.views.lineage import Way
from aios.control_room.views.load import load_pane
from aios.control_room.views.notices import notices
from aios.control_room.views.points import asset_points
from aios.control_room.views.proven import proven
from aios.control_room.views.questions import questions
from aios.control_room.views.repairs import repairs
from aios.control_room.views.runtime import runtime
from aios.control_room.views.shift import shift
from aios.control_room.views.still import still
from aios.control_room.views.substation import substation
from kernel.shell.wire import Snapshot

FOLDER: Final = Path(__file__).parent
STATIC: Final = FOLDER / "static"
_log = structlog.get_logger(__name__)

Panes = dict[str, str]
"""HTML of each pane by its name."""


def _substation(snapshot: Snapshot, place: Place) -> dict[str, Any]:
    view = substation(snapshot, place)
    drawing = None if view.one_line is None else one_line(view.one_line)
    return {"title": view.title, "oldest": view.oldest, "doubtful": view.doubtful, "drawing": drawing}


def _notices(snapshot: Snapshot, place: Place) -> dict[str, Any]:
    return {
        "standing": (HAND_OVER,),
        "shift": shift(snapshot, place),
        "questions": questions(snapshot, place).waiting,
        "alarms": alarms(snapshot, place).shown,
        "overrides": overrides(snapshot, place),
        "notices": notices(snapshot, place),
    }


_VIEWS: Final[Mapping[str, Callable[[Snapshot, Place], object]]] = {
    "header": header,
    "repairs": repairs,
    "details": details,
    "load": load_pane,
    "notices": _notices,
    "substation": _substation,
    "alarms": alarms,
    "approvals": questions,
    "commands": commands,
    "points": asset_points,
    "runtime": lambda snapshot, _place: runtime(snapshot),
}
_OF_PROOF: Final = ("proven", "unproven")
_COMMON: Final = ("banner", "header", *_OF_PROOF)
PAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "overview": (*_COMMON, "repairs", "details", "load", "notices", "substation"),
    "alarms": (*_COMMON, "alarms"),
    "approvals": (*_COMMON, "approvals"),
    "commands": (*_COMMON, "commands"),
    "points": (*_COMMON, "points"),
    "runtime": (*_COMMON, "runtime"),
    "lineage": _COMMON,
    "history": _COMMON,
}
"""The live panes of each page."""
_LINKS: Final = (
    ("overview", "/", "Overview"),
    ("alarms", "/alarms", "Alarms"),
    ("approvals", "/approvals", "Approvals"),
    ("points", "/points", "Assets"),
    ("commands", "/commands", "Journal"),
    ("runtime", "/runtime", "Runtime"),
)
_TITLES: Final = {name: word for name, _, word in _LINKS} | {"lineage": "Lineage", "history": "History"}


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["mark"] = mark
    environment.globals["durations"] = DURATIONS_S
    return environment


def live_panes(page: str, sight: Sight, place: Place) -> Panes:
    """Render the live panes of a page."""
    return {name: _pane(name, sight, place) for name in PAGES[page]}


def _pane(name: str, sight: Sight, place: Place) -> str:
    shot = sight.snapshot
    if name == "banner":
        return _banner(sight, place)
    if name in _OF_PROOF:
        return render(f"pane_{name}.html", v=proven(sight, place))
    if shot is None:
        return "" if name == "header" else render("pane_empty.html")
    try:
        return render(f"pane_{name}.html", v=_VIEWS[name](shot, place), root=place.root)
    except Exception as failure:  # noqa: BLE001 - one pane must not take the others from a dispatcher
        _tell_once(name, repr(failure))
        return render("pane_failed.html")


@lru_cache(maxsize=64)
def _tell_once(pane: str, failure: str) -> None:
    """Log each failure of a pane once, not four times a second."""
    _log.error("pane_not_drawn", pane=pane, failure=failure)


def _banner(sight: Sight, place: Place) -> str:
    shot = sight.snapshot
    return render(
        "pane_banner.html",
        sight=sight,
        shot=shot is not None,
        shot_at="" if shot is None else clock(shot.now_ns, place.zone),
        down_words=duration(sight.down_s or 0.0),
        still=None if shot is None else still(shot),
    )


def whole_page(page: str, sight: Sight, place: Place, viewer: Viewer = NOBODY) -> str:
    """Render a page with all its panes."""
    return _page(page, sight, place, live_panes(page, sight, place), viewer)


def lineage_page(way: Way, sight: Sight, place: Place, viewer: Viewer = NOBODY) -> str:
    """Render the page of one command's way."""
    panes = live_panes("lineage", sight, place) | {
        "lineage": render("pane_lineage.html", v=way, root=place.root)
    }
    return _page("lineage", sight, place, panes, viewer)


def history_page(past: PointPast, sight: Sight, place: Place, viewer: Viewer = NOBODY) -> str:
    """Render the page of one point's past."""
    offers = point_offers(past.point, sight.snapshot)
    shown = render("pane_history.html", v=past, root=place.root, offers=offers)
    panes = live_panes("history", sight, place) | {"history": shown}
    return _page("history", sight, place, panes, viewer)


def sign_in_page(*, provider: bool = False) -> str:
    """Render the page on which people sign in: it shows nothing of the site.

    Args:
        provider: whether people may sign in with an OpenID provider too.
    """
    return render("sign_in.html", provider=provider)


def signed_in_page() -> str:
    """Render the page that leads on after a provider has vouched for a person."""
    return render("signed_in.html")


def _page(page: str, sight: Sight, place: Place, panes: Panes, viewer: Viewer) -> str:
    return render(
        f"{page}.html",
        page=page,
        title=_TITLES[page],
        site_title="no gateway yet" if sight.snapshot is None else sight.snapshot.title,
        pages=_LINKS,
        panes={name: Markup(html) for name, html in panes.items()},  # noqa: S704 - our templates escaped it
        beat=beat(sight),
        zone=str(place.zone),
        site="" if sight.snapshot is None else sight.snapshot.site,
        viewer=viewer,
        root=place.root,
    )


def beat(sight: Sight) -> dict[str, float]:
    """What the browser needs to let ages tick: operational time, its pace, age of the feed.

    Returns:
        `now_ms` operational milliseconds since 1970 UTC when the snapshot was taken, `factor`
        operational seconds in a real one, `feed_s` real seconds since it arrived.
    """
    shot = sight.snapshot
    if shot is None:
        return {"now_ms": 0, "factor": 1.0, "feed_s": round(sight.feed_age_s, 3)}
    return {"now_ms": to_ms(shot.now_ns), "factor": shot.clock_factor, "feed_s": round(sight.feed_age_s, 3)}


def render(template: str, **names: object) -> str:
    """Fill a template."""
    return _templates().get_template(template).render(**names)
