"""Nobody hears that something was taken before the journal has it; who is not told can send it again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from edge.acknowledging import Acknowledging, GatewayEnds
from edge.desk import Desk, Face
from edge.door import Door
from edge.gateway import Gateway
from kernel.instruction import OnOrder, OrderAct
from kernel.journal.failure import JournalDown
from kernel.shell.wire import Accepted, Answer, Instruct, Rejected, Repeated
from tests.unit.edge.test_gateway_requests import keyed
from tests.unit.kernel.pipe.test_dispatching import T2, order
from tests.unit.kernel.shell.test_kernel import Plant


class Rim:
    """A gateway's rim over a plant with an open order; what is told waits beside the ticks."""

    def __init__(self, folder: Path, patience_s: float = 60.0) -> None:
        self.plant = Plant(folder)
        self.plant.kernel.inbox.publish(order())
        self.door = Door(self.plant.kernel)
        self.rim = Acknowledging(self.plant.kernel, self.door, patience_s=patience_s)

    def tell(
        self, who: str = "m.jansen", key: str = "k1", what: OnOrder = OnOrder.CLAIM
    ) -> asyncio.Task[Answer]:
        act = OrderAct(key=key, person=who, reason="crew", order=T2, act=what)
        return asyncio.create_task(self.rim.told(Instruct(instruction=act)))

    def journalled(self) -> list[str]:
        return [one.kind for one in self.plant.journal.entries(subject=T2)]


async def heard_at_the_door(told: asyncio.Task[Answer]) -> None:
    """Let what is told get as far as it gets without a tick."""
    await asyncio.wait({told}, timeout=0.05)


@pytest.fixture
async def made(tmp_path: Path) -> AsyncIterator[Rim]:
    rim = Rim(tmp_path)
    await rim.plant.run(1)
    yield rim
    rim.rim.close()
    rim.plant.kernel.close()


async def test_taken_is_said_when_the_journal_has_it(made: Rim) -> None:
    told = made.tell()
    await heard_at_the_door(told)
    assert not told.done()
    assert made.journalled() == []
    await made.plant.run(1)
    assert isinstance(await told, Accepted)
    assert made.journalled() == ["instruction", "dispatch"]


async def test_the_socket_of_a_gateway_says_it_then_too(tmp_path: Path) -> None:
    plant = Plant(tmp_path)
    desk = Desk(Face(site=plant.site, version="0", revision="test", rules=()), {})
    gateway = Gateway(plant.kernel, (plant.bus,), desk, tmp_path / "s")
    told = asyncio.create_task(gateway._server._respond(keyed()))
    await heard_at_the_door(told)
    assert not told.done()
    await plant.run(1, meter=10.0)
    assert isinstance(await told, Accepted)
    plant.kernel.close()


async def test_a_request_for_a_value_waits_for_the_journal_too(made: Rim) -> None:
    told = asyncio.create_task(made.rim.told(keyed()))
    await heard_at_the_door(told)
    assert not told.done()
    await made.plant.run(1, meter=10.0)
    assert isinstance(await told, Accepted)


async def test_what_the_tick_refuses_is_not_called_taken(made: Rim) -> None:
    first = made.tell("m.jansen", "k1")
    second = made.tell("a.weber", "k2")
    await heard_at_the_door(second)
    await made.plant.run(1)
    assert isinstance(await first, Accepted)
    refused = await second
    assert isinstance(refused, Rejected)
    assert "m.jansen has order" in refused.reason


async def test_what_the_tick_has_refused_may_be_sent_again(made: Rim) -> None:
    first, second = made.tell("m.jansen", "k1"), made.tell("a.weber", "k2")
    await heard_at_the_door(second)
    await made.plant.run(1)
    assert isinstance(await first, Accepted)
    assert isinstance(await second, Rejected)
    free = made.tell("m.jansen", "k3", OnOrder.RELEASE)
    await heard_at_the_door(free)
    await made.plant.run(1)
    again = made.tell("a.weber", "k2")
    await heard_at_the_door(again)
    await made.plant.run(1)
    assert isinstance(await again, Accepted)


async def test_the_same_key_twice_is_taken_once_and_neither_hears_before_the_journal(made: Rim) -> None:
    first, second = made.tell(), made.tell()
    await heard_at_the_door(second)
    assert [first.done(), second.done()] == [False, False]
    await made.plant.run(1)
    assert isinstance(await first, Accepted)
    assert isinstance(await second, Repeated)
    assert made.journalled() == ["instruction", "dispatch"]


async def test_while_the_journal_cannot_be_written_nobody_hears_that_it_was_taken(
    made: Rim, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: object) -> None:
        raise JournalDown("no space left")

    told = made.tell()
    await heard_at_the_door(told)
    with monkeypatch.context() as broken:
        broken.setattr(made.plant.journal, "append", fails)
        await made.plant.run(2)
        await heard_at_the_door(told)
        assert not told.done()
    await made.plant.run(1)
    assert isinstance(await told, Accepted)
    assert made.journalled() == ["instruction", "dispatch"]


async def test_whoever_waits_long_hears_that_it_waits_and_sent_again_what_became_of_it(
    tmp_path: Path,
) -> None:
    made = Rim(tmp_path, patience_s=0.01)
    await made.plant.run(1)
    answer = await made.tell()
    assert isinstance(answer, Accepted)
    assert "next tick has not come" in answer.waits
    again = await made.tell()
    assert isinstance(again, Accepted)
    assert again.waits
    await made.plant.run(1)
    assert isinstance(await made.tell(), Repeated)
    made.plant.kernel.close()


async def test_a_gateway_that_ends_tells_nobody_that_it_was_taken(made: Rim) -> None:
    told = made.tell()
    await heard_at_the_door(told)
    made.rim.close()
    with pytest.raises(GatewayEnds, match="same key"):
        await told


async def test_a_key_whose_journal_could_not_be_read_is_heard_again(
    made: Rim, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError("the disk is away")

    with monkeypatch.context() as broken:
        broken.setattr(made.door, "read", fails)
        with pytest.raises(OSError, match="away"):
            await made.tell()
    told = made.tell()
    await heard_at_the_door(told)
    await made.plant.run(1)
    assert isinstance(await told, Accepted)
