"""Rules of writing: once, what was asked, not after its validity, and an honest word about it."""

from __future__ import annotations

from typing import Final

import msgspec
import numpy as np

from aios.testing.driver_rule import Rule
from aios.testing.driver_scene import Broken, Scene
from kernel.command import Transmission

_AFTERWARDS: Final = 3
"""Readings after a write, in which nothing more may be sent."""
_UNSAID: Final = {Transmission.WRITTEN, Transmission.REFUSED}
"""Reports that only an answer of the device allows."""


async def _present(scene: Scene) -> int:
    """Open, read until good, and return how many writes the device has executed."""
    await scene.open()
    await scene.good()
    return scene.writes()


async def _later(scene: Scene) -> int:
    """Return how many writes there are after some more readings of a device that is there."""
    await scene.appear()
    for _ in range(_AFTERWARDS):
        await scene.good()
    return scene.writes()


async def _writes_once(scene: Scene) -> str:
    before = await _present(scene)
    for number in (1, 2):
        sent = await scene.write(scene.next(scene.bench.command))
        if sent.transmission is not Transmission.WRITTEN:
            raise Broken(f"the device took it, and the report says {sent.transmission}: {sent.detail}")
        if scene.writes() != before + number:
            raise Broken(f"{number} commands, and the device executed {scene.writes() - before}")
    if await _later(scene) != before + 2:
        raise Broken("a write was sent again with a later reading")
    return "2 commands, 2 writes, none later"


async def _reports_on_its_command(scene: Scene) -> str:
    await _present(scene)
    command = scene.next(scene.bench.command)
    sent = await scene.write(command)
    return f"{sent.command} is {sent.transmission}"


async def _writes_what_was_asked(scene: Scene) -> str:
    await _present(scene)
    command = scene.next(scene.bench.command)
    await scene.write(command)
    taken = scene.bench.taken() if scene.bench.taken is not None else command.value
    if not np.isclose(taken, command.value, rtol=1e-6, atol=1e-9):
        raise Broken(f"{command.value:.9g} was asked for, and the device took {taken:.9g}")
    return f"{command.point}: {command.value:.9g} arrived"


async def _what_does_not_fit_is_not_sent(scene: Scene) -> str:
    before = await _present(scene)
    sent = await scene.write(scene.next(scene.bench.forbidden))
    if sent.transmission not in {Transmission.NOT_SENT, Transmission.REFUSED} or scene.writes() != before:
        raise Broken(f"{sent.transmission}, and {scene.writes() - before} writes at the device")
    return f"{sent.transmission}: {sent.detail}"


async def _nothing_leaves_after_its_validity(scene: Scene) -> str:
    before = await _present(scene)
    late = msgspec.structs.replace(
        scene.next(scene.bench.command), valid_until_ns=scene.bench.clock.now_ns() - 1
    )
    sent = await scene.write(late)
    if await _later(scene) != before:
        raise Broken(f"a command whose validity had ended was sent; the report says {sent.transmission}")
    if sent.transmission not in {Transmission.EXPIRED, Transmission.NOT_SENT}:
        raise Broken(f"a command whose validity had ended is reported as {sent.transmission}")
    return f"{sent.transmission}: {sent.detail}"


async def _a_refusal_is_told(scene: Scene) -> str:
    before = await _present(scene)
    sent = await scene.write(scene.next(scene.bench.refused))
    if sent.transmission is not Transmission.REFUSED or await _later(scene) != before:
        raise Broken(f"the device said no, and the report says {sent.transmission}")
    return f"{sent.transmission}: {sent.detail}"


async def _an_unknown_outcome_is_told(scene: Scene) -> str:
    before = await _present(scene)
    scene.lose_replies()
    sent = await scene.write(scene.next(scene.bench.command))
    executed = scene.writes() - before
    if sent.transmission in _UNSAID:
        raise Broken(f"nobody acknowledged it, and the report says {sent.transmission}")
    if executed > 1 or await _later(scene) - before > 1:
        raise Broken(f"executed {scene.writes() - before} times: it was sent again", "writes_once")
    if executed and sent.transmission is not Transmission.NO_ANSWER:
        raise Broken(f"it left, was executed, and the report says {sent.transmission}")
    return f"{sent.transmission}, executed {executed} time(s), not again: {sent.detail}"


async def _silence_is_told(scene: Scene) -> str:
    before = await _present(scene)
    await scene.vanish()
    sent = await scene.write(scene.next(scene.bench.command))
    if sent.transmission not in {Transmission.NOT_SENT, Transmission.NO_ANSWER}:
        raise Broken(f"nobody was there, and the report says {sent.transmission}")
    if await _later(scene) != before:
        raise Broken("what was written to a device that was away is sent when it is back", "writes_once")
    return f"{sent.transmission}: {sent.detail}"


RULES: Final = (
    Rule(
        name="writes_once",
        claim="a command is executed once, and sent never again, whatever becomes of it",
        do="No retries: neither of the client library, nor at the next reading, nor after a reconnect",
        needs=("command", "writes"),
        check=_writes_once,
    ),
    Rule(
        name="reports_on_its_command",
        claim="every report names its command, its time, and what went wrong",
        do="Return Sent(command=command.id, ..., at_ns=clock.now_ns(), detail=why)",
        needs=("command",),
        check=_reports_on_its_command,
    ),
    Rule(
        name="writes_what_was_asked",
        claim="the device takes the value of the command",
        do="Compare scale, sign and word order of the written registers with the vendor's example",
        needs=("command", "taken"),
        check=_writes_what_was_asked,
    ),
    Rule(
        name="what_does_not_fit_is_not_sent",
        claim="a value that cannot be put into the device never leaves",
        do="Encode before connecting, and answer NOT_SENT with the reason; never clip in silence",
        needs=("forbidden", "writes"),
        check=_what_does_not_fit_is_not_sent,
    ),
    Rule(
        name="nothing_leaves_after_its_validity",
        claim="a command whose validity has ended is not sent",
        do="Compare the clock with `valid_until_ns` after connecting, right before the bytes leave: EXPIRED",
        needs=("command", "writes"),
        check=_nothing_leaves_after_its_validity,
    ),
    Rule(
        name="a_refusal_is_told",
        claim="what the device refuses is reported as REFUSED",
        do="Read the device's answer to a write, and pass its no on",
        needs=("refused", "writes"),
        check=_a_refusal_is_told,
    ),
    Rule(
        name="an_unknown_outcome_is_told",
        claim="a write that nobody acknowledged is NO_ANSWER",
        do="Say WRITTEN only for an acknowledgement that belongs to this write",
        needs=("command", "writes", "unanswered"),
        check=_an_unknown_outcome_is_told,
    ),
    Rule(
        name="silence_is_told",
        claim="a write to a device that is away is reported, and not sent later",
        do="Answer NOT_SENT where nothing left, else NO_ANSWER; keep no queue of writes",
        needs=("command", "writes", "away"),
        check=_silence_is_told,
    ),
)
