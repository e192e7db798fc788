"""The judge believes the devices, and finds every way in which a journal may disagree with them."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.kill9.field import Evidence
from benchmarks.kill9.judge import Record, judge
from kernel.command import Command, Outcome, Receipt
from kernel.point import Operation
from simulators.devices.bank import Executed

SETPOINT, PULSE = "bat1/active_power_setpoint", "cb1/close"


def command(name: str, point: str, *, at_ns: int, sequence: int | None = None) -> Command:
    return Command(
        id=name, trace="t", point=point, value=1.0, tick=0, issued_at_ns=at_ns, valid_until_ns=at_ns,
        operation=Operation.SETPOINT if sequence else Operation.PULSE,
        sequence=sequence, authority="gate", revision="r", reason="r",
    )  # fmt: skip


NUMBERED, PULSED = command("n", SETPOINT, at_ns=10, sequence=5), command("p", PULSE, at_ns=20)


def record(*, left_open: tuple[str, ...] = (), **ends: Outcome | tuple[Outcome, ...]) -> Record:
    receipts = {
        name: tuple(
            Receipt(command=name, outcome=one, at_ns=30, detail="d")
            for one in (end if isinstance(end, tuple) else (end,))
        )
        for name, end in ends.items()
    }
    return Record(commands=(NUMBERED, PULSED), receipts=receipts, left_open=frozenset(left_open), chain=())


def said(*, sequences: tuple[int, ...] = (5,), pulses: tuple[int, ...] = (25,), **more: Any) -> Evidence:
    return Evidence(
        setpoints=tuple(
            Executed(quantity="active_power_setpoint", value=1.0, sequence=n, at_ns=15) for n in sequences
        ),
        pulses=tuple(Executed(quantity="close", value=1.0, sequence=None, at_ns=at) for at in pulses),
        **{"executions": len(sequences), "duplicates": 0, "operations": len(pulses)} | more,
    )


def test_a_journal_that_agrees_with_the_devices_has_no_violation() -> None:
    assert judge(record(n=Outcome.DONE, p=Outcome.DONE), said()) == ()


def test_an_unknown_pulse_may_have_been_executed_or_not() -> None:
    ends = record(n=Outcome.DONE, p=Outcome.UNKNOWN, left_open=("p",))
    assert judge(ends, said()) == judge(ends, said(pulses=())) == ()


DONE = {"n": Outcome.DONE, "p": Outcome.DONE}


@pytest.mark.parametrize(
    ("ends", "evidence", "words"),
    [
        ({"n": Outcome.DONE}, said(), "p on cb1/close has 0 end states"),
        (DONE | {"p": (Outcome.DONE, Outcome.UNKNOWN)}, said(), "p on cb1/close has 2 end states"),
        (DONE | {"x": Outcome.DONE}, said(), "x has an end state and was never journalled"),
        (DONE | {"left_open": ("p",)}, said(), "open at a kill and ended done"),
        (DONE, said(sequences=(5, 5)), "sequence 5 was executed 2 times"),
        (DONE, said(sequences=(5, 6)), "sequence 6 was executed and never journalled"),
        (DONE, said(sequences=()), "n ended done"),
        (DONE, said(duplicates=1), "1 set-points were sent a second time"),
        (DONE | {"n": Outcome.TIMED_OUT}, said(), "n ended timed_out and was executed"),
        (DONE, said(pulses=(25, 26)), "p on cb1/close ended done and was executed 2 times"),
        (DONE, said(pulses=()), "p on cb1/close ended done and was executed 0 times"),
        (DONE | {"p": Outcome.EXPIRED}, said(), "p on cb1/close ended expired and was executed 1 times"),
        (DONE, said(pulses=(5, 25)), "pulse close at 5 belongs to 0 commands"),
        (DONE, said(operations=7), "the breaker counts 7 pulses"),
    ],
    ids=lambda one: one.replace(" ", "_") if isinstance(one, str) else "",
)
def test_the_judge_finds(ends: dict[str, Any], evidence: Evidence, words: str) -> None:
    assert any(words in violation for violation in judge(record(**ends), evidence))
