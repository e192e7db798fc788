"""Signed commands at the gateway: one effect, or a refusal by name."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import msgspec
import pytest

from aios.cli.way import told
from edge.intake.intake import AT_ONCE
from edge.lineage import lineage
from kernel.instruction import Unfit
from kernel.quality import INVALID
from kernel.remote import LONGEST_TOKEN, NotTaken
from kernel.request import Requested, RequestStage
from kernel.shell.inbox import REQUESTS
from kernel.shell.wire import Accepted, PutRequest, Rejected, Repeated, TurnedAway
from tests.unit.edge.intake.conftest import START_S, Gate, Signatory
from tests.unit.kernel.conftest import BATTERY, BREAKER, METER

KEY = "dispatch:c1"


async def test_a_signed_command_is_done_and_its_token_stands_in_the_journal(
    gate: Gate, ann: Signatory
) -> None:
    token = ann.token()
    assert await gate.hear(token) == Accepted(trace=KEY)
    await gate.plant.run(3, meter=10.0)
    assert gate.written() == [5.0]
    signed, taken, permitted = gate.journalled(KEY)
    assert [one.stage.value for one in (signed, taken, permitted)] == ["signed", "taken", "permitted"]
    assert signed.signed is not None
    assert (signed.signed.token, signed.signed.key, signed.signed.role) == (token, "dispatch", "OPERATOR")
    assert signed.signed.public_key == ann.private.public_key().public_bytes_raw().hex()
    assert permitted.command == gate.plant.driver.writes[0].id


async def test_explain_names_who_signed_a_command_and_with_which_key(gate: Gate, ann: Signatory) -> None:
    await gate.hear(ann.token())
    await gate.plant.run(3, meter=10.0)
    command = gate.plant.driver.writes[0].id
    way = lineage(gate.plant.journal, command)
    assert way.signed is not None
    text = "\n".join(told(way, command))
    public = ann.private.public_key().public_bytes_raw().hex()
    assert f"signed     with key dispatch ({public}), role OPERATOR; remote command c1" in text


async def test_it_has_one_effect_however_often_it_comes(gate: Gate, ann: Signatory) -> None:
    token = ann.token(point=BREAKER, value=1.0, unit="1")
    answers = [await gate.hear(token) for _ in range(3)]
    await gate.plant.run(2, position=1.0)
    answers += [await gate.hear(token) for _ in range(3)]
    await gate.plant.run(3, position=2.0)
    assert answers == [Accepted(trace=KEY), *[Repeated(key=KEY, stage="", why="heard before")] * 5]
    assert gate.written(BREAKER) == [1.0]


async def test_it_has_no_second_effect_after_a_restart(tmp_path: Path, ann: Signatory) -> None:
    token = ann.token(point=BREAKER, value=1.0, unit="1")
    first = Gate(tmp_path)
    await first.hear(token)
    await first.plant.run(2, position=1.0)
    await first.plant.run(3, position=2.0)
    first.close()
    second = Gate(tmp_path, run="r2", start_s=START_S + 20)
    answer = await second.hear(token)
    await second.plant.run(3, position=2.0)
    second.close()
    assert (first.written(BREAKER), second.written(BREAKER)) == ([1.0], [])
    assert isinstance(answer, Repeated)


async def test_one_that_no_tick_has_seen_may_come_again_after_a_kill(tmp_path: Path, ann: Signatory) -> None:
    token = ann.token(point=BREAKER, value=1.0, unit="1")
    first = Gate(tmp_path)
    assert isinstance(await first.hear(token), Accepted)
    first.close()  # without a tick: nothing stands in the journal, and nobody was told
    second = Gate(tmp_path, run="r2", start_s=START_S + 20)
    assert isinstance(await second.hear(token), Accepted)
    await second.plant.run(3, position=1.0)
    second.close()
    assert (first.written(BREAKER), second.written(BREAKER)) == ([], [1.0])


async def test_signed_anew_with_another_expiry_it_is_still_the_same_command(
    gate: Gate, ann: Signatory
) -> None:
    await gate.hear(ann.token())
    await gate.plant.run(1)
    answer = await gate.hear(ann.token(iat=START_S + 1, exp=START_S + 90))
    assert isinstance(answer, Repeated)


@pytest.mark.parametrize("restarted", [False, True], ids=["at once", "after a restart"])
@pytest.mark.parametrize(
    "other",
    [{"value": 6.0}, {"point": BREAKER, "unit": "1", "value": 1.0}, {"seq": 4}, {"reason": "else"}],
    ids=str,
)
async def test_an_id_is_for_one_command(
    tmp_path: Path, ann: Signatory, *, other: dict[str, Any], restarted: bool
) -> None:
    gate = Gate(tmp_path)
    await gate.hear(ann.token())
    await gate.plant.run(3)
    if restarted:
        gate.close()
        gate = Gate(tmp_path, run="r2", start_s=START_S + 5)
    answers = [await gate.hear(ann.token(**other)) for _ in range(2)]
    await gate.plant.run(2)
    gate.close()
    refused = answers[0]
    assert isinstance(refused, TurnedAway)
    assert (refused.refusal, refused.is_journalled) == (NotTaken.ID_REUSED, True)
    assert isinstance(answers[1], Repeated)
    assert [one.refusal for one in gate.journalled(answers[1].key)] == ["id_reused"]
    assert other.get("value", 4.0) not in gate.written()
    assert gate.written(BREAKER) == []


async def test_ids_of_two_keys_do_not_meet(tmp_path: Path, ann: Signatory, gate: Gate) -> None:
    bob = Signatory(tmp_path / "keys", name="other").trust()
    assert await gate.hear(ann.token()) == Accepted(trace=KEY)
    assert await gate.hear(bob.token(sub="bob", value=7.0)) == Accepted(trace="other:c1")


REFUSED = {
    "wrong audience": ({"aud": "sued"}, NotTaken.WRONG_AUDIENCE),
    "expired": ({"iat": START_S - 60, "exp": START_S}, NotTaken.EXPIRED),
    "not yet valid": ({"nbf": START_S + 6}, NotTaken.NOT_YET_VALID),
    "signed in the future": ({"iat": START_S + 6}, NotTaken.NOT_YET_VALID),
    "valid too long": ({"exp": START_S + 301}, NotTaken.VALID_TOO_LONG),
    "signed long ago": ({"iat": START_S - 250, "exp": START_S + 51}, NotTaken.VALID_TOO_LONG),
    "another person": ({"sub": "bob"}, NotTaken.PERSON_NOT_ALLOWED),
    "another point": ({"point": "bat/sequence", "unit": "1"}, NotTaken.POINT_NOT_ALLOWED),
    "another unit": ({"unit": "MW"}, NotTaken.UNIT_MISMATCH),
    "no unit": ({"unit": ""}, NotTaken.UNIT_MISMATCH),
    "no such point": ({"point": "no/where"}, NotTaken.NOT_POSSIBLE),
    "a point that is read only": ({"point": METER}, NotTaken.NOT_POSSIBLE),
}


@pytest.mark.parametrize(("claims", "refusal"), REFUSED.values(), ids=REFUSED)
async def test_what_breaks_the_terms_is_refused_by_name_for_good(
    tmp_path: Path, ann: Signatory, claims: dict[str, Any], refusal: NotTaken
) -> None:
    token, gate = ann.token(**claims), Gate(tmp_path)
    answer = await gate.hear(token)
    assert isinstance(answer, TurnedAway)
    assert (answer.refusal, answer.id, answer.is_journalled) == (refusal, "c1", True)
    assert isinstance(await gate.hear(token), Repeated)
    await gate.plant.run(2)
    gate.close()
    (entry,) = gate.journalled(KEY)
    assert (entry.stage, entry.refusal) == (RequestStage.REFUSED, refusal.value)
    assert entry.signed is not None
    assert entry.signed.token == token
    again = Gate(tmp_path, run="r2", start_s=START_S + 10)  # by now one of them would be valid
    assert isinstance(await again.hear(token), Repeated)
    await again.plant.run(2)
    again.close()
    assert not gate.for_people()
    assert not again.for_people()


async def test_an_older_sequence_of_the_same_key_and_point_is_out_of_order(
    tmp_path: Path, ann: Signatory
) -> None:
    gate = Gate(tmp_path)
    numbered = {number: ann.token(f"c{number}", seq=number, value=float(number)) for number in (3, 4, 5, 7)}
    assert isinstance(await gate.hear(numbered[5]), Accepted)
    answers = [await gate.hear(numbered[3]), await gate.hear(ann.token("twin", seq=5))]
    assert [one.refusal for one in answers if isinstance(one, TurnedAway)] == [NotTaken.OUT_OF_ORDER] * 2
    await gate.plant.run(2)
    gate.close()
    again = Gate(tmp_path, run="r2", start_s=START_S + 5)
    late = await again.hear(numbered[4])
    assert isinstance(late, TurnedAway)
    assert late.refusal is NotTaken.OUT_OF_ORDER
    assert isinstance(
        await again.hear(ann.token("first", seq=1, point=BREAKER, unit="1", value=1.0)), Accepted
    )
    assert isinstance(await again.hear(numbered[7]), Accepted)
    again.close()


async def test_a_refused_command_does_not_move_the_sequence_on(gate: Gate, ann: Signatory) -> None:
    await gate.hear(ann.token("c9", seq=9, unit="MW"))
    assert isinstance(await gate.hear(ann.token("c8", seq=8)), Accepted)


async def test_a_key_whose_file_is_gone_counts_no_more(gate: Gate, ann: Signatory) -> None:
    assert isinstance(await gate.hear(ann.token("c1")), Accepted)
    ann.file.unlink()
    answer = await gate.hear(ann.token("c2"))
    assert answer == TurnedAway(
        refusal=NotTaken.REVOKED_KEY, why="the key that it names is trusted no more", id="c2"
    )
    ann.trust()
    assert isinstance(await gate.hear(ann.token("c3")), Accepted)


async def test_rubbish_is_told_of_once_a_minute_and_burns_no_id(gate: Gate, ann: Signatory) -> None:
    forged = Signatory(gate.folder / "elsewhere", name="dispatch")
    refused = [await gate.hear(forged.token()) for _ in range(30)]
    assert {type(one) for one in refused} == {TurnedAway}
    assert isinstance(await gate.hear(ann.token()), Accepted)
    await gate.plant.run(2)
    entries = [entry for entry in gate.plant.journal.entries() if entry.kind == "finding"]
    assert [entry.body.count("1 bad_signature") for entry in entries] == [1]
    assert gate.written() == [5.0]
    counts = {sample.labels["result"]: sample.value for sample in gate.intake.samples()}
    assert counts == {"bad_signature": 30, "taken": 1}


async def test_a_flood_is_not_looked_at(tmp_path: Path, ann: Signatory) -> None:
    gate = Gate(tmp_path, shell={"stopwatch_ns": lambda: 1})
    answers = [await gate.hear("x" * (LONGEST_TOKEN + 1)) for _ in range(AT_ONCE)]
    assert {one.refusal for one in answers if isinstance(one, TurnedAway)} == {NotTaken.TOO_LARGE}
    last = await gate.hear(ann.token())
    assert isinstance(last, TurnedAway)
    assert (last.refusal, last.is_journalled) == (NotTaken.TOO_MANY, False)
    gate.close()


async def test_a_key_may_send_its_share_of_a_minute_and_repeats_cost_it_nothing(
    tmp_path: Path, ann: Signatory
) -> None:
    gate = Gate(tmp_path, per_minute=3)
    tokens = [ann.token(f"c{number}", value=float(number)) for number in range(5)]
    answers = [await gate.hear(token) for token in (*tokens[:3], *tokens[:3], tokens[3])]
    assert [type(one) for one in answers[:6]] == [Accepted] * 3 + [Repeated] * 3
    assert isinstance(answers[6], TurnedAway)
    assert (answers[6].refusal, answers[6].is_journalled) == (NotTaken.TOO_MANY, False)
    await gate.plant.run(21)
    assert isinstance(await gate.hear(tokens[3]), Accepted)  # the same token: nothing was said of it itself
    gate.close()


async def test_what_finds_no_room_in_the_next_tick_may_come_again(gate: Gate, ann: Signatory) -> None:
    for number in range(REQUESTS):
        await gate.door.put(PutRequest(point=BATTERY, value=1.0, person=f"p{number}", reason="r"))
    full = await gate.hear(ann.token())
    assert isinstance(full, TurnedAway)
    assert (full.refusal, full.is_journalled) == (NotTaken.TOO_MANY, False)
    await gate.plant.run(1)
    assert isinstance(await gate.hear(ann.token()), Accepted)


async def test_while_the_journal_is_away_nothing_is_taken(
    gate: Gate, ann: Signatory, monkeypatch: Any
) -> None:
    from kernel.journal.failure import JournalDown

    def full(*_: object) -> None:
        raise JournalDown("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(gate.plant.journal, "append", full)
        await gate.plant.run(2, meter=80.0)
        answer = await gate.hear(ann.token())
    assert isinstance(answer, TurnedAway)
    assert answer.refusal is NotTaken.JOURNAL_AWAY
    await gate.plant.run(2, meter=10.0)
    assert isinstance(await gate.hear(ann.token()), Accepted)


async def test_a_clock_that_is_not_synchronised_takes_nothing_unless_the_site_trusts_it(
    tmp_path: Path, ann: Signatory, monkeypatch: Any
) -> None:
    gate = Gate(tmp_path)
    monkeypatch.setattr(gate.plant.clock, "state", lambda: "not synchronised")
    answer = await gate.hear(ann.token())
    assert isinstance(answer, TurnedAway)
    assert (answer.refusal, answer.is_journalled) == (NotTaken.CLOCK_NOT_SYNCHRONISED, False)
    monkeypatch.undo()
    assert isinstance(await gate.hear(ann.token()), Accepted)
    gate.close()
    trusting = Gate(tmp_path, run="r2", trust_clock=True)
    monkeypatch.setattr(trusting.plant.clock, "state", lambda: "not synchronised")
    assert isinstance(await trusting.hear(ann.token("c2")), Accepted)
    trusting.close()


async def test_validity_goes_by_the_clock_on_the_wall(gate: Gate, ann: Signatory, monkeypatch: Any) -> None:
    monkeypatch.setattr(gate.plant.clock, "wall_ns", lambda: round((START_S + 60) * 1e9))
    answer = await gate.hear(ann.token())
    assert isinstance(answer, TurnedAway)
    assert answer.refusal is NotTaken.EXPIRED


async def test_a_pulse_is_never_done_at_or_after_the_end_of_its_token(gate: Gate, ann: Signatory) -> None:
    gate.plant.driver.quality["cb/position"] = INVALID  # its device is away, so the operation waits
    await gate.hear(ann.token(point=BREAKER, value=1.0, unit="1", exp=START_S + 3, for_s=600.0))
    await gate.plant.run(3)
    gate.plant.driver.quality["cb/position"] = 0
    await gate.plant.run(3, position=1.0)
    assert gate.written(BREAKER) == []
    assert [one.stage.value for one in gate.journalled(KEY)] == ["signed", "taken", "expired"]


async def test_a_set_point_may_be_asked_for_longer_than_its_token_is_valid(
    gate: Gate, ann: Signatory
) -> None:
    await gate.hear(ann.token(exp=START_S + 5, for_s=20.0))
    await gate.plant.run(15)
    assert gate.written() == [5.0]
    await gate.plant.run(10)
    assert gate.written() == [5.0, 0.0]


async def test_a_key_of_the_local_socket_is_no_id_of_a_remote_command(gate: Gate, ann: Signatory) -> None:
    squatter = PutRequest(point=BATTERY, value=1.0, person="p", reason="r", key=KEY)
    assert isinstance(await gate.door.put(squatter), Rejected)
    assert await gate.hear(ann.token()) == Accepted(trace=KEY)
    await gate.plant.run(2)
    assert isinstance(await gate.door.put(squatter), Rejected)
    fine = msgspec.structs.replace(squatter, key="k")
    assert await gate.door.put(fine) == Accepted(trace="k")


async def test_a_key_that_an_earlier_version_let_in_is_no_id_of_a_remote_command(
    gate: Gate, ann: Signatory
) -> None:
    taken = Requested(
        key=KEY, person="p", point=BATTERY, value=5.0, reason="r", stage=RequestStage.TAKEN, at_ns=1
    )
    gate.plant.kernel.shell.journal.note("request", KEY, taken, at_ns=1)
    answer = await gate.hear(ann.token())
    assert isinstance(answer, TurnedAway)
    assert answer.refusal is NotTaken.ID_REUSED


async def test_the_door_takes_a_key_once_whatever_the_register_says(gate: Gate) -> None:
    signed = Requested(
        key=KEY, person="ann", point=BATTERY, value=5.0, reason="r", stage=RequestStage.SIGNED, at_ns=1
    )
    assert gate.door.take_signed(signed, validity_s=5.0) == Accepted(trace=KEY)
    assert isinstance(gate.door.take_signed(signed, validity_s=5.0), Unfit)


async def test_commands_are_judged_one_after_the_other(gate: Gate, ann: Signatory, monkeypatch: Any) -> None:
    inside, real = [0, 0], gate.door.history

    async def watched(key: str) -> Any:
        inside[0] += 1
        inside[1] = max(inside)
        found = await real(key)
        inside[0] -= 1
        return found

    monkeypatch.setattr(gate.door, "history", watched)
    answers = await asyncio.gather(*(gate.hear(ann.token(f"c{n}", value=float(n))) for n in range(5)))
    assert {type(one) for one in answers} == {Accepted}
    assert inside == [0, 1]


async def test_a_journal_that_cannot_be_read_takes_nothing(
    gate: Gate, ann: Signatory, monkeypatch: Any
) -> None:
    async def broken(_: str) -> Any:
        raise sqlite3.OperationalError("database is locked")

    with monkeypatch.context() as away:
        away.setattr(gate.door, "history", broken)
        answer = await gate.hear(ann.token())
    assert isinstance(answer, TurnedAway)
    assert (answer.refusal, answer.id) == (NotTaken.JOURNAL_AWAY, "c1")
    assert isinstance(await gate.hear(ann.token()), Accepted)


async def test_an_id_that_an_unknown_contract_has_used_is_used(tmp_path: Path, ann: Signatory) -> None:
    gate = Gate(tmp_path)
    await gate.hear(ann.token())
    await gate.plant.run(1)
    signed = gate.journalled(KEY)[0]
    assert signed.signed is not None
    later = msgspec.structs.replace(signed.signed, token="e30.e30.e30")
    other = msgspec.structs.replace(signed, key="dispatch:c2", signed=later)
    gate.plant.journal.note("request", other.key, other, at_ns=1)
    answer = await gate.hear(ann.token("c2"))
    gate.close()
    assert isinstance(answer, TurnedAway)
    assert answer.refusal is NotTaken.ID_REUSED
