"""Nobody in control, and a gateway that does nothing: one world, whatever fails or regulates in it.

A study says that what differs between two runs is what the controller did. That holds only where the run
without a gateway has the same relays, regulators, devices, customers, faults and first positions.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any, Final

import msgspec
import pytest

from aios.studies.cell import Request
from aios.studies.grid import planned
from aios.studies.open_loop import UNHEARD
from aios.studies.result import RunResult
from aios.studies.run import execute
from aios.studies.study_file import load_study
from simulators.faults.catalogue import catalogue, row_of
from simulators.faults.kinds import FaultKind as F
from simulators.faults.kinds import Level

BEGIN: Final = datetime.fromisoformat("2016-12-14T12:00:00+01:00")
REGULATOR: Final = "regulator = { target_kv = 20.4, band_kv = 0.35 }"
CAPACITORS: Final = """
[[capacitors]]
name = "c1"
bus = "bus1"
step_kvar = 1200.0
steps = 3
steps_in = 1
control = { measures = "voltage", low = 20.6, high = 21.5 }
"""
SCENARIO: Final = f"""
site = "nord"
network = "grid.toml"
start = {BEGIN.isoformat()}
days = {16 / 1440!r}
history_days = 0
fault = []
consumer = []
request = []
equipment = {{}}
initial = {{ breaker_cb15 = {{ position = 2.0 }} }}
"""
STUDY: Final = """
[study]
name = "world"
[[scenario]]
name = "noon"
file = "scenario.toml"
[[controller]]
name = "nobody"
loops = "none"
[[controller]]
name = "idle"
drop = ["forecast", "health", "shaver"]
"""
TARGET: Final = {
    "transformer": "t1",
    "feeder": "f12",
    "load": "f13",
    "capacitor": "c1",
    "plant": "pv14",
    "battery": "bat1",
    "weather": "weather",
    "device": "meter_f11",
    "breaker": "breaker_cb12",
    "device or point": "f11/active_power",
}
AMOUNT: Final = {
    F.SHORT_CIRCUIT: 0.5,
    F.OPEN_CONDUCTOR: 2.0,
    F.TAP_RUNAWAY: -2.0,
    F.EV_REBOUND: 500.0,
    F.WEATHER_BUST: 8.0,
    F.FAST_AGEING: 4.0,
    F.PAPER_DEGRADED: 250.0,
    F.GAS_RAMP: 50.0,
    F.PARTIAL_DISCHARGE: 50.0,
    F.FALSE_DATA: 300.0,
}
OF_THE_GATEWAY: Final = {
    "commands", "refused", "failed_commands", "repair_orders", "false_orders", "missed_faults",
    "detection_days", "degraded_h", "alarms", "alarms_per_h", "alarm_h",
}  # fmt: skip


def fault(kind: F, minutes: float = 2.25, **more: Any) -> dict[str, Any]:
    onset = BEGIN + timedelta(minutes=minutes)
    amount = AMOUNT.get(kind, 1.0)
    target = TARGET[row_of(kind).target]
    return {"kind": str(kind), "target": target, "onset": onset.isoformat(), "amount": amount} | more


def faults(kind: F) -> list[dict[str, Any]]:
    """A fault of a kind; what ails a breaker shows in a short circuit, what ages paper was there before."""
    if kind in {F.FAST_AGEING, F.PAPER_DEGRADED}:
        return [fault(kind, -60.0)]
    if row_of(kind).target == "breaker":
        return [fault(kind), fault(F.SHORT_CIRCUIT, 3.6)]
    return [fault(kind)]


@pytest.fixture(scope="module")
def requests(tmp_path_factory: pytest.TempPathFactory) -> tuple[Request, Request]:
    folder = tmp_path_factory.mktemp("study")
    network = files("simulators.networks").joinpath("nord.toml").read_text("utf-8")
    regulated = network.replace("tap_position = -2\n", f"tap_position = -2\n{REGULATOR}\n")
    (folder / "grid.toml").write_text(regulated + CAPACITORS, "utf-8")
    (folder / "scenario.toml").write_text(SCENARIO, "utf-8")
    (folder / "study.toml").write_text(STUDY, "utf-8")
    nobody, idle = planned(load_study(folder / "study.toml"))
    return nobody, idle


def lived(run: Request, **section: Any) -> RunResult:
    cell = msgspec.structs.replace(run.cell, section=run.cell.section | section)
    result = execute(msgspec.structs.replace(run, cell=cell)).result
    assert result.cause == ""
    return result


def same(requests: tuple[Request, Request], **section: Any) -> dict[str, float | None]:
    """Live in both worlds; return what they have in common, which is everything but the gateway's own."""
    nobody, idle = (lived(one, **section) for one in requests)
    assert nobody.kpis == {k: v for k, v in idle.kpis.items() if k not in OF_THE_GATEWAY and "/" not in k}
    truth = [one for one in nobody.happenings if one.kind == "fault"]
    assert [one for one in idle.happenings if one.kind == "fault"] == truth
    return nobody.kpis


