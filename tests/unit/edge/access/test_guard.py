"""Where a site has `[access]`, only what is vouched for comes in, in the name and role of the vouch."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edge.access.guard import Guard
from edge.access.right import right_of
from edge.access.vouch import vouch
from edge.desk import Desk, Face
from edge.gateway import Gateway
from kernel.instruction import BundleAct, BundleStep, Change, Instruction, Mode, OnAlarm, OnOrder, PointMode
from kernel.journal.chain import Entry
from kernel.shell.wire import Accepted, Instruct, PutRequest, Rejected, Repeated
from kernel.site import Access, VouchingDesk
from policies.rights.rights import shipped_table
from tests.unit.kernel.conftest import BATTERY
from tests.unit.kernel.shell.test_kernel import Plant

NOW = 1_800_000_000.0
KEY = Ed25519PrivateKey.generate()


class OnlyHands:
    """Grants everything to engineers and operators, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    async def roles_for(
        self, *, person: str, roles: tuple[str, ...], action: str, kind: str, site: str
    ) -> tuple[tuple[str, ...], str]:
        self.asked.append((action, kind))
        granting = tuple(sorted({"OPERATOR", "ENGINEER"} & set(roles)))
        return (granting, "") if granting else ((), f"{person} has no right {action} ({kind})")

    async def close(self) -> None:
        self.asked.clear()


class Room:
    """A guarded gateway over a plant."""

    def __init__(self, folder: Path) -> None:
        public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (folder / "desk1.pem").write_bytes(public)
        self.plant = Plant(folder)
        desk = Desk(Face(site=self.plant.site, version="0", revision="test", rules=()), {})
        self.gateway = Gateway(self.plant.kernel, (self.plant.bus,), desk, folder / "s")
        self.rights = OnlyHands()
        access = Access(
            keys=str(folder), desks=(VouchingDesk(key="desk1", roles=("OPERATOR", "ENGINEER", "VIEWER")),)
        )
        self.gateway.door.guard = Guard("s", access, self.rights, now_s=lambda: NOW)

    async def send(self, request: Instruct | PutRequest, **who: Any) -> object:
        """Send a request that a desk vouches for."""
        said: dict[str, Any] = {"person": "m.jansen", "roles": ("OPERATOR",), "sign_in": "s-1"} | who
        token = vouch(request, KEY, desk="desk1", site="s", way="desk", now_s=NOW, **said)
        return await self.gateway._respond(msgspec.structs.replace(request, vouch=token))

    def journalled(self, kind: str) -> list[Entry]:
        return [entry for entry in self.plant.journal.entries() if entry.kind == kind]


def mode(**typed: str) -> Instruct:
    who = {"key": "k1", "person": "somebody", "role": "ADMIN", "way": "desk", "sign_in": "forged"} | typed
    return Instruct(instruction=PointMode(**who, reason="maintenance", point=BATTERY, mode=Mode.LOCAL))


def wish(key: str = "k2") -> PutRequest:
    return PutRequest(point=BATTERY, value=5.0, person="somebody", reason="peak", key=key)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    made = Room(tmp_path)
    yield made
    made.plant.kernel.close()


@pytest.mark.parametrize("request_", [mode(), wish()], ids=["instruction", "wish"])
async def test_what_nobody_vouches_for_is_refused(room: Room, request_: Instruct | PutRequest) -> None:
    answer = await room.gateway._respond(request_)
    assert isinstance(answer, Rejected)
    assert "nobody vouches" in answer.reason
    await room.plant.run(1)
    assert room.journalled("instruction") + room.journalled("request") == []


async def test_person_role_way_and_sign_in_are_the_vouchs_and_not_what_was_typed(room: Room) -> None:
    assert isinstance(await room.send(mode()), Accepted)
    assert isinstance(await room.send(wish()), Accepted)
    await room.plant.run(2)
    told = room.plant.kernel.state.modes[BATTERY]
    assert (told.person, told.role, told.way, told.sign_in) == ("m.jansen", "OPERATOR", "desk", "s-1")
    (asked, *_) = room.journalled("request")
    heard = msgspec.json.decode(asked.body)
    assert [heard[name] for name in ("person", "role", "way", "sign_in")] == [
        "m.jansen",
        "OPERATOR",
        "desk",
        "s-1",
    ]
    assert room.rights.asked == [("mode", "point"), ("command", "point")]


