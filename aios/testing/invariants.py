"""The invariants I1 to I8: what must hold in every run, as judges over what was seen. Pure.

Each judge returns every violation in words. They believe the devices, the wire and the journal's file, never
the kernel's own opinion of itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final

import msgspec

from aios.testing.liveness import LIVENESS
from aios.testing.seen import History
from aios.testing.small_site import KEEPING, METER, REVERSION_S, REVERTING, TICK_S
from kernel.journal.chain import verify
from kernel.pipe.tick import Basis
from kernel.point import NANOSECONDS, OnLoss, Point, Writing
from kernel.verdict import Allow

Judge = Callable[[History], Iterator[str]]
DEVICE: Final = {REVERTING: "inverter1", KEEPING: "inverter2"}
PULSES: Final = {"open": "cb1/open", "close": "cb1/close"}
UNOWNED_S: Final = 60.0
"""An output may stand without an owner for this long while the gateway is able to write it, seconds.

A wish may expire just after a tick, the write may be lost, and a lost safe value is written again after 10 s.
"""
SETTLED_S: Final = 0.2
"""Resolution of set-point registers, in their unit."""


def violations(history: History) -> tuple[str, ...]:
    """Return everything that did not hold, each with its name before it: invariants, then liveness."""
    judges = JUDGES | LIVENESS
    return tuple(f"{name}: {what}" for name, judge in judges.items() for what in judge(history))


def acknowledged_is_durable(history: History) -> Iterator[str]:
    """I1: what the journal acknowledged stands in it at the end; nothing permitted leaves before that."""
    hashes = {entry.seq: entry.hash.hex() for entry in history.entries}
    for one in history.acknowledged:
        if hashes.get(one.seq) != one.head:
            yield f"entry {one.seq} was acknowledged at {one.at_s:g} s and is not in the journal"
    journalled = {entry.subject: entry.seq for entry in history.entries if entry.kind == "command"}
    for wired in history.wired:
        seq = journalled.get(wired.command.id)
        is_permitted = wired.command.authority == "gate"
        if is_permitted and (seq is None or seq > wired.journalled):
            yield f"{wired.command.id} was written at {wired.at_s:g} s before it was durable"


def executed_once(history: History) -> Iterator[str]:
    """I2: a command is handed to a driver once, and a device executes it once at the most."""
    for command, count in Counter(one.command.id for one in history.wired).items():
        if count > 1:
            yield f"{command} was handed to a driver {count} times"
    for point, device in DEVICE.items():
        used = Counter(one.command.sequence for one in history.wired if one.command.point == point)
        for number, count in Counter(one.sequence for one in history.executed.get(device, ())).items():
            if count > used[number]:
                yield f"{device} executed number {number} {count} times, {used[number]} commands carried it"
    told = Counter(one.command.point for one in history.wired)
    for quantity, count in Counter(one.quantity for one in history.executed.get("breaker", ())).items():
        if count > told[PULSES[quantity]]:
            yield f"the breaker took {count} pulses to {quantity}, {told[PULSES[quantity]]} were commanded"


def permitted(history: History) -> Iterator[str]:
    """I3: all that leaves has a permit of the expected revision for this very value, or is the safe value."""
    for one in history.wired:
        command, writing = one.command, _writing(history, one.command.point)
        if command.authority == "safe_set":
            if writing.on_loss is not OnLoss.WRITE_SAFE or command.value != writing.safe_value:
                yield f"{command.id} wrote {command.value:g} on {command.point} as a safe value"
            continue
        answer = history.answered.get(command.id)
        if (
            answer is None
            or not isinstance(answer.verdict, Allow)
            or answer.verdict.revision != command.revision
        ):
            yield f"{command.id} on {command.point} left without a permit"
        elif (answer.point, answer.value) != (command.point, command.value):
            yield f"{command.id} wrote {command.value:g}, permitted was {answer.value:g} on {answer.point}"


def inside_limits(history: History) -> Iterator[str]:
    """I4: no device ever executes a value outside the rating of its asset."""
    for point, device in DEVICE.items():
        low, high = history.limits[point]
        for one in history.executed.get(device, ()):
            if not low - SETTLED_S <= one.value <= high + SETTLED_S:
                yield f"{device} executed {one.value:g}, its rating is [{low:g}, {high:g}]"


def owned_or_safe(history: History) -> Iterator[str]:
    """I5: a value that is not the safe one has a live owner, or goes safe in time.

    In time is `UNOWNED_S` while the gateway can write. Where the device has a reversion timer it is that
    timer, whatever becomes of the gateway.
    """
    for point in DEVICE:
        safe, unowned_s = _writing(history, point).safe_value, 0.0
        for one in (sample for sample in history.samples if sample.point == point):
            if abs(one.value - safe) <= SETTLED_S or one.owners:
                unowned_s = 0.0
            elif one.can_act:
                unowned_s += TICK_S
                if unowned_s > UNOWNED_S:
                    yield f"{one.value:g} stands on {point} at {one.at_s:g} s, nobody has wanted it for long"
                    break
    yield from _reverted(history)


def _reverted(history: History) -> Iterator[str]:
    """A value on the device with a timer is never older than the timer."""
    safe = _writing(history, REVERTING).safe_value
    writes = [one.at_ns / NANOSECONDS for one in history.executed.get(DEVICE[REVERTING], ())]
    for one in history.samples:
        if one.point == REVERTING and abs(one.value - safe) > SETTLED_S:
            last_s = max((at_s for at_s in writes if at_s <= one.at_s), default=0.0)
            if one.at_s - last_s > REVERSION_S + TICK_S:
                yield f"{one.value:g} stands on {REVERTING} at {one.at_s:g} s, written at {last_s:g} s"
                return


def in_order(history: History) -> Iterator[str]:
    """I6: no reading is older than the one before it within a life; executed numbers rise."""
    for before, seen in pairwise(history.ticks):
        if before.life == seen.life and bool((seen.at_ns < before.at_ns).any()):
            yield f"tick {seen.tick} of life {seen.life} shows an older reading than the tick before"
    for device in DEVICE.values():
        numbers = [one.sequence or 0 for one in history.executed.get(device, ())]
        for earlier, later in pairwise(numbers):
            if (later - earlier) % 65536 >= 32768:
                yield f"{device} executed number {later} after {earlier}"


def chained(history: History) -> Iterator[str]:
    """I7: the journal's chain verifies, and every command in it has exactly one end state, or none yet."""
    yield from verify(history.entries)
    commands = {entry.subject for entry in history.entries if entry.kind == "command"}
    ends = Counter(entry.subject for entry in history.entries if entry.kind == "receipt")
    yield from (f"{command} has {count} end states" for command, count in ends.items() if count > 1)
    yield from (f"{command} has an end state and was never journalled" for command in ends.keys() - commands)
    if history.open_at_end:
        yield f"{', '.join(history.open_at_end)} never ended"


