from dataclasses import replace

import numpy as np
import pytest
from power_grid_model.errors import InvalidCalculationMethod, IterationDiverge, PowerGridBatchError

from simulators.appliances.consumers import Consumer
from simulators.appliances.demand import Demand
from simulators.networks.network import Capacitor
from simulators.physics.course import Course
from simulators.physics.flows import Injections
from simulators.physics.open_loop import open_loop
from simulators.physics.power_grid import PowerGrid
from simulators.physics.switching import Switching
from simulators.profiles.load import load_profiles

SECOND = 1_000_000_000
START_NS = 1_480_564_800 * SECOND
QUARTER_NS = 900 * SECOND


@pytest.fixture
def grid(network):
    return PowerGrid(network)


@pytest.fixture
def demand(network):
    depot = Consumer(
        name="depot",
        load="f12",
        begin_ns=START_NS + 7_200 * SECOND,
        end_ns=START_NS + 9_000 * SECOND,
        power_kw=900.0,
    )
    return Demand(network, load_profiles(), [depot])


def drawn(network):
    return Switching(open=network.open_at_start())


def day(grid, wanted, *, steps=96, **named):
    courses = open_loop(
        grid, wanted, start_ns=START_NS, step_s=900, steps=steps, switching=drawn(grid.network), **named
    )
    return Course.joined(list(courses))


def test_injections_of_many_moments_are_those_of_each_moment(demand):
    times = START_NS + np.arange(-3, 200, dtype=np.int64) * 137 * SECOND
    many = demand.over(times)
    for row, now_ns in enumerate(times.tolist()):
        one = demand.at(now_ns)
        for name in ("load_kw", "load_kvar", "plant_kw", "plant_kvar"):
            assert getattr(many, name)[row].tolist() == getattr(one, name).tolist()


def test_a_day_in_one_call_is_the_day_step_by_step(grid, demand, network):
    course = day(grid, demand.over)
    stepped = PowerGrid(network)
    for row in range(96):
        flows = stepped.solve(demand.at(START_NS + row * QUARTER_NS), drawn(network))
        one = Course.of(flows, START_NS + (row + 1) * QUARTER_NS, 0.25)
        assert one.until_ns[0] == course.until_ns[row]
        assert one.hours[0] == course.hours[row]
        for name, within in (("bus_kv", 1e-6), ("loading_pu", 1e-6), ("load_kw", 1e-6), ("plant_kw", 1e-6)):
            np.testing.assert_allclose(
                getattr(course, name)[row], getattr(one, name)[0], atol=within, rtol=1e-6
            )
        for name in ("import_kw", "import_kvar", "loss_kw"):
            assert getattr(course, name)[row] == pytest.approx(getattr(one, name)[0], abs=0.02)


def test_chunks_and_threads_do_not_change_a_bit(grid, demand):
    whole = day(grid, demand.over, chunk=1000)
    pieces = day(grid, demand.over, chunk=7, threads=2)
    for name in ("until_ns", "bus_kv", "loading_pu", "import_kw", "loss_kw", "load_kw", "plant_kw"):
        assert (getattr(whole, name) == getattr(pieces, name)).all(), name


def test_the_energy_balance_closes_at_every_step(grid, demand):
    assert day(grid, demand.over).balance_error.max() < 1e-6


def test_the_energy_balance_counts_what_capacitors_take(grid, demand, network):
    bank = Capacitor(name="c1", bus="bus1", step_kvar=500.0, steps=2, steps_in=2, step_loss_kw=30.0)
    course = day(PowerGrid(replace(network, capacitors=(bank,))), demand.over, steps=8)
    assert course.balance_error.max() < 1e-6
    assert (course.loss_kw > day(grid, demand.over, steps=8).loss_kw + 50.0).all()


