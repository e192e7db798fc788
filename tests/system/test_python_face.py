"""`Simulation` is the run of `aios simulate` and of a study, bit for bit, and it can be lived again."""

import asyncio
import gc
import json
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from aios import Simulation
from aios.cli.app import app
from aios.simulation import NotRepeatable, story
from aios.simulation.copied import NoCopy
from aios.simulation.source import source_of
from aios.studies.grid import planned
from aios.studies.run import execute
from aios.studies.study_file import load_study
from kernel.command import Outcome
from simulators.couplings.felt import NotCoupled
from tests.unit.aios.studies.small import write_study

SETPOINT = "bat1/active_power_setpoint"
EVENING = {
    "start": "17:00",
    "history_days": 0,
    "loops": ["shaver"],
    "fault": [],
    "request": [],
    "consumer": [],
}
SPIKES = {"target": "meter_f12", "onset": "2016-12-14T17:02:00+01:00", "amount": 3.0}
FORGETFUL = """
from aios import Step

class Forgetful:
    reads, proposes = ("grid/active_power",), ()
    seen = []

    def __init__(self, name):
        self.name = name

    def start(self, past):
        return 0

    def step(self, view, state):
        self.seen.append(view.now_ns)
        rung = "model" if len(self.seen) < 5 else "hold"
        return Step(state=state, rung=rung, why_rung="it has seen enough")

def make(spec, site):
    return Forgetful(spec.agent)
"""


def evening(**changes):
    return Simulation("nord", seed=5, **{**EVENING, **changes})


def test_it_is_the_run_of_the_command_line(tmp_path):
    path, root = tmp_path / "site.toml", tmp_path / "run"
    short = {**EVENING, "days": 15.0 / 1440.0, "fault": [{"kind": "spike", **SPIKES}]}
    path.write_text(source_of("nord", seed=None, changes=short).text)
    done = CliRunner().invoke(app, ["simulate", str(path), "--seed", "5", "--folder", str(root), "--json"])
    assert done.exit_code == 0, done.output
    with Simulation(path, seed=5) as sim:
        while not sim.done:
            sim.step()
    told = json.loads(done.stdout)["digests"]
    assert {"journal": sim.digests.journal, "ticks": sim.digests.ticks} == told


def test_its_kpis_are_those_of_a_study(tmp_path):
    study = load_study(write_study(tmp_path))
    request = next(one for one in planned(study) if one.cell.labels.controller == "shaver")
    result = execute(request).result
    with Simulation(tmp_path / "hour.toml", seed=request.seed, loops=["shaver"]) as sim:
        for ticks in (1, 7, 30, 22):
            assert not sim.done
            sim.step(ticks)
            sim.kpis()
        assert sim.done
    assert sim.kpis() == result.kpis
    assert sim.digests.kpis == result.digests.kpis


def test_a_command_goes_through_the_gate_and_is_read_back():
    with evening(loops=[]) as sim:
        asked = sim.command(SETPOINT, 1_000.0, reason="a test")
        assert asked.pending
        sim.step()
        assert asked.permitted, asked
        state = sim.step(3)
        assert asked.outcome is Outcome.DONE
        assert state.truth.plant_kw["bat1"] == pytest.approx(1_000.0, rel=0.01)
        assert state["bat1/active_power"].value == pytest.approx(1_000.0, rel=0.02)
        assert [entry.kind for entry in sim.journal].count("command") >= 1
        assert repr(asked) == f"{SETPOINT} = 1000: permitted, done"


def test_a_refusal_is_a_value_with_its_reason():
    with evening(loops=[], start="13:40") as sim:
        closed = sim.command("cb15/close", 1.0, reason="restore F-15")
        unknown, readable = sim.command("bat9/x", 1.0), sim.command("grid/active_power", 1.0)
        assert unknown.refused
        assert (unknown.why, readable.why) == (
            "no point bat9/x at nord",
            "grid/active_power can only be read",
        )
        state = sim.step(2)
    assert closed.refused
    assert closed.why.startswith("breaker_close_never_under_permit: ")
    assert "7731" in closed.why
    assert {one.key for one in state.answers} == {closed.key, unknown.key, readable.key}


