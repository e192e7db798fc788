"""Feedback: from what the wire said and what is read back to the one end state of each command.

Pure. A set-point whose outcome is unknown is resolved by the next read-back. A pulse without an answer
ends UNKNOWN at once: it is never sent again, a person looks. TIMED_OUT says that the device was seen and had
not done it; where nothing was seen in time, or an acknowledged pulse shows no effect, the outcome is UNKNOWN.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from kernel.command import Command, Outcome, Receipt, Sent, Transmission
from kernel.image import ProcessImage
from kernel.pipe.state import InFlight
from kernel.point import NANOSECONDS, Operation, Point, Writing
from kernel.quality import is_good
from kernel.site import Site

_ENDED = {
    Transmission.REFUSED: Outcome.REFUSED,
    Transmission.NOT_SENT: Outcome.EXPIRED,
    Transmission.EXPIRED: Outcome.EXPIRED,
    Transmission.SUPERSEDED: Outcome.EXPIRED,
}
HALF_OF_SEQUENCE = 32768
"""Sequence numbers are 16 bits: a distance of half the range or more is behind, not ahead."""


def settle(
    site: Site, in_flight: Mapping[str, InFlight], sent: Iterable[Sent], image: ProcessImage
) -> tuple[dict[str, InFlight], tuple[Receipt, ...]]:
    """Move every open command on; return those still open, and the receipts of those that ended."""
    reports = {report.command: report for report in sent}
    still_open: dict[str, InFlight] = {}
    receipts: list[Receipt] = []
    for command_id, flight in in_flight.items():
        after = _report(site, flight, reports.get(command_id), image.now_ns)
        if isinstance(after, InFlight):
            after = _look(site, after, image)
        if isinstance(after, Receipt):
            receipts.append(after)
        else:
            still_open[command_id] = after
    return still_open, tuple(receipts)


def _report(site: Site, flight: InFlight, report: Sent | None, now_ns: int) -> InFlight | Receipt:
    """Take in what the wire said."""
    if report is None:
        return flight
    ended = _ENDED.get(report.transmission)
    if ended is not None:
        return _receipt(flight.command, ended, now_ns, report.detail or report.transmission.value)
    writing = _writing(site, flight.command)
    if flight.outlived and not writing.sequence:
        why = "its validity was over before this run began: what is read back now says nothing of it"
        return _receipt(flight.command, Outcome.UNKNOWN, now_ns, why)
    if report.transmission is Transmission.NO_ANSWER and _cannot_be_read_back(flight.command, writing):
        return _receipt(flight.command, Outcome.UNKNOWN, now_ns, f"no answer to a pulse: {report.detail}")
    return msgspec.structs.replace(
        flight,
        transmission=report.transmission,
        sent_at_ns=report.at_ns,
        deadline_ns=report.at_ns + round(writing.feedback_s * NANOSECONDS),
    )


def _look(site: Site, flight: InFlight, image: ProcessImage) -> InFlight | Receipt:
    """Look whether the image shows the effect of a command that is on the wire."""
    if flight.transmission is None:
        return flight
    command, writing = flight.command, _writing(site, flight.command)
    feedback = site.row[writing.feedback or command.point]
    fresh = image.at_ns.item(feedback) >= flight.sent_at_ns and is_good(image.quality.item(feedback))
    seen = image.value.item(feedback)
    if writing.sequence and command.sequence is not None:
        row = site.row[writing.sequence]
        if image.at_ns.item(row) >= flight.sent_at_ns and is_good(image.quality.item(row)):
            return _by_sequence(
                site, flight, int(image.value.item(row)), seen if fresh else None, image.now_ns
            )
    elif fresh and _shows(command, writing, seen):
        return _receipt(command, Outcome.DONE, image.now_ns, "read back", seen)
    if image.now_ns >= flight.deadline_ns:
        what = f"{seen:g} read back" if fresh else "nothing read back"
        outcome = Outcome.TIMED_OUT if fresh and _shows_all(command, writing) else Outcome.UNKNOWN
        return _receipt(command, outcome, image.now_ns, f"{what} within {writing.feedback_s:g} s")
    return flight


def _by_sequence(
    site: Site, flight: InFlight, register: int, seen: float | None, now_ns: int
) -> InFlight | Receipt:
    """Judge by the device's sequence register, which holds the number of the last executed write.

    The number says that the write was executed; whether it did what it should, the feedback point says.
    """
    command, writing = flight.command, _writing(site, flight.command)
    assert command.sequence is not None  # noqa: S101 - asked only for numbered commands
    ahead = (register - command.sequence) % (2 * HALF_OF_SEQUENCE)
    if ahead == 0:
        return _executed(flight, writing, seen, now_ns)
    if ahead < HALF_OF_SEQUENCE:
        overtaken = f"sequence {register} read back, this was {command.sequence}"
        done = flight.transmission is Transmission.WRITTEN
        return _receipt(command, Outcome.DONE if done else Outcome.UNKNOWN, now_ns, overtaken, seen)
    if now_ns >= flight.deadline_ns:
        return _receipt(command, Outcome.TIMED_OUT, now_ns, f"sequence still {register}", seen)
    return flight


def _executed(flight: InFlight, writing: Writing, seen: float | None, now_ns: int) -> InFlight | Receipt:
    """Judge a write that the device has executed by what is read back of it."""
    command = flight.command
    if seen is not None and _shows(command, writing, seen):
        return _receipt(command, Outcome.DONE, now_ns, f"sequence {command.sequence} read back", seen)
    if now_ns < flight.deadline_ns:
        return flight
    if seen is None:
        return _receipt(command, Outcome.UNKNOWN, now_ns, "executed, nothing read back")
    if flight.outlived:  # a device may have reverted since: its effect, if there was one, had no witness
        why = f"executed before this run began, shows {seen:g} now"
        return _receipt(command, Outcome.UNKNOWN, now_ns, why, seen)
    return _receipt(command, Outcome.TIMED_OUT, now_ns, f"executed, shows {seen:g}", seen)


def _shows(command: Command, writing: Writing, seen: float) -> bool:
    wanted = command.value if writing.feedback_value is None else writing.feedback_value
    return abs(seen - wanted) <= writing.tolerance


def _shows_all(command: Command, writing: Writing) -> bool:
    """Tell whether a reading without the effect proves that the write was not executed.

    It does for a set-point that is read back itself. It does not for a pulse, which the device may have
    taken without the effect, nor for a numbered write whose sequence register was not read.
    """
    return command.operation is Operation.SETPOINT and not writing.sequence


def _cannot_be_read_back(command: Command, writing: Writing) -> bool:
    return command.operation is Operation.PULSE and not writing.sequence


def _writing(site: Site, command: Command) -> Writing:
    point: Point = site.point(command.point)
    assert point.writing is not None  # noqa: S101 - commands exist for writable points only
    return point.writing


def _receipt(
    command: Command, outcome: Outcome, now_ns: int, detail: str, value: float | None = None
) -> Receipt:
    return Receipt(command=command.id, outcome=outcome, at_ns=now_ns, detail=detail, value=value)


def recovered(commands: Iterable[Command], *, now_ns: int = 0) -> dict[str, InFlight]:
    """Take up commands that a run before left open; `lost_at_restart` reports what the wire said: nothing.

    Args:
        commands: those without an end.
        now_ns: when this run begins; a command whose validity was over by then is not taken for what is
            read back now, unless the device numbers its writes.
    """
    return {
        command.id: InFlight(command=command, outlived=command.valid_until_ns < now_ns)
        for command in commands
    }


def lost_at_restart(in_flight: Mapping[str, InFlight], *, now_ns: int) -> tuple[Sent, ...]:
    """Report every command taken up after a restart as one that got no answer."""
    return tuple(
        Sent(
            command=command_id,
            transmission=Transmission.NO_ANSWER,
            at_ns=now_ns,
            detail="the gateway ended before the outcome was known",
        )
        for command_id in in_flight
    )
