import numpy as np

from simulators.physics.solvers import solver_named

SECOND = 1_000_000_000


def test_a_world_has_the_same_flows_behind_either_solver(world_of):
    default, opendss = world_of(), world_of(solver=solver_named("opendss"))
    for world in (default, opendss):
        for _ in range(3):
            world.advance(world.now_ns + 60 * SECOND)
    assert default.flows.converged
    np.testing.assert_allclose(opendss.flows.bus_kv, default.flows.bus_kv, rtol=1e-8)
    np.testing.assert_allclose(opendss.flows.branch, default.flows.branch, rtol=1e-6, atol=1e-3)