def no_bad_quality(history: History) -> Iterator[str]:
    """I8: what the follower wanted rests on a good reading, plausible and not old."""
    rules = history.site.point(METER)
    for entry in history.entries:
        if entry.kind != "basis":
            continue
        basis = msgspec.json.decode(entry.body, type=Basis)
        if basis.decision.chosen_by == "follower":
            yield from (f"{basis.command} {why}" for why in _unusable(basis, rules))


def _unusable(basis: Basis, rules: Point) -> Iterator[str]:
    proposal = next((one for one in basis.proposals if one.agent == "follower"), None)
    if proposal is None or proposal.wanted is None or not proposal.evidence:
        yield "was chosen by the follower, which gave no evidence"
        return
    at_ns = int(proposal.evidence[0].partition("@")[2])
    age_s = (proposal.made_at_ns - at_ns) / NANOSECONDS
    low_kw = rules.plausibility.low if rules.plausibility else float("-inf")
    high_kw = rules.plausibility.high if rules.plausibility else float("inf")
    power_kw = 2.0 * proposal.wanted + 300.0  # what it must have seen, to within its step
    if age_s > rules.stale_s:
        yield f"rests on a reading that was {age_s:g} s old"
    if not low_kw - 50.0 <= power_kw <= high_kw + 50.0:
        yield f"rests on a reading of about {power_kw:g} kW, which is not plausible"


def _writing(history: History, point: str) -> Writing:
    writing = history.site.point(point).writing
    assert writing is not None  # noqa: S101 - only writable points are judged
    return writing


JUDGES: Final[dict[str, Judge]] = {
    "I1 acknowledged is durable": acknowledged_is_durable,
    "I2 executed once": executed_once,
    "I3 permitted": permitted,
    "I4 inside limits": inside_limits,
    "I5 owned or safe": owned_or_safe,
    "I6 in order": in_order,
    "I7 chained": chained,
    "I8 no bad quality": no_bad_quality,
}
