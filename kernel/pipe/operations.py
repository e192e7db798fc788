"""Operations: what the gateway has operated of what wears, and what it has reserved; policy judges by it.

Pure. Pulses and discrete set-points count, from when they were permitted, whether or not they reached the
device: a count is rather too high. They are kept for a day, over restarts by what the journal says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from kernel.command import Command
from kernel.pipe.state import Operated, Selection
from kernel.point import NANOSECONDS, Kind, Operation
from kernel.ports import PastOperation, Reserved
from kernel.site import Site

KEPT_NS: Final = 86_400 * NANOSECONDS
"""An operation is forgotten after this time: the longest window of a policy is a day."""


def counted_points(site: Site) -> frozenset[str]:
    """Name the points whose operations are counted."""
    return frozenset(
        point.name
        for point in site.writable
        if point.writing is not None
        and point.name not in site.kernels_own
        and (point.writing.operation is Operation.PULSE or point.kind is Kind.CODE)
    )


def counted(
    before: Mapping[str, tuple[Operated, ...]], site: Site, commands: Iterable[Command], *, now_ns: int
) -> Mapping[str, tuple[Operated, ...]]:
    """Add the operations of a tick, by asset, and forget those of another day.

    Where nothing is operated, nothing changes: what is too old is left out when it is asked for.
    """
    done = [command for command in commands if _counts(site, command)]
    if not done:
        return before
    after = {
        asset: kept
        for asset, past in before.items()
        if (kept := tuple(one for one in past if now_ns - one.at_ns < KEPT_NS))
    }
    for command in done:
        one = Operated(point=command.point, value=command.value, at_ns=now_ns)
        after[_asset(command.point)] = (*after.get(_asset(command.point), ()), one)
    return after


def operations_left(
    site: Site, written: Sequence[Operated], *, now_ns: int
) -> dict[str, tuple[Operated, ...]]:
    """Return what runs before have operated, by asset; what claims to be of the future is of now."""
    left: dict[str, tuple[Operated, ...]] = {}
    points = counted_points(site)
    for one in sorted(written, key=lambda one: one.at_ns):
        if one.point in points and now_ns - one.at_ns < KEPT_NS:
            past = msgspec.structs.replace(one, at_ns=min(one.at_ns, now_ns))
            left[_asset(one.point)] = (*left.get(_asset(one.point), ()), past)
    return left


def past_operations(
    kept: Mapping[str, tuple[Operated, ...]], assets: Iterable[str], *, now_ns: int
) -> dict[str, tuple[PastOperation, ...]]:
    """Say what was operated at the commanded assets in the last day, the oldest first."""
    if not kept:
        return {}
    return {
        asset: tuple(
            PastOperation(
                point=one.point,
                quantity=one.point.partition("/")[2],
                value=one.value,
                ago_s=(now_ns - one.at_ns) / NANOSECONDS,
            )
            for one in kept[asset]
            if now_ns - one.at_ns < KEPT_NS
        )
        for asset in sorted(set(assets) & kept.keys())
    }


def reservations(
    selections: Mapping[str, Selection], commands: Iterable[Command], *, now_ns: int
) -> dict[str, Reserved]:
    """Say of each commanded device that is or is being reserved for what, by whom and how long still."""
    if not selections:
        return {}
    return {
        command.id: Reserved(
            confirmed=selection.reserved,
            value=selection.value,
            asked_by=selection.chosen_by,
            left_s=(selection.until_ns - now_ns) / NANOSECONDS,
        )
        for command in commands
        if (selection := selections.get(command.point)) is not None
    }


def _counts(site: Site, command: Command) -> bool:
    if command.test or command.renewal or command.point in site.kernels_own:
        return False
    return command.operation is Operation.PULSE or site.point(command.point).kind is Kind.CODE


def _asset(point: str) -> str:
    return point.partition("/")[0]
