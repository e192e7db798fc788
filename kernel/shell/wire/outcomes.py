"""What became of a request at the door: taken, heard before, or not taken."""

from __future__ import annotations

import msgspec


class Accepted(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The request was taken; what becomes of it shows in the journal."""

    trace: str = ""


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
