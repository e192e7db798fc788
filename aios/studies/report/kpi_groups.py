"""KPIs in the order in which an engineer asks for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from simulators.indicators.table import DWELL

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "Peak and energy": (
        "peak_kw", "imported_kwh", "exported_kwh", "served_kwh", "generated_kwh", "absorbed_kwh",
        "loss_kwh", "loss_percent", "curtailed_kwh", "shed_kwh",
    ),
    "Batteries": (
        "battery_in_kwh", "battery_out_kwh", "battery_net_kwh", "battery_loss_kwh", "battery_cycles",
    ),
    "Voltage and supply": (
        "voltage_min_pu", "voltage_max_pu", "voltage_violation_h", "voltage_low_bus_h",
        "voltage_high_bus_h", "en50160_bus_weeks", "dark_bus_h", "saidi_min", "saifi", "caidi_min",
        "maifi",
    ),
    "Loading and heat": (
        "loading_max_pu", "loading_p95_pu", "overload_h", "overload_branch_h", "hot_spot_max_c", "ageing_h",
    ),
    "Customers": ("discomfort_kh", "late_kwh"),
    "Faults and repair orders": ("detection_days", "missed_faults", "repair_orders", "false_orders"),
    "Alarms": ("alarms", "alarms_per_h", "alarm_h"),
    "Wear": ("tap_operations", "breaker_operations", "contact_wear_percent"),
    "Gateway": (
        "commands", "refused", "failed_commands", "degraded_h", "late_steps", "lost_steps",
        "decision_latency_p95_s", "decision_latency_max_s",
    ),
    "The run itself": ("hours", "steps", "unconverged_steps", "unconverged_h", "balance_error"),
}  # fmt: skip
OTHER: Final = "Other"


def grouped(names: Iterable[str]) -> dict[str, list[str]]:
    """Return KPIs by group, those of no group last; time on rungs belongs to the gateway.

    >>> grouped(["steps", "peak_kw", "rung_h/shaver/safe"])
    {'Peak and energy': ['peak_kw'], 'Gateway': ['rung_h/shaver/safe'], 'The run itself': ['steps']}
    """
    there = list(dict.fromkeys(names))
    found = {group: [name for name in known if name in there] for group, known in GROUPS.items()}
    found["Gateway"] += sorted(name for name in there if name.startswith(DWELL))
    known = {name for group in found.values() for name in group}
    found[OTHER] = sorted(set(there) - known)
    return {group: mine for group, mine in found.items() if mine}
