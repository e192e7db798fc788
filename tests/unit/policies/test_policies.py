"""The three policies over the whole way: a request in, verdicts out, in words a dispatcher reads."""

from __future__ import annotations

import msgspec
import pytest

from kernel.image import Reading
from kernel.quality import BLOCKED, INVALID, QUESTIONABLE, SUBSTITUTED, TEST
from kernel.verdict import Allow, Clamp, Deny, Judgement
from policies.bundle import Module, load_bundle, roll_call
from policies.embedded import EmbeddedGate
from policies.gate import DEFAULT_DENY
from tests.unit.policies.substation import (
    HOUR_NS,
    NAMES,
    NOW_NS,
    RATED_A,
    battery_points,
    calm,
    good,
    pulse,
    request,
    setpoint,
    site,
)


@pytest.fixture(scope="module")
def gate() -> EmbeddedGate:
    return EmbeddedGate(load_bundle(NAMES, site()))


def only(judgement: Judgement) -> object:
    assert judgement.failure == ""
    (verdict,) = judgement.verdicts.values()
    return verdict


# breaker_close_never_under_permit


def test_closing_under_a_permit_is_denied_in_the_dispatchers_words(gate: EmbeddedGate) -> None:
    verdict = only(gate.judge_now(request(pulse("cb15/close"))))
    assert isinstance(verdict, Deny)
    assert verdict.rule == "breaker_close_never_under_permit"
    assert verdict.reason == (
        "Breaker CB15 stays open: work permit WP-7, held by A. Meier, is active in zone bay15 "
        "until 2026-11-22 20:33 UTC"
    )


def test_closing_a_bay_without_a_permit_is_allowed(gate: EmbeddedGate) -> None:
    assert isinstance(only(gate.judge_now(request(pulse("cb14/close")))), Allow)


def test_opening_under_a_permit_is_allowed(gate: EmbeddedGate) -> None:
    assert isinstance(only(gate.judge_now(request(pulse("cb15/open")))), Allow)


@pytest.mark.parametrize(
    ("now_ns", "allowed"),
    [
        pytest.param(NOW_NS - HOUR_NS - 1, True, id="a nanosecond before"),
        pytest.param(NOW_NS - HOUR_NS, False, id="at its start"),
        pytest.param(NOW_NS + HOUR_NS, False, id="at its end"),
        pytest.param(NOW_NS + HOUR_NS + 1, True, id="a nanosecond after"),
    ],
)
def test_a_permit_holds_from_its_first_to_its_last_moment(
    gate: EmbeddedGate, *, now_ns: int, allowed: bool
) -> None:
    verdict = only(gate.judge_now(request(pulse("cb15/close"), now_ns=now_ns)))
    assert isinstance(verdict, Allow) is allowed


def test_nobody_can_override_a_permit(gate: EmbeddedGate) -> None:
    insisting = pulse("cb15/close", authority="person:chief", reason="override: I take the responsibility")
    assert isinstance(only(gate.judge_now(request(insisting))), Deny)


def test_a_breaker_without_a_zone_is_not_closed(gate: EmbeddedGate) -> None:
    verdict = only(gate.judge_now(request(pulse("cb16/close"))))
    assert isinstance(verdict, Deny)
    assert "no isolation zone" in verdict.reason


# xfmr_loading


def test_charging_with_room_on_the_transformer_is_allowed(gate: EmbeddedGate) -> None:
    assert isinstance(only(gate.judge_now(request(setpoint(-4000.0)))), Allow)


def test_charging_beyond_the_limit_is_clamped_and_the_bound_is_then_allowed(gate: EmbeddedGate) -> None:
    readings = calm(t1__load_current=good(1.4 * RATED_A), bat1__active_power=good(-100.0))
    clamp = only(gate.judge_now(request(setpoint(-4000.0), readings=readings)))
    assert isinstance(clamp, Clamp)
    assert clamp.high is None
    # 0.1 of 25 000 kVA is left, on top of the 100 kW drawn already.
    assert clamp.low == pytest.approx(-2600.0)
    assert clamp.low is not None
    assert isinstance(only(gate.judge_now(request(setpoint(clamp.low), readings=readings))), Allow)
    assert isinstance(only(gate.judge_now(request(setpoint(clamp.low - 1.0), readings=readings))), Clamp)


