"""A fault is found by the answer of its row in the catalogue, while it stood; else it is missed."""

import math
from pathlib import Path

import pytest

import aios
from aios.site import site_of
from aios.studies.answers import QUALITY, RECEIPT, STATE, Answers
from kernel.alarm import Alarm, AlarmState
from kernel.finding import Finding
from simulators.faults.catalogue import catalogue
from simulators.faults.fault import Fault
from simulators.faults.kinds import FaultKind as F

HOUR = 3_600 * 10**9
DAY = 24 * HOUR


@pytest.fixture(scope="module")
def nord():
    folder = Path(aios.__file__).parent / "sites"
    return site_of((folder / "nord.toml").read_text(encoding="utf-8"), folder=folder)


@pytest.fixture
def answers(nord):
    return Answers(nord, start_ns=0)


def fault(kind, target, onset=1, end=None):
    row = catalogue()[kind]
    return Fault(
        target=target,
        kind=kind,
        onset_ns=onset * HOUR,
        end_ns=None if end is None else end * HOUR,
        amount=max(1.0, row.low),
    )


def alarm(condition, asset, *evidence, point="", at=2):
    findings = tuple(
        Finding(
            asset=name.partition("/")[0], name=name.partition("/")[2], text="", value=0.0, unit="",
            limit=None, at_ns=0, quality=0,
        )
        for name in evidence
    )  # fmt: skip
    return Alarm(
        id=f"{condition}:{asset}", condition=condition, asset=asset, point=point, priority=2,
        state=AlarmState.UNACKNOWLEDGED, active=True, event="occurs", at_ns=at * HOUR, since_ns=0, text="",
        evidence=findings, consequence="", response="", respond_within_s=1.0,
    )  # fmt: skip


@pytest.mark.parametrize("kind", [kind for kind in F if catalogue()[kind].seen_in != "receipt"])
def test_what_nobody_saw_is_missed_whatever_its_kind(answers, kind):
    values = answers.values(9 * HOUR, [fault(kind, "t1")])
    assert values["missed_faults"] == 1.0
    assert math.isnan(values["detection_days"])


@pytest.mark.parametrize(
    ("kind", "target", "said", "found"),
    [
        (F.GAS_RAMP, "t1", alarm("gas_rate", "t1"), True),
        (F.GAS_RAMP, "t1", alarm("gas_rate", "t2"), False),
        (F.GAS_RAMP, "t1", alarm("transformer_loading", "t1"), False),
        (F.TAP_STUCK, "t2", alarm("tap_not_following", "t2"), True),
        (F.DEMAND_BUST, "f13", alarm("forecast_missed", "f13", "f13/active_power"), True),
        (F.DEMAND_BUST, "f13", alarm("forecast_missed", "f12", "f12/active_power"), False),
        (F.DEMAND_BUST, "f13", alarm("forecast_missed", "f13", at=5), False),
        (F.DEMAND_BUST, "village", alarm("forecast_missed", "f12"), True),
        (F.WEATHER_BUST, "weather", alarm("forecast_missed", "t1", "t1/ambient_temperature"), True),
        (F.WEATHER_BUST, "weather", alarm("forecast_missed", "f12", "f12/active_power"), False),
        (F.BIAS, "f12/active_power", alarm("busbar_balance", "t1", "f11/current", "f12/current"), True),
        (F.CONTACT_WEAR, "breaker_cb11", alarm("contact_wear", "cb11"), True),
        (F.TAP_RUNAWAY, "t2", alarm("voltage_limit", "t2"), True),
        (F.SCALE, "f12/active_power", alarm("busbar_balance", "t1", "f12/current"), True),
    ],
)  # fmt: skip
def test_an_alarm_finds_what_it_is_about(answers, kind, target, said, found):
    answers.alarm(said)
    values = answers.values(9 * HOUR, [fault(kind, target, end=5)])
    assert values["missed_faults"] == float(not found)
    if found:
        assert values["detection_days"] == pytest.approx(1.0 / 24.0)


def test_an_alarm_finds_one_fault_and_first_the_one_that_it_names(answers):
    both = [fault(F.BIAS, "f11/active_power"), fault(F.METER_TAMPER, "meter_f12")]
    rests = ("f11/active_power", "f12/active_power")
    answers.alarm(alarm("busbar_balance", "t1", *rests, point="f12/active_power"))
    assert answers.values(9 * HOUR, both)["missed_faults"] == 1.0
    assert answers.values(9 * HOUR, both[1:])["missed_faults"] == 0.0


@pytest.mark.parametrize(
    ("kind", "target", "said", "found"),
    [
        (F.SILENT, "meter_f11", (QUALITY, "f11/active_power", "questionable (old)"), True),
        (F.SILENT, "meter_f11", (QUALITY, "f11/active_power", "invalid (failure)"), False),
        (F.SILENT, "meter_f11", (QUALITY, "f12/active_power", "questionable (old)"), False),
        (F.NOISE, "f11/active_power", (QUALITY, "f11/active_power", "questionable (inconsistent)"), True),
        (F.RELAY_BLIND, "breaker_cb13", (QUALITY, "f13/voltage", "questionable (out of range)"), True),
        (F.TAP_RUNAWAY, "t1", (QUALITY, "f11/voltage", "questionable (out of range)"), True),
        (F.TAP_RUNAWAY, "t1", (QUALITY, "f14/voltage", "questionable (out of range)"), False),
        (F.SHORT_CIRCUIT, "f12", (STATE, "cb12/position", "1"), True),
        (F.SHORT_CIRCUIT, "f12", (STATE, "cb13/position", "1"), False),
        (F.CONTACTS_DISAGREE, "breaker_cb14", (STATE, "cb14/position", "1"), False),
        (F.FAILS_TO_OPEN, "breaker_cb12", (RECEIPT, "cb12/open", "unknown"), True),
        (F.FAILS_TO_OPEN, "breaker_cb12", (RECEIPT, "cb12/open", "done"), False),
    ],
)  # fmt: skip
def test_a_point_finds_what_shows_on_it(answers, kind, target, said, found):
    answers.point(*said, 2 * HOUR)
    assert answers.values(9 * HOUR, [fault(kind, target)])["missed_faults"] == float(not found)


def test_what_only_commands_show_is_not_missed_where_nobody_commanded(answers):
    answers.point(RECEIPT, "cb13/open", "done", 2 * HOUR)
    assert answers.values(9 * HOUR, [fault(F.FAILS_TO_OPEN, "breaker_cb12")])["missed_faults"] == 0.0