WORLDLY: Final = [
    one.name for one in catalogue().values() if one.level is Level.PHYSICS or one.target == "breaker"
]


@pytest.mark.parametrize("kind", WORLDLY)
def test_a_fault_does_to_the_world_of_nobody_what_it_does_to_that_of_a_gateway(
    requests: tuple[Request, Request], kind: F
) -> None:
    kpis = same(requests, fault=faults(kind))
    assert kpis["peak_kw"] is not None
    assert kpis["saidi_min"] is not None
    assert kpis["hot_spot_max_c"] is not None


def test_what_only_a_gateway_can_see_changes_neither_world(requests: tuple[Request, Request]) -> None:
    kinds = [one for one in catalogue() if one not in WORLDLY]
    assert len(kinds) > 20
    assert same(requests, fault=[fault(kind) for kind in kinds]) == same(requests)


def test_relays_that_are_planned_trip_where_nobody_is_in_control(requests: tuple[Request, Request]) -> None:
    """The customers of a tripped feeder are out in both worlds."""
    bays = [{"branch": name, "pickup_a": 500.0, "dead_s": [0.5]} for name in ("f11", "f12")]
    kpis = same(requests, fault=[fault(F.SHORT_CIRCUIT)], equipment={"bay": bays})
    assert kpis["saidi_min"] is not None
    assert kpis["saidi_min"] > 0.0
    assert kpis["breaker_operations"] == 2.0, "it trips, recloses, and trips for good"


def test_events_and_appliances_of_a_scenario_are_there_without_a_gateway(
    requests: tuple[Request, Request],
) -> None:
    fleet = {"kind": "heat_pumps", "name": "estate", "at": "f13", "count": 300}
    end = BEGIN + timedelta(minutes=15)
    event = {"name": "e", "targets": ["estate"], "begin": BEGIN.isoformat(), "end": end.isoformat()}
    held = same(requests, appliance=[fleet], event=[event | {"kind": "limit_share", "amount": 0.0}])
    free = same(requests, appliance=[fleet])
    assert held["served_kwh"] is not None
    assert free["served_kwh"] is not None
    assert held["served_kwh"] < free["served_kwh"] - 1.0


def test_what_people_ask_for_reaches_nobody_and_that_is_told(requests: tuple[Request, Request]) -> None:
    asked = {"at": (BEGIN + timedelta(minutes=3)).isoformat(), "point": "cb12/open", "value": 1.0}
    nobody = lived(requests[0], request=[asked | {"person": "a.person", "reason": "works"}])
    (told,) = nobody.happenings
    assert (told.kind, told.subject) == ("request", "cb12/open")
    assert told.words == f"a.person: works; {UNHEARD}"


def test_both_end_when_the_scenario_ends_in_the_middle_of_a_tick_too(
    requests: tuple[Request, Request],
) -> None:
    hours = same(requests, days=15.7 / 1440.0)["hours"]
    assert hours == pytest.approx(15.7 / 60.0)
