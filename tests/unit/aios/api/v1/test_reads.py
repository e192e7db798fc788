"""What the API tells: every resource of a site, with quality, age and times that can be compared."""

from __future__ import annotations

import json
import re

import msgspec
import pytest

from aios.api.v1.approvals import shown
from aios.api.v1.shown import moment
from kernel.dispatch import Dispatch, WorkStage
from kernel.quality import GOOD
from kernel.shell.wire import CanaryState
from tests.fakes.nord import HOUR, NOW, S
from tests.fakes.nord_confidence import confidence
from tests.fakes.nord_entries import FakeEntries, shifts
from tests.fakes.snapshots import FakeSource, snapshot
from tests.unit.aios.api.v1.asking import NORD, Stopwatch, as_, asking, known, question, seen_view, south_view

LISTS = [
    *("points", "overrides", "commands", "approvals", "alarms", "repair-orders", "forecasts", "journal"),
    *("agents", "agent-questions"),
]
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


@pytest.mark.parametrize("name", LISTS)
async def test_every_list_has_items_and_an_end(name: str):
    async with asking() as client:
        answer = await client.get(f"{NORD}/{name}")
    assert answer.status_code == 200
    assert answer.json()["items"]
    assert answer.json()["next"] is None
    assert "link" not in answer.headers


@pytest.mark.parametrize("name", LISTS)
async def test_the_pages_of_a_list_are_the_list(name: str):
    async with asking() as client:
        whole = (await client.get(f"{NORD}/{name}")).json()["items"]
        told, path = [], f"{NORD}/{name}?limit=2"
        while path:
            answer = await client.get(path)
            told += answer.json()["items"]
            assert len(answer.json()["items"]) <= 2
            path = answer.links.get("next", {}).get("url", "")
    assert told == whole


@pytest.mark.parametrize("name", [one for one in LISTS if one not in {"journal", "commands"}])
async def test_what_a_list_tells_can_be_asked_for_alone(name: str):
    async with asking() as client:
        first = (await client.get(f"{NORD}/{name}")).json()["items"][0]
        alone = await client.get(f"{NORD}/{name}/{first.get('id') or first['point']}")
    assert alone.json() == first


async def test_a_value_has_quality_age_and_a_time_in_utc():
    async with asking() as client:
        items = (await client.get(f"{NORD}/points")).json()["items"]
    read = [one for one in items if one["at"]]
    assert read
    for one in read:
        assert MOMENT.fullmatch(one["at"])
        assert one["age_s"] >= 0
        assert one["quality"]
        assert one["good"] == (one["quality_code"] & 3 == 0)


async def test_a_suspended_agent_is_told_with_who_suspended_it_and_why():
    async with asking() as client:
        items = (await client.get(f"{NORD}/agents")).json()["items"]
    (held,) = (one for one in items if one["suspended_by"])
    assert (held["id"], held["suspended_by"], held["suspended_for"]) == (
        "transformer_health",
        "lena",
        "it swings",
    )


async def test_an_override_is_told_with_the_point_that_it_rules():
    async with asking() as client:
        one = (await client.get(f"{NORD}/points/bat1/active_power_setpoint")).json()
    assert one["override"] == "o1"


async def test_a_gateway_that_falls_silent_vouches_for_nothing_any_more():
    watch = Stopwatch()
    async with asking(await seen_view(watch=watch)) as client:
        path = f"{NORD}/points/{next(p.point for p in snapshot().points if p.quality == GOOD)}"
        before = (await client.get(path)).json()
        watch.now += 6.0
        after = (await client.get(path)).json()
    assert (before["good"], after["good"]) == (True, False)
    assert after["quality"] == "questionable (old)"
    assert after["age_s"] == pytest.approx(before["age_s"] + 6.0)


async def test_a_question_tells_who_has_answered():
    async with asking() as client:
        told = (await client.get(f"{NORD}/approvals/{question().id}")).json()
    assert [one["person"] for one in told["answers"]] == ["ana"]
    assert told["digest"] == "ab12"


async def test_the_way_of_a_command_is_told():
    async with asking() as client:
        told = (await client.get(f"{NORD}/commands/nord-40980-1")).json()
    assert told["command"]["id"] == "nord-40980-1"
    assert told["decision"]["narrowed_by"]


async def test_the_journal_is_asked_for_by_kind():
    async with asking() as client:
        told = (await client.get(f"{NORD}/journal?kind=receipt&after=2")).json()["items"]
    assert [one["seq"] for one in told] == [4, 6]


