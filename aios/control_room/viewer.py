"""Who looks at the page, as far as the page needs to know: a name, and what this person may do here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """A person before the page. What they may do is only not offered otherwise: the gateway decides."""

    person: str = ""
    """Empty where nobody has signed in."""
    roles: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    """Actions that their rights grant at this site, such as `acknowledge`."""


NOBODY: Final = Viewer()
"""Somebody who has not signed in: the page shows, and takes no act."""
