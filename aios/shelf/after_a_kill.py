"""After a kill: an act that the journal holds and the shelf has not moved for is made good."""

from __future__ import annotations

import msgspec
import structlog

from aios.folder import Folder
from kernel.instruction import BundleAct, Instructed
from kernel.journal.commands import CommandJournal
from policies.shelf.places import Places, moved
from policies.shelf.shelf import Shelf

log = structlog.get_logger()


def make_good(folder: Folder) -> None:
    """Move the shelf as the journal says: what a tick has taken counts, also where the process then ended.

    Raises:
        BundleRefused: the places cannot be read.
    """
    shelf = Shelf(folder.shelf)
    places = shelf.places()
    after = caught_up(places, _taken(folder))
    if after != places:
        log.warning("the shelf was behind the journal", before=places.active, after=after.active)
        shelf.move(after)


def caught_up(places: Places, taken: tuple[BundleAct, ...]) -> Places:
    """Return the places after all acts that were taken after the one that moved them last."""
    keys = [act.key for act in taken]
    last = "" if places.last is None else places.last.key
    behind = taken[keys.index(last) + 1 :] if last in keys else taken if not last else ()
    for act in behind:
        places = moved(places, act)
    return places


def _taken(folder: Folder) -> tuple[BundleAct, ...]:
    """Return every act that the journal holds as taken, in order."""
    if not folder.commands.exists():
        return ()
    journal = CommandJournal(folder.commands, read_only=True)
    try:
        became = [
            msgspec.json.decode(entry.body, type=Instructed)
            for entry in journal.told()
            if entry.kind == "instruction" and '"BundleAct"' in entry.body
        ]
    finally:
        journal.close()
    acts = (one.instruction for one in became if not one.refused)
    return tuple(act for act in acts if isinstance(act, BundleAct))