def test_batteries_that_fit_alone_but_not_together_share_the_room(gate: EmbeddedGate) -> None:
    readings = calm(t1__load_current=good(1.4 * RATED_A))
    both = (setpoint(-2000.0, name="a"), setpoint(-2000.0, battery="bat2", name="b"))
    assert isinstance(only(gate.judge_now(request(both[0], readings=readings))), Allow)
    first = gate.judge_now(request(*both, readings=readings)).verdicts
    bounds = {name: verdict.low for name, verdict in first.items() if isinstance(verdict, Clamp)}
    assert bounds == {"a": pytest.approx(-1250.0), "b": pytest.approx(-1250.0)}
    again = [msgspec.structs.replace(command, value=bounds[command.id]) for command in both]
    second = gate.judge_now(request(*again, readings=readings)).verdicts
    assert all(isinstance(verdict, Allow) for verdict in second.values())


def test_charging_a_transformer_at_its_limit_is_denied(gate: EmbeddedGate) -> None:
    verdict = only(
        gate.judge_now(request(setpoint(-1.0), readings=calm(t1__load_current=good(1.5 * RATED_A))))
    )
    assert isinstance(verdict, Deny)
    assert verdict.reason == "t1 is loaded at K = 1.5, the limit is K = 1.5"


def test_charging_a_hot_transformer_is_denied(gate: EmbeddedGate) -> None:
    hot = calm(t1__hot_spot_temperature=good(120.4))
    verdict = only(gate.judge_now(request(setpoint(-1.0), readings=hot)))
    assert isinstance(verdict, Deny)
    assert verdict.reason == "the hot spot of t1 is at 120.4 degC, the limit is 120 degC"


def test_relief_is_allowed_however_hot_loaded_or_blind(gate: EmbeddedGate) -> None:
    hot = calm(t1__load_current=good(1.8 * RATED_A), t1__hot_spot_temperature=good(150.0))
    blind = calm(t1__load_current=None, t1__hot_spot_temperature=None)
    for readings in (hot, blind):
        assert isinstance(only(gate.judge_now(request(setpoint(1000.0), readings=readings))), Allow)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(None, id="missing"),
        pytest.param(good(10.0, age_s=121.0), id="old"),
        pytest.param(good(10.0, age_s=-121.0), id="from the future"),
        pytest.param(good(10.0, quality=INVALID), id="invalid"),
        pytest.param(good(10.0, quality=QUESTIONABLE), id="questionable"),
        pytest.param(good(10.0, quality=SUBSTITUTED), id="substituted"),
        pytest.param(good(10.0, quality=TEST), id="test"),
        pytest.param(good(10.0, quality=BLOCKED), id="blocked"),
    ],
)
@pytest.mark.parametrize("point", ["t1__load_current", "t1__hot_spot_temperature", "bat1__active_power"])
def test_a_needed_reading_that_cannot_be_used_denies(
    gate: EmbeddedGate, point: str, broken: Reading | None
) -> None:
    verdict = only(gate.judge_now(request(setpoint(-1.0), readings=calm(**{point: broken}))))
    assert isinstance(verdict, Deny)
    assert verdict.rule == "xfmr_loading"
    assert point.replace("__", "/") in verdict.reason


def test_a_battery_without_a_transformer_upstream_is_not_held_back(gate: EmbeddedGate) -> None:
    assert isinstance(only(gate.judge_now(request(setpoint(-4000.0, battery="bat9"), readings={}))), Allow)


def test_a_transformer_without_ratings_denies_charging() -> None:
    small = site()
    assets = tuple(
        msgspec.structs.replace(asset, ratings={}) if asset.name == "t1" else asset for asset in small.assets
    )
    gate = EmbeddedGate(load_bundle(NAMES, site(assets=assets)))
    verdict = only(gate.judge_now(request(setpoint(-1.0))))
    assert isinstance(verdict, Deny)
    assert "declares no rated power" in verdict.reason


