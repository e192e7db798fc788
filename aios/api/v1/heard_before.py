"""Heard before: whether a gateway's journal has an act, when what it was done to is not there any more.

An act that was taken changes what it is about, or ends it. Whoever did not hear so and sends it again must
not be told that there is no such thing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import msgspec

from aios.control_room.entries import Entries, NothingRead, Wanted
from kernel.instruction import Instructed
from kernel.journal.chain import Entry

PAGE: Final = 500
"""Entries that are read at a time."""
_decoder: Final = msgspec.json.Decoder(Instructed)


async def was_taken(entries: Entries, subject: str, key: str) -> bool:
    """Tell whether the journal has taken an instruction about something under a key."""
    async for entry in _about(entries, subject):
        told = _decoder.decode(entry.body)
        if told.instruction.key == key and not told.refused:
            return True
    return False


async def _about(entries: Entries, subject: str) -> AsyncIterator[Entry]:
    after = 0
    while True:
        page = await entries.page(Wanted(after=after, most=PAGE, kind="instruction", subject=subject))
        if isinstance(page, NothingRead) or not page:
            return
        for entry in page:
            yield entry
        after = page[-1].seq