@pytest.mark.parametrize(("typed", "stands"), [("Jo Roth", "m.jansen"), ("", "")])
async def test_the_approver_is_who_is_vouched_for(room: Room, typed: str, stands: str) -> None:
    told = BundleAct(
        key="k3", person="x", reason="r", step=BundleStep.PROMOTE, revision="1-a", approver=typed
    )
    request = Instruct(instruction=told)
    said: dict[str, Any] = {"person": "m.jansen", "roles": ("OPERATOR",), "sign_in": "s-1"}
    token = vouch(request, KEY, desk="desk1", site="s", way="desk", now_s=NOW, **said)
    guard = room.gateway.door.guard
    assert guard is not None
    found = await guard.let_in(msgspec.structs.replace(request, vouch=token))
    assert isinstance(found, Instruct)
    assert isinstance(found.instruction, BundleAct)
    assert (found.instruction.person, found.instruction.approver) == ("m.jansen", stands)


async def test_who_has_no_right_is_refused_with_why(room: Room) -> None:
    assert await room.send(mode(), roles=("VIEWER",)) == Rejected(reason="m.jansen has no right mode (point)")


@pytest.mark.parametrize(
    ("said", "acted"), [("OPERATOR", "OPERATOR"), ("VIEWER", "ENGINEER"), ("", "ENGINEER")]
)
async def test_who_bears_several_roles_acts_in_the_one_that_the_desk_chose_where_it_has_the_right(
    room: Room, said: str, acted: str
) -> None:
    roles = ("VIEWER", "OPERATOR", "ENGINEER")
    assert isinstance(await room.send(mode(role=said), roles=roles), Accepted)
    assert isinstance(await room.send(msgspec.structs.replace(wish(), role=said), roles=roles), Accepted)
    await room.plant.run(2)
    assert room.plant.kernel.state.modes[BATTERY].role == acted
    (asked, *_) = room.journalled("request")
    assert msgspec.json.decode(asked.body)["role"] == acted


async def test_a_vouch_heard_again_has_no_second_effect(room: Room) -> None:
    assert isinstance(await room.send(mode()), Accepted)
    assert isinstance(await room.send(mode()), Repeated)


async def test_without_access_what_was_typed_of_way_and_sign_in_does_not_count(room: Room) -> None:
    room.gateway.door.guard = None
    assert isinstance(await room.gateway._respond(mode()), Accepted)
    await room.plant.run(1)
    told = room.plant.kernel.state.modes[BATTERY]
    assert (told.person, told.way, told.sign_in) == ("somebody", "socket", "")


def every_act() -> list[Instruct]:
    """One instruction of every kind, in every way in which rights tell them apart."""
    who = {"key": "k", "person": "p", "reason": "r"}
    values: dict[str, list[Any]] = {
        "AlarmAct": [*OnAlarm],
        "OrderAct": [*OnOrder],
        "AgentChange": [*Change],
        "BundleAct": ["shadow", "promote", "rollback"],
    }
    acts = []
    for kind in get_args(Instruction):
        for value in values.get(kind.__name__, [None]):
            told: dict[str, Any] = {"type": kind.__name__, **who}
            for name in kind.__struct_fields__[len(who) :]:
                told.setdefault(name, {"act": value, "change": value, "step": value}.get(name, ""))
            known = {"granted": True, "value": 0.0, "mode": "local", "until_ns": 0, "at_ns": 0}
            known |= {"assets": [], "open": {}, "from_ns": 0, "release": False}
            told |= {name: default for name, default in known.items() if name in kind.__struct_fields__}
            acts.append(Instruct(instruction=msgspec.convert(told, kind)))
    return acts


@pytest.mark.parametrize("act", every_act(), ids=lambda one: type(one.instruction).__name__)
def test_every_act_takes_a_right_that_the_policy_knows(act: Instruct) -> None:
    action, kind = right_of(act)
    assert shipped_table()["grants"][kind][action]
