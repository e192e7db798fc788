"""An offer: one act that a person may do to one thing, as a button says it and as the HTTP API takes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

import msgspec

from edge.access.limits import LONGEST_S
from edge.access.right import right_to
from kernel.instruction import HandOver

DURATIONS_S: Final = (
    (900, "15 min"),
    (3_600, "1 h"),
    (14_400, "4 h"),
    (28_800, "8 h"),
    (86_400, "1 d"),
    (604_800, "7 d"),
    (2_592_000, "30 d"),
)
"""How long something may hold, as the dialog offers it: seconds and words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One button."""

    action: str
    """The right that it needs, as `edge.access.right` has it, such as `acknowledge`."""
    word: str
    """What stands on the button."""
    key: str
    """The letter that does it; it stands in the word."""
    path: str
    """Below the API of the site, such as `/alarms/gas%3At1/acknowledge`."""
    about: str
    """What it is done to, in words: the dialog repeats them."""
    asks: tuple[str, ...] = ()
    """Fields of the dialog beside the reason: `for_s`, `taker`."""
    longest_s: int = LONGEST_S
    """The longest time that it may hold, seconds."""
    reason: str = "reason"
    """How the text that the person writes is named where it is sent."""
    body: dict[str, object] = field(default_factory=dict)
    """What is sent beside the fields, such as the digest of the question that the person saw."""

    @property
    def fixed(self) -> str:
        """The body as the button carries it."""
        return msgspec.json.encode(self.body).decode()

    @property
    def parts(self) -> tuple[str, str, str]:
        """The word before, at and after its key.

        >>> Offer(action="defer", word="Defer", key="f", path="", about="").parts
        ('De', 'f', 'er')
        """
        place = self.word.casefold().index(self.key)
        return self.word[:place], self.word[place], self.word[place + 1 :]


HAND_OVER: Final = Offer(
    action=right_to(HandOver).action,
    word="Hand over…",
    key="h",
    path="/hand-overs",
    about="your shift, with the orders that you have, and this note",
    asks=("taker",),
    reason="note",
)
"""What whoever is on shift may always do."""


def path_of(kind: str, name: str, act: str = "") -> str:
    """Return where an act is sent, below the API of the site.

    >>> path_of("alarms", "gas:tx 1/oil", "shelve")
    '/alarms/gas%3Atx%201%2Foil/shelve'
    """
    whole = f"/{kind}/{quote(name, safe='')}"
    return f"{whole}/{act}" if act else whole