def test_without_a_current_the_active_power_gives_the_load() -> None:
    points = tuple(point for point in site().points if not point.name.startswith("t1/"))
    renamed = msgspec.structs.replace(battery_points("t1")[0], name="t1/active_power")
    gate = EmbeddedGate(load_bundle(NAMES, site(points=(renamed, *points))))
    # 33 000 kW at the assumed power factor of 0.9 are 36 667 kVA, K = 1.467: 833 kW are left.
    readings = calm(t1__active_power=good(33000.0))
    verdict = only(gate.judge_now(request(setpoint(-4000.0), readings=readings)))
    assert isinstance(verdict, Clamp)
    assert verdict.low == pytest.approx((33000.0 / 0.9) - 37500.0)


# der_reversion_required


@pytest.mark.parametrize(
    ("reversion_s", "allowed"),
    [(180.0, True), (300.0, True), (179.0, False), (301.0, False), (901.0, False), (None, False)],
)
def test_a_set_point_reverts_after_three_to_five_renewals(
    gate: EmbeddedGate, *, reversion_s: float | None, allowed: bool
) -> None:
    verdict = only(gate.judge_now(request(setpoint(100.0, reversion_s=reversion_s))))
    assert isinstance(verdict, Allow) is allowed
    if isinstance(verdict, Deny):
        assert verdict.rule == "der_reversion_required"


def test_a_set_point_without_a_value_to_fall_back_to_is_denied(gate: EmbeddedGate) -> None:
    verdict = only(gate.judge_now(request(setpoint(100.0, reversion_value=None))))
    assert isinstance(verdict, Deny)
    assert "carries no value to fall back to" in verdict.reason


# The gate


def test_an_unknown_point_and_a_wrong_operation_are_denied(gate: EmbeddedGate) -> None:
    wrong = msgspec.structs.replace(pulse("cb14/close"), operation=setpoint(0.0).operation)
    assert only(gate.judge_now(request(pulse("nowhere/close")))).rule == "known_point"  # type: ignore[attr-defined]
    assert only(gate.judge_now(request(wrong))).rule == "known_operation"  # type: ignore[attr-defined]
    assert isinstance(only(gate.judge_now(request(setpoint(0.0, point="t1/load_current")))), Deny)


@pytest.mark.parametrize("says", ["", "clear := set()\n"], ids=["nothing at all", "that it clears nothing"])
def test_a_policy_that_says_nothing_permits_nothing(says: str) -> None:
    bundle = load_bundle(NAMES, site())
    for name in NAMES:
        modules = {module.path: module for module in bundle.modules}
        policies = {other: modules[f"{other}.rego"] for other in NAMES}
        policies[name] = Module(f"{name}.rego", f"package aios.policies.{name}\n{says}")
        called = (roll_call(policies), *policies.values())
        modules |= {module.path: module for module in called}
        gate = EmbeddedGate(msgspec.structs.replace(bundle, modules=tuple(modules.values())))
        verdict = only(gate.judge_now(request(pulse("cb14/close"))))
        assert isinstance(verdict, Deny), name
        assert verdict.rule == DEFAULT_DENY


def test_without_parameters_every_policy_permits_nothing() -> None:
    bundle = load_bundle(NAMES, site())
    document = msgspec.json.decode(bundle.data)
    document["parameters"] = {}
    gate = EmbeddedGate(msgspec.structs.replace(bundle, data=msgspec.json.encode(document).decode()))
    judgement = gate.judge_now(request(setpoint(100.0), pulse("cb14/close", name="c2")))
    assert not any(isinstance(verdict, Allow) for verdict in judgement.verdicts.values())


def test_five_commands_are_judged_in_one_evaluation(gate: EmbeddedGate) -> None:
    commands = (
        setpoint(2000.0, name="c1"),
        setpoint(-2000.0, battery="bat2", name="c2"),
        pulse("cb14/close", name="c3"),
        pulse("cb15/close", name="c4"),
        pulse("cb15/open", name="c5"),
    )
    verdicts = gate.judge_now(request(*commands)).verdicts
    assert [type(verdict) for verdict in verdicts.values()] == [Allow, Allow, Allow, Deny, Allow]
