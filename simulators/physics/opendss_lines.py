"""Lines and couplers as OpenDSS is told them: by phase, for the whole length, in ohm and nF."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.networks.network import Coupler, Line
from simulators.physics.flows import Rows, Values
from simulators.physics.tables import MissingZeroSequence

PHASES: Final = "abc"
"""Phase by the number of its node less 1."""
_COUPLER_PU: Final = complex(5e-9, -5e-9)
"""Impedance of a closed coupler on 1 MVA: that of power-grid-model's links, so that rings share alike."""


def line_command(line: Line, rows: Rows, *, by_phase: bool) -> str:
    """Return the command that makes a line.

    Raises:
        MissingZeroSequence: the zero sequence counts, and the line has none.
    """
    ohm, farad = matrices_of(line, by_phase=by_phase)
    return _command(
        rows.branch[line.name], (rows.bus[line.from_bus], rows.bus[line.to_bus]), line.phases, ohm, farad
    )


def coupler_command(coupler: Coupler, rows: Rows, kv: float) -> str:
    """Return the command that makes a coupler: a line with next to no resistance."""
    ohm = np.asarray(np.eye(3) * (_COUPLER_PU * kv**2), dtype=np.complex128)
    ends = (rows.bus[coupler.from_bus], rows.bus[coupler.to_bus])
    return _command(rows.branch[coupler.name], ends, PHASES, ohm, np.zeros((3, 3)))


def matrices_of(line: Line, *, by_phase: bool) -> tuple[NDArray[np.complex128], Values]:
    """Return series impedance, ohm, and capacitance, F, of a whole line: (P, P) for its P phases.

    Args:
        line: by phase, or by sequences.
        by_phase: whether the zero sequence counts; where it does not, it is taken like the positive one.

    Raises:
        MissingZeroSequence: the zero sequence counts, and is not known.
    """
    count, km = len(line.phases), line.length_km
    if line.matrix is not None:
        known = line.matrix
        ohm = np.empty((count, count), dtype=np.complex128)
        ohm.real, ohm.imag = _full(known.ohm_per_km, count), _full(known.reactance_ohm_per_km, count)
        return ohm * km, _full(known.capacitance_uf_per_km, count) * km * 1e-6
    one = complex(line.ohm_per_km, line.reactance_ohm_per_km)
    zero, zero_uf = one, line.capacitance_uf_per_km
    if by_phase:
        zero, zero_uf = _zero_sequence(line)
    ohm = _from_sequences(one, zero, count) * km
    return ohm, _from_sequences(line.capacitance_uf_per_km, zero_uf, count).real * km * 1e-6


def _zero_sequence(line: Line) -> tuple[complex, float]:
    known = (line.zero_ohm_per_km, line.zero_reactance_ohm_per_km, line.zero_capacitance_uf_per_km)
    resistance, reactance, capacitance = known
    if resistance is None or reactance is None or capacitance is None:
        raise MissingZeroSequence((line.name,))
    return complex(resistance, reactance), capacitance


def _from_sequences(one: complex, zero: complex, count: int) -> NDArray[np.complex128]:
    """Fortescue: what a phase has itself is (zero + 2 one) / 3, what it shares (zero - one) / 3."""
    shared = np.full((count, count), (zero - one) / 3.0, dtype=complex)
    return np.asarray(shared + np.eye(count) * one)


def _full(lower: tuple[float, ...], count: int) -> Values:
    """Return a symmetric matrix from its lower triangle row by row; zeros where there is none.

    >>> _full((1.0, 2.0, 3.0), 2)
    array([[1., 2.],
           [2., 3.]])
    """
    matrix = np.zeros((count, count))
    if lower:
        matrix[np.tril_indices(count)] = lower
    return matrix + np.tril(matrix, -1).T


def _command(row: int, ends: tuple[int, int], phases: str, ohm: NDArray[np.complex128], farad: Values) -> str:
    order = np.argsort([PHASES.index(phase) for phase in phases])
    nodes = "".join(f".{PHASES.index(phases[at]) + 1}" for at in order)
    return (
        f"new line.l{row} phases={len(phases)} bus1=b{ends[0]}{nodes} bus2=b{ends[1]}{nodes} "
        f"length=1 units=none rmatrix={_told(ohm.real)} xmatrix={_told(ohm.imag)} "
        f"cmatrix={_told(farad * 1e9)}"
    )


def _told(matrix: Values) -> str:
    return "[" + " | ".join(" ".join(f"{float(value)!r}" for value in row) for row in matrix) + "]"
