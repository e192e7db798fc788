"""All sixteen policies: a town with every fact, a site without them, and a site that overrides one."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from benchmarks.gate_load.questions import any_question, calm
from benchmarks.gate_load.town import town
from kernel.pipe.candidates import usable
from kernel.verdict import Allow
from policies.bundle import load_bundle, shipped
from policies.embedded import EmbeddedGate, Evaluator
from policies.folder import bundle_at
from policies.gate import encode_request
from tests.unit.policies.substation import request, setpoint, site
from tests.unit.policies.test_settled import OPEN, changed, unsettled

TWELVE = sorted(
    set(shipped())
    - {"breaker_close_never_under_permit", "closing_needs_people", "der_reversion_required", "xfmr_loading"}
)


def test_a_calm_tick_of_the_town_is_allowed_and_settled_by_all() -> None:
    bundle, asked = load_bundle(shipped(), town()), calm(random.Random(1), town(), 10)
    verdicts = EmbeddedGate(bundle).judge_now(asked).verdicts.values()
    assert {type(verdict) for verdict in verdicts} == {Allow}
    evaluator = Evaluator(bundle.modules, bundle.data)
    assert evaluator.evaluate(OPEN, encode_request(asked, bundle.reads)) == []


def test_what_the_sixteen_have_settled_changes_no_verdict() -> None:
    bundle, dice = load_bundle(shipped(), town()), random.Random(5)
    short, whole, given = EmbeddedGate(bundle), EmbeddedGate(changed(bundle, unsettled)), Counter[str]()
    for _ in range(40):
        asked = any_question(dice, town())
        judgement = short.judge_now(asked)
        assert judgement == whole.judge_now(asked)
        given.update(type(verdict).__name__ for verdict in judgement.verdicts.values())
    assert set(given) >= {"Allow", "Ask", "Deny"}


def test_readings_that_none_of_the_sixteen_looks_up_change_no_verdict() -> None:
    bundle, dice, left_out = load_bundle(shipped(), town()), random.Random(13), 0
    gate, blind = EmbeddedGate(bundle), EmbeddedGate(msgspec.structs.replace(bundle, reads=None))
    for _ in range(60):
        asked = any_question(dice, town())
        left_out += len(encode_request(asked)) - len(encode_request(asked, bundle.reads))
        assert gate.judge_now(asked) == blind.judge_now(asked)
    assert left_out > 10_000


def test_what_a_gateway_calls_usable_is_what_policies_find_usable() -> None:
    bundle, dice, given = load_bundle(shipped(), town()), random.Random(9), Counter[str]()
    gate, evaluator = EmbeddedGate(bundle), Evaluator(bundle.modules, bundle.data)
    for _ in range(40):
        asked = msgspec.structs.replace(any_question(dice, town()), usable={})
        told = msgspec.structs.replace(asked, usable=usable(town(), asked.readings))
        found = evaluator.evaluate("data.aios.readings.usable", encode_request(asked))
        assets = {command.point.partition("/")[0] for command in asked.commands}
        beside = {name for name in asked.readings if name.partition("/")[0] in assets}
        assert found == {name: value for name, value in told.usable.items() if name in beside}
        assert gate.judge_now(told) == gate.judge_now(asked)
        given["unusable"] += len(beside) - len(told.usable.keys() & beside)
    assert given["unusable"] > 10


@pytest.mark.parametrize("name", ["data_quality_gate", "lv_voltage_band", "rate_limits"])
def test_a_policy_whose_facts_a_site_has_not_denies(name: str) -> None:
    gate = EmbeddedGate(load_bundle([name], site()))
    asked = request(setpoint(100.0, asked_by="shaver"), readings={})
    verdict = gate.judge_now(asked).verdicts["c1"]
    assert getattr(verdict, "rule", "") == name
    assert getattr(verdict, "reason", "")


@pytest.mark.parametrize("name", TWELVE)
def test_no_policy_clears_without_its_parameters(name: str, tmp_path: Path) -> None:
    (tmp_path / f"{name}.json").write_text('{"reads": []}', encoding="utf-8")
    gate = EmbeddedGate(bundle_at(tmp_path, site(policies=(name,))))
    judgement = gate.judge_now(request(setpoint(100.0, asked_by="shaver")))
    assert not any(isinstance(verdict, Allow) for verdict in judgement.verdicts.values())


def test_a_site_overrides_a_parameter_with_a_file_of_its_own(tmp_path: Path) -> None:
    own = Path("policies/data/ai_scope.json").read_text(encoding="utf-8")
    (tmp_path / "ai_scope.json").write_text(own.replace('"battery"', '"load"'), encoding="utf-8")
    plain, asked = site(policies=("ai_scope",)), request(setpoint(100.0, asked_by="shaver"))
    assert isinstance(EmbeddedGate(load_bundle(["ai_scope"], plain)).judge_now(asked).verdicts["c1"], Allow)
    verdict = EmbeddedGate(bundle_at(tmp_path, plain)).judge_now(asked).verdicts["c1"]
    assert getattr(verdict, "rule", "") == "ai_scope"
