"""The whole way of an act: desk with accounts, a vouch, the gateway's socket, its journal, the device.

Gateway, desk and policies are processes of their own, the breaker answers on a real socket.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from kernel.instruction import Approval, Instructed
from kernel.journal.commands import CommandJournal
from kernel.shell.socket import connect
from kernel.shell.wire import Instruct, Rejected
from tests.reliability.killed.plant import Plant, plant

pytestmark = pytest.mark.system
CLOSE = {"point": "cb1/close", "value": 1.0, "validity_s": 60, "reason": "bay 1 is ready"}
OPEN = {"point": "cb1/open", "value": 1.0, "validity_s": 60, "reason": "work in bay 1"}


async def question(made: Plant) -> dict[str, Any]:
    """Wait until the desk shows what policy asks."""

    async def look() -> dict[str, Any] | None:
        shown = await made.people["ben"].sees("approvals")
        return next(iter(shown["items"]), None) if shown else None

    found = await made.until(look)
    assert found is not None
    return found


async def stands(made: Plant, position: float) -> bool:
    """Wait until the desk shows the breaker there."""

    async def look() -> bool | None:
        shown = await made.people["ben"].sees("points/cb1/position")
        return True if shown is not None and shown["value"] == position else None

    return await made.until(look) is True


async def test_two_people_close_a_breaker_and_the_journal_says_who(tmp_path: Path) -> None:
    async with plant(tmp_path, uplinks=False) as made:
        anna, ben = made.people["anna"], made.people["ben"]
        assert await stands(made, 2.0)
        assert (await anna.acts_on("commands", OPEN)).status == 202  # opening needs nobody else
        assert await stands(made, 1.0)

        assert (await anna.acts_on("commands", CLOSE)).status == 202
        asked = await question(made)
        yes = {"granted": True, "digest": asked["digest"], "reason": "seen on the spot"}
        own = await anna.acts_on(f"approvals/{asked['id']}", yes)
        assert (own.status, own.said["detail"]) == (409, "anna asks: somebody else must answer")
        typed = Approval(key="t", person="ben", role="OPERATOR", reason="r", asked=asked["id"], granted=True)
        client = await connect(made.home.socket)
        unvouched = await client.ask(Instruct(instruction=typed))
        await client.close()
        assert isinstance(unvouched, Rejected)  # a name that is typed is nobody's

        assert (await ben.acts_on(f"approvals/{asked['id']}", yes)).status == 202
        assert await stands(made, 2.0)
        assert [one.quantity for one in made.breaker.journal] == ["open", "close"]

        journal = CommandJournal(made.home.commands, read_only=True)
        told = [
            msgspec.json.decode(one.body, type=Instructed)
            for one in journal.entries(subject=asked["id"])
            if one.kind == "instruction"
        ]
        journal.close()
        (taken,) = [one.instruction for one in told if not one.refused]
        assert isinstance(taken, Approval)
        assert (taken.person, taken.role, taken.way, taken.granted) == ("ben", "OPERATOR", "token", True)
        assert taken.sign_in
