"""A gateway's socket as the page sees it: an answer, or words for why there is none."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from aios.control_room.source import Line, SocketSource, SourceDown
from kernel.shell.socket import GatewayAway
from kernel.shell.wire import Accepted, Answer, GetLineage, GetSnapshot, PutRequest, Rejected, Request
from tests.fakes.nord_journal import lineage
from tests.fakes.snapshots import snapshot

PATH = Path("gateway.sock")


class Wire:
    """A line that answers with what it was given; an exception breaks it."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[Request] = []
        self.closed = False

    async def ask(self, request: Request) -> Answer:
        self.asked.append(request)
        if not self.answers:
            await asyncio.Event().wait()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def close(self) -> None:
        self.closed = True


class Exchange:
    """Gives out lines in turn."""

    def __init__(self, *lines: Wire | Exception) -> None:
        self.lines = list(lines)

    async def __call__(self, path: Path) -> Line:
        line = self.lines.pop(0)
        if isinstance(line, Exception):
            raise line
        return line


async def test_one_line_serves_many_questions():
    wire = Wire(lineage(), lineage())
    source = SocketSource(PATH, Exchange(wire))
    assert await source.lineage("c1") == lineage()
    assert await source.lineage("c2") == lineage()
    assert wire.asked == [GetLineage(command="c1"), GetLineage(command="c2")]


async def test_a_question_does_not_wait_behind_one_that_waits_for_the_next_tick():
    waiting, other = Wire(), Wire(lineage())
    source = SocketSource(PATH, Exchange(waiting, other))
    looking = asyncio.create_task(source.snapshot(seen_tick=7, wait_s=1.0))
    await asyncio.sleep(0)
    assert await source.lineage("c1") == lineage()
    assert waiting.asked == [GetSnapshot(seen_tick=7, wait_s=1.0)]
    assert not looking.done()
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)


@pytest.mark.parametrize(
    "breaking",
    [GatewayAway("broken"), EOFError("half an answer"), ValueError("no frame of ours")],
    ids=["away", "end", "nonsense"],
)
async def test_a_broken_line_is_closed_and_a_new_one_opened_for_the_next_question(breaking: Exception):
    broken = Wire(breaking)
    source = SocketSource(PATH, Exchange(broken, Wire(snapshot())))
    with pytest.raises(SourceDown, match=str(breaking)):
        await source.snapshot()
    assert broken.closed
    assert await source.snapshot() == snapshot()


async def test_no_gateway_is_told_with_its_reason():
    source = SocketSource(PATH, Exchange(GatewayAway("no gateway answers at gateway.sock")))
    with pytest.raises(SourceDown, match=r"no gateway answers at gateway\.sock"):
        await source.snapshot()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Rejected(reason="busy"), "refuses: busy"),
        (Accepted(trace="t"), "answers with Accepted t"),
        (lineage(), "Lineage"),
    ],
    ids=["rejected", "accepted", "lineage"],
)
async def test_an_answer_that_is_no_snapshot_counts_as_down(answer: Answer, words: str):
    with pytest.raises(SourceDown, match=words):
        await SocketSource(PATH, Exchange(Wire(answer))).snapshot()


async def test_a_refused_lineage_is_told():
    with pytest.raises(SourceDown, match="refuses: too old"):
        await SocketSource(PATH, Exchange(Wire(Rejected(reason="too old")))).lineage("c1")


async def test_a_question_given_up_half_way_spends_the_line():
    stuck = Wire()
    source = SocketSource(PATH, Exchange(stuck, Wire(snapshot())))
    asking = asyncio.create_task(source.snapshot())
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert stuck.asked
    assert stuck.closed
    assert await source.snapshot() == snapshot()


WISH = PutRequest(point="b/p", value=1.0, person="ana", reason="r", key="k")


async def test_what_a_person_tells_goes_over_a_line_of_its_own():
    page, told = Wire(snapshot(), snapshot()), Wire(Accepted(trace="k"))
    source = SocketSource(PATH, Exchange(page, told))
    await source.snapshot()
    assert await source.tell(WISH) == Accepted(trace="k")
    await source.snapshot()
    assert (told.asked, told.closed, len(page.asked)) == ([WISH], True, 2)


@pytest.mark.parametrize("answer", [GatewayAway("broken"), EOFError("half an answer"), snapshot()])
async def test_an_act_without_an_answer_that_fits_is_told_as_such(answer: Answer | Exception):
    line = Wire(answer)
    with pytest.raises(SourceDown):
        await SocketSource(PATH, Exchange(line)).tell(WISH)
    assert line.closed


async def test_a_refusal_is_an_answer_to_an_act():
    source = SocketSource(PATH, Exchange(Wire(Rejected(reason="local"))))
    assert await source.tell(WISH) == Rejected(reason="local")
