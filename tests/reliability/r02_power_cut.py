"""R2: an acknowledged entry survives a power cut at any write or sync, torn writes included.

The real `CommandJournal` writes to a disk in memory through its real SQL (see `tests.fakes.disk_sqlite` for
the two things that differ from the field); what a cut leaves is opened by the real `CommandJournal` on the
SQLite of this Python. The control does the same with `synchronous=NORMAL`, and must be found losing entries.
"""

from __future__ import annotations

from tests.reliability.power_cut import cut_and_judge
from tests.reliability.promise import Promise, Tally

CUTS_OF_A_LIFE = 100


def attempt(seed: int, count: int) -> Tally:
    """Cut the power `count` times, in as many lives as that takes."""
    broken: list[str] = []
    for first in range(0, count, CUTS_OF_A_LIFE):
        broken += cut_and_judge(seed + first, min(CUTS_OF_A_LIFE, count - first))
    return Tally(tried=count, broken=tuple(broken))


def control(seed: int) -> Tally:
    """Cut the power of a journal that does not wait for the disk."""
    return Tally(tried=200, broken=tuple(cut_and_judge(seed, 200, durable=False)))


PROMISE = Promise(
    id="R2",
    claim="After a power cut at any write or sync no acknowledged entry is lost and the journal opens whole",
    unit="power cuts",
    full=50_000,
    reduced=300,
    attempt=attempt,
    control=control,
    part=1000,
    goal="reliability.power_cut_lost_or_corrupt",
    seed=2,
)
