"""Gateways with one guard removed: each breaks one invariant, and its judge must say so."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np

from aios.testing.simulated_gateway import Life
from kernel.command import Command, Sent, Transmission
from kernel.journal.failure import JournalDown
from kernel.verdict import Allow, Judgement


class _Through:
    """A part with some of its ways replaced."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class _Repeats(_Through):
    """A driver that sends again what got no answer, as many libraries do by default."""

    async def write(self, command: Command) -> Sent:
        sent = await self.inner.write(command)
        if sent.transmission is Transmission.NO_ANSWER:
            sent = await self.inner.write(command)
        return sent


def repeats(life: Life) -> None:
    """Send a write again when its answer is lost."""
    for bus in life.assembly.buses:
        bus.driver = _Repeats(bus.driver)


def writes_before_it_journals(life: Life) -> None:
    """Take what the disk did not make durable for durable."""
    committer = life.kernel._committer
    commit = committer.commit

    async def careless(outputs: Any) -> None:
        with contextlib.suppress(JournalDown):
            await commit(outputs)

    committer.commit = careless


def believes_any_gate(life: Life) -> None:
    """Take every permit, whatever revision gave it, and a silent gate for a permit."""
    judge, revision = life.kernel.shell.gate.judge, life.kernel.shell.gate.revision

    async def believing(request: Any) -> Judgement:
        try:
            judgement = await judge(request)
            if isinstance(judgement, Judgement) and set(judgement.verdicts) == {
                c.id for c in request.commands
            }:
                return judgement
        except RuntimeError:
            pass
        return Judgement(
            revision=revision, verdicts={c.id: Allow(revision=revision) for c in request.commands}
        )

    life.kernel.shell.gate.judge = believing


def knows_no_limits(life: Life) -> None:
    """Take the envelope away, and let devices take what they are told."""
    limits = life.kernel.pipe.limits
    for point, (low, high) in list(limits.items()):
        limits[point] = (low * 100.0, high * 100.0)
    for device in life._ports.devices.values():
        bank = getattr(device._bank, "_bank", device._bank)
        if storage := getattr(bank, "_storage", None):
            wide = msgspec.structs.replace(storage.rating, power_kw=storage.rating.power_kw * 100.0)
            bank._storage = msgspec.structs.replace(storage, rating=wide)


def forgets_orphans(life: Life) -> None:
    """Leave a set-point as it stands when nobody wants it any more."""
    pipe = life.kernel.pipe
    conclude = pipe.conclude
    pipe.conclude = lambda draft, *args, **more: conclude(
        msgspec.structs.replace(draft, orphans=()), *args, **more
    )


class _Reverses(_Through):
    """A driver that now and then gives an older reading for a new one."""

    last: Any = None
    reads = 0

    async def read(self) -> Any:
        before, self.last = self.last, await self.inner.read()
        self.reads += 1
        return before if before is not None and self.reads % 50 == 0 else self.last


def mixes_readings_up(life: Life) -> None:
    """Give a reading that was overtaken to the image as it came."""
    for bus in life.assembly.buses:
        bus.driver = _Reverses(bus.driver)
    pipe = life.kernel.pipe
    draft = pipe.draft

    def careless(state: Any, inputs: Any, *more: Any) -> Any:
        image = replace(state.image, at_ns=np.zeros_like(state.image.at_ns))
        return draft(msgspec.structs.replace(state, image=image), inputs, *more)

    pipe.draft = careless


def changes_the_past(life: Life) -> None:
    """Rewrite an entry of the journal after it was written."""
    journal = life.kernel.shell.journal
    append, count = journal.append, [0]

    def changing(outputs: Any) -> None:
        append(outputs)
        count[0] += 1
        if count[0] == 20:
            journal._db.execute("update entries set body = replace(body, '0', '1') where seq = 5")

    journal.append = changing


def uses_bad_readings(life: Life) -> None:
    """Let the follower use the number and not its quality."""
    pipe = life.kernel.pipe
    pipe.loops = tuple(
        replace(loop, agent=_Careless(loop.agent)) if loop.name == "follower" else loop for loop in pipe.loops
    )


class _Careless(_Through):
    """An agent whose view says of every reading that it is good."""

    def step(self, view: Any, state: Any) -> Any:
        readings = {name: msgspec.structs.replace(one, quality=0) for name, one in view.readings.items()}
        return self.inner.step(msgspec.structs.replace(view, readings=readings), state)


SABOTAGE: dict[str, Callable[[Life], None]] = {
    "I1": writes_before_it_journals,
    "I2": repeats,
    "I3": believes_any_gate,
    "I4": knows_no_limits,
    "I5": forgets_orphans,
    "I6": mixes_readings_up,
    "I7": changes_the_past,
    "I8": uses_bad_readings,
}
"""By the invariant that each breaks."""
