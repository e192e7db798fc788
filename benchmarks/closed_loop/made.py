"""Site and network of the measurement, generated: eight radial feeders behind one 110/20 kV transformer."""

from __future__ import annotations

from typing import Any, Final

from aios.studies.toml_text import toml_of

BUSES: Final = 144
FEEDERS: Final = 8
BATTERIES: Final = 3
BREAKERS: Final = 7
TICK_S: Final = 60.0
"""The world's own longest time between two power flows: so every step has one."""
_PER_FEEDER: Final = (BUSES - 2) // FEEDERS


def network_tables() -> dict[str, Any]:
    """Return 144 buses: 110 kV, a 20 kV busbar, eight feeders of 17 or 18 stations, each with a load."""
    buses = [{"name": "hv", "voltage_kv": 110.0}, {"name": "mv", "voltage_kv": 20.0}]
    lines, loads = [], []
    left = BUSES - 2
    for feeder in range(1, FEEDERS + 1):
        count = _PER_FEEDER + (feeder <= left - _PER_FEEDER * FEEDERS)
        before = "mv"
        for station in range(1, count + 1):
            bus = f"f{feeder}_{station}"
            buses.append({"name": bus, "voltage_kv": 20.0})
            lines.append(_line(feeder, station, before, bus))
            loads.append(_load(feeder, station, bus))
            before = bus
    return {
        "name": "made144",
        "source": {
            "name": "grid",
            "bus": "hv",
            "voltage_pu": 1.0,
            "short_circuit_mva": 2500.0,
            "rx_ratio": 0.1,
        },
        "buses": buses,
        "transformers": [_TRANSFORMER],
        "lines": lines,
        "loads": loads,
        "generators": [
            {"name": f"pv{n}", "bus": f"f{n}_9", "rated_kw": 800.0, "profile": "pv"} for n in (2, 5, 7)
        ],
        "batteries": [
            {"name": f"bat{n}", "bus": f"f{n}_12", "rated_kw": 1000.0} for n in range(1, BATTERIES + 1)
        ],
    }


def site_tables() -> dict[str, Any]:
    """Return 20 devices and three loops: two control, one in a worker."""
    assets, devices = _assets_and_devices()
    for number, device in enumerate(devices):
        device["port"] = 16000 + number
    return {
        "site": {
            "name": "made144",
            "title": "Made",
            "base_tick_s": TICK_S,
            "stale_s": 5 * TICK_S,
            "revision": "1",
        },
        "asset": assets,
        "device": devices,
        "point": [_setpoint(f"bat{n}") for n in range(1, BATTERIES + 1)],
        "loop": [
            _shaver("shaver1", "grid/active_power", "bat1", 12_000.0),
            _shaver("shaver2", "f2/active_power", "bat2", 1_000.0),
            {
                "agent": "health",
                "kind": "transformer_health",
                "period_s": TICK_S,
                "deadline_s": TICK_S,
                "priority": "operation",
            },
        ],
        "policies": {"names": ["breaker_close_never_under_permit", "xfmr_loading", "der_reversion_required"]},
    }


def site_text() -> str:
    """Return the site file; its world stands in `network.toml` beside it."""
    section = {"network": "network.toml", "start": "2016-12-14T00:00:00+01:00", "days": 30.0}
    return toml_of({**site_tables(), "simulation": {**section, "history_days": 0, "seed": 7}})


def _line(feeder: int, station: int, before: str, bus: str) -> dict[str, Any]:
    line = {
        "name": f"f{feeder}" if station == 1 else f"l{feeder}_{station}",
        "from_bus": before,
        "to_bus": bus,
        "length_km": 0.4 + 0.05 * ((feeder * 7 + station * 3) % 9),
        "ohm_per_km": 0.122,
        "reactance_ohm_per_km": 0.112,
        "capacitance_uf_per_km": 0.304,
        "rated_a": 421.0,
    }
    return line | ({"breaker": f"cb{feeder}"} if station == 1 and feeder <= BREAKERS else {})


def _load(feeder: int, station: int, bus: str) -> dict[str, Any]:
    return {
        "name": f"l{feeder}_{station}",
        "bus": bus,
        "peak_kw": 90.0 + 20.0 * ((feeder * 5 + station) % 6),
        "power_factor": 0.96,
        "profile": f"feeder_{1 + feeder % 4}",
    }


def _assets_and_devices() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    assets: list[dict[str, Any]] = []
    devices: list[dict[str, Any]] = []

    def add(name: str, kind: str, register_map: str, **more: Any) -> None:
        assets.append({"name": name, "kind": kind, "title": name, **more})
        devices.append({"name": f"dev_{name}", "asset": name, "map": register_map})

    add("grid", "connection", "feeder_meter", ratings={"power_kw": 40_000.0, "voltage_kv": 110.0})
    ratings = {"power_kva": 25_000.0, "power_kw": 25_000.0, "secondary_kv": 20.0, "age_years": 41.0}
    ratings |= {"replacement_cost": 850_000.0, "fan_current_a": 6.4}
    add("t1", "transformer", "transformer_monitor", upstream="grid", ratings=ratings, customers=13_000)
    for n in range(1, FEEDERS + 1):
        add(
            f"f{n}",
            "feeder",
            "feeder_meter",
            upstream="t1",
            zone=f"bay{n}",
            ratings={"power_kw": 8_000.0, "voltage_kv": 20.0},
        )
    for n in range(1, BATTERIES + 1):
        add(
            f"bat{n}",
            "battery",
            "battery_inverter",
            upstream=f"f{n}",
            ratings={"power_kw": 1_000.0, "energy_kwh": 2_000.0},
        )
    for n in range(1, BREAKERS + 1):
        add(f"cb{n}", "breaker", "breaker", upstream="t1", zone=f"bay{n}")
    return assets, devices


def _setpoint(battery: str) -> dict[str, Any]:
    """A set-point that is renewed with every tick: whoever steers it has a gated command in each."""
    return {
        "name": f"{battery}/active_power_setpoint",
        "stale_s": 3 * TICK_S,
        "writing": {
            "low": -1_000.0,
            "high": 1_000.0,
            "safe_value": 0.0,
            "on_loss": "write_safe",
            "feedback_s": 5 * TICK_S,
            "validity_s": 2 * TICK_S,
            "renew_s": TICK_S,
            "reversion_s": 5 * TICK_S,
            "reversion_value": 0.0,
        },
    }


def _shaver(agent: str, demand: str, battery: str, limit_kw: float) -> dict[str, Any]:
    return {
        "agent": agent,
        "kind": "peak_shaving",
        "period_s": TICK_S,
        "deadline_s": TICK_S,
        "priority": "control",
        "settings": {"demand_point": demand, "battery": battery, "limit_kw": limit_kw},
    }


_TRANSFORMER: Final = {
    "name": "t1",
    "from_bus": "hv",
    "to_bus": "mv",
    "rated_kva": 25_000.0,
    "high_kv": 110.0,
    "low_kv": 20.0,
    "short_circuit_pu": 0.12,
    "copper_loss_kw": 112.0,
    "no_load_current_pu": 0.0015,
    "iron_loss_kw": 16.5,
    "clock": 5,
    "tap_step_kv": 1.65,
    "tap_position": -2,
}
