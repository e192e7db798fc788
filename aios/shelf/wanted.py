"""What an act with bundles is about: the revision that it names, or the one that a rollback returns to."""

from __future__ import annotations

from kernel.instruction import BundleAct, BundleStep
from policies.bundle import BundleRefused
from policies.shelf.places import Places


def wanted(told: BundleAct, places: Places) -> str:
    """Return the revision that an act is about.

    Raises:
        BundleRefused: there is none, or it is active already.
    """
    if told.step is not BundleStep.ROLLBACK:
        if not told.revision:
            raise BundleRefused(["name the revision of a bundle on the shelf"])
        if told.revision == places.active:
            raise BundleRefused([f"bundle {told.revision} is active already"])
        return told.revision
    if places.trial is None and not places.has_previous:
        raise BundleRefused(["nothing is tried, and there is no bundle before the active one"])
    there = places.candidate if places.trial is not None else places.previous
    if told.revision and told.revision != there:
        raise BundleRefused(
            [f"a rollback would be about {there or 'the shipped policies'}, not {told.revision}"]
        )
    return there