async def test_an_order_tells_who_has_it_and_until_when():
    source = FakeSource()
    claimed = Dispatch(
        order="t1/cooling",
        stage=WorkStage.PLANNED,
        by="ana",
        since_ns=NOW,
        until_ns=NOW + HOUR,
        reason="pump",
    )
    source.shot = snapshot(dispatches=(claimed,))
    async with asking(await seen_view(source)) as client:
        told = (await client.get(f"{NORD}/repair-orders/t1/cooling")).json()
        other = (await client.get(f"{NORD}/repair-orders/cb12/wear")).json()
    assert (told["work_stage"], told["held_by"], told["work_reason"]) == ("planned", "ana", "pump")
    assert told["work_until"] == moment(NOW + HOUR)
    assert (other["work_stage"], other["held_by"], other["work_until"]) == ("open", "", None)


async def test_hand_overs_are_told_from_the_journal_the_newest_first_with_what_was_open():
    held = FakeEntries(shifts("lena", "ana", "olga"))
    async with asking(await seen_view(entries=held)) as client:
        told = (await client.get(f"{NORD}/hand-overs")).json()
    assert [one["giver"] for one in told["items"]] == ["olga", "ana", "lena"]
    assert [one["seq"] for one in told["items"]] == [4, 3, 2]
    assert {(one["taker"], one["open"]["questions"]) for one in told["items"]} == {("emil", 1)}
    assert told["next"] is None


async def test_the_pages_of_the_hand_overs_are_all_that_were_taken():
    held = FakeEntries(shifts("lena", "ana", "olga", "vera", "emil", refused="ana"))
    told, path = [], f"{NORD}/hand-overs?limit=2"
    async with asking(await seen_view(entries=held)) as client:
        while path:
            answer = await client.get(path)
            told += [one["giver"] for one in answer.json()["items"]]
            path = answer.links.get("next", {}).get("url", "")
    assert told == ["emil", "vera", "olga", "lena"]


async def test_hand_overs_of_a_journal_that_cannot_be_read_are_a_problem_and_a_wrong_page_is_none():
    held = FakeEntries(shifts("lena"))
    async with asking(await seen_view(entries=held)) as client:
        assert (await client.get(f"{NORD}/hand-overs?cursor=Wy0xXQ")).status_code == 404
        held.why = "the journal cannot be read"
        assert (await client.get(f"{NORD}/hand-overs")).status_code == 503


async def test_the_policies_in_force_are_told():
    async with asking() as client:
        assert (await client.get(f"{NORD}/policies")).json()["revision"] == "nord-2026.11.2"


async def test_a_desk_tells_all_its_gateways():
    async with asking(await seen_view(), await south_view()) as client:
        told = (await client.get("/api/v1/sites")).json()["items"]
        south = (await client.get("/api/v1/sites/south")).json()
    assert [one["site"] for one in told] == ["nord", "south"]
    assert south["gateway"] == "up"


async def test_a_site_tells_whether_alarms_come_through_also_while_its_gateway_is_away():
    watch, told = Stopwatch(), CanaryState(every_s=60.0, raised_ns=NOW - 23 * S)
    source = FakeSource(snapshot(canary=told))
    view = await seen_view(source, watch=watch)
    async with asking(view) as client:
        well = (await client.get(NORD)).json()["alarms_proven"]
        watch.now += 200.0
        source.down = "no gateway at that socket"
        await view.feed.poll()
        cut = (await client.get(NORD)).json()["alarms_proven"]
    assert well == {
        "every_s": 60.0, "raised": moment(NOW - 23 * S), "age_s": 23.0, "broken": None, "why": "",
    }  # fmt: skip
    assert (cut["age_s"], cut["broken"]) == (223.0, "control_room")
    assert cut["why"] == "the control room has heard nothing from the gateway since 15:14:07"


async def test_a_site_without_a_canary_tells_nothing_of_one():
    async with asking() as client:
        assert (await client.get(NORD)).json()["alarms_proven"] is None


@pytest.mark.parametrize("path", ["points/south/only", "alarms/south_only:x"])
async def test_what_belongs_to_one_site_is_not_found_under_another(path: str):
    async with asking(await seen_view(), await south_view()) as client:
        assert (await client.get(f"/api/v1/sites/south/{path}")).status_code == 200
        assert (await client.get(f"{NORD}/{path}")).status_code == 404


