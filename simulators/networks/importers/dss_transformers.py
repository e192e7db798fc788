"""A transformer of OpenDSS, and the control that moves its tap, as tables of ours."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from simulators.networks.importers.dss_elements import PHASES, Circuit, Element
from simulators.networks.importers.imported import Tables


class _Winding(NamedTuple):
    terminal: int
    kv: float
    """Rated, line-to-line, kV."""
    tap: float
    """Per unit of the rated voltage."""
    delta: bool


def transformer_table(circuit: Circuit, unit: Element, name: str, control: Element | None) -> Tables | None:
    """Return a transformer, or nothing where it was refused."""
    why = _uncarried(circuit, unit)
    if why:
        circuit.refuse(unit, why)
        return None
    phases = PHASES[unit.nodes[0]]
    # The file says the voltage of a single-phase winding from phase to earth.
    line = math.sqrt(3.0) if phases != "abc" else 1.0
    told = zip(
        circuit.numbers(unit, "kvs"),
        circuit.numbers(unit, "taps"),
        [word.startswith("d") for word in _words(circuit, unit, "conns")],
        strict=True,
    )
    windings = [_Winding(at, kv * line, tap, delta) for at, (kv, tap, delta) in enumerate(told)]
    moved = 1 if windings[1].tap != 1.0 or windings[0].tap == 1.0 else 0
    if control is not None:
        moved = round(circuit.number(control, "tapwinding")) - 1
    high, low = sorted(windings, key=lambda wound: -wound.kv)
    kva = circuit.numbers(unit, "kvas")[0]
    percent = sum(circuit.numbers(unit, "%rs"))
    resistance, reactance = percent * 1e-2, circuit.number(unit, "xhl") * 1e-2
    iron, magnetising = (circuit.number(unit, key) * 1e-2 for key in ("%noloadloss", "%imag"))
    table: Tables = {
        "name": name,
        "from_bus": circuit.at(unit, high.terminal),
        "to_bus": circuit.at(unit, low.terminal),
        "rated_kva": kva,
        # The tap of the winding that nobody moves is part of its rated voltage.
        "high_kv": high.kv * (1.0 if high.terminal == moved else high.tap),
        "low_kv": low.kv * (1.0 if low.terminal == moved else low.tap),
        "short_circuit_pu": math.hypot(resistance, reactance),
        "copper_loss_kw": resistance * kva,
        "no_load_current_pu": math.hypot(iron, magnetising),
        "iron_loss_kw": iron * kva,
        "clock": _clock(circuit, unit, high, low),
        "high_winding": "delta" if high.delta else "wye_n",
        "low_winding": "delta" if low.delta else "wye_n",
        **({} if phases == "abc" else {"phases": phases}),
        **_tap(circuit, unit, windings[moved], "from" if high.terminal == moved else "to"),
    }
    if table["no_load_current_pu"]:
        # OpenDSS has all of it at the second winding.
        table["magnetising"] = "to" if low.terminal == 1 else "from"
    if control is not None:
        seen = windings[round(circuit.number(control, "winding")) - 1]
        bus = {"bus": table["from_bus"]} if seen.terminal == high.terminal else {}
        table["regulator"] = _regulator(circuit, control, seen, phases) | bus
        _tell(circuit, control)
    return table


def _uncarried(circuit: Circuit, unit: Element) -> str:
    """Why a transformer cannot be carried; empty where it can."""
    if round(circuit.number(unit, "windings")) != 2:
        return "it has other than two windings"
    kva = circuit.numbers(unit, "kvas")
    deltas = [word.startswith("d") for word in _words(circuit, unit, "conns")]
    single = len(unit.nodes[0]) == 1
    orders = [circuit.order(unit, terminal) for terminal in (0, 1)]
    ours = orders[0] == orders[1] and orders[0] in ([1, 2, 3], [1], [2], [3])
    reasons = {
        "its windings have different rated powers": kva[0] != kva[1],
        "it is neither between three phases nor between one and earth on both sides": not ours,
        "it is a single-phase unit in delta": single and any(deltas),
        "it stands open": any((*circuit.is_open(unit, 1), *circuit.is_open(unit, 2))),
        "its reactance is negative": circuit.number(unit, "xhl") < 0.0,
    }
    return "; ".join(why for why, holds in reasons.items() if holds)


def _clock(circuit: Circuit, unit: Element, high: _Winding, low: _Winding) -> int:
    """Between star and delta the low-voltage side lags by 30 degrees (ANSI) or leads (Euro)."""
    if high.delta == low.delta:
        return 0
    return 11 if circuit.text(unit, "leadlag").lower() in {"lead", "euro"} else 1


def _tap(circuit: Circuit, unit: Element, winding: _Winding, side: str) -> Tables:
    """Return the tap changer; a tap between two positions gets steps of its own."""
    at = f"wdg={winding.terminal + 1}"
    circuit.edit(unit, at)
    lowest, highest, count = (circuit.number(unit, key) for key in ("mintap", "maxtap", "numtaps"))
    step = (highest - lowest) / count if count else 0.0
    away = winding.tap - 1.0
    step = max(0.0, step)
    position = round(away / step) if step else 0
    if abs(away - position * step) > 1e-9:
        circuit.harvest.notes.append(f"transformer {unit.name}: its tap stands between two positions")
        step, position = abs(away), 1 if away > 0.0 else -1
    reach = [round((end - 1.0) / step) if step else 0 for end in (lowest, highest)]
    return {
        "tap_side": side,
        "tap_step_kv": step * winding.kv,
        "tap_position": position,
        "tap_min": min(reach[0], position, 0),
        "tap_max": max(reach[1], position, 0),
    }


def _regulator(circuit: Circuit, control: Element, winding: _Winding, phases: str) -> dict[str, Any]:
    """A relay behind a voltage transformer: its volts are those of a phase, or between two of a delta.

    Its line-drop settings are the volts that it subtracts at the rated current of its current transformer.
    """
    ratio, current = circuit.number(control, "ptratio"), circuit.number(control, "ctprim")
    line = 1.0 if winding.delta and phases == "abc" else math.sqrt(3.0)
    volts = ratio * line * 1e-3
    found = {
        "target_kv": circuit.number(control, "vreg") * volts,
        "band_kv": circuit.number(control, "band") * volts,
        "delay_s": circuit.number(control, "delay"),
        "step_s": circuit.number(control, "tapdelay"),
    }
    drop = {"drop_ohm": "r", "drop_reactance_ohm": "x"}
    return found | {name: circuit.number(control, key) * ratio / current for name, key in drop.items()}


def _tell(circuit: Circuit, control: Element) -> None:
    if circuit.text(control, "bus"):
        circuit.harvest.notes.append(
            f"regcontrol {control.name}: it goes by the bus of its winding here, not by another one"
        )
    if circuit.truth(control, "reversible"):
        circuit.harvest.notes.append(f"regcontrol {control.name}: it does not reverse here")


def _words(circuit: Circuit, unit: Element, key: str) -> list[str]:
    return circuit.text(unit, key).lower().strip("[]() ").replace(",", " ").split()
