"""The work on a gateway's repair orders, as an earlier life has left it in the journal."""

from __future__ import annotations

from typing import Final

import msgspec

from kernel.dispatch import Dispatch
from kernel.journal.commands import CommandJournal
from kernel.pipe.dispatching import left

_ALL: Final = 2**62


def work_left(journal: CommandJournal) -> dict[str, Dispatch]:
    """Return where the work stands on every order that is not closed, by order."""
    entries = journal.of_kinds(("dispatch",), after=0, most=_ALL)
    return left(msgspec.json.decode(entry.body, type=Dispatch) for entry in entries)
