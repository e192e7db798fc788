"""The page of all gateways of a desk, and what changes on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markupsafe import Markup

from aios.control_room.panes import Panes, beat, render
from aios.control_room.sight import Place, Sight
from aios.control_room.viewer import Viewer
from aios.control_room.views.gateways import gateways

Seen = Callable[[], Sequence[tuple[str, Sight, Place]]]
"""Returns every gateway of a desk: id of its site, what is known of it, where its pages stand."""


class GatewaysPress:
    """Renders the list of gateways for all who look at it."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    def panes(self, _page: str) -> Panes:
        """Return the live panes of the page as it is now."""
        return {"gateways": render("pane_gateways.html", v=gateways(self._seen()))}


def gateways_page(press: GatewaysPress, first: Sight, viewer: Viewer) -> str:
    """Render the page of all gateways.

    Args:
        press: what renders its list.
        first: the gateway whose clock the page shows.
        viewer: who looks.
    """
    return render(
        "gateways.html",
        page="gateways",
        title="Gateways",
        site_title="all gateways",
        pages=(),
        panes={name: Markup(html) for name, html in press.panes("").items()}  # noqa: S704 - our templates escaped it
        | {"header": "", "banner": "", "proven": "", "unproven": ""},
        beat=beat(first),
        zone="UTC",
        site="",
        viewer=viewer,
        root="",
    )
