"""The table of KPIs: unit, words, which way is better. Whatever is counted in a run has a row here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple


class Kpi(NamedTuple):
    """What one number of a run means."""

    unit: str
    words: str
    better: str = ""
    """`less` or `more`; empty where neither is better by itself."""


KPIS: Final[Mapping[str, Kpi]] = {
    "steps": Kpi("1", "stretches in which the grid stood still"),
    "hours": Kpi("h", "time that the run lived through"),
    "unconverged_steps": Kpi(
        "1", "stretches whose grid had no solution; their numbers are in no sum", "less"
    ),
    "unconverged_h": Kpi("h", "time without a solution", "less"),
    "balance_error": Kpi("1", "energy balance of the worst step, relative", "less"),
    "peak_kw": Kpi("kW", "highest quarter-hour mean from the grid", "less"),
    "imported_kwh": Kpi("kWh", "energy from the grid"),
    "exported_kwh": Kpi("kWh", "energy back into the grid"),
    "served_kwh": Kpi("kWh", "energy that loads got"),
    "generated_kwh": Kpi("kWh", "energy that plants and batteries fed in"),
    "absorbed_kwh": Kpi("kWh", "energy that batteries and plants took"),
    "battery_in_kwh": Kpi("kWh", "energy that batteries took at their terminals"),
    "battery_out_kwh": Kpi("kWh", "energy that batteries gave at their terminals"),
    "battery_net_kwh": Kpi(
        "kWh", "energy that batteries gave more than they took: they held it at the begin"
    ),
    "battery_loss_kwh": Kpi("kWh", "energy lost in batteries: conversion both ways and standby", "less"),
    "loss_kwh": Kpi("kWh", "losses in branches, capacitors and short circuits", "less"),
    "loss_percent": Kpi("%", "losses, of what was fed into the network", "less"),
    "voltage_violation_h": Kpi("h", "time with any bus outside 90 to 110 %", "less"),
    "voltage_low_bus_h": Kpi("h", "time below 90 %, summed over buses", "less"),
    "voltage_high_bus_h": Kpi("h", "time above 110 %, summed over buses", "less"),
    "voltage_min_pu": Kpi("pu", "lowest ten-minute mean of any phase of any bus", "more"),
    "voltage_max_pu": Kpi("pu", "highest ten-minute mean of any phase of any bus", "less"),
    "en50160_bus_weeks": Kpi("1", "weeks in which a bus broke EN 50160, summed over buses", "less"),
    "dark_bus_h": Kpi("h", "time without supply, summed over buses", "less"),
    "overload_h": Kpi("h", "time with any branch above its rating", "less"),
    "overload_branch_h": Kpi("h", "time above the rating, summed over branches", "less"),
    "loading_max_pu": Kpi("pu", "highest loading of any branch", "less"),
    "loading_p95_pu": Kpi("pu", "loading that the worst branch exceeds 5 % of the time", "less"),
    "hot_spot_max_c": Kpi("degC", "highest hot spot of any transformer, at the ends of stretches", "less"),
    "ageing_h": Kpi("h", "life that transformers used, summed", "less"),
    "curtailed_kwh": Kpi("kWh", "energy that plants could have fed in and did not", "less"),
    "shed_kwh": Kpi("kWh", "energy that interruptible loads did not get", "less"),
    "discomfort_kh": Kpi("K h", "degree-hours of rooms outside their band", "less"),
    "late_kwh": Kpi("kWh", "energy that vehicles had not got when they left", "less"),
    "saidi_min": Kpi("min", "sustained interruption of the mean customer (IEEE 1366)", "less"),
    "saifi": Kpi("1", "sustained interruptions of the mean customer", "less"),
    "caidi_min": Kpi("min", "mean sustained interruption; a hole where there was none", "less"),
    "maifi": Kpi("1", "momentary interruptions of the mean customer: five minutes at most", "less"),
    "tap_operations": Kpi("1", "steps of tap changers", "less"),
    "breaker_operations": Kpi("1", "operations of breakers", "less"),
    "contact_wear_percent": Kpi("%", "wear of the most worn contact in the run", "less"),
    "battery_cycles": Kpi(
        "1",
        "equivalent full cycles of batteries: energy taken at the terminals over rated energy, summed",
        "less",
    ),
    "commands": Kpi("1", "commands that the gateway sent"),
    "refused": Kpi("1", "decisions that were not permitted", "less"),
    "failed_commands": Kpi("1", "commands that did not end done", "less"),
    "repair_orders": Kpi("1", "repair orders that rose"),
    "false_orders": Kpi(
        "1", "repair orders that never named what was wrong with their asset when they rose", "less"
    ),
    "detection_days": Kpi(
        "d",
        "mean of the faults that were found: from the onset until the first answer; no others are in it",
        "less",
    ),
    "missed_faults": Kpi(
        "1",
        "faults that the gateway did not answer while they stood; "
        "one that only commands show counts where some were sent",
        "less",
    ),
    "alarms": Kpi("1", "alarms that came", "less"),
    "alarms_per_h": Kpi("1/h", "alarms an hour, as ISA-18.2 reckons an operator's load", "less"),
    "alarm_h": Kpi("h", "time that alarms stood, summed", "less"),
    "late_steps": Kpi("1", "steps of controllers that came after their deadline", "less"),
    "lost_steps": Kpi("1", "releases of controllers that passed while they were still thinking", "less"),
    "decision_latency_p95_s": Kpi("s", "from a look to its proposals, declared cost", "less"),
    "decision_latency_max_s": Kpi("s", "longest such time", "less"),
    "degraded_h": Kpi("h", "time of loops below the rung model, summed", "less"),
}
"""By name; the order is that of tables and reports."""
DWELL: Final = "rung_h/"
"""Beginning of the KPIs that say how long a loop stood on a rung: `rung_h/LOOP/RUNG`, hours."""


def kpi_of(name: str) -> Kpi:
    """Return the row of a KPI.

    Raises:
        KeyError: nothing counts under that name.

    >>> kpi_of("peak_kw").unit, kpi_of("rung_h/forecast/baseline").unit
    ('kW', 'h')
    """
    if name.startswith(DWELL):
        loop, _, rung = name.removeprefix(DWELL).rpartition("/")
        return Kpi("h", f"time of {loop} on the rung {rung}")
    return KPIS[name]


def in_order(names: Iterable[str]) -> list[str]:
    """Return names of KPIs, each once, in the order of tables; what has no row of its own comes last.

    >>> in_order(["rung_h/b/model", "peak_kw", "hours", "rung_h/a/model", "hours"])
    ['hours', 'peak_kw', 'rung_h/a/model', 'rung_h/b/model']
    """
    known = set(names)
    return [*(name for name in KPIS if name in known), *sorted(known - KPIS.keys())]
