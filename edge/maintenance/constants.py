"""Constants of the loading guide, kept as data in `thermal.toml` with where each row comes from."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

import msgspec


class ThermalClass(msgspec.Struct, frozen=True, kw_only=True):
    """The constants of one cooling class.

    Source: IEC 60076-7 (2018), recommended values; `source` tells how each row was obtained.
    """

    oil_exponent: float
    """Exponent x of total losses, 1."""
    winding_exponent: float
    """Exponent y of the current, 1."""
    k11: float
    k21: float
    k22: float
    oil_minutes: float
    """Oil time constant, minutes."""
    winding_minutes: float
    """Winding time constant, minutes."""
    top_oil_rise_k: float
    """Rise of the top oil over ambient at rated losses, K."""
    hot_spot_gradient_k: float
    """Hot-spot over top oil at rated current (H times g_r), K."""
    loss_ratio: float
    """Load loss at rated current over no-load loss, 1."""
    source: str
    """`read` (two open implementations agree) or `memory` (paid text not read)."""


class LoadingLimit(msgspec.Struct, frozen=True, kw_only=True):
    """What a transformer up to 100 MVA may reach in one mode of loading.

    Source: IEC 60076-7 (2018), table of limits for loading beyond nameplate.
    """

    current_pu: float
    """Load current over rated current, 1."""
    hot_spot_c: float
    top_oil_c: float
    source: str


class _File(msgspec.Struct, frozen=True, rename={"classes": "class", "limits": "limit"}):
    classes: dict[str, ThermalClass]
    limits: dict[str, LoadingLimit]


def _read() -> _File:
    text = Path(__file__).with_name("thermal.toml").read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), _File)


_FILE: Final = _read()
CLASSES: Final = _FILE.classes
LIMITS: Final = _FILE.limits


def thermal_class(name: str) -> ThermalClass:
    """Return the constants of a cooling class.

    Raises:
        KeyError: no such class; the message lists those there are.

    >>> thermal_class("power_onaf").top_oil_rise_k
    52.0
    """
    try:
        return CLASSES[name]
    except KeyError:
        raise KeyError(f"no thermal class {name}; has {sorted(CLASSES)}") from None
