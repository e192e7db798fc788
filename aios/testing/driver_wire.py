"""Rules of the wire: loss, silence, slices, garbage, answers that come late, callers that go."""

from __future__ import annotations

import asyncio
from typing import Final

from aios.testing.driver_rule import Rule
from aios.testing.driver_scene import Broken, Scene
from aios.testing.fault_proxy import WireFaults

_LOST = WireFaults(drop=1.0)
_ROUNDS: Final = 3


async def _returns_after_silence(scene: Scene) -> str:
    await scene.open()
    await scene.good()
    await scene.vanish()
    await scene.read()
    await scene.read()
    await scene.appear()
    await scene.good("returns_after_silence")
    return f"good again within {scene.bench.recovery_s} s of the device's return"


async def _returns_after_loss(scene: Scene) -> str:
    await scene.open()
    await scene.good()
    scene.wire.reset()
    await scene.good("returns_after_loss")
    await scene.wire.down()
    await scene.read()
    await scene.read()
    await scene.wire.up()
    await scene.good("returns_after_loss")
    return "good again after a reset, and after its port had been closed"


async def _reads_slices(scene: Scene) -> str:
    await scene.open()
    await scene.good()
    scene.wire.to_client.faults = WireFaults(slice_bytes=3, slice_pause_s=0.0)
    wanted = scene.show(1)
    wrong = scene.differing(await scene.good("reads_slices"), wanted)
    if wrong:
        raise Broken(f"of an answer in parts of 3 bytes {wrong}")
    return "answers in parts of 3 bytes are read whole"


async def _survives_garbage(scene: Scene) -> str:
    await scene.open()
    wanted = scene.show(0)
    await scene.good()
    for _ in range(_ROUNDS):
        scene.wire.to_client.once(WireFaults(garbage=1.0))
        wrong = scene.differing(await scene.read(), wanted)
        wrong = wrong or scene.differing(await scene.good("survives_garbage"), wanted)
        if wrong:
            raise Broken(f"with bytes before an answer that belong to none {wrong}, good")
    return f"{_ROUNDS} times random bytes before an answer: nothing wrong was believed, and it went on"


async def _takes_no_stale_answer(scene: Scene) -> str:
    await scene.open()
    late = WireFaults(late=1.0, late_s=1.5 * scene.bench.timeout_s)
    for faults, what in ((late, "came after its time-out"), (WireFaults(duplicate=1.0), "came twice")):
        scene.show(0)
        await scene.good()
        scene.wire.to_client.once(faults)
        await scene.read()
        wanted = scene.show(1)
        for _ in range(_ROUNDS):
            wrong = scene.differing(await scene.read(), wanted)
            if wrong:
                raise Broken(f"an answer that {what} was taken for that of the next request: {wrong}")
        wrong = scene.differing(await scene.good("takes_no_stale_answer"), wanted)
        if wrong:
            raise Broken(f"an answer that {what} was taken for that of a later request: {wrong}")
    return "late and doubled answers were not taken for those of the next requests"


async def _can_be_cancelled(scene: Scene) -> str:
    await scene.open()
    scene.show(0)
    await scene.good()
    scene.wire.partition()
    await _cancelled(scene, asyncio.ensure_future(scene.driver.read()), "read")
    wanted = scene.show(1)
    await scene.appear()
    wrong = scene.differing(await scene.read(), wanted) or scene.differing(await scene.good(), wanted)
    if wrong:
        raise Broken(f"the answer of a cancelled reading was taken for the next: {wrong}")
    if scene.bench.command is None:
        return "a cancelled reading leaves nothing behind"
    before = scene.writes()
    scene.wire.partition()
    await _cancelled(
        scene, asyncio.ensure_future(scene.driver.write(scene.next(scene.bench.command))), "write"
    )
    await scene.appear()
    await scene.good()
    await scene.pause(scene.bench.timeout_s)
    if scene.writes() > before + 1:
        raise Broken(f"a cancelled write was executed {scene.writes() - before} times", "writes_once")
    return "a cancelled reading and a cancelled write leave nothing behind"


async def _cancelled(scene: Scene, doing: asyncio.Future[object], what: str) -> None:
    """Cancel a call while its request is under way."""
    await asyncio.sleep(scene.bench.timeout_s / 4)
    doing.cancel()
    done, _ = await asyncio.wait([doing], timeout=scene.bench.patience_s)
    if not done:
        raise Broken(f"{what} went on for {scene.bench.patience_s} s after it was cancelled")
    if not doing.cancelled():
        if doing.exception() is not None:
            raise Broken(f"a cancelled {what} raised {doing.exception()!r}")
        raise Broken(f"{what} swallowed its cancellation")


async def _asks_for_no_more_connections(scene: Scene) -> str:
    await scene.open()
    await scene.good()
    most = 0
    for faults in (_LOST, WireFaults(garbage=1.0), _LOST):
        scene.wire.to_client.once(faults)
        await scene.read()
        await scene.good()
        await scene.pause(0.01)
        most = max(most, scene.wire.statistics()["open"])
    if most > scene.bench.connections:
        raise Broken(f"after lost answers {most} connections stand open, not {scene.bench.connections}")
    return f"at most {most} connection(s) through three lost answers"


RULES: Final = (
    Rule(
        name="returns_after_silence",
        claim="a device that was silent and is back is read again",
        do="After a time-out close the connection, and make a new one at the next reading",
        needs=("away",),
        check=_returns_after_silence,
    ),
    Rule(
        name="returns_after_loss",
        claim="a connection that was reset, or refused, is made again",
        do="Connect at the next reading where there is no connection, with a pause that has an upper bound",
        needs=("wire",),
        check=_returns_after_loss,
    ),
    Rule(
        name="reads_slices",
        claim="an answer that comes in parts is read whole",
        do="Read until the frame is complete; one `recv` is not one answer",
        needs=("wire",),
        check=_reads_slices,
    ),
    Rule(
        name="survives_garbage",
        claim="bytes that belong to no answer are not believed, and reading goes on",
        do="Check everything that an answer repeats of its request; where it differs, drop the connection",
        needs=("wire",),
        check=_survives_garbage,
    ),
    Rule(
        name="takes_no_stale_answer",
        claim="a late or doubled answer is never taken for that of another request",
        do="Check the number of the request, or drop the connection at every time-out",
        needs=("wire", "show", "shown"),
        check=_takes_no_stale_answer,
    ),
    Rule(
        name="can_be_cancelled",
        claim="a caller may go in the middle of a request: nothing is left, nothing repeated",
        do="Drop the connection on CancelledError too, and raise it again",
        needs=("wire", "show", "shown"),
        check=_can_be_cancelled,
    ),
    Rule(
        name="asks_for_no_more_connections",
        claim="connections that failed are closed before new ones are made",
        do="Close the old connection in every way out of a request",
        needs=("wire",),
        check=_asks_for_no_more_connections,
    ),
)
