"""Courses made up for tests: three buses, two branches, one load, one plant."""

from itertools import pairwise

import numpy as np
from hypothesis import strategies as st

from simulators.networks.network import Bus
from simulators.physics.course import Course
from simulators.physics.flows import Rows

START_NS = 1_480_000_000 * 1_000_000_000
HOUR_NS = 3_600 * 1_000_000_000
BUSES = tuple(Bus(name=name, voltage_kv=kv) for name, kv in (("hv", 110.0), ("mv", 20.0), ("lv", 0.4)))
BRANCHES = ("t1", "f1")
RATED_KV = np.array([bus.voltage_kv for bus in BUSES])
ROWS = Rows(
    bus={"hv": 0, "mv": 1, "lv": 2}, branch={"t1": 0, "f1": 1}, load={"customers": 0}, plant={"pv": 0}
)


def course(until_ns, hours, *, import_kw, u_pu=None, loading=None, plant_kw=0.0, loss_kw=0.0, converged=None):
    """Make a course whose balance closes; what has no solution is NaN."""
    steps = len(until_ns)
    good = np.ones(steps, dtype=bool) if converged is None else np.asarray(converged, dtype=bool)

    def column(values):
        return np.where(good, np.broadcast_to(np.asarray(values, dtype=float), (steps,)), np.nan)

    imported, plant, loss = column(import_kw), column(plant_kw), column(loss_kw)
    u = np.ones((steps, 3)) if u_pu is None else np.asarray(u_pu, dtype=float)
    load_pu = np.zeros((steps, 2)) if loading is None else np.asarray(loading, dtype=float)
    hole = np.where(good, 1.0, np.nan)[:, None]
    return Course(
        rows=ROWS,
        until_ns=np.asarray(until_ns, dtype=np.int64),
        hours=np.asarray(hours, dtype=float),
        converged=good,
        bus_kv=u * RATED_KV * hole,
        loading_pu=load_pu * hole,
        import_kw=imported,
        import_kvar=column(0.0),
        loss_kw=loss,
        load_kw=(imported + plant - loss)[:, None],
        plant_kw=plant[:, None],
    )


def cut(whole, at):
    """Return the pieces of a course, cut before the given steps."""
    names = ("until_ns", "hours", "converged", "bus_kv", "loading_pu", "import_kw", "import_kvar", "loss_kw")
    names += ("load_kw", "plant_kw")
    borders = [0, *at, len(whole.hours)]
    return [
        Course(rows=ROWS, **{name: getattr(whole, name)[first:last] for name in names})
        for first, last in pairwise(borders)
        if last > first
    ]


def random_course(seed, steps, seconds):
    """Make a run of steps of random lengths, with voltages beyond their band and steps without a solution."""
    random = np.random.default_rng(seed)
    spans = random.choice(seconds, steps)
    until = START_NS + np.cumsum(spans) * 1_000_000_000
    return course(
        until,
        spans / 3600.0,
        import_kw=random.normal(500.0, 800.0, steps),
        plant_kw=random.normal(0.0, 50.0, steps),
        loss_kw=random.uniform(0.0, 9.0, steps),
        u_pu=random.choice([0.0, 0.86, 0.95, 1.0, 1.12], (steps, 3), p=[0.02, 0.03, 0.45, 0.45, 0.05]),
        loading=random.uniform(0.0, 2.4, (steps, 2)),
        converged=random.random(steps) > 0.02,
    )


@st.composite
def runs_cut_anywhere(draw):
    """Draw a run, and the same run in pieces."""
    steps = draw(st.integers(1, 120))
    seconds = draw(st.sampled_from([(60,), (900,), (1, 60, 600, 900), (7, 450, 3600)]))
    whole = random_course(draw(st.integers(0, 2**31)), steps, seconds)
    return whole, cut(whole, sorted(draw(st.sets(st.integers(1, max(1, steps - 1)), max_size=8))))
