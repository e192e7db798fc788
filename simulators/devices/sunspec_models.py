"""The models of the simulated SunSpec inverter: its registers, and where each point lies in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from drivers.modbus.sunspec.chain import END, MARKER
from drivers.modbus.sunspec.definitions import SunSpecPoint, blank_model, decode_model

BASE: Final = 40000
MAKER: Final = "AIOS Grid"
MODEL: Final = "Simulated inverter"
REVISION: Final = "1.0"
_TEXTS: Final = {"Mn": MAKER, "Md": MODEL, "Opt": "none", "Vr": REVISION, "SN": "S-0001"}
_SCALES_103: Final = {
    "A_SF": -1, "V_SF": -1, "W_SF": 1, "Hz_SF": -2, "VA_SF": 1, "VAr_SF": 1, "PF_SF": -1, "WH_SF": 0,
    "DCV_SF": -1, "DCW_SF": 1, "Tmp_SF": -1,
}  # fmt: skip
_SCALES_701: Final = {
    "A_SF": -1, "V_SF": -1, "Hz_SF": -3, "W_SF": 1, "PF_SF": -3, "VA_SF": 1, "Var_SF": 1, "TotWh_SF": 0,
    "TotVarh_SF": 0, "Tmp_SF": -1,
}  # fmt: skip
_CURVE: Final = ((9200, 4400), (9800, 0), (10200, 0), (10800, -4400))
"""Volt-var curve in hundredths of a per cent, after IEEE 1547-2018, table 8, category B."""


def models_of(rating_kw: float) -> list[tuple[int, dict[str, Any]]]:
    """Return the models of an inverter with the raw values that never move.

    Args:
        rating_kw: rated power; it must fit ten watts a count into 16 bits.
    """
    tens = round(100 * rating_kw)
    curve = {
        "ActPt": len(_CURVE), "DeptRef": 1, "RspTms": 5, "ReadOnly": 1,
        "Pt": [{"V": volt, "Var": var} for volt, var in _CURVE],
    }  # fmt: skip
    ratings = {"DERTyp": 4, "WRtg": tens, "WRtg_SF": 1, "VARtg": tens, "VARtg_SF": 1, "VArRtg_SF": 1}
    ratings |= {f"VArRtgQ{quadrant}": 0 for quadrant in (1, 2, 3, 4)}
    ratings |= {"ARtg": round(10 * rating_kw * 1.45), "ARtg_SF": -1, "PFRtg_SF": -2}
    ratings |= {f"PFRtgQ{quadrant}": 80 for quadrant in (1, 2, 3, 4)}
    settings = {"WMax": tens, "WMax_SF": 1, "VRef": 400, "VRef_SF": 0, "VRefOfs": 0, "VRefOfs_SF": 0}
    controls = {
        "Conn": 1, "WMaxLimPct": 1000, "WMaxLimPct_WinTms": 0, "WMaxLimPct_RvrtTms": 0,
        "WMaxLimPct_RmpTms": 0, "WMaxLim_Ena": 0, "OutPFSet": 100, "OutPFSet_Ena": 0, "VArPct_Ena": 0,
        "WMaxLimPct_SF": -1, "OutPFSet_SF": -2,
    }  # fmt: skip
    new_controls = {
        "WMaxLimPctEna": 0, "WMaxLimPct": 1000, "WMaxLimPctRvrt": 1000, "WMaxLimPctEnaRvrt": 0,
        "WMaxLimPctRvrtTms": 0, "WMaxLimPctRvrtRem": 0, "WMaxLimPct_SF": -1,
    }  # fmt: skip
    volt_var = {
        "Ena": 0, "AdptCrvReq": 0, "AdptCrvRslt": 1, "NPt": len(_CURVE), "NCrv": 2, "V_SF": -2,
        "DeptRef_SF": -2, "RspTms_SF": 0, "Crv": [curve, curve],
    }  # fmt: skip
    return [
        (1, {**_TEXTS, "DA": 1}),
        (103, _SCALES_103),
        (120, ratings),
        (121, settings),
        (123, controls),
        (701, {"ACType": 2, **_SCALES_701}),
        (704, new_controls),
        (705, volt_var),
    ]


class ModelRegisters:
    """All registers of a SunSpec device, and every point by model and name."""

    def __init__(self, models: Iterable[tuple[int, Mapping[str, Any]]], base: int = BASE) -> None:
        words = list(MARKER)
        self.points: dict[tuple[int, str], SunSpecPoint] = {}
        """Points outside repeating groups."""
        self.at: dict[int, tuple[int, SunSpecPoint]] = {}
        """Model and point of each first register."""
        for model, values in models:
            registers = blank_model(model, dict(values))
            decoded = decode_model(model, base + len(words), registers)
            for point in decoded.points:
                self.at[point.address] = model, point
                if len(point.path) == 1:
                    self.points[model, point.name] = point
            words += registers
        self.base = base
        self.words = [*words, END, 0]

    def raw(self, model: int, name: str) -> int:
        """Return the number that a point shows, with its sign."""
        point = self.points[model, name]
        return _number(point, self.words[self._place(point) : self._place(point) + point.count])

    def show(self, model: int, name: str, value: float) -> None:
        """Put a value through the point's scale, as it stands in its register now, into its registers."""
        point = self.points[model, name]
        factor = self.raw(model, point.scale) if point.scale_address is not None else 0
        self.put(model, name, round(value / float(f"1e{factor}")))

    def put(self, model: int, name: str, raw: int) -> None:
        """Put a raw number into a point's registers."""
        point = self.points[model, name]
        octets = (raw % (1 << 16 * point.count)).to_bytes(2 * point.count, "big")
        place = self._place(point)
        for at in range(point.count):
            self.words[place + at] = int.from_bytes(octets[2 * at : 2 * at + 2], "big")

    def _place(self, point: SunSpecPoint) -> int:
        return point.address - self.base


def _number(point: SunSpecPoint, words: list[int]) -> int:
    number = 0
    for word in words:
        number = number << 16 | word
    signed = point.type.startswith(("int", "sunssf")) and words[0] & 0x8000
    return number - (1 << 16 * len(words)) if signed else number
