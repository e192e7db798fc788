"""Selecting: a device that must be reserved before it is operated (select before operate).

Pure. The select is a command of its own on the point that reserves the device, with the same trace,
journalled and read back like any other. The operation follows only when the device has confirmed it, within
the reservation, and judged again. A select that fails or lapses refuses the operation, and is given back
where the device has a value for that: the safe value of the selecting point, permitted with the safe set.

Source: the control model of IEC 61850-7-2, select before operate with enhanced security; the time of a
reservation is the device's (10 s is usual).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from kernel.command import Command, Outcome, Receipt
from kernel.decision import Decision
from kernel.pipe.issue import SAME, Issuer, writing_of
from kernel.pipe.state import PipeState, Selection
from kernel.pipe.tick import Draft, Lapse
from kernel.point import NANOSECONDS
from kernel.site import Site
from kernel.verdict import Allow, Clamp, Deny, Verdict

_MAY_BE_RESERVED = (Outcome.UNKNOWN, Outcome.TIMED_OUT, Outcome.DONE)


def select_for(issuer: Issuer, operate: Command, state: PipeState) -> Command | None:
    """Make the select that must come before an operation; None where none must, or the device is reserved."""
    site = issuer.site
    writing = writing_of(site.point(operate.point))
    if not writing.select or operate.point in state.selections:
        return None
    select = issuer.command(
        state,
        site.point(writing.select),
        writing.select_value,
        number=2 * len(site.points) + site.row[operate.point],
        authority="gate",
        reason=f"reserves the device for {operate.point} = {operate.value:g}",
        asked_by=operate.asked_by,
    )
    return msgspec.structs.replace(select, trace=operate.trace, test=operate.test, renewal=False)


def selection_of(site: Site, operate: Command, select: Command, chosen_by: str) -> Selection:
    """Note that a device is being reserved, and until when it can be."""
    select_s = writing_of(site.point(operate.point)).select_s
    return Selection(
        point=operate.point,
        value=operate.value,
        chosen_by=chosen_by,
        command=select.id,
        trace=select.trace,
        until_ns=select.issued_at_ns + round(select_s * NANOSECONDS),
    )


def within_reservation(operate: Command, selection: Selection | None) -> Command:
    """Let an operation follow its select: the same trace, and not on the wire after the reservation."""
    if selection is None:
        return operate
    until_ns = min(operate.valid_until_ns, selection.until_ns)
    return msgspec.structs.replace(operate, trace=selection.trace, valid_until_ns=until_ns)


def may_operate(state: PipeState, point: str) -> bool:
    """Tell whether a device is reserved, or nobody has begun to reserve it."""
    selection = state.selections.get(point)
    return selection is None or selection.reserved


def follow_selections(
    state: PipeState, decisions: Mapping[str, Decision], receipts: Sequence[Receipt]
) -> tuple[dict[str, Selection], tuple[Lapse, ...]]:
    """Move every selection on; return them, and those that end without their operation in this tick."""
    ended = {receipt.command: receipt for receipt in receipts}
    kept: dict[str, Selection] = {}
    lapses = []
    for point, selection in state.selections.items():
        receipt = ended.get(selection.command)
        lapse = _lapse(selection, receipt, decisions.get(point), state.image.now_ns)
        if lapse is not None:
            lapses.append(lapse)
            kept[point] = msgspec.structs.replace(selection, reserved=False)
        elif receipt is not None:
            kept[point] = msgspec.structs.replace(selection, reserved=True)
        else:
            kept[point] = selection
    return kept, tuple(lapses)


def _lapse(
    selection: Selection, receipt: Receipt | None, decision: Decision | None, now_ns: int
) -> Lapse | None:
    """Say why a selection ends; None where it stands."""
    if receipt is not None and receipt.outcome is not Outcome.DONE:
        why = f"the device was not reserved: {receipt.outcome.value}, {receipt.detail}"
        may_be = receipt.outcome in _MAY_BE_RESERVED
        return Lapse(selection=selection, refused=why, give_back=may_be)
    if now_ns >= selection.until_ns:
        why = "the reservation was over before the operation could follow"
        return Lapse(selection=selection, refused=why, give_back=True)
    is_wanted = (
        decision is not None
        and decision.chosen_by == selection.chosen_by
        and abs(decision.value - selection.value) <= SAME
    )
    return None if is_wanted else Lapse(selection=selection, refused="", give_back=True)


def given_back(issuer: Issuer, selection: Selection, state: PipeState) -> tuple[Command, ...]:
    """Make the command that gives a reservation back; none where the device has no value for it."""
    site = issuer.site
    writing = writing_of(site.point(selection.point))
    if writing.cancel_value is None:
        return ()
    cancel = issuer.command(
        state,
        site.point(writing.select),
        writing.cancel_value,
        number=3 * len(site.points) + site.row[selection.point],
        authority="safe_set",
        reason=f"gives the reservation for {selection.point} back",
    )
    return (msgspec.structs.replace(cancel, trace=selection.trace),)


def lapsed(issuer: Issuer, lapse: Lapse, state: PipeState) -> Command:
    """Return the operation that does not follow its select, as it would have been."""
    site, selection = issuer.site, lapse.selection
    operation = issuer.command(
        state,
        site.point(selection.point),
        selection.value,
        number=4 * len(site.points) + site.row[selection.point],
        authority="gate",
        reason=lapse.refused,
        asked_by=selection.chosen_by,
    )
    return msgspec.structs.replace(operation, trace=selection.trace)


def with_select(operate: Command, draft: Draft, verdicts: Mapping[str, Verdict]) -> Verdict:
    """Permit an operation that needs a select only together with that."""
    own, select = verdicts[operate.id], draft.selects.get(operate.id)
    if select is None or not isinstance(own, Allow):
        return own
    other = verdicts[select.id]
    if isinstance(other, Clamp):
        why = f"a select cannot be clamped: {other.reason}"
        return Deny(rule=other.rule, reason=why, revision=other.revision)
    return other
