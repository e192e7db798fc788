"""The places of a shelf: which bundle is active, which one is tried, and which was active before.

Pure. An act that was taken moves them; the same act a second time moves nothing.
"""

from __future__ import annotations

import msgspec

from kernel.instruction import BundleAct, BundleStep


class Places(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where what stands, by revision; empty means the policies that the site file names, as they ship."""

    active: str = ""
    previous: str = ""
    has_previous: bool = False
    """Whether there is one to go back to: the shipped policies are one, and bear no revision here."""
    candidate: str = ""
    """What is tried beside the active one; empty where nothing is."""
    trial: BundleAct | None = None
    """The act by which it is tried."""
    last: BundleAct | None = None
    """The act that moved them last: who, when and why."""


def moved(places: Places, act: BundleAct) -> Places:
    """Return the places after an act that was taken.

    >>> act = BundleAct(key="k", person="p", reason="r", step=BundleStep.PROMOTE, revision="1-a")
    >>> after = moved(Places(active="1-b"), act)
    >>> after.active, after.previous
    ('1-a', '1-b')
    """
    if places.last is not None and places.last.key == act.key:
        return places
    if act.step is BundleStep.SHADOW or (act.step is BundleStep.PROMOTE and act.assets):
        return msgspec.structs.replace(places, candidate=act.revision, trial=act, last=act)
    if act.step is BundleStep.ROLLBACK and places.trial is not None:
        return msgspec.structs.replace(places, candidate="", trial=None, last=act)
    if act.step is BundleStep.ROLLBACK:
        return Places(active=places.previous, last=act)
    return Places(active=act.revision, previous=places.active, has_previous=True, last=act)
