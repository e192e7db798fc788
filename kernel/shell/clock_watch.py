"""The clock watch: notices what becomes of the wall clock, and marks readings while it cannot be trusted.

Control goes by operational time, which no step moves. But permits end by the clock on the wall, and people
read times: so a step, a clock that stands still and one that lost its source are told once each, enter the
journal as entries of kind `clock`, and are a bit in the quality of every reading while they last.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec
import numpy as np

from kernel.finding import Finding
from kernel.journal.lines import CLOCK
from kernel.measurement import Block
from kernel.pipe.tick import GATEWAY
from kernel.point import NANOSECONDS
from kernel.ports import Clock
from kernel.quality import CLOCK_NOT_SYNCHRONISED

STEP_NS: Final = NANOSECONDS // 2
"""A wall clock that goes by more than this apart from operational time between two ticks was set.

A leap second is one; a clock that is slewed goes apart by less than 1 ms a second.
"""
LOOK_NS: Final = NANOSECONDS
"""How often the machine is asked whether its clock is synchronised, operational time."""
STILL_NS: Final = NANOSECONDS
"""A wall clock that shows the same for longer than this stands still."""
NOT_SYNCHRONISED: Final = "not synchronised"


class ClockWatch:
    """Compares the two times of one clock from tick to tick."""

    def __init__(self, clock: Clock) -> None:
        """Begin with what the clock says now."""
        self._clock = clock
        self._apart_ns = clock.wall_ns() - clock.now_ns()
        self._moved: tuple[int, int] = clock.wall_ns(), clock.now_ns()
        self._stands = False
        self._state = ""
        self._looked_ns = -LOOK_NS

    @property
    def is_trusted(self) -> bool:
        """Tell whether times of readings may be taken for civil time."""
        return self._state != NOT_SYNCHRONISED and not self._stands

    def look(self, now_ns: int, wall_ns: int) -> Iterator[Finding]:
        """Yield what has changed since the last look."""
        yield from self._standing(now_ns, wall_ns)
        if self._moved == (
            wall_ns,
            now_ns,
        ):  # where it stands, only its next move says by how much it was set
            step_ns, self._apart_ns = wall_ns - now_ns - self._apart_ns, wall_ns - now_ns
            if abs(step_ns) > STEP_NS:
                text = f"the wall clock was set by {step_ns / 1e9:+.3f} s"
                yield _told("clock_step", text, step_ns, now_ns)
        if now_ns - self._looked_ns >= LOOK_NS:
            self._looked_ns = now_ns
            before, self._state = self._state, self._clock.state()
            if NOT_SYNCHRONISED in (before, self._state) and before != self._state:
                yield _told("clock_state", f"the machine's clock is {self._state}", 0, now_ns)

    def _standing(self, now_ns: int, wall_ns: int) -> Iterator[Finding]:
        if wall_ns != self._moved[0]:
            self._moved, was_still, self._stands = (wall_ns, now_ns), self._stands, False
            if was_still:
                yield _told("clock_still", "the wall clock goes again", 0, now_ns)
        elif now_ns - self._moved[1] > STILL_NS and not self._stands:
            self._stands = True
            yield _told("clock_still", "the wall clock stands still", 0, now_ns)

    def marked(self, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        """Return blocks whose times are not to be trusted as such; as they are while the clock is."""
        if self.is_trusted:
            return blocks
        bit = np.uint16(CLOCK_NOT_SYNCHRONISED)
        return tuple(msgspec.structs.replace(block, quality=block.quality | bit) for block in blocks)


def _told(name: str, text: str, step_ns: int, now_ns: int) -> Finding:
    assert name in CLOCK  # noqa: S101 - else it would enter the journal as another kind
    return Finding(
        asset=GATEWAY, name=name, text=text, value=step_ns / 1e9, unit="s", limit=None, at_ns=now_ns
    )