@pytest.mark.parametrize("way", ["in a copy", "the long way"])
def test_a_what_if_leaves_the_run_as_it_is_and_says_what_then_comes(way, monkeypatch):
    if way == "the long way":
        monkeypatch.setattr(story, "in_a_copy", no_copy)
    with evening() as sim, evening() as alone:
        sim.step(4)
        alone.step(4)
        sim.command(SETPOINT, 500.0, minutes=3.0)
        alone.command(SETPOINT, 500.0, minutes=3.0)
        sim.step(2)
        alone.step(2)
        before, files = sim.digests, contents(sim.folder)
        outlook = sim.simulate({SETPOINT: 2_000.0}, minutes=5.0)
        idle = sim.simulate(minutes=5.0)
        assert sim.digests == before == alone.digests
        assert contents(sim.folder) == files
        sim.command(SETPOINT, 2_000.0, minutes=5.0)
        for foreseen in outlook.states:
            state = sim.step()
            assert state.now_ns == foreseen.now_ns
            assert state.truth.flows.bus_kv.tobytes() == foreseen.truth.flows.bus_kv.tobytes()
            assert state.image.value.tobytes() == foreseen.image.value.tobytes()
        assert sim.kpis() == outlook.kpis
        assert sim.digests.ticks == outlook.ticks
        assert outlook.gained["generated_kwh"] > idle.gained["generated_kwh"]
        assert outlook.answers[SETPOINT].stage == "permitted"


def test_a_fault_that_is_injected_is_a_fault_of_the_scenario():
    with evening(loops=[]) as sim:
        sim.command(SETPOINT, 500.0)
        sim.step(5)
        before = sim.digests
        fault = sim.inject("silent", "meter_f11", after_minutes=1.0, minutes=4.0)
        assert sim.digests == before, "it has not begun"
        assert sim.step().truth.faults == (fault,) == sim.faults
        assert not sim.step()["f11/active_power"].good
        assert sim.step(10)["f11/active_power"].good
        assert sim.state.truth.faults == ()
    times = {"onset": "2016-12-14T17:06:00+01:00", "end": "2016-12-14T17:10:00+01:00"}
    with evening(loops=[], fault=[{"kind": "silent", "target": "meter_f11", **times}]) as twin:
        twin.command(SETPOINT, 500.0)
        twin.step(17)
    assert twin.state.image.value.tobytes() == sim.state.image.value.tobytes()
    assert twin.kpis() == sim.kpis()


def test_a_fault_from_now_on_changes_nothing_of_what_was():
    with evening(loops=[]) as sim:
        read = sim.step(3)["f11/active_power"]
        sim.inject("silent", "meter_f11")
        assert sim.state["f11/active_power"] == read
        seen = sim.step(2)["f11/active_power"]
    assert (seen.good, seen.value, seen.age_s) == (False, read.value, 120.0)


BAY = {"branch": "f13", "pickup_a": 500.0, "dial": 0.1, "instantaneous_a": 6000.0}


@pytest.mark.parametrize(
    ("steps", "world"), [(2, {"equipment": {"bay": [BAY]}}), (0, {})], ids=["bay", "first"]
)
def test_a_short_circuit_is_injected_where_relays_are_or_before_the_first_step(steps, world):
    with evening(loops=[], **world) as sim:
        if steps:
            sim.step(steps)
        sim.inject("short_circuit", "f13", amount=0.5, after_minutes=3.5 - steps)
        assert sim.step(3 - steps).truth.load_kw["f13"] > 3_000.0
        assert sim.step(2).truth.load_kw["f13"] == 0.0


@pytest.mark.parametrize("kind", ["short_circuit", "gas_ramp"])
def test_equipment_that_a_fault_brings_into_a_running_world_changes_nothing_of_its_past(kind):
    """Nor does its noise: that of an instrument does not depend on what else there is."""
    target = {"short_circuit": "f13", "gas_ramp": "t1"}[kind]
    with evening(loops=[]) as sim:
        before = sim.run(minutes=3)
        assert before.truth.load_kw["f13"] > 3_000.0
        sim.inject(kind, target, amount=0.5)
        after = sim.run(minutes=3)
        assert (after.truth.load_kw["f13"] == 0.0) == (kind == "short_circuit")


