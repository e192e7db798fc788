"""What people ask of a gateway: taken or refused at the door, never lost without a word."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from edge.desk import Desk, Face
from edge.gateway import LONGEST_REQUEST_S, Gateway
from kernel.shell.socket import connect
from kernel.shell.wire import Accepted, GetLineage, Lineage, PutRequest, Rejected
from tests.unit.kernel.conftest import BATTERY, METER
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
