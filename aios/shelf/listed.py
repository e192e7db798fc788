"""Listed: every bundle on the shelf of a gateway, where it stands, and who put it there."""

from __future__ import annotations

from pathlib import Path

import msgspec

from aios.folder import Folder
from policies.bundle import BundleRefused
from policies.shelf.places import Places
from policies.shelf.sealing import manifest_in
from policies.shelf.shelf import Shelf


class OnShelf(msgspec.Struct, frozen=True, kw_only=True):
    """One bundle of a shelf."""

    place: str
    """active, candidate, previous, or empty for one that only lies there."""
    revision: str
    """Empty for the policies that the site file names, as they ship."""
    version: str = ""
    made_by: str = ""
    made_at_ns: int = 0
    key: str = ""
    """Name of the key that signed it, as it says itself."""
    policies: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    """Of a candidate: the assets for which what it says counts; empty where it is only asked beside."""
    by: str = ""
    """Who moved it last."""
    approver: str = ""
    why: str = ""


def listed(root: Path) -> tuple[OnShelf, ...]:
    """Return what stands on the shelf of a gateway: the active one first.

    Raises:
        BundleRefused: the file of the places, or one of the bundles, cannot be read.
    """
    shelf = Shelf(Folder(root=root).shelf)
    places = shelf.places()
    stand = [("active", places.active)]
    stand += [("candidate", places.candidate)] if places.candidate else []
    stand += [("previous", places.previous)] if places.has_previous else []
    others = sorted({*shelf.revisions()} - {revision for _, revision in stand})
    return tuple(_one(shelf, places, *one) for one in (*stand, *(("", revision) for revision in others)))


def _one(shelf: Shelf, places: Places, place: str, revision: str) -> OnShelf:
    last = places.last
    act = (
        last
        if last is not None and place == ("candidate" if places.trial is not None else "active")
        else None
    )
    told = OnShelf(
        place=place,
        revision=revision,
        assets=places.trial.assets if places.trial is not None and place == "candidate" else (),
        by="" if act is None else act.person,
        approver="" if act is None else act.approver,
        why="" if act is None else act.reason,
    )
    if not revision:
        return told
    try:
        bundle = shelf.find(revision)
        manifest = manifest_in(bundle)
    except BundleRefused as refused:
        return msgspec.structs.replace(told, why=str(refused))
    return msgspec.structs.replace(
        told,
        version=manifest.version,
        made_by=manifest.made_by,
        made_at_ns=manifest.made_at_ns,
        key=bundle.key,
        policies=manifest.names,
    )
