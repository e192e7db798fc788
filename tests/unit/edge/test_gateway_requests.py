"""What people ask of a gateway: taken or refused at the door, never lost without a word."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge.desk import Desk, Face
from edge.door import Door
from edge.gateway import Gateway
from kernel.instruction import Mode, PointMode
from kernel.journal.commands import CommandJournal
from kernel.journal.left_open import kind_and_subject, left_open
from kernel.pipe.requests import LONGEST_REQUEST_S
from kernel.quality import INVALID
from kernel.remote import request_key
from kernel.shell.socket import connect
from kernel.shell.wire import Accepted, GetLineage, Instruct, Lineage, PutRequest, Rejected, Repeated
from kernel.verdict import Ask, Deny
from tests.unit.kernel.conftest import BATTERY, BREAKER, METER, S
from tests.unit.kernel.shell.test_kernel import Plant


async def asked(tmp_path: Path, *requests: PutRequest | GetLineage) -> list[object]:
    plant = Plant(tmp_path / "plant")
    desk = Desk(Face(site=plant.site, version="0", revision="test", rules=()), {})
    gateway = Gateway(plant.kernel, (plant.bus,), desk, tmp_path / "s")

    await gateway._server.open()
    client = await connect(tmp_path / "s")
    answers = [await client.ask(request) for request in requests]
    await client.close()
    await gateway._server.close()
    plant.kernel.close()
    return answers


def put(point: str = BATTERY, value: float = 5.0, validity_s: float = 60.0) -> PutRequest:
    return PutRequest(point=point, value=value, person="p", reason="r", validity_s=validity_s)


async def test_a_request_for_a_writable_point_is_taken(tmp_path: Path) -> None:
    assert isinstance((await asked(tmp_path, put()))[0], Accepted)


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (put(point="no/where"), "no point"),
        (put(point=METER), "can only be read"),
        (put(value=math.nan), "no value"),
        (put(value=math.inf), "no value"),
        (put(validity_s=math.inf), "valid for"),
        (put(validity_s=math.nan), "valid for"),
        (put(validity_s=0.0), "valid for"),
        (put(validity_s=LONGEST_REQUEST_S + 1), "valid for"),
    ],
    ids=str,
)
async def test_a_request_that_cannot_stand_is_refused_with_its_reason(
    tmp_path: Path, request_: PutRequest, why: str
) -> None:
    answer = (await asked(tmp_path, request_))[0]
    assert isinstance(answer, Rejected)
    assert why in answer.reason


async def test_a_lineage_is_read_beside_the_gateway_that_writes(tmp_path: Path) -> None:
    answer = (await asked(tmp_path, GetLineage(command="nobody")))[0]
    assert isinstance(answer, Lineage)
    assert "knows no command" in answer.missing


async def live(folder: Path, steps: Callable[[Plant, Door], Awaitable[None]], run: str = "r") -> Plant:
    """A gateway's door over a fake plant, for as long as the steps take."""
    start_ns = 1000 * S if run == "r" else 5000 * S
    plant = Plant(folder, run=run, start_ns=start_ns)
    await steps(plant, Door(plant.kernel))
    plant.kernel.close()
    return plant


def stages(folder: Path, key: str) -> list[str]:
    journal = CommandJournal(folder / "commands.db", read_only=True)
    bodies = [e.body for e in journal.entries(subject=key) if e.kind == "request"]
    journal.close()
    return [msgspec.json.decode(body)["stage"] for body in bodies]


def keyed(value: float = 5.0, point: str = BATTERY, key: str = "k1", **more: Any) -> PutRequest:
    return msgspec.structs.replace(put(point, value), key=key, **more)


async def test_a_key_with_a_colon_is_refused_because_remote_commands_have_those(tmp_path: Path) -> None:
    (answer,) = await asked(tmp_path, keyed(key=request_key("dispatch", "c-17")))
    assert isinstance(answer, Rejected)
    assert "no colon" in answer.reason


