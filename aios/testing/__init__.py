"""Testing for plug-ins and for the kernel itself: fakes, virtual time, a gateway among simulated faults.

The fakes pass the same contracts as the real parts. An hour among faults is one command:

    python -m aios.testing.simulate --seed 7

The simulation is imported from its own modules: `aios.testing.simulation` for a run,
`aios.testing.invariants` for what must hold in it, `aios.testing.seeded_loop` for a loop of one seed.
"""

from aios.testing.agent import AgentReport, check_agent
from aios.testing.driver import DriverBench, DriverReport, Reference, check_driver
from aios.testing.fault_proxy import FaultProxy, WireFaults
from aios.testing.seeded_loop import NothingLeft, SeededLoop, run_seeded
from aios.testing.unfit import Unfit
from kernel.shell.clock import SystemClock, VirtualClock
from kernel.testing import EmptyPast, FakeDriver, FakeGate

__all__ = [
    "AgentReport",
    "DriverBench",
    "DriverReport",
    "EmptyPast",
    "FakeDriver",
    "FakeGate",
    "FaultProxy",
    "NothingLeft",
    "Reference",
    "SeededLoop",
    "SystemClock",
    "Unfit",
    "VirtualClock",
    "WireFaults",
    "check_agent",
    "check_driver",
    "run_seeded",
]
