"""What a site has for a family to judge: the assets of a kind that show all it needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from kernel.asset import Asset
from kernel.site import Site

Judged = TypeVar("Judged")


def equipped(site: Site, kind: str, of: Callable[[Site, Asset], Judged | None]) -> tuple[Judged, ...]:
    """Return what is judged of every asset of a kind, in the order of the site file.

    Args:
        site: with its points.
        kind: of the assets.
        of: what is judged of one asset; None where it shows too little.
    """
    found = (of(site, asset) for asset in site.assets if asset.kind == kind)
    return tuple(one for one in found if one is not None)
