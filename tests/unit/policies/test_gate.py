"""Belief: what is not a well-formed document of the expected revision is a failure, and never a permit."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.verdict import Allow, Ask, Clamp, Deny, Judgement
from policies.gate import DEFAULT_DENY, believe, believe_text, check_judgement, encode_request
from tests.unit.policies.substation import pulse, request, setpoint

REVISION = "1-abc"
COMMANDS = (setpoint(1.0, name="a"), pulse("cb14/close", name="b"))


def document(**parts: Any) -> dict[str, Any]:
    return {"revision": REVISION, "allow": [], "deny": [], "clamp": [], "ask": [], **parts}


def line(command: str, rule: str = "rule", reason: str = "reason") -> dict[str, str]:
    return {"command": command, "rule": rule, "reason": reason}


def bound(command: str, low: float | None, high: float | None, rule: str = "rule") -> dict[str, Any]:
    return {**line(command, rule), "low": low, "high": high}


def judge(raw: object) -> Judgement:
    return believe(raw, expected_revision=REVISION, commands=COMMANDS)


FAULTS = [
    pytest.param(None, id="undefined"),
    pytest.param({}, id="empty object"),
    pytest.param([], id="empty array"),
    pytest.param(True, id="true"),
    pytest.param("allow", id="text"),
    pytest.param({"result": document(allow=["a", "b"])}, id="wrapped"),
    pytest.param({"allow": ["a", "b"]}, id="allow alone"),
    pytest.param(document(allow=["a", "b"], revision="1-old"), id="wrong revision"),
    pytest.param(document(allow=["a", "b"], revision=""), id="no revision"),
    pytest.param(document(allow=["a", "b"], revision=None), id="null revision"),
    pytest.param(document(allow=True), id="allow is true"),
    pytest.param(document(allow={"a": True}), id="allow is an object"),
    pytest.param(document(allow=["a", 7]), id="allow holds a number"),
    pytest.param(document(allow=["a", "b", "c"]), id="allows what nobody asked"),
    pytest.param(document(allow=["a"], deny=[line("z")]), id="denies what nobody asked"),
    pytest.param(document(allow=["a"], deny=["b"]), id="denial without a reason"),
    pytest.param(document(allow=["a"], surprise=[]), id="unknown list"),
    pytest.param(document(allow=["a"], clamp=[bound("b", None, None)]), id="clamp without bounds"),
    pytest.param(document(allow=["a"], clamp=[bound("b", math.nan, None)]), id="clamp at NaN"),
    pytest.param(document(allow=["a"], clamp=[bound("b", None, math.inf)]), id="clamp at infinity"),
    pytest.param(document(allow=["a"], clamp=[line("b")]), id="clamp without ends"),
]


@pytest.mark.parametrize("raw", FAULTS)
def test_a_faulty_answer_is_a_failure_and_gives_no_verdict(raw: object) -> None:
    judgement = judge(raw)
    assert judgement.failure
    assert judgement.verdicts == {}


@pytest.mark.parametrize("raw", FAULTS)
def test_a_faulty_answer_is_a_failure_as_text_too(raw: object) -> None:
    judgement = believe_text(msgspec.json.encode(raw), expected_revision=REVISION, commands=COMMANDS)
    assert judgement.failure
    assert judgement.verdicts == {}


@pytest.mark.parametrize("text", ["", "allow", "{", '{"allow": NaN}', b"\xff", "null null"])
def test_what_is_no_json_is_a_failure(text: str | bytes) -> None:
    assert believe_text(text, expected_revision=REVISION, commands=COMMANDS).failure


def test_an_answer_as_text_is_believed_like_the_document() -> None:
    said = document(
        allow=["a", "b"], deny=[line("b")], clamp=[bound("a", 0.0, None)], ask=[line("b", "asks")]
    )
    judgement = believe_text(msgspec.json.encode(said), expected_revision=REVISION, commands=COMMANDS)
    assert judgement == judge(said)
    assert list(judgement.verdicts) == ["a", "b"]


def test_a_well_formed_answer_gives_one_verdict_a_command() -> None:
    judgement = judge(document(allow=["a"], deny=[line("b", "permit", "people work there")]))
    assert judgement == Judgement(
        revision=REVISION,
        verdicts={
            "a": Allow(revision=REVISION),
            "b": Deny(rule="permit", reason="people work there", revision=REVISION),
        },
    )


def test_a_command_in_no_list_is_denied_by_default() -> None:
    verdict = judge(document(allow=["b"])).verdicts["a"]
    assert isinstance(verdict, Deny)
    assert verdict.rule == DEFAULT_DENY


def test_deny_goes_before_ask_before_clamp_before_allow() -> None:
    everything = document(allow=["a"], clamp=[bound("a", 0.0, 1.0)], ask=[line("a")], deny=[line("a")])
    kinds = []
    for weakest in ("deny", "ask", "clamp", "allow"):
        kinds.append(type(judge(everything).verdicts["a"]))
        everything[weakest] = []
    assert kinds == [Deny, Ask, Clamp, Allow]


def test_several_clamps_leave_what_all_of_them_leave() -> None:
    several = [bound("a", 0.0, 9.0, "x"), bound("a", 2.0, None, "y"), bound("a", None, 5.0, "z")]
    verdict = judge(document(clamp=several)).verdicts["a"]
    assert isinstance(verdict, Clamp)
    assert (verdict.low, verdict.high, verdict.rule) == (2.0, 5.0, "x")


def test_clamps_that_leave_nothing_deny() -> None:
    verdict = judge(document(clamp=[bound("a", 3.0, None), bound("a", None, 2.0)])).verdicts["a"]
    assert isinstance(verdict, Deny)


def test_all_reasons_reach_the_dispatcher_in_a_fixed_order() -> None:
    lines = [line("a", "z", "second"), line("a", "b", "first")]
    for order in (lines, lines[::-1]):
        verdict = judge(document(deny=order)).verdicts["a"]
        assert isinstance(verdict, Deny)
        assert (verdict.rule, verdict.reason) == ("b", "first; second")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_no_number_is_never_allowed(value: float) -> None:
    odd = setpoint(value, name="a")
    judgement = believe(document(allow=["a"]), expected_revision=REVISION, commands=(odd,))
    assert isinstance(judgement.verdicts["a"], Deny)


def test_two_commands_of_one_id_are_a_failure() -> None:
    twins = (setpoint(1.0, name="a"), setpoint(2.0, name="a"))
    assert believe(document(allow=["a"]), expected_revision=REVISION, commands=twins).failure


def test_without_an_expected_revision_nothing_is_believed() -> None:
    assert believe(document(allow=["a", "b"], revision=""), expected_revision="", commands=COMMANDS).failure


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(raw=JSON, part=st.sampled_from(["revision", "allow", "deny", "clamp", "ask"]))
def test_garbage_never_permits(raw: object, part: str) -> None:
    for answer in (
        raw,
        document(allow=["a", "b"], **{part: raw}) if part != "allow" else document(allow=raw),
    ):
        judgement = judge(answer)
        if part in {"revision", "allow"}:
            assert not any(isinstance(verdict, Allow) for verdict in judgement.verdicts.values())
        else:
            # Only an empty list in one of the other places leaves the document well-formed.
            assert judgement.failure or raw == []


def test_the_request_is_encoded_as_policies_read_it() -> None:
    document = msgspec.json.decode(encode_request(request(*COMMANDS)))
    assert [command["id"] for command in document["commands"]] == ["a", "b"]
    assert document["commands"][0]["operation"] == "setpoint"
    assert document["readings"]["t1/load_current"]["quality"] == 0


def good_judgement(**changes: Any) -> Judgement:
    verdicts = {"a": Allow(revision=REVISION), "b": Allow(revision=REVISION)}
    return Judgement(**{"revision": REVISION, "verdicts": verdicts, **changes})


def check(judgement: object) -> Judgement:
    return check_judgement(judgement, expected_revision=REVISION, commands=COMMANDS)


def test_the_second_look_lets_a_sound_judgement_pass() -> None:
    assert check(good_judgement()) == good_judgement()


@pytest.mark.parametrize(
    "judgement",
    [
        pytest.param(None, id="none"),
        pytest.param({}, id="empty object"),
        pytest.param(good_judgement(revision="1-old"), id="other revision"),
        pytest.param(good_judgement(failure="down"), id="failure with verdicts"),
        pytest.param(good_judgement(verdicts={"a": Allow(revision=REVISION)}), id="a command is missing"),
        pytest.param(good_judgement(verdicts={"a": True, "b": True}), id="no verdicts"),
        pytest.param(
            good_judgement(verdicts={"a": Allow(revision="1-old"), "b": Allow(revision=REVISION)}),
            id="a verdict of another revision",
        ),
    ],
)
def test_the_second_look_turns_anything_else_into_a_failure(judgement: object) -> None:
    checked = check(judgement)
    assert checked.failure
    assert checked.verdicts == {}
