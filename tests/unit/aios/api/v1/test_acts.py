"""What people tell a gateway over HTTP: with identity, right, reason and key, once, and on what they saw."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import httpx
import msgspec
import pytest
from fastapi import Request

from aios.access.identity import Identity, Role
from aios.api.front import Front, Paces
from aios.api.pace import Buckets, Pace
from aios.api.v1.acting import Attempt
from aios.api.v1.person import Person
from aios.api.v1.seen import seen_of
from aios.control_room.site_views import SiteView
from edge.access.right import Right, right_of
from kernel.instruction import (
    AlarmAct,
    Approval,
    BundleAct,
    ClaimQuestion,
    HandBack,
    Mode,
    Override,
    PointMode,
)
from kernel.shell.wire import Accepted, PutRequest, Rejected, Repeated, TurnedAway
from policies.rights.rights import Granted, Refused
from tests.fakes.snapshots import FakeSource
from tests.unit.aios.api.v1.asking import (
    AGENT_ASKS,
    NORD,
    URL,
    app_over,
    as_,
    asking,
    asking_source,
    known,
    person,
    question,
    seen_view,
    south_view,
)

POINT = "bat1/active_power_setpoint"
ASKED = question().id
TIMED = ("plan", "defer")
ACTS = {
    f"points/{POINT}/mode": {"reason": "work on the cubicle", "mode": "blocked"},
    f"points/{POINT}/override": {"reason": "test", "value": 7.5, "for_s": 60},
    "overrides/o1/hand-back": {"reason": "done"},
    "commands": {"reason": "peak", "point": POINT, "value": 12.0},
    **{
        f"alarms/voltage_limit:t1/{what}": {"reason": "seen"} | ({"for_s": 900} if what == "shelve" else {})
        for what in ("acknowledge", "shelve", "unshelve", "take-out", "put-back")
    },
    **{
        f"repair-orders/t1/cooling/{what}": {"reason": "pump"} | ({"for_s": 900} if what in TIMED else {})
        for what in ("claim", "release", *TIMED, "reject", "done")
    },
    "policies/2026.12/shadow": {"reason": "see what changes"},
    "policies/2026.12/promote": {"reason": "agreed on Tuesday", "assets": ["bat1"]},
    "policies/rollback": {"reason": "it denies too much"},
    f"approvals/{ASKED}": {"reason": "line is clear", "granted": True, "digest": "ab12"},
    f"approvals/{ASKED}/claim": {"reason": "looking at it"},
    f"approvals/{ASKED}/release": {"reason": "called away"},
    **{f"agents/peak_shaving/{what}": {"reason": "it swings"} for what in ("suspend", "resume", "restart")},
    f"agent-questions/{AGENT_ASKS.id}": {"text": "yes, from six on"},
}
"""An act of each kind."""


def doer(path: str) -> str:
    """Who may do an act: policies are a security officer's, taking an alarm out of service an engineer's."""
    if path.endswith(("take-out", "put-back")):
        return "ines"
    return "sven" if path.startswith("policies") else "emil"


async def told(path: str, body: dict, source: FakeSource | None = None, who: str = "", key: str = "k1"):
    heard = asking_source() if source is None else source
    async with asking(await seen_view(heard), front=known()) as client:
        answer = await client.post(f"{NORD}/{path}", json=body, headers=as_(who or doer(path), key))
    return answer, heard.told


@pytest.mark.parametrize("path", ACTS)
async def test_an_act_is_passed_on_in_the_name_of_who_is_known(path: str):
    answer, heard = await told(path, ACTS[path])
    assert answer.status_code == 202
    (message,) = heard
    said = message if isinstance(message, PutRequest) else message.instruction
    who = doer(path)
    assert (said.person, said.reason, said.key) == (who, ACTS[path].get("reason", said.reason), f"{who}/k1")
    assert answer.json()["key"] == f"{who}/k1"
    assert answer.headers["location"] == answer.json()["look"]


@dataclass(frozen=True, kw_only=True)
class Remembering(Front):
    """A desk that remembers which rights it was asked for."""

    asked: list[Right] = field(default_factory=list)

    def may(self, who: Identity, action: str, kind: str, site: str) -> Granted | Refused:
        self.asked.append(Right(action, kind))
        return super().may(who, action, kind, site)


@pytest.mark.parametrize("path", ACTS)
async def test_the_desk_asks_for_the_right_that_the_gateway_will_ask_for(path: str):
    source, desk = asking_source(), known()
    front = Remembering(access=desk.access, now_ns=desk.now_ns)
    async with asking(await seen_view(source), front=front) as client:
        await client.post(f"{NORD}/{path}", json=ACTS[path], headers=as_(doer(path), "k1"))
    (message,) = source.told
    assert front.asked == [right_of(message)]


@pytest.mark.parametrize("path", ACTS)
async def test_where_to_look_can_be_looked_at(path: str):
    async with asking(await seen_view(), front=known()) as client:
        answer = await client.post(f"{NORD}/{path}", json=ACTS[path], headers=as_(doer(path), "k1"))
        assert (await client.get(answer.json()["look"], headers=as_("emil"))).status_code == 200


@pytest.mark.parametrize("path", ACTS)
async def test_nobody_acts_without_an_identity(path: str):
    source = asking_source()
    async with asking(await seen_view(source), front=known()) as client:
        answer = await client.post(f"{NORD}/{path}", json=ACTS[path], headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert source.told == []


@pytest.mark.parametrize("path", ACTS)
async def test_where_there_are_no_accounts_nobody_acts(path: str):
    source = asking_source()
    async with asking(await seen_view(source)) as client:
        answer = await client.post(f"{NORD}/{path}", json=ACTS[path], headers={"Idempotency-Key": "k"})
    assert answer.status_code == 401
    assert source.told == []


@pytest.mark.parametrize("who", ["vera", "anton", "olga", "the other"])
@pytest.mark.parametrize("path", ACTS)
async def test_nobody_acts_without_the_right(path: str, who: str):
    if who == "the other":
        who = "sven" if doer(path) != "sven" else "emil"
    answer, heard = await told(path, ACTS[path], who=who)
    assert answer.status_code == 403
    assert who in answer.json()["detail"]
    assert heard == []


@pytest.mark.parametrize("path", ACTS)
async def test_nobody_acts_without_a_key(path: str):
    answer, heard = await told(path, ACTS[path], key="")
    assert answer.status_code == 422
    assert "idempotency" in answer.json()["detail"].lower()
    assert heard == []


@pytest.mark.parametrize("reason", [None, "", "   ", "x" * 501])
@pytest.mark.parametrize("path", [path for path, body in ACTS.items() if "reason" in body])
async def test_nobody_acts_without_a_reason(path: str, reason: str | None):
    body = {name: value for name, value in ACTS[path].items() if name != "reason"}
    answer, heard = await told(path, body if reason is None else {**body, "reason": reason})
    assert answer.status_code == 422
    assert heard == []


@pytest.mark.parametrize("path", ACTS)
async def test_a_refusal_of_the_gateway_comes_back_in_its_words(path: str):
    source = asking_source()
    source.says = Rejected(reason="the point is local")
    answer, _ = await told(path, ACTS[path], source)
    assert (answer.status_code, answer.json()["detail"]) == (409, "the point is local")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_refusal_of_rights_at_the_gateway_is_403():
    source = asking_source()
    source.says = TurnedAway(refusal="not_permitted", why="no right at this site")  # type: ignore[arg-type]
    answer, _ = await told("commands", ACTS["commands"], source)
    assert (answer.status_code, answer.json()["detail"]) == (403, "no right at this site")


async def test_what_the_gateway_heard_before_a_restart_of_the_desk_is_said():
    source = asking_source()
    source.says = Repeated(key="emil/k1", stage="permitted", why="", command="nord-7-1")
    answer, _ = await told("commands", ACTS["commands"], source)
    assert (answer.status_code, answer.json()["stage"]) == (202, "permitted")


async def test_what_waits_is_not_called_taken_and_sent_again_it_says_what_became_of_it():
    source = asking_source()
    source.says = Accepted(trace="k1", waits="the next tick has not come: it is not taken yet")
    async with asking(await seen_view(source), front=known()) as client:
        headers = as_("emil", "k1")
        first = await client.post(f"{NORD}/commands", json=ACTS["commands"], headers=headers)
        source.says = Accepted(trace="k1")
        again = await client.post(f"{NORD}/commands", json=ACTS["commands"], headers=headers)
    assert (first.status_code, first.json()["stage"]) == (202, "waits")
    assert "next tick" in first.json()["why"]
    assert again.json()["stage"] == "taken"


@pytest.mark.parametrize("says", [Rejected(reason="not now"), None])
async def test_a_repeated_key_hears_the_first_answer_and_does_nothing(says: Rejected | None):
    source = asking_source()
    source.says = says or source.says
    async with asking(await seen_view(source), front=known()) as client:
        first, again = [
            await client.post(f"{NORD}/commands", json=ACTS["commands"], headers=as_("emil", "k1"))
            for _ in range(2)
        ]
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert len(source.told) == 1


async def test_a_key_is_for_one_thing():
    source = asking_source()
    async with asking(await seen_view(source), front=known()) as client:
        headers = as_("emil", "k1")
        await client.post(f"{NORD}/commands", json=ACTS["commands"], headers=headers)
        other = {**ACTS["commands"], "value": 13.0}
        answer = await client.post(f"{NORD}/commands", json=other, headers=headers)
    assert answer.status_code == 422
    assert len(source.told) == 1


async def test_two_people_with_one_key_do_not_meet():
    source = asking_source()
    async with asking(await seen_view(source), front=known()) as client:
        for who in ("emil", "erika"):
            await client.post(f"{NORD}/commands", json=ACTS["commands"], headers=as_(who, "1"))
    assert [one.key for one in source.told] == ["emil/1", "erika/1"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("oidc:ann", "k"), ("oidc.ann", "k")),
        (("oidc:ann/x", "k"), ("oidc:ann", "x/k")),
        (("oidc:a%3Ab", "k"), ("oidc:a:b", "k")),
    ],
)
async def test_keys_of_two_people_never_meet(one: tuple[str, str], other: tuple[str, str]):
    assert await key_of(*one) != await key_of(*other)
    assert await key_of("e.long-name@grid_1", "k") == "e.long-name@grid_1/k"


async def key_of(name: str, key: str) -> str:
    """The key under which a gateway hears a person."""
    request, seen = Request({"type": "http"}), seen_of(await seen_view())
    who = Person(person(name, Role.OPERATOR), ())
    return Attempt(request=request, seen=seen, person=who, key=key, if_match="").full_key


async def test_an_act_that_is_under_way_is_not_begun_again():
    arrived, may_go_on = asyncio.Event(), asyncio.Event()

    class Slow(FakeSource):
        async def tell(self, message):
            arrived.set()
            await may_go_on.wait()
            return await super().tell(message)

    source = Slow(asking_source().shot)
    async with asking(await seen_view(source), front=known()) as client:

        async def once():
            return await client.post(f"{NORD}/commands", json=ACTS["commands"], headers=as_("emil", "k"))

        first = asyncio.create_task(once())
        await arrived.wait()
        second = await once()
        may_go_on.set()
    assert (second.status_code, (await first).status_code) == (409, 202)
    assert len(source.told) == 1


async def test_a_gateway_that_does_not_answer_leaves_the_key_free():
    source = asking_source()
    async with asking(await seen_view(source), front=known()) as client:
        source.down = "connection lost"
        lost = await client.post(f"{NORD}/commands", json=ACTS["commands"], headers=as_("emil", "k1"))
        source.down = ""
        again = await client.post(f"{NORD}/commands", json=ACTS["commands"], headers=as_("emil", "k1"))
    assert (lost.status_code, lost.headers["retry-after"]) == (503, "2")
    assert again.status_code == 202


async def tagged(view: SiteView, path: str, source: FakeSource, **changes: object) -> int:
    """Act on what was seen, after it changed; return the status."""
    async with asking(view, front=known()) as client:
        tag = (await client.get(f"{NORD}/{path}", headers=as_("emil"))).headers["etag"]
        source.shot = type(source.shot)(
            **{f: getattr(source.shot, f) for f in source.shot.__struct_fields__} | changes
        )
        headers = as_("emil", "k1", If_Match=tag)
        return (await client.post(f"{NORD}/{path}", json=ACTS[path], headers=headers)).status_code


async def test_an_act_on_what_was_seen_is_passed_on_while_that_stands():
    source = asking_source()
    assert await tagged(await seen_view(source), f"approvals/{ASKED}", source) == 202


async def test_an_act_on_what_has_changed_is_not_passed_on():
    source = asking_source()
    later = msgspec.structs.replace(question(), high=2.0)
    assert await tagged(await seen_view(source), f"approvals/{ASKED}", source, asked=(later,)) == 412
    assert source.told == []


async def test_an_act_on_what_does_not_stand_is_not_passed_on():
    source = asking_source()
    paths = ["points/none/mode", "points/none/override", "overrides/none/hand-back", "approvals/none"]
    bodies = list(ACTS.values())
    for path, body in zip(paths, [*bodies[:3], ACTS[f"approvals/{ASKED}"]], strict=True):
        answer, heard = await told(path, body, source)
        assert (answer.status_code, heard) == (404, [])


async def test_an_act_reaches_its_own_site_alone():
    nord, south = asking_source(), await south_view()
    async with asking(await seen_view(nord), south, front=known()) as client:
        path = "/api/v1/sites/south/points/south/only/override"
        body = ACTS[f"points/{POINT}/override"]
        answer = await client.post(path, json=body, headers=as_("olga", "k1"))
        crossed = await client.post(path, json=body, headers=as_("emil", "k1"))
    assert (answer.status_code, crossed.status_code) == (202, 403)
    assert nord.told == []
    assert [one.instruction.pattern for one in south.source.told] == ["south/only"]  # type: ignore[attr-defined]


async def test_what_is_passed_on_says_what_was_asked_for():
    source = asking_source()
    async with asking(await seen_view(source), front=known()) as client:
        for path, body in ACTS.items():
            headers = as_(doer(path), path.replace("/", "-").replace(":", "-"))
            assert (await client.post(f"{NORD}/{path}", json=body, headers=headers)).status_code == 202
    heard = dict(zip(ACTS, source.told, strict=True))
    wish = heard.pop("commands")
    assert (wish.point, wish.value) == (POINT, 12.0)
    told = {path: message.instruction for path, message in heard.items()}
    mode, override = told[f"points/{POINT}/mode"], told[f"points/{POINT}/override"]
    assert (type(mode), mode.point, mode.mode) == (PointMode, POINT, Mode.BLOCKED)
    assert (type(override), override.pattern, override.value) == (Override, POINT, 7.5)
    assert heard[f"points/{POINT}/override"].for_s == 60
    assert type(told["overrides/o1/hand-back"]) is HandBack
    answer = told[f"approvals/{ASKED}"]
    assert (type(answer), answer.digest, answer.role) == (Approval, "ab12", "OPERATOR")
    steps = [(one.step, one.revision) for one in told.values() if isinstance(one, BundleAct)]
    assert steps == [("shadow", "2026.12"), ("promote", "2026.12"), ("rollback", "")]
    promoted = told["policies/2026.12/promote"]
    assert (promoted.assets, promoted.approver) == (("bat1",), "sven")


@pytest.mark.parametrize("path", [path for path in ACTS if path.startswith(("alarms", "repair-orders"))])
async def test_what_is_done_to_an_alarm_or_an_order_is_what_the_path_says(path: str):
    _, (message,) = await told(path, ACTS[path])
    said, what = message.instruction, path.rpartition("/")[2].replace("-", "_")
    about = said.alarm if isinstance(said, AlarmAct) else said.order
    assert (about, said.act) == ("voltage_limit:t1" if isinstance(said, AlarmAct) else "t1/cooling", what)
    assert message.for_s == ACTS[path].get("for_s", 0)


@pytest.mark.parametrize("what", ["suspend", "resume", "restart"])
async def test_what_is_done_with_an_agent_is_what_the_path_says(what: str):
    path = f"agents/peak_shaving/{what}"
    _, (message,) = await told(path, ACTS[path])
    said = message.instruction
    assert (said.agent, said.change.value) == ("peak_shaving", what)


@pytest.mark.parametrize("what", ["claim", "release"])
async def test_a_question_is_claimed_and_given_back_in_a_role_that_it_asks_for(what: str):
    path = f"approvals/{ASKED}/{what}"
    _, (message,) = await told(path, ACTS[path], who="paula")
    said = message.instruction
    assert (type(said), said.question, said.release, said.role) == (
        ClaimQuestion,
        ASKED,
        what == "release",
        "OPERATOR",
    )


async def test_an_agent_reads_the_answer_and_the_journal_has_what_it_asked():
    path = f"agent-questions/{AGENT_ASKS.id}"
    _, (message,) = await told(path, ACTS[path])
    said = message.instruction
    assert (said.question, said.text) == (AGENT_ASKS.id, "yes, from six on")
    assert said.reason == "peak_shaving asks: Is the battery in test?"


async def test_an_agent_that_is_not_there_and_a_question_that_is_answered_take_no_act():
    for path, body in (("agents/none/suspend", {"reason": "r"}), ("agent-questions/none", {"text": "t"})):
        answer, heard = await told(path, body, who="emil")
        assert (answer.status_code, heard) == (404, [])


async def test_a_shift_is_handed_over_by_who_has_it():
    body = {"taker": "erika", "note": "bay 15 is earthed"}
    answer, (message,) = await told("hand-overs", body, who="emil")
    said = message.instruction
    assert answer.status_code == 202
    assert (said.giver, said.taker, said.person, said.note) == ("emil", "erika", "emil", body["note"])


@pytest.mark.parametrize("who", ["vera", "ines", "sven", "olga"])
async def test_only_an_operator_hands_a_shift_over(who: str):
    answer, heard = await told("hand-overs", {"taker": "erika", "note": "n"}, who=who)
    assert (answer.status_code, heard) == (403, [])


async def test_nobody_names_another_as_the_approver_of_a_bundle():
    path = "policies/2026.12/promote"
    answer, heard = await told(path, {**ACTS[path], "approver": "emil"})
    assert (answer.status_code, heard) == (422, [])


async def test_who_acts_too_often_waits():
    async with asking(await seen_view(), front=known(Paces())) as client:
        for number in range(31):
            answer = await client.post(
                f"{NORD}/commands", json=ACTS["commands"], headers=as_("emil", f"k{number}")
            )
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")


async def test_a_person_acts_no_faster_from_two_places():
    paces = Paces(acts=Buckets(Pace(per_s=1.0, at_once=2)))
    app = app_over(await seen_view(), front=known(paces))
    statuses = []
    for place in range(3):
        at = httpx.ASGITransport(app, client=(f"10.0.0.{place}", 1))
        async with httpx.AsyncClient(transport=at, base_url=URL) as client:
            headers = as_("emil", f"k{place}")
            answer = await client.post(f"{NORD}/commands", json=ACTS["commands"], headers=headers)
            statuses.append(answer.status_code)
    assert statuses == [202, 202, 429]