@pytest.mark.parametrize("name", [*LISTS, "policies"])
async def test_a_tag_saves_a_reader_what_it_has(name: str):
    async with asking() as client:
        first = await client.get(f"{NORD}/{name}")
        again = await client.get(f"{NORD}/{name}", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == first.headers["etag"]


async def test_growing_older_is_no_change_and_makes_a_tag_weak():
    watch = Stopwatch()
    async with asking(await seen_view(watch=watch)) as client:
        first = await client.get(f"{NORD}/points")
        watch.now += 1.0
        later = await client.get(f"{NORD}/points")
        strong = await client.get(f"{NORD}/alarms/voltage_limit:t1")
    assert first.content != later.content
    assert first.headers["etag"] == later.headers["etag"]
    assert first.headers["etag"].startswith('W/"')
    assert strong.headers["etag"].startswith('"')


async def test_a_change_changes_the_tag():
    source = FakeSource()
    view = await seen_view(source)
    async with asking(view) as client:
        first = await client.get(f"{NORD}/alarms")
        source.shot = snapshot(alarms=source.shot.alarms[1:])
        await view.feed.poll()
        later = await client.get(f"{NORD}/alarms", headers={"if-none-match": first.headers["etag"]})
    assert later.status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/sites/east/points", 404),
        ("/api/v1/sites/east", 404),
        (f"{NORD}/points/none", 404),
        (f"{NORD}/alarms/none", 404),
        (f"{NORD}/commands/none", 404),
        (f"{NORD}/forecasts/none", 404),
        (f"{NORD}/repair-orders/none", 404),
        (f"{NORD}/approvals/none", 404),
        (f"{NORD}/nothing", 404),
        (f"{NORD}/points?limit=0", 422),
        (f"{NORD}/points?limit=501", 422),
        (f"{NORD}/points?cursor=%21", 422),
        (f"{NORD}/points?cursor=WyJ4Il0", 404),
        (f"{NORD}/journal?cursor=Wy0xXQ", 404),
        (f"{NORD}/alarms?state=angry", 422),
    ],
)
async def test_what_cannot_be_told_is_a_problem_document(path: str, status: int):
    async with asking() as client:
        answer = await client.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_method_that_is_not_there_is_a_problem_that_says_what_is(method: str):
    async with asking(await seen_view(), front=known()) as client:
        answer = await client.request(method, f"{NORD}/policies", headers=as_("emil"))
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_what_is_not_read_is_taken_of_nobody_who_is_not_known(method: str):
    async with asking() as client:
        answer = await client.request(method, f"{NORD}/policies")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_gateway_that_has_not_answered_is_a_problem_with_a_time_to_ask_again():
    source = FakeSource()
    source.down = "no gateway at that socket"
    async with asking(await seen_view(source)) as client:
        answers = [await client.get(f"{NORD}/{name}") for name in ("points", "commands/x")]
        told = (await client.get(NORD)).json()
    assert [one.status_code for one in answers] == [503, 503]
    assert all(one.headers["retry-after"] == "2" for one in answers)
    assert (told["gateway"], told["why_down"]) == ("down", "no gateway at that socket")


async def test_a_journal_that_cannot_be_read_is_a_problem_that_says_why():
    view = await seen_view()
    view.entries.why = "the journal cannot be read"  # type: ignore[attr-defined]
    async with asking(view) as client:
        answer = await client.get(f"{NORD}/journal")
    assert (answer.status_code, answer.json()["detail"]) == (503, "the journal cannot be read")


async def test_the_api_describes_itself():
    async with asking() as client:
        told = (await client.get("/api/v1/openapi.json")).json()
    assert told["openapi"].startswith("3.1")
    fields = [
        (name, field)
        for name, schema in told["components"]["schemas"].items()
        for field, said in schema.get("properties", {}).items()
        if not said.get("description")
    ]
    assert fields == []


async def test_a_question_tells_how_sure_the_agent_is():
    unsure = msgspec.structs.replace(question(), confidence=confidence())
    told = json.loads(shown(unsure, "").model_dump_json())["confidence"]
    assert (told["said"], told["outcomes"], told["wrong"]) == (0.62, 40, 2)
    assert told["thresholds"][1] == {"at_most_wrong": 0.1, "from_confidence": 0.9}
    async with asking() as client:
        assert (await client.get(f"{NORD}/approvals/{question().id}")).json()["confidence"] is None
