"""The judge: what the journal says was done, against what the devices say they did.

Pure. The devices are believed. A command is open from its issue to its receipt, and pulses on one point never
overlap, so each executed pulse belongs to exactly one of them or to none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from benchmarks.kill9.field import Evidence
from kernel.command import Command, Outcome, Receipt
from kernel.journal.chain import Entry, verify
from kernel.point import Operation

TOLERANCE_KW = 0.1
"""Resolution of the inverter's set-point register."""
NEVER = frozenset({Outcome.REFUSED, Outcome.EXPIRED, Outcome.TIMED_OUT})
"""End states that say: it was not executed."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """What the journal says."""

    commands: tuple[Command, ...]
    receipts: Mapping[str, tuple[Receipt, ...]]
    """By command."""
    left_open: frozenset[str]
    """Commands that some start found open."""
    chain: tuple[str, ...]
    """What is wrong with the hash chain."""

    def outcome(self, command: Command) -> Outcome | None:
        """Return the end state of a command; None where it has none, or several."""
        ends = self.receipts.get(command.id, ())
        return ends[0].outcome if len(ends) == 1 else None


def record_of(entries: Sequence[Entry]) -> Record:
    """Read the journal."""
    commands: list[Command] = []
    receipts: defaultdict[str, list[Receipt]] = defaultdict(list)
    left_open: set[str] = set()
    for entry in entries:
        if entry.kind == "command":
            commands.append(msgspec.json.decode(entry.body, type=Command))
        elif entry.kind == "receipt":
            receipts[entry.subject].append(msgspec.json.decode(entry.body, type=Receipt))
        elif entry.kind == "opened":
            left_open.update(msgspec.json.decode(entry.body)["open_commands"])
    return Record(
        commands=tuple(commands),
        receipts={command: tuple(ends) for command, ends in receipts.items()},
        left_open=frozenset(left_open),
        chain=verify(entries),
    )


def judge(record: Record, said: Evidence) -> tuple[str, ...]:
    """Return every violation in words; empty where each command was done as its end state says."""
    return (
        *record.chain,
        *_ends(record),
        *_setpoints(record, said),
        *_pulses(record, said),
    )


def _ends(record: Record) -> Iterator[str]:
    """Every journalled command has exactly one end state; a pulse open at a kill has UNKNOWN."""
    for command in record.commands:
        ends = record.receipts.get(command.id, ())
        if len(ends) != 1:
            yield f"{command.id} on {command.point} has {len(ends)} end states"
        elif _is_lost_pulse(command, record) and ends[0].outcome is not Outcome.UNKNOWN:
            yield f"{command.id} was open at a kill and ended {ends[0].outcome.value}, not unknown"
    for stranger in record.receipts.keys() - {command.id for command in record.commands}:
        yield f"{stranger} has an end state and was never journalled"


def _is_lost_pulse(command: Command, record: Record) -> bool:
    return command.operation is Operation.PULSE and command.id in record.left_open


def _setpoints(record: Record, said: Evidence) -> Iterator[str]:
    """Sequence numbers are used once, executed once, and executed exactly where DONE says so."""
    numbered = [command for command in record.commands if command.sequence is not None]
    executed = Counter(one.sequence for one in said.setpoints)
    yield from (f"sequence {n} was executed {k} times" for n, k in executed.items() if k > 1)
    used = Counter(command.sequence for command in numbered)
    yield from (f"sequence {n} was given to {k} commands" for n, k in used.items() if k > 1)
    yield from (f"sequence {n} was executed and never journalled" for n in executed if n not in used)
    if said.duplicates:
        yield f"{said.duplicates} set-points were sent a second time"
    if said.executions != len(said.setpoints):
        yield f"the inverter counts {said.executions} executions, its journal {len(said.setpoints)}"
    values = {one.sequence: one.value for one in said.setpoints}
    for command in numbered:
        outcome, value = record.outcome(command), values.get(command.sequence)
        if outcome is Outcome.DONE and (value is None or abs(value - command.value) > TOLERANCE_KW):
            yield f"{command.id} ended done: {command.value:g} kW wanted, {value} executed"
        if outcome in NEVER and value is not None:
            yield f"{command.id} ended {outcome} and was executed"


def _pulses(record: Record, said: Evidence) -> Iterator[str]:
    """Every executed pulse belongs to one command, and no command has more than its end state admits."""
    pulses = [command for command in record.commands if command.operation is Operation.PULSE]
    owned: Counter[str] = Counter()
    for one in said.pulses:
        owners = [c for c in pulses if c.point == f"cb1/{one.quantity}" and _is_open(c, record, one.at_ns)]
        if len(owners) != 1:
            yield f"pulse {one.quantity} at {one.at_ns} belongs to {len(owners)} commands"
        owned.update(command.id for command in owners)
    for command in pulses:
        outcome, count = record.outcome(command), owned[command.id]
        least = 1 if outcome is Outcome.DONE else 0
        most = 0 if outcome in NEVER else 1
        if not least <= count <= most:
            yield f"{command.id} on {command.point} ended {outcome} and was executed {count} times"
    yield from _sums(pulses, record, said)


def _is_open(command: Command, record: Record, at_ns: int) -> bool:
    ends = record.receipts.get(command.id, ())
    return command.issued_at_ns <= at_ns and all(at_ns <= end.at_ns for end in ends)


def _sums(pulses: Iterable[Command], record: Record, said: Evidence) -> Iterator[str]:
    """The breaker's counter lies between what is known to be done and what may have been."""
    outcomes = Counter(record.outcome(command) for command in pulses)
    done, unknown = outcomes[Outcome.DONE], outcomes[Outcome.UNKNOWN]
    if not done <= said.operations <= done + unknown:
        yield f"the breaker counts {said.operations} pulses, {done} ended done and {unknown} unknown"
    if said.operations != len(said.pulses):
        yield f"the breaker counts {said.operations} pulses, its journal {len(said.pulses)}"
