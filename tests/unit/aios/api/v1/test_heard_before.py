"""An act that was taken and is sent again hears so, also when it has ended what it was about."""

from __future__ import annotations

import msgspec
import pytest

from aios.control_room.feed import Feed
from aios.control_room.site_views import SiteView, site_view
from kernel.instruction import Approval, Instructed
from kernel.journal.chain import Entry
from kernel.shell.wire import Instruct, Repeated
from tests.fakes.nord_entries import FakeEntries
from tests.fakes.snapshots import FakeSource, snapshot
from tests.unit.aios.api.v1.asking import NORD, as_, asking, asking_source, known, question, seen_view

ASKED = question().id
YES = {"reason": "line is clear", "granted": True, "digest": "ab12"}


def taken(refused: str = "", key: str = "emil/k1", seq: int = 1) -> Entry:
    """What the journal says of an answer."""
    told = Approval(key=key, person="emil", role="OPERATOR", reason="r", asked=ASKED, granted=True)
    body = msgspec.json.encode(Instructed(instruction=told, refused=refused)).decode()
    return Entry(seq=seq, at_ns=1, tick=1, kind="instruction", subject=ASKED, body=body, hash="")


async def gone(*held: Entry) -> SiteView:
    """A gateway where no question is open any more, on a desk that was started anew."""
    source = FakeSource(snapshot(asked=()))
    source.says = Repeated(key="emil/k1", stage="taken", why="heard before")
    feed = Feed(source)
    await feed.poll()
    return site_view(source, feed, entries=FakeEntries(held), named="nord")


async def answered(view: SiteView, **headers: str) -> int:
    async with asking(view, front=known()) as client:
        said = as_("emil", "k1", **headers)
        return (await client.post(f"{NORD}/approvals/{ASKED}", json=YES, headers=said)).status_code


async def test_an_answer_that_was_taken_is_not_called_unknown_by_a_desk_that_was_killed() -> None:
    view = await gone(taken())
    assert await answered(view) == 202
    (told,) = view.source.told  # type: ignore[attr-defined]
    assert isinstance(told, Instruct)
    assert told.instruction.key == "emil/k1"


async def test_what_the_person_saw_has_changed_by_the_act_itself() -> None:
    assert await answered(await gone(taken()), If_Match='"as it was"') == 202


@pytest.mark.parametrize("held", [(), (taken("no role"),), (taken(key="emil/k2"),)], ids=str)
async def test_what_was_not_taken_is_unknown(held: tuple[Entry, ...]) -> None:
    view = await gone(*held)
    assert await answered(view) == 404
    assert view.source.told == []  # type: ignore[attr-defined]


async def test_a_long_journal_is_read_to_its_end() -> None:
    others = [taken(key=f"other/{number}", seq=number) for number in range(1, 700)]
    assert await answered(await gone(*others, taken(seq=701))) == 202


async def test_a_desk_that_remembers_its_first_answer_gives_it_again() -> None:
    source = asking_source()
    view = await seen_view(source)
    async with asking(view, front=known()) as client:
        first = await client.post(f"{NORD}/approvals/{ASKED}", json=YES, headers=as_("emil", "k1"))
        source.shot = snapshot(asked=())
        await view.feed.poll()
        again = await client.post(f"{NORD}/approvals/{ASKED}", json=YES, headers=as_("emil", "k1"))
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.content == again.content
    assert len(source.told) == 1
