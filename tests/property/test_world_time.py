"""What must hold of the simulated clock, weather, faults and energy, however time is cut."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.durations import HOUR_NS, QUARTER_HOUR_NS
from simulators.faults.fault import Fault, FaultKind
from simulators.networks.file import shipped
from simulators.physics.flows import diverged
from simulators.physics.power_grid import PowerGrid
from simulators.truth import Ledger
from simulators.weather.model import Weather

GRID = PowerGrid(shipped("nord"))
BATTERY_KW = 100.0
SECOND = 1_000_000_000
moments = st.integers(0, 2 * 10**18)
cuts = st.lists(st.integers(1, QUARTER_HOUR_NS), min_size=1, max_size=30)


def flows(import_kw):
    whole = diverged(GRID.rows, "")
    return type(whole)(
        converged=True,
        failure="",
        rows=whole.rows,
        bus_kv=whole.bus_kv,
        branch=whole.branch,
        load_kw=whole.load_kw,
        plant_kw=np.append(np.zeros(len(whole.plant_kw) - 1), BATTERY_KW),
        import_kw=import_kw,
        import_kvar=0.0,
        loss_kw=0.0,
    )


@settings(max_examples=60, deadline=None)
@given(cuts, st.floats(-5000.0, 25_000.0))
def test_energy_does_not_depend_on_how_time_is_cut(spans, import_kw):
    cut, whole = Ledger(0, batteries=1), Ledger(0, batteries=1)
    now_ns = 0
    for span_ns in spans:
        now_ns += span_ns
        cut.enter(now_ns, flows=flows(import_kw), without=flows(import_kw))
    whole.enter(now_ns, flows=flows(import_kw), without=flows(import_kw))
    assert abs(cut.snapshot().imported_kwh - whole.snapshot().imported_kwh) < 1e-6
    assert abs(cut.snapshot().discharged_kwh - whole.snapshot().discharged_kwh) < 1e-6
    assert abs(whole.snapshot().discharged_kwh - BATTERY_KW * now_ns / HOUR_NS) < 1e-6
    for ledger in (cut, whole):
        assert (ledger.snapshot().peak is None) == (now_ns < QUARTER_HOUR_NS)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**63), st.lists(moments, min_size=2, max_size=6))
def test_the_weather_of_a_moment_does_not_depend_on_what_was_asked_before(seed, asked):
    forwards = [Weather(seed=seed).ambient_c(now_ns) for now_ns in asked]
    backwards = [Weather(seed=seed).ambient_c(now_ns) for now_ns in reversed(asked)]
    assert forwards == backwards[::-1]
    assert all(-40.0 < value < 55.0 for value in forwards)


@settings(max_examples=100, deadline=None)
@given(
    st.integers(0, 10**15),
    st.floats(0.0, 1e5),
    st.floats(0.0, 1.0),
    st.one_of(st.none(), st.integers(1, 10**15)),
    st.integers(0, 3 * 10**15),
)
def test_severity_is_zero_outside_a_fault_and_never_beyond_its_amount(onset, ramp_s, amount, lasts, now_ns):
    fault = Fault(
        target="t1",
        kind=FaultKind.BLOCKED_COOLER,
        onset_ns=onset,
        ramp_s=ramp_s,
        end_ns=None if lasts is None else onset + lasts,
        amount=amount,
    )
    severity = fault.severity(now_ns)
    assert 0.0 <= severity <= amount
    assert fault.active(now_ns) or severity == 0.0
    later = fault.severity(now_ns + SECOND)
    assert later >= severity or not fault.active(now_ns + SECOND)
