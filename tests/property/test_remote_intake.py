"""Any interleaving of duplicates, reorderings, restarts and expiries: at most one effect for an id.

A state machine drives the real intake over a real kernel and journal; the device counts. A reference model
of a few lines keeps what a reader of docs/remote-commands.md would expect: every answer must be the model's.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from kernel.journal.commands import CommandJournal
from kernel.shell.wire import Accepted, Answer, Repeated, TurnedAway
from tests.unit.edge.intake.conftest import START_S, Gate, Signatory
from tests.unit.kernel.conftest import BATTERY, BREAKER

FULL = settings(max_examples=int(os.environ.get("AIOS_INTAKE", "25")), stateful_step_count=25, deadline=None)
WHO = Signatory(Path("nowhere"))
FORGER = Signatory(Path("nowhere"))


class Sent(NamedTuple):
    """One command of a small world: an id with one of two contents."""

    id: int
    other: bool

    @property
    def pulse(self) -> bool:
        return self.id % 3 == 0

    @property
    def seq(self) -> int | None:
        return None if self.pulse else self.id

    @property
    def expires_s(self) -> float:
        return START_S + 4 + 5 * self.id

    @property
    def value(self) -> float:
        return 1.0 if self.pulse else 10.0 * self.id + self.other

    def token(self, who: Signatory) -> str:
        what: dict[str, Any] = (
            {"point": BREAKER, "unit": "1"} if self.pulse else {"point": BATTERY, "unit": "kW"}
        )
        what |= {"reason": f"content {self.other}", "value": self.value, "seq": self.seq}
        return who.token(f"c{self.id}", exp=self.expires_s, **what)


SENT = st.builds(Sent, id=st.integers(0, 5), other=st.sampled_from([False, False, True]))


class Model:
    """What the document promises."""

    def __init__(self) -> None:
        self.durable: dict[object, tuple[Sent, str]] = {}
        """By key: what it was used for, and the answer; as the journal has it."""
        self.fresh: dict[object, tuple[Sent, str]] = {}
        """The same, since the last tick: a kill forgets it."""

    def hear(self, sent: Sent, now_s: float) -> str:
        known, key = self.durable | self.fresh, sent.id
        if key in known and known[key][0] != sent:
            key = sent
        if key in known:
            return "repeated"
        answer = "id_reused" if key == sent else self._judge(sent, now_s, known)
        self.fresh[key] = (sent, answer)
        return answer

    def _judge(self, sent: Sent, now_s: float, known: dict[object, tuple[Sent, str]]) -> str:
        numbers = [
            before.seq for before, answer in known.values() if answer == "taken" and before.seq is not None
        ]
        if now_s >= sent.expires_s:
            return "expired"
        return "out_of_order" if sent.seq is not None and sent.seq <= max(numbers, default=-1) else "taken"

    def taken(self) -> list[Sent]:
        return [sent for sent, answer in self.durable.values() if answer == "taken"]


class IntakeMachine(RuleBasedStateMachine):
    """The broker does what it likes, processes die when they like."""

    @initialize()
    def begin(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = Path(tempfile.mkdtemp())
        Signatory(self.folder / "keys", private=WHO.private).trust()
        self.model, self.lives, self.effects = Model(), 0, Counter[tuple[str, float]]()
        self.gate = self.started(START_S)

    def started(self, start_s: float) -> Gate:
        self.lives += 1
        journal = CommandJournal(self.folder / "commands.db", durable=False)
        return Gate(self.folder, run=f"r{self.lives}", start_s=start_s, shell={"journal": journal})

    @property
    def now_s(self) -> float:
        return self.gate.plant.clock.now_ns() / 1e9

    @rule(sent=SENT, times=st.integers(1, 3))
    def comes(self, sent: Sent, times: int) -> None:
        for _ in range(times):
            expected = self.model.hear(sent, self.now_s)
            assert named(self.loop.run_until_complete(self.gate.hear(sent.token(WHO)))) == expected

    @rule(sent=SENT)
    def is_forged(self, sent: Sent) -> None:
        assert named(self.loop.run_until_complete(self.gate.hear(sent.token(FORGER)))) == "bad_signature"

    @rule(ticks=st.integers(1, 4))
    def time_goes_on(self, ticks: int) -> None:
        self.loop.run_until_complete(self.gate.plant.run(ticks, position=2.0))
        self.model.durable |= self.model.fresh
        self.model.fresh = {}

    @rule(away_s=st.integers(1, 6))
    def is_killed_and_started_again(self, away_s: int) -> None:
        self.count()
        now_s = self.now_s
        self.gate.close()
        self.model.fresh = {}
        self.gate = self.started(now_s + away_s)

    def count(self) -> None:
        """Take over what the device has executed for people."""
        for command in self.gate.plant.driver.executed:
            if command.asked_by.startswith("person:") and not command.renewal:
                self.effects[command.point, command.value] += 1
        self.gate.plant.driver.executed.clear()

    @invariant()
    def no_id_has_two_effects_and_no_refused_one_has_any(self) -> None:
        self.count()
        taken = self.model.taken()
        allowed = Counter((BREAKER if one.pulse else BATTERY, one.value) for one in taken)
        assert self.effects <= allowed, (self.effects, allowed)

    def teardown(self) -> None:
        self.gate.close()
        self.loop.run_until_complete(self.loop.shutdown_default_executor())
        self.loop.close()
        shutil.rmtree(self.folder)


def named(answer: Answer) -> str:
    match answer:
        case Accepted():
            return "taken"
        case Repeated():
            return "repeated"
        case TurnedAway(refusal=refusal):
            return refusal.value
        case _:
            return repr(answer)


IntakeMachine.TestCase.settings = FULL
TestIntake = IntakeMachine.TestCase
