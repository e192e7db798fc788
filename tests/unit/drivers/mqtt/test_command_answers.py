"""What the journal says of remote commands, as the broker gets to know it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from drivers.mqtt.command_answers import FOLLOWED, FOLLOWERS, Answers, message_of
from drivers.mqtt.commands import ATTEMPTS, CommandsIn
from drivers.mqtt.link import LinkDown
from drivers.mqtt.message import IncomingMessage, OutgoingMessage
from drivers.mqtt.told import BATCH, Told
from kernel.command import Outcome, Receipt, Sent, Transmission
from kernel.journal.chain import Entry
from kernel.journal.commands import CommandJournal
from kernel.remote import LONGEST_TOKEN, NotTaken, Signed
from kernel.request import Requested, RequestStage
from kernel.shell.clock import VirtualClock
from kernel.shell.socket import GatewayAway
from kernel.shell.wire import Accepted, Answer, HearCommand, Rejected, Repeated, TurnedAway

SIGNED = Signed(key="dispatch", public_key="00", role="", id="c1", digest="d1", token="t")
ASKED: dict[str, Any] = {
    "key": "dispatch:c1", "person": "ann", "point": "bat/setpoint", "value": 5.0, "reason": "r",
    "at_ns": 1, "signed": SIGNED,
}  # fmt: skip
KINDS = {Requested: "request", Sent: "sent", Receipt: "receipt"}


def entry(seq: int, body: Requested | Sent | Receipt) -> Entry:
    about = body.key if isinstance(body, Requested) else body.command
    text = msgspec.json.encode(body).decode()
    return Entry(seq=seq, at_ns=seq, tick=0, kind=KINDS[type(body)], subject=about, body=text, hash=b"")


def answered(*bodies: Requested | Sent | Receipt) -> list[OutgoingMessage]:
    answers = Answers()
    heard = [answers.hear(entry(seq, body)) for seq, body in enumerate(bodies)]
    return [message_of("nord", *one, at_ns=seq) for seq, said in enumerate(heard) for one in said]


def course(key: str = "dispatch:c1", command: str = "r-1-0") -> list[Requested | Sent | Receipt]:
    """The entries of a command from its token to its end."""
    signed = Requested(**ASKED | {"key": key}, stage=RequestStage.SIGNED)
    later = Requested(**ASKED | {"key": key, "signed": None}, stage=RequestStage.TAKEN)
    return [
        signed,
        later,
        msgspec.structs.replace(later, stage=RequestStage.PERMITTED, command=command),
        Sent(command=command, transmission=Transmission.WRITTEN, at_ns=3),
        Receipt(command=command, outcome=Outcome.DONE, at_ns=4, detail="read back", value=5.0),
    ]


def stages(messages: Sequence[OutgoingMessage]) -> list[str]:
    return [json.loads(message.payload)["data"]["stage"] for message in messages]


def test_every_stage_of_a_signed_command_is_told_on_its_own_topic() -> None:
    told = answered(*course())
    assert stages(told) == ["accepted", "permitted", "sent", "ended"]
    assert {message.topic for message in told} == {"aios/nord/commands/out/c1"}
    assert not any(message.retain for message in told)
    ended = json.loads(told[-1].payload)
    assert (ended["id"], ended["source"]) == ("command:dispatch:c1:ended", "aios/nord")
    assert ended["data"]["outcome"] == "done"
    assert (ended["data"]["digest"], ended["data"]["command"], ended["data"]["value"]) == ("d1", "r-1-0", 5.0)


def test_what_nobody_signed_is_told_to_nobody() -> None:
    _, *unsigned = course()
    assert answered(*unsigned) == []
    answers = Answers()
    assert {answers.hear(entry(seq, body)) for seq, body in enumerate(unsigned[:2])} == {()}
    assert not answers._commands


def test_a_refusal_carries_its_name_and_one_that_came_later_the_name_policy() -> None:
    at_the_door = Requested(**ASKED, stage=RequestStage.REFUSED, why="w", refusal="expired")
    later = Requested(**ASKED | {"signed": None}, stage=RequestStage.REFUSED, why="denied", command="r-1-0")
    told = [json.loads(m.payload)["data"] for m in answered(at_the_door, *course()[:2], later)]
    assert [(one["stage"], one["refusal"]) for one in told] == [
        ("refused", "expired"), ("accepted", ""), ("refused", "policy")
    ]  # fmt: skip


def test_what_never_left_the_gateway_is_not_told_as_sent() -> None:
    unsent = Sent(command="r-1-0", transmission=Transmission.NOT_SENT, at_ns=3)
    assert stages(answered(*course()[:3], unsent)) == ["accepted", "permitted"]


def test_everyone_whose_wish_one_command_sets_hears_of_its_end() -> None:
    first = course("dispatch:c1")
    other = msgspec.structs.replace(SIGNED, id="c2")
    second = [msgspec.structs.replace(one, key="dispatch:c2") for one in first[:3]]
    second[0] = msgspec.structs.replace(second[0], signed=other)
    told = answered(*first[:3], *second, *first[3:])
    ends = [message for message in told if stages([message])[0] in {"sent", "ended"}]
    assert [(message.topic.rpartition("/")[2], *stages([message])) for message in ends] == [
        ("c1", "sent"), ("c2", "sent"), ("c1", "ended"), ("c2", "ended")
    ]  # fmt: skip


def test_who_waits_for_one_command_is_bounded_and_who_has_been_answered_waits_no_more() -> None:
    answers = Answers()
    for number in range(FOLLOWERS + 5):
        for seq, body in enumerate(course(f"dispatch:c{number}")[:3]):
            answers.hear(entry(seq, body))
    assert [len(keys) for keys in answers._commands.values()] == [FOLLOWERS]
    gone = Requested(**ASKED | {"key": "dispatch:c9", "signed": None}, stage=RequestStage.SUPERSEDED)
    answers.hear(entry(9, gone))
    for seq, body in enumerate(course("dispatch:c10")[:3]):
        answers.hear(entry(seq, body))
    (keys,) = answers._commands.values()
    assert "dispatch:c9" not in keys
    assert keys.count("dispatch:c10") == 1


def test_what_is_followed_is_bounded() -> None:
    answers = Answers()
    for number in range(FOLLOWED + 5):
        for seq, body in enumerate(course(f"dispatch:c{number}", f"r-{number}")[:3]):
            answers.hear(entry(seq, body))
    assert len(answers._signed) == len(answers._commands) == FOLLOWED


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[CommandJournal]:
    made = CommandJournal(tmp_path / "commands.db")
    yield made
    made.close()


def note(journal: CommandJournal, *bodies: Requested | Sent | Receipt) -> None:
    for body in bodies:
        line = entry(0, body)
        journal.note(line.kind, line.subject, body, at_ns=1)


def told_by(folder: Path) -> Told:
    return Told("nord", folder / "commands.db", folder / "told")


def test_news_are_the_same_until_they_have_been_told(journal: CommandJournal, tmp_path: Path) -> None:
    told = told_by(tmp_path)
    note(journal, *course()[:3])
    assert told.news() == told.news()
    assert stages(told.news().messages) == ["accepted", "permitted"]
    told.move(told.news())
    assert told.news().messages == ()


def test_a_reader_that_was_killed_goes_on_where_it_was_and_knows_what_is_on_the_way(
    journal: CommandJournal, tmp_path: Path
) -> None:
    first = told_by(tmp_path)
    note(journal, *course()[:3])
    first.move(first.news())
    note(journal, *course()[3:])
    assert stages(first.news().messages) == ["sent", "ended"]  # and killed before it had told them
    second = told_by(tmp_path)
    assert stages(second.news().messages) == ["sent", "ended"]


def test_without_its_place_it_tells_everything_again_under_the_same_ids(
    journal: CommandJournal, tmp_path: Path
) -> None:
    first = told_by(tmp_path)
    note(journal, *course())
    before = first.news()
    first.move(before)
    (tmp_path / "told").unlink()
    assert told_by(tmp_path).news() == before


def test_another_journal_is_read_from_its_begin(tmp_path: Path) -> None:
    journal = CommandJournal(tmp_path / "commands.db")
    note(journal, *course(), *course("dispatch:c2", "r-2-0"))
    journal.close()
    told = told_by(tmp_path)
    told.move(told.news())
    for file in tmp_path.glob("commands.db*"):
        file.unlink()
    fresh = CommandJournal(tmp_path / "commands.db")
    note(fresh, *course("dispatch:c3", "r-3-0")[:2])
    assert stages(told.news().messages) == ["accepted"]
    fresh.close()


def test_a_long_journal_is_read_in_parts(journal: CommandJournal, tmp_path: Path) -> None:
    journal.note("finding", "x", {}, at_ns=1)
    for number in range(BATCH // 2 + 1):
        note(journal, *course(f"dispatch:c{number}", f"r-{number}")[:2])
    told, found = told_by(tmp_path), []
    while True:
        news = told.news()
        found += news.messages
        told.move(news)
        if not news.is_full:
            break
    assert len(found) == BATCH // 2 + 1


def test_all_answers_about_one_command_come_again(journal: CommandJournal, tmp_path: Path) -> None:
    note(journal, *course(), *course("dispatch:c2", "r-2-0"))
    again = told_by(tmp_path).again("dispatch:c1")
    assert stages(again) == ["accepted", "permitted", "sent", "ended"]
    assert told_by(tmp_path).again("dispatch:nobody") == ()


def test_where_there_is_no_journal_yet_there_is_nothing_to_tell(tmp_path: Path) -> None:
    assert told_by(tmp_path).news().messages == ()
    assert told_by(tmp_path).again("dispatch:c1") == ()


class Broker:
    """A broker of two lists: tokens that wait, and what was published; it can be away."""

    most, lost = 64, 3

    def __init__(self, *payloads: bytes) -> None:
        self.waiting = [IncomingMessage(topic="t", payload=payload) for payload in payloads]
        self.published: list[OutgoingMessage] = []
        self.away = 0
        self.empty, self.heard = asyncio.Event(), asyncio.Event()

    def __len__(self) -> int:
        return len(self.waiting)

    async def get(self) -> IncomingMessage:
        if not self.waiting:
            self.empty.set()
            await asyncio.Event().wait()
        return self.waiting.pop(0)

    async def publish(self, messages: Sequence[OutgoingMessage]) -> None:
        if self.away:
            self.away -= 1
            raise LinkDown("away")
        self.published += messages
        self.heard.set()


async def carried(broker: Broker, folder: Path, *answers: Answer | GatewayAway) -> list[HearCommand]:
    """Carry until every token was answered, with these answers of a gateway in turn."""
    left, heard = list(answers), []

    async def ask(command: HearCommand) -> Answer:
        heard.append(command)
        answer = left.pop(0)
        if isinstance(answer, GatewayAway):
            raise answer
        return answer

    clock = VirtualClock(start_ns=0)
    running = asyncio.create_task(
        CommandsIn("nord", broker, broker, ask, told=told_by(folder), clock=clock).run()
    )
    async with asyncio.timeout(5.0):
        await broker.empty.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return heard


async def test_a_refusal_that_is_no_entry_is_told_at_once_where_it_has_an_id(tmp_path: Path) -> None:
    broker = Broker(b"a", b"b", b"c", b"d")
    away = TurnedAway(refusal=NotTaken.BAD_SIGNATURE, why="w", id="c1")
    nameless = TurnedAway(refusal=NotTaken.MALFORMED, why="w")
    entered = TurnedAway(refusal=NotTaken.EXPIRED, why="w", id="c2", is_journalled=True)
    await carried(broker, tmp_path, away, nameless, entered, Rejected(reason="r"))
    (message,) = broker.published
    said = json.loads(message.payload)["data"]
    assert (said["id"], said["refusal"], said["may_repeat"]) == ("c1", "bad_signature", False)


async def test_a_repeated_command_gets_its_answers_again(journal: CommandJournal, tmp_path: Path) -> None:
    note(journal, *course())
    (tmp_path / "told").write_text("1000000")  # all of it was told
    broker = Broker(b"a")
    (tmp_path / "told").write_text(str(journal._seq))
    await carried(broker, tmp_path, Repeated(key="dispatch:c1", stage=""))
    assert stages(broker.published) == ["accepted", "permitted", "sent", "ended"]


async def test_a_token_waits_for_a_gateway_that_is_away(tmp_path: Path) -> None:
    broker = Broker(b"a")
    heard = await carried(broker, tmp_path, GatewayAway("gone"), GatewayAway("gone"), Accepted())
    assert [one.token for one in heard] == ["a", "a", "a"]
    assert (heard[0].bound, heard[0].dropped) == (64, 3)


async def test_of_a_huge_payload_only_so_much_is_handed_on_as_shows_its_size(tmp_path: Path) -> None:
    (heard,) = await carried(Broker(b"\xff" * 1_000_000), tmp_path, Accepted())
    assert len(heard.token) == LONGEST_TOKEN + 1


async def test_answers_wait_for_a_broker_that_is_away(journal: CommandJournal, tmp_path: Path) -> None:
    note(journal, *course())
    broker, told = Broker(), told_by(tmp_path)
    broker.away = 3

    async def nobody(_: HearCommand) -> Answer:
        raise GatewayAway("gone")

    carrying = CommandsIn("nord", broker, broker, nobody, told=told, clock=VirtualClock(start_ns=0))
    running = asyncio.create_task(carrying.run())
    async with asyncio.timeout(5.0):
        await broker.heard.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert stages(broker.published) == ["accepted", "permitted", "sent", "ended"]


async def test_a_token_that_the_gateway_cannot_bear_does_not_stand_in_the_way(tmp_path: Path) -> None:
    broker = Broker(b"poison", b"good")
    heard = await carried(broker, tmp_path, *[GatewayAway("broken")] * ATTEMPTS, Accepted())
    assert [one.token for one in heard] == [*["poison"] * ATTEMPTS, "good"]


def test_an_entry_that_nobody_can_read_says_nothing_and_the_next_is_heard(
    journal: CommandJournal, tmp_path: Path
) -> None:
    journal.note("request", "x", {"stage": "of another version"}, at_ns=1)
    note(journal, *course()[:2])
    assert stages(told_by(tmp_path).news().messages) == ["accepted"]


def test_a_journal_that_cannot_be_read_is_looked_at_again(journal: CommandJournal, tmp_path: Path) -> None:
    note(journal, *course()[:2])
    told = Told("nord", tmp_path / "broken.db", tmp_path / "told")
    (tmp_path / "broken.db").write_bytes(b"no database" * 1000)
    assert told.news().messages == told.again("dispatch:c1") == ()
    (tmp_path / "broken.db").write_bytes((tmp_path / "commands.db").read_bytes())
    journal.tend()
    (tmp_path / "broken.db").write_bytes((tmp_path / "commands.db").read_bytes())
    told.move(told.news())
    assert stages(told.again("dispatch:c1")) == ["accepted"]