def test_a_step_without_solution_is_flagged_and_has_no_numbers(grid, demand):
    def overloaded(times_ns):
        wanted = demand.over(times_ns)
        wanted.load_kw[3, 0] = 1e6
        wanted.load_kw[5, 1] = np.nan
        return wanted

    course, good = day(grid, overloaded, steps=8), day(grid, demand.over, steps=8)
    assert course.converged.tolist() == [True, True, True, False, True, False, True, True]
    assert course.failure
    for name in ("bus_kv", "loading_pu", "import_kw", "import_kvar", "loss_kw", "load_kw", "plant_kw"):
        values, whole = getattr(course, name), getattr(good, name)
        assert np.isnan(values[[3, 5]]).all(), name
        assert (values[course.converged] == whole[course.converged]).all(), name


def test_a_load_that_only_newton_can_solve_is_solved(grid, demand, network):
    loads = len(network.loads)

    def heavy(times_ns):
        return Injections(
            load_kw=np.full((len(times_ns), loads), 30_000.0),
            load_kvar=np.zeros((len(times_ns), loads)),
            plant_kw=np.zeros((len(times_ns), len(network.plants))),
            plant_kvar=np.zeros((len(times_ns), len(network.plants))),
        )

    course = day(grid, heavy, steps=2)
    flows = grid.solve(
        Injections(
            **{
                n: getattr(heavy(np.zeros(1)), n)[0]
                for n in ("load_kw", "load_kvar", "plant_kw", "plant_kvar")
            }
        ),
        drawn(network),
    )
    assert flows.converged
    assert course.converged.all()
    assert course.import_kw[0] == pytest.approx(flows.import_kw, rel=1e-6)


def test_a_bus_without_supply_shows_in_every_step(grid, demand, network):
    switching = Switching(open=network.open_at_start() | {"f12"})
    courses = open_loop(grid, demand.over, start_ns=START_NS, step_s=900, steps=4, switching=switching)
    course = Course.joined(list(courses))
    assert not course.whole.any()
    assert (course.bus_kv[:, course.rows.bus["f12_end"]] == 0.0).all()
    assert (course.load_kw[:, course.rows.load["f12"]] == 0.0).all()
    assert (course.loading_pu[:, course.rows.branch["f12"]] == 0.0).all()


def test_a_course_that_is_joined_is_the_courses_one_after_the_other(grid, demand):
    course = day(grid, demand.over, steps=5, chunk=2)
    assert len(course) == 5
    assert np.diff(course.until_ns).tolist() == [QUARTER_NS] * 4
    assert course.hours.sum() == 1.25


def test_what_a_step_of_a_closed_loop_could_not_solve_is_flagged_in_its_course(grid, network):
    idle = np.zeros(len(network.plants))
    loads = np.full(len(network.loads), 1e6)
    flows = grid.solve(Injections(load_kw=loads, load_kvar=loads, plant_kw=idle, plant_kvar=idle))
    course = Course.of(flows, START_NS, 1.0)
    assert course.converged.tolist() == [False]
    assert course.failure
    assert not course.whole.any()
    assert np.isnan(course.loading_pu).all()


class Refusing:
    """A model that cannot solve the first moment, for a reason of its own."""

    def __init__(self, model, error):
        self.model, self.batch_error = model, PowerGridBatchError("one failed")
        self.batch_error.errors, self.batch_error.error_messages = [error], [str(error)]
        self.batch_error.failed_scenarios = np.array([0])

    def update(self, **named):
        self.model.update(**named)

    def calculate_power_flow(self, **named):
        return self.model.calculate_power_flow(**named)


def test_a_question_that_is_wrong_is_no_grid_without_solution(grid, demand):
    sound = grid.model
    grid.model = Refusing(sound, IterationDiverge("too far"))
    assert day(grid, demand.over, steps=4).converged.tolist() == [False, True, True, True]
    grid.model = Refusing(sound, InvalidCalculationMethod("not here"))
    with pytest.raises(InvalidCalculationMethod, match="not here"):
        day(grid, demand.over, steps=4)
