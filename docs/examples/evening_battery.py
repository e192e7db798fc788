"""A controller as a plain Python file: the battery gives what the connection takes above a limit.

`aios.Simulation`, `aios simulate` and a study read the same file. Run it: python evening_battery.py
"""

from aios import LoopSpec, Past, Priority, Proposal, Simulation, Site, Step, View

DEMAND, BATTERY, SETPOINT = "grid/active_power", "bat1/active_power", "bat1/active_power_setpoint"
STANDS_NS = 180_000_000_000


class EveningBattery:
    """Proposes; policy disposes."""

    reads = (DEMAND, BATTERY)
    proposes = (SETPOINT,)

    def __init__(self, name: str, limit_kw: float) -> None:
        """Keep a limit on what comes from the grid, kW."""
        self.name = name
        self._limit_kw = limit_kw

    def start(self, past: Past) -> int:  # noqa: ARG002 - the role gives it
        """Begin with no looks."""
        return 0

    def step(self, view: View, state: int) -> Step:
        """Give what is above the limit, and say so where a meter is silent."""
        demand_kw, battery_kw = view.usable(DEMAND), view.usable(BATTERY)
        if demand_kw is None or battery_kw is None:
            return Step(state=state, rung="hold", why_rung="a meter is silent")
        without_kw = demand_kw + battery_kw
        wish = Proposal(
            agent=self.name,
            point=SETPOINT,
            priority=Priority.CONTROL,
            wanted=max(0.0, without_kw - self._limit_kw),
            reason=f"{without_kw:.0f} kW without the battery, limit {self._limit_kw:.0f} kW",
            made_at_ns=view.now_ns,
            expires_at_ns=view.now_ns + STANDS_NS,
            evidence=self.reads,
        )
        return Step(state=state + 1, proposals=(wish,))


def make(spec: LoopSpec, site: Site) -> EveningBattery:  # noqa: ARG001 - the role gives it
    """Make the controller from the settings of its loop."""
    return EveningBattery(spec.agent, float(spec.settings["limit_kw"]))


if __name__ == "__main__":
    limit = {"limit_kw": 16_000.0}
    with Simulation(
        "nord", seed=1, start="17:00", history_days=0, loops=[], controller=__file__, settings=limit
    ) as sim:
        sim.run(minutes=60)
    print(f"peak {sim.kpis()['peak_kw']:.0f} kW, losses {sim.kpis()['loss_kwh']:.0f} kWh")
