"""Lines, transformers and regulator controls of OpenDSS as tables of ours.

Models, so that both solve the same equations: a line keeps its matrices, whatever they came from; a
transformer its short-circuit impedance, the position of its tap, and its magnetising branch at the end where
OpenDSS has it.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from simulators.networks.importers.dss_elements import PHASES, Circuit, Element
from simulators.networks.importers.dss_transformers import transformer_table
from simulators.networks.importers.imported import Tables
from simulators.physics.flows import Values

_KM: Final = {
    "mi": 1.609344,
    "kft": 0.3048,
    "km": 1.0,
    "m": 1e-3,
    "me": 1e-3,
    "ft": 0.3048e-3,
    "in": 2.54e-5,
    "cm": 1e-5,
}
"""Length of the units of OpenDSS, km; a line without unit is taken for kilometres, its impedance stays."""
_SAME: Final = 1e-9


def branches_of(circuit: Circuit) -> None:
    """Read lines and transformers into the tables of a harvest."""
    taken: set[str] = set()
    lines, units = circuit.of("line"), circuit.of("transformer")
    line_names = circuit.name(lines, "line", "line", taken)
    unit_names = circuit.name(units, "transformer", "transformer", taken)
    tables = circuit.harvest.tables
    tables["switches"] = []
    tables["lines"] = [
        table for one in lines if (table := _line(circuit, one, line_names[one.name], taken)) is not None
    ]
    controls = {circuit.text(one, "transformer").lower(): one for one in circuit.of("regcontrol")}
    tables["transformers"] = [
        table
        for one in units
        if (table := transformer_table(circuit, one, unit_names[one.name], controls.get(one.name)))
        is not None
    ]


def _line(circuit: Circuit, line: Element, name: str, taken: set[str]) -> Tables | None:
    phases = PHASES.get(line.nodes[0])
    if phases is None or circuit.order(line) != circuit.order(line, 1) or line.conductors != len(phases):
        circuit.refuse(line, "its conductors are not the same phases at both ends, or not phases at all")
        return None
    km = circuit.number(line, "length") * _KM.get(circuit.text(line, "units").lower(), 1.0)
    ohm, farad = _matrices(circuit, line)
    if ohm.shape != (len(phases),) * 2:
        circuit.refuse(line, "its impedance matrix does not fit its phases")
        return None
    ohm, farad = ohm / km, farad / km
    table: Tables = {
        "name": name,
        "from_bus": circuit.at(line),
        "to_bus": circuit.at(line, 1),
        "length_km": km,
        "rated_a": circuit.number(line, "normamps"),
        **_electric(ohm, farad, phases),
    }
    ends = [circuit.is_open(line, terminal) for terminal in (1, 2)]
    if any(any(end) and not all(end) for end in ends):
        circuit.refuse(line, "it is open in some of its phases")
        return None
    if all(ends[0]):
        table["closed"] = False
    if all(ends[1]):
        switch = f"{name}_far_end"
        taken.add(switch)
        circuit.harvest.tables["switches"].append(
            {"name": switch, "branch": name, "end": "to", "closed": False}
        )
    return table


def _matrices(circuit: Circuit, line: Element) -> tuple[Values, Values]:
    """Return impedance, ohm, and capacitance, uF, of the whole line, in the order of the phases."""
    length = circuit.number(line, "length")
    parts = [_square(circuit.numbers(line, key)) for key in ("rmatrix", "xmatrix", "cmatrix")]
    resistance, reactance, nano = (part * length for part in parts)
    order = np.argsort(circuit.order(line))
    ohm, micro = resistance + 1j * reactance, nano * 1e-3
    return ohm[np.ix_(order, order)], micro[np.ix_(order, order)]


def _square(numbers: list[float]) -> Values:
    """Return a matrix that was told whole, or as its lower triangle."""
    count = math.isqrt(len(numbers))
    if count**2 == len(numbers):
        return np.array(numbers).reshape(count, count)
    count = (math.isqrt(8 * len(numbers) + 1) - 1) // 2
    matrix = np.zeros((count, count))
    matrix[np.tril_indices(count)] = numbers
    return matrix + np.tril(matrix, -1).T


def _electric(ohm: Values, farad: Values, phases: str) -> Tables:
    """Return a line by its sequences where all phases are alike, else by phase with the mean beside it."""
    one, zero = _sequences(ohm)
    one_uf, zero_uf = (value.real for value in _sequences(farad))
    table: Tables = {
        "ohm_per_km": max(one.real, 0.0),
        "reactance_ohm_per_km": max(one.imag, 0.0),
        "capacitance_uf_per_km": max(one_uf, 0.0),
    }
    if phases == "abc" and _even(ohm) and _even(farad) and min(zero.real, zero.imag, zero_uf) >= 0.0:
        return table | {
            "zero_ohm_per_km": zero.real,
            "zero_reactance_ohm_per_km": zero.imag,
            "zero_capacitance_uf_per_km": zero_uf,
        }
    lower = np.tril_indices(len(phases))
    matrix = {
        "ohm_per_km": ohm.real[lower].tolist(),
        "reactance_ohm_per_km": ohm.imag[lower].tolist(),
        "capacitance_uf_per_km": farad[lower].tolist(),
    }
    return table | {"phases": phases, "matrix": matrix}


def _sequences(matrix: Values) -> tuple[complex, complex]:
    """Return positive and zero sequence: mean of the diagonal less, and plus twice, that beside it."""
    count = len(matrix)
    own = complex(matrix.trace()) / count
    shared = (complex(matrix.sum()) - own * count) / (count * (count - 1)) if count > 1 else 0.0
    return own - shared, own + 2.0 * shared


def _even(matrix: Values) -> bool:
    """Whether all phases are alike."""
    count = len(matrix)
    beside = matrix[~np.eye(count, dtype=bool)]
    size = np.abs(matrix).max()
    return bool(
        np.ptp(np.abs(matrix.diagonal() - matrix[0, 0])) <= _SAME * size
        and np.abs(beside - beside[:1]).max(initial=0.0) <= _SAME * size
    )
