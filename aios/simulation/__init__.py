"""The Python face of the world: a simulated substation and its gateway, stepped by hand.

from aios import Simulation

with Simulation("nord", seed=1) as sim:
    state = sim.step()
    print(state["grid/active_power"])
"""

from aios.simulation.asked import Asked
from aios.simulation.face import Simulation
from aios.simulation.outlook import Outlook
from aios.simulation.running import NotRepeatable
from aios.simulation.state import Seen, State
from aios.simulation.true_state import TrueState
from simulators.indicators.table import kpi_of

__all__ = ["Asked", "NotRepeatable", "Outlook", "Seen", "Simulation", "State", "TrueState", "kpi_of"]
