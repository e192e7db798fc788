"""Carriage: can the buses carry every control loop? A loop is stable only on values of its own rate. Pure.

A loop that acts on a value which is older than its own period acts again before it has seen what its last
action did: it over-corrects, and may swing. So what a loop steers by must be read at least once in its
period, or in the time that the site says it can live with (`fresh_s`). Loops that steer nothing may read
what they like.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from kernel.schedule.loop import ControlLoop


class Uncarried(msgspec.Struct, frozen=True, kw_only=True):
    """A loop that a bus cannot carry."""

    loop: str
    point: str
    """The first of the points of that device that come too seldom for it."""
    device: str
    reached_s: float
    """Operational seconds from value to value that the bus reaches."""
    needed_s: float
    """What the loop needs."""

    @property
    def words(self) -> str:
        """The finding, one sentence.

        >>> Uncarried(loop="shave", point="f/power", device="meter", reached_s=6.0, needed_s=2.0).words
        'shave steers by f/power every 2 s, and meter gives it every 6 s only'
        """
        return (
            f"{self.loop} steers by {self.point} every {self.needed_s:g} s, "
            f"and {self.device} gives it every {self.reached_s:g} s only"
        )


def uncarried(
    loops: Iterable[ControlLoop],
    device_of: Mapping[str, str],
    reached_s: Mapping[str, float],
    *,
    margin: float = 1.0,
) -> Iterator[Uncarried]:
    """Yield every loop that is not carried, once for each device that is read too seldom for it.

    Args:
        loops: of a site.
        device_of: device of each point that a device serves.
        reached_s: operational seconds from value to value, by point; a point that is left out is not
            judged.
        margin: how many times what it needs a loop may have to wait.
    """
    for loop in loops:
        if not loop.agent.proposes:
            continue
        needed_s = loop.fresh_s or loop.period_s
        told = set()
        for point in loop.agent.reads:
            device = device_of.get(point, "")
            reached = reached_s.get(point, 0.0)
            if device not in told and reached > margin * needed_s * (1 + 1e-9):
                told.add(device)
                yield Uncarried(
                    loop=loop.name, point=point, device=device, reached_s=reached, needed_s=needed_s
                )