def test_a_fault_with_no_target_is_refused_and_the_run_goes_on():
    with evening(loops=[]) as sim:
        sim.step(2)
        with pytest.raises(NotCoupled, match="meter_f99"):
            sim.inject("silent", "meter_f99")
        with pytest.raises(ValueError, match="blocked_coolers"):
            sim.inject("blocked_coolers", "t1")
        assert sim.step().truth.converged
        assert sim.faults == ()


def test_a_controller_that_hides_something_is_found_out(tmp_path):
    path = tmp_path / "forgetful.py"
    path.write_text(FORGETFUL)
    with evening(loops=[], controller=path) as sim:
        sim.step(3)
        foreseen = sim.simulate(minutes=2.0)
        with pytest.raises(NotRepeatable, match="keeps something outside its state"):
            sim.inject("silent", "meter_f11")
        assert sim.step(2).rungs == foreseen.state.rungs
        assert sim.state.step == 5


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def no_copy(work, *, shared):
    raise NoCopy("not here")


EQUIPMENT = {
    "insulation": True,
    "bay": [{"branch": "f13", "pickup_a": 500.0, "dial": 0.1, "instantaneous_a": 6000.0, "dead_s": [0.5]}],
    "short_circuit": [{"place": "f13", "begin": "2016-12-14T17:08:00+01:00", "ohm": 0.5, "dead_s": 0.3}],
    "crews": {"count": 1},
}
BYTES = [
    {"kind": "loss", "target": "meter_f11", "amount": 0.4, "onset": "2016-12-14T17:01:00+01:00"},
    {"kind": "noise", "target": "meter_grid", "amount": 10.0, "onset": "2016-12-14T17:01:00+01:00"},
    {"kind": "clock_shift", "target": "meter_f12", "amount": 60.0, "onset": "2016-12-14T17:01:00+01:00"},
]


@pytest.mark.parametrize("world", [{"equipment": EQUIPMENT}, {"fault": BYTES}], ids=["equipment", "bytes"])
def test_every_room_of_the_world_is_copied_to_the_last_bit(world, monkeypatch):
    monkeypatch.delattr(story.Story, "_lived_again")
    with evening(**world) as sim:
        sim.step(4)
        foreseen = sim.simulate({SETPOINT: 700.0}, minutes=6.0)
        sim.command(SETPOINT, 700.0, minutes=6.0)
        for there in foreseen.states:
            here = sim.step()
            assert here.truth.flows.branch.tobytes() == there.truth.flows.branch.tobytes()
            assert here.image.quality.tobytes() == there.image.quality.tobytes()
        assert (sim.digests.ticks, sim.kpis()) == (foreseen.ticks, foreseen.kpis)


def digests_of_a_short_run():
    with evening() as sim:
        sim.command(SETPOINT, 800.0)
        sim.step(3)
        sim.simulate(minutes=2.0)
    return sim.digests


async def test_it_is_the_same_run_where_a_loop_turns_already(monkeypatch):
    monkeypatch.delattr(story.Story, "_lived_again")
    in_a_script = await asyncio.to_thread(digests_of_a_short_run)
    assert digests_of_a_short_run() == in_a_script


def test_a_folder_that_is_given_stays_with_its_history(tmp_path):
    with evening(folder=tmp_path / "run") as sim:
        sim.step(2)
    assert len(sim.journal) > 2
    assert sim.journal[-1].kind == "closed"
    from aios import open_history

    with open_history(tmp_path / "run") as history:
        assert history.points("grid/active_power")
    with pytest.raises(FileExistsError, match="holds a run already"):
        evening(folder=tmp_path / "run")


def test_what_is_closed_says_so():
    with evening(loops=[]) as sim:
        sim.step()
        where = sim.folder
    assert not where.exists()
    assert sim.kpis()["steps"] == 1.0
    with pytest.raises(ValueError, match="closed"):
        sim.step()
    with pytest.raises(FileNotFoundError, match="give the simulation a folder"):
        _ = sim.journal


def test_what_is_never_closed_leaves_no_folder_behind():
    sim = evening(loops=[])
    where = sim.folder
    sim._story.running.close()
    sim._story.turning.close()
    del sim
    gc.collect()
    assert not where.exists()


def test_importing_aios_carries_no_world():
    code = "import sys, aios; assert not {'simulators', 'aios.simulation', 'gymnasium'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(ImportError, match="Simulations"):
        from aios import Simulations  # noqa: F401
