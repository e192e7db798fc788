"""Going safe: what happens to a point when no permitted value is left.

Pure. It needs neither a live gate nor a live journal: the safe values were permitted when the site was
loaded.
"""

from __future__ import annotations

from typing import Final

from kernel.pipe.change import Change
from kernel.pipe.issue import Issuer, writing_of
from kernel.pipe.modes import Sending, sending
from kernel.pipe.state import Posture
from kernel.pipe.tick import Draft
from kernel.point import OnLoss, Operation, Point

NEVER_NS: Final = 2**63 - 1


def go_safe(issuer: Issuer, point: Point, draft: Draft, change: Change) -> None:
    """Follow a point's `on_loss`: hold, write the safe value, or let the device revert."""
    writing = writing_of(point)
    posture = draft.after.postures.get(point.name)
    is_held = sending(draft.after, point) is Sending.NONE
    if is_held or writing.on_loss is not OnLoss.WRITE_SAFE or writing.operation is Operation.PULSE:
        change.postures[point.name] = None
        return
    if posture is not None and posture.authority == "safe_set":
        return
    command = issuer.command(
        draft.after,
        point,
        writing.safe_value,
        number=len(issuer.site.points) + issuer.site.row[point.name],
        authority="safe_set",
        reason="no permitted value is left: the safe value stands",
    )
    change.commands.append(command)
    change.postures[point.name] = Posture(
        value=writing.safe_value,
        authority="safe_set",
        revision=command.revision,
        renew_at_ns=NEVER_NS,
        command=command.id,
    )
