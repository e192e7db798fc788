"""The process of rights answers as the policy does; one that is gone or silent grants nothing."""

from __future__ import annotations

import io

import msgspec
import pytest

from policies.rights.process import RightsAnswer, RightsProcess
from policies.rights.worker import serve
from policies.worker import FAILED, LENGTH, frames, put

ASKED = {"person": "ann", "sites": ["s"], "kind": "alarm", "site": "s"}


def answers(*questions: bytes) -> list[bytes]:
    incoming, outgoing = io.BytesIO(), io.BytesIO()
    for question in questions:
        put(incoming, question)
    incoming.seek(0)
    serve(incoming, outgoing)
    outgoing.seek(0)
    return list(frames(outgoing))


def test_the_worker_answers_each_question_by_the_policy_of_rights() -> None:
    may = msgspec.json.encode(ASKED | {"roles": ["OPERATOR"], "action": "shelve"})
    may_not = msgspec.json.encode(ASKED | {"roles": ["VIEWER"], "action": "shelve"})
    yes, no, torn = answers(may, may_not, b"{")
    assert msgspec.json.decode(yes, type=RightsAnswer) == RightsAnswer(roles=("OPERATOR",))
    assert "has no right shelve" in msgspec.json.decode(no, type=RightsAnswer).why
    assert torn.startswith(FAILED)
    assert LENGTH.size == 4


@pytest.mark.parametrize(
    ("roles", "granting"),
    [
        (("OPERATOR",), ("OPERATOR",)),
        (("VIEWER", "OPERATOR", "ENGINEER"), ("ENGINEER", "OPERATOR")),
        (("VIEWER",), ()),
        ((), ()),
    ],
)
async def test_the_process_says_which_roles_grant_a_right(
    roles: tuple[str, ...], granting: tuple[str, ...]
) -> None:
    rights = RightsProcess(budget_s=60.0)
    try:
        found = await rights.roles_for(person="ann", roles=roles, action="mode", kind="point", site="s")
    finally:
        await rights.close()
    assert (found[0], bool(found[1])) == (granting, not granting)


async def test_a_process_that_does_not_answer_in_time_grants_nothing() -> None:
    rights = RightsProcess(budget_s=0.0)
    granting, why = await rights.roles_for(
        person="ann", roles=("OPERATOR",), action="shelve", kind="alarm", site="s"
    )
    assert granting == ()
    assert "gave no answer" in why
    assert rights._child is None
