"""The substation nord: its topology, the moment, every point's state, its load."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from kernel.asset import Asset
from kernel.quality import FAILURE, GOOD, INACCURATE, INVALID, OLD, QUESTIONABLE, describe
from kernel.shell.wire import PointState

S = 1_000_000_000
MIN, HOUR, DAY = 60 * S, 3600 * S, 86_400 * S
NOW = int(datetime(2026, 11, 17, 15, 14, 7, tzinfo=UTC).timestamp()) * S
MIDNIGHT = NOW // DAY * DAY


def assets() -> tuple[Asset, ...]:
    """The topology of nord."""
    feeders = {"f11": "t1", "f12": "t1", "f13": "t2", "f14": "t2", "f15": "t2"}
    return (
        Asset(name="grid", kind="connection", title="Grid connection", zone="hv"),
        Asset(name="t1", kind="transformer", title="Transformer 1", upstream="grid", customers=11200),
        Asset(name="t2", kind="transformer", title="Transformer 2", upstream="grid", customers=12800),
        *(
            Asset(name=f"cb{name[1:]}", kind="breaker", upstream=head, zone=f"bay{name[1:]}")
            for name, head in feeders.items()
        ),
        *(
            Asset(name=name, kind="feeder", title=f"Feeder {name[1:]}", upstream=f"cb{name[1:]}")
            for name in feeders
        ),
        Asset(name="bat1", kind="battery", title="Battery 1", upstream="t1", ratings={"energy_kwh": 8000.0}),
    )


def load_kw(at_ns: int) -> float:
    """A plausible load of the substation, kW."""
    hour = (at_ns % DAY) / HOUR
    morning = 6.5 * math.exp(-((hour - 8.2) ** 2) / 3)
    evening = 11.8 * math.exp(-((hour - 18.8) ** 2) / 4.5)
    ripple = 0.45 * math.sin(hour * 5.1) + 0.25 * math.sin(hour * 13.7)
    return 1000 * (17.5 + morning + evening + ripple + 1.2 * math.sin((hour - 9) / 24 * 6.28))


def point(
    name: str, unit: str, value: float, *, quality: int = GOOD, age_s: float = 1.0, state: str = ""
) -> PointState:
    """One point's state."""
    at_ns = NOW - round(age_s * S)
    return PointState(
        point=name, unit=unit, value=value, quality=quality, words=describe(quality), at_ns=at_ns, state=state
    )


def points() -> tuple[PointState, ...]:
    """All points; f13's meter is silent, t2's ambient sensor doubtful."""
    rows = [
        point("grid/active_power", "kW", 22240.0),
        point("grid/reactive_power", "kvar", 3120.0),
        point("grid/voltage", "kV", 111.4),
    ]
    for name, top, hot, amps in (("t1", 78.3, 98.6, 344.0), ("t2", 61.0, 72.4, 301.0)):
        rows += [
            point(f"{name}/top_oil_temperature", "degC", top),
            point(f"{name}/winding_temperature", "degC", hot - 4),
            point(
                f"{name}/ambient_temperature",
                "degC",
                8.4,
                quality=GOOD if name == "t1" else QUESTIONABLE | INACCURATE,
            ),
            point(f"{name}/load_current", "A", amps),
            point(f"{name}/fan_current", "A", 1.9 if name == "t1" else 4.1),
            point(f"{name}/cooling_state", "1", 1.0, state="on"),
            point(f"{name}/hot_spot_temperature", "degC", hot, age_s=2.0),
            point(f"{name}/ageing_rate", "1", 2.6 if name == "t1" else 0.4, age_s=2.0),
            point(f"{name}/top_oil_residual", "K", 11.4 if name == "t1" else 2.2, age_s=2.0),
        ]
    powers = {"f11": 5120.0, "f12": 6810.0, "f13": 0.0, "f14": 5480.0, "f15": 0.0}
    for name, power in powers.items():
        silent = name == "f13"
        quality, age_s = (INVALID | OLD | FAILURE, 340.0) if silent else (GOOD, 1.0)
        rows += [
            point(f"{name}/active_power", "kW", power, quality=quality, age_s=age_s),
            point(f"{name}/voltage", "kV", 0.0 if silent else 20.3, quality=quality, age_s=age_s),
            point(f"{name}/current", "A", power / 35.2, quality=quality, age_s=age_s),
        ]
    rows += [
        point("bat1/active_power", "kW", 0.0),
        point("bat1/active_power_setpoint", "kW", 0.0),
        point("bat1/state_of_charge", "%", 84.0),
        point("bat1/setpoint_sequence", "1", 417.0),
        point("bat1/operating_state", "1", 1.0, state="running"),
    ]
    for bay in (11, 12, 13, 14, 15):
        closed = bay != 15
        rows.append(
            point(f"cb{bay}/position", "1", 2.0 if closed else 1.0, state="closed" if closed else "open")
        )
        rows.append(point(f"cb{bay}/operations", "1", 12.0 + bay))
    return tuple(rows)
