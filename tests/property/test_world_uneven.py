"""What must hold in a grid that differs from phase to phase, whatever hangs on it."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.networks.branches import LineMatrix
from simulators.networks.invariants import broken
from simulators.networks.network import Bus, Line, Load, Network, Source
from simulators.physics.flows import Injections
from simulators.physics.opendss import OpenDss
from simulators.physics.switching import Switching

WITHIN = {
    "abc": ["abc", "ab", "bc", "ca", "a", "b", "c"],
    "ab": ["ab", "a", "b"],
    "bc": ["bc", "b", "c"],
    "ca": ["ca", "a", "c"],
    "a": ["a"],
    "b": ["b"],
    "c": ["c"],
}
"""What can branch off, by the phases that are there."""


def matrix(count, own, shared):
    """A passive one: what a phase has itself is more than what it shares."""
    lower = [own if row == column else shared for row in range(count) for column in range(row + 1)]
    return LineMatrix(ohm_per_km=tuple(lower), reactance_ohm_per_km=tuple(2.0 * one for one in lower))


@st.composite
def laterals(draw):
    """A random tree of 12.47 kV whose branches lose phases on the way, with stars and deltas."""
    phases, lines, loads = ["abc"], [], []
    for at in range(draw(st.integers(2, 9))):
        parent = draw(st.integers(0, at))
        on = draw(st.sampled_from(WITHIN[phases[parent]]))
        phases.append(on)
        lines.append(
            Line(
                name=f"l{at}",
                from_bus=f"b{parent}",
                to_bus=f"b{at + 1}",
                length_km=draw(st.floats(0.1, 3.0)),
                ohm_per_km=0.2,
                reactance_ohm_per_km=0.4,
                capacitance_uf_per_km=0.0,
                rated_a=200.0,
                phases=on,
                matrix=matrix(len(on), 0.3, draw(st.floats(0.0, 0.12))),
            )
        )
        taken = draw(st.sampled_from(WITHIN[on]))
        loads.append(
            Load(
                name=f"d{at}",
                bus=f"b{at + 1}",
                peak_kw=draw(st.floats(-60.0, 120.0)),
                peak_kvar=draw(st.floats(-20.0, 60.0)),
                phases=taken,
                connection=draw(st.sampled_from(["wye", "delta"])) if len(taken) > 1 else "wye",
                law=draw(st.sampled_from(["power", "current", "impedance"])),
            )
        )
    return Network(
        name="laterals",
        source=Source(name="s", bus="b0", voltage_pu=1.03, short_circuit_mva=300.0, rx_ratio=0.2),
        buses=tuple(Bus(name=f"b{at}", voltage_kv=12.47) for at in range(len(phases))),
        lines=tuple(lines),
        loads=tuple(loads),
    )


@settings(max_examples=25, deadline=None)
@given(laterals(), st.data())
def test_energy_closes_no_branch_gains_and_missing_phases_stay_missing(network, data):
    assert not list(broken(network))
    cut = data.draw(st.frozensets(st.sampled_from([line.name for line in network.lines]), max_size=2))
    wanted = Injections(
        load_kw=np.array([load.peak_kw for load in network.loads]),
        load_kvar=np.array([load.peak_kvar for load in network.loads]),
        plant_kw=np.zeros(0),
        plant_kvar=np.zeros(0),
    )
    flows = OpenDss(network).solve(wanted, Switching(open=cut))
    assert flows.converged, flows.failure
    moved = max(1.0, np.abs(flows.load_kw).sum())
    assert abs(flows.import_kw - flows.load_kw.sum() - flows.loss_kw) <= 1e-6 * moved
    assert (flows.branch[:, 0] + flows.branch[:, 3] >= -1e-6).all()
    there = network.phases_at()
    for bus, row in flows.rows.bus.items():
        has = np.array([phase in there[bus] for phase in "abc"])
        assert (np.isnan(flows.phase_kv[row]) == ~has).all()
        assert (flows.phase_kv[row, has] > 6.0).all() or flows.kv(bus) == 0.0
    for load in network.loads:
        row = flows.rows.load[load.name]
        assert (flows.kv(load.bus) > 0.0) or flows.load_kw[row] == 0.0
        if load.law == "power" and flows.kv(load.bus) > 0.0:
            assert flows.load_kw[row] == load.peak_kw
