"""What became of a request at the door: taken, heard before, or not taken."""

from __future__ import annotations

import msgspec

from kernel.remote import NotTaken


class Accepted(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The request was taken, and the journal has it; what becomes of it shows there."""

    trace: str = ""
    waits: str = ""
    """Why it is not taken yet, in words; empty where it is. Sent again with its key it is the same one."""


class Repeated(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The same key was heard before: nothing was done now, and this is what became of it then."""

    key: str
    stage: str
    """taken, asked, permitted, refused, superseded or expired."""
    why: str = ""
    command: str = ""
    """Id of the command, question or refusal that came of it."""


class Rejected(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The request was not taken, and why."""

    reason: str


class TurnedAway(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A remote command was not taken, by name."""

    refusal: NotTaken
    why: str
    id: str = ""
    """Its id, as far as one could be read; what was not verified may say anything."""
    is_journalled: bool = False
    """Whether the journal hears of it, and tells it on; else this answer is all there is."""
