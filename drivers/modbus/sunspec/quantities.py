"""What SunSpec's points are called in a register map, and in which unit they stand there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from drivers.modbus.sunspec.definitions import SunSpecPoint

UNITS: Final = {
    "W": ("kW", 1e-3), "VA": ("kVA", 1e-3), "var": ("kvar", 1e-3), "Var": ("kvar", 1e-3), "V": ("kV", 1e-3),
    "Wh": ("kWh", 1e-3), "Varh": ("kvarh", 1e-3), "VAh": ("kVAh", 1e-3), "A": ("A", 1.0), "Hz": ("Hz", 1.0),
    "C": ("degC", 1.0), "Secs": ("s", 1.0), "Pct": ("%", 1.0), "cos()": ("1", 1.0), "": ("1", 1.0),
    "AH": ("Ah", 1.0), "%WHRtg": ("%", 1.0), "VNomPct": ("%", 1.0),
}  # fmt: skip
"""Unit of ours, and how much of it one of SunSpec's is (docs/terminology.md)."""
_SHARED: Final = {
    "W": "active_power", "VA": "apparent_power", "VAr": "reactive_power", "Var": "reactive_power",
    "PF": "power_factor", "Hz": "frequency", "A": "current", "WH": "energy_injected",
    "TotWhInj": "energy_injected", "TotWhAbs": "energy_absorbed",
    "TotVarhInj": "reactive_energy_injected", "TotVarhAbs": "reactive_energy_absorbed",
    "AphA": "current_a", "AphB": "current_b", "AphC": "current_c",
    "PhVphA": "voltage_a", "PhVphB": "voltage_b", "PhVphC": "voltage_c",
    "PPVphAB": "voltage_ab", "PPVphBC": "voltage_bc", "PPVphCA": "voltage_ca",
    "LNV": "voltage", "LLV": "line_voltage",
    "VL1": "voltage_a", "VL2": "voltage_b", "VL3": "voltage_c",
    "VL1L2": "voltage_ab", "VL2L3": "voltage_bc", "VL3L1": "voltage_ca",
    "AL1": "current_a", "AL2": "current_b", "AL3": "current_c",
    "WL1": "active_power_a", "WL2": "active_power_b", "WL3": "active_power_c",
    "DCA": "dc_current", "DCV": "dc_voltage", "DCW": "dc_power",
    "TmpCab": "cabinet_temperature", "TmpSnk": "heat_sink_temperature", "TmpAmb": "ambient_temperature",
    "TmpTrns": "transformer_temperature", "TmpOt": "other_temperature", "TmpSw": "switch_temperature",
    "St": "operating_state", "StVnd": "vendor_state", "InvSt": "inverter_state",
    "ConnSt": "connection_state", "Alrm": "alarms", "Evt1": "events", "WRtg": "rated_active_power",
    "VARtg": "rated_apparent_power", "WMaxRtg": "rated_active_power", "WMax": "active_power_setting",
    "WMaxLimPct": "active_power_limit", "WMaxLim_Ena": "active_power_limit_enabled",
    "WMaxLimPctEna": "active_power_limit_enabled", "WMaxLimPct_RvrtTms": "active_power_limit_reversion_time",
    "WMaxLimPctRvrtTms": "active_power_limit_reversion_time",
    "WMaxLimPctRvrt": "active_power_limit_reversion",
    "WMaxLimPctEnaRvrt": "active_power_limit_reversion_enabled",
    "WMaxLimPctRvrtRem": "active_power_limit_reversion_remaining",
}  # fmt: skip
"""Names of what many models have in common."""


def unit_of(units: str) -> tuple[str, float]:
    """Return our unit for one of SunSpec's, and the factor.

    >>> unit_of("W"), unit_of("% WMax")
    (('kW', 0.001), ('%', 1.0))
    """
    if units.lstrip().startswith("%"):
        return ("%", 1.0) if "/" not in units else ("%/s" if "sec" in units.lower() else "%", 1.0)
    return UNITS.get(units, (units, 1.0))


def plain(name: str) -> str:
    """Return a name in small letters with underscores.

    >>> plain("OutPFSet_RvrtTms"), plain("Crv1")
    ('out_pfset_rvrt_tms', 'crv1')
    """
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    plainer = re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")
    return plainer if plainer[:1].isalpha() else f"q_{plainer}"


class Names:
    """Gives every point of a device a name of its own: the first of a kind has the plain one."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def name(self, model: int, point: SunSpecPoint) -> str:
        """Return the quantity of a point; where the name is taken, the model's number stands behind it."""
        own = _SHARED.get(point.name) if len(point.path) == 1 else None
        wanted = own or "_".join(plain(part) for part in point.path)
        for candidate in self._candidates(wanted, model):
            if candidate not in self._taken:
                self._taken.add(candidate)
                return candidate
        raise AssertionError("there are more numbers than names")

    @staticmethod
    def _candidates(wanted: str, model: int) -> Iterable[str]:
        yield wanted
        yield f"{wanted}_{model}"
        yield from (f"{wanted}_{model}_{number}" for number in range(2, 10_000))