async def test_the_same_key_has_one_effect_and_answers_what_became_of_the_first(tmp_path: Path) -> None:
    answers = []

    async def steps(plant: Plant, door: Door) -> None:
        answers.append(await door.put(keyed()))
        answers.append(await door.put(keyed()))
        await plant.run(3, meter=10.0)
        answers.append(await door.put(keyed()))
        await plant.run(3, meter=10.0)

    plant = await live(tmp_path, steps)
    assert [type(one).__name__ for one in answers] == ["Accepted", "Repeated", "Repeated"]
    assert [one.stage for one in answers[1:]] == ["taken", "permitted"]
    assert answers[2].command == plant.driver.writes[0].id
    assert [c.value for c in plant.driver.writes] == [5.0]
    assert stages(tmp_path, "k1") == ["taken", "permitted"]


async def test_a_key_has_no_second_effect_after_a_restart(tmp_path: Path) -> None:
    answers = []

    async def close(plant: Plant, door: Door) -> None:
        answers.append(await door.put(keyed(1.0, BREAKER)))
        await plant.run(2, position=1.0)
        await plant.run(4, position=2.0)

    first = await live(tmp_path, close)
    second = await live(tmp_path, close, run="r2")
    assert [c.point for c in first.driver.writes if c.point == BREAKER] == [BREAKER]
    assert [c for c in second.driver.writes if c.point == BREAKER] == []
    assert isinstance(answers[1], Repeated)
    assert answers[1].stage == "permitted"


async def test_a_key_is_for_one_thing(tmp_path: Path) -> None:
    answers = []

    async def steps(plant: Plant, door: Door) -> None:
        requests = (keyed(), keyed(6.0), keyed(1.0, BREAKER), keyed(key="x" * 201))
        answers.extend([await door.put(request) for request in requests])

    await live(tmp_path, steps)
    assert [type(one).__name__ for one in answers] == ["Accepted", "Rejected", "Rejected", "Rejected"]


async def test_every_request_stands_in_the_journal_with_what_became_of_it(tmp_path: Path) -> None:
    async def steps(plant: Plant, door: Door) -> None:
        plant.driver.quality["cb/position"] = INVALID
        await door.put(keyed(1.0, BREAKER, "away", validity_s=2.0))
        await door.put(keyed(math.nan, key="none"))
        await door.put(keyed(7.0, key="older"))
        await door.put(keyed(8.0, key="newer"))
        plant.gate._answer = lambda c: Deny(rule="no", reason="because", revision="test")
        await plant.run(5, meter=10.0)

    await live(tmp_path, steps)
    assert stages(tmp_path, "away") == ["taken", "expired"]
    assert stages(tmp_path, "none") == ["refused"]
    assert stages(tmp_path, "older") == ["taken", "superseded"]
    assert stages(tmp_path, "newer") == ["taken", "refused"]


async def test_an_instruction_with_a_known_key_has_no_second_effect(
    tmp_path: Path,
) -> None:
    answers = []
    told = Instruct(
        instruction=PointMode(key="m1", person="p", reason="r", point=METER, mode=Mode.BLOCKED), for_s=2.0
    )

    async def steps(plant: Plant, door: Door) -> None:
        answers.append(await door.instruct(told))
        await plant.run(4, meter=10.0)
        answers.append(await door.instruct(told))
        await plant.run(1, meter=10.0)
        assert plant.kernel.state.modes == {}

    await live(tmp_path, steps)
    await live(tmp_path, steps, run="r2")
    assert [type(one).__name__ for one in answers] == ["Accepted", "Repeated", "Repeated", "Repeated"]


async def test_what_a_run_leaves_open_ends_with_the_restart(tmp_path: Path) -> None:
    async def steps(plant: Plant, door: Door) -> None:
        plant.gate._answer = lambda c: Ask(rule="two", reason="ask", revision="test")
        await door.put(keyed(1.0, BREAKER))
        await plant.run(2, position=1.0)

    await live(tmp_path, steps)
    assert stages(tmp_path, "k1") == ["taken", "asked"]
    journal = CommandJournal(tmp_path / "commands.db")
    over = left_open(journal.asked(), now_ns=1)
    assert {kind_and_subject(one)[0] for one in over} == {"question", "request"}
    for one in over:
        journal.note(*kind_and_subject(one), one, at_ns=1)
    assert left_open(journal.asked(), now_ns=2) == ()
    journal.close()
    assert stages(tmp_path, "k1") == ["taken", "asked", "expired"]
