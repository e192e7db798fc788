"""Make `simulators/profiles/profiles.npz` from SimBench, by the recipe that stands beside it.

The project does not depend on SimBench; only this script does. To run it again:

    python -m venv DIR && DIR/bin/pip install simbench==1.6.3 numpy
    DIR/bin/python benchmarks/extract_simbench.py
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).resolve().parent.parent / "simulators" / "profiles"
FULL_SCALE = 65535
"""The largest uint16 code; a code c stands for c * scale."""

Columns = Mapping[str, NDArray[np.float64]]


def blend(recipe: Mapping[str, Any], columns: Columns) -> NDArray[np.float64]:
    """One profile in per unit, from its recipe.

    Args:
        recipe: one `[[profile]]` table: either `mix` (class -> MW at the class's peak) or `column`.
        columns: SimBench column name -> (T,) float64 per unit, no NaN.

    Returns:
        (T,) float64, per unit of the blend's own yearly peak (mix) or of installed power (column).
    """
    if "column" in recipe:
        return columns[recipe["column"]]
    total = sum(weight * columns[f"{name}_pload"] for name, weight in sorted(recipe["mix"].items()))
    whole = np.asarray(total, dtype=np.float64)
    peak: np.float64 = whole.max()
    return np.asarray(whole / peak)


def quantise(values: NDArray[np.float64]) -> tuple[NDArray[np.uint16], float]:
    """Round (T,) non-negative per-unit values to uint16 codes; also returns the value of one code."""
    if values.min() < 0.0:
        raise ValueError("a profile below zero does not fit an unsigned code")
    scale = float(values.max()) / FULL_SCALE
    return np.round(values / scale).astype(np.uint16), scale


def read_columns(scenario: int) -> dict[str, NDArray[np.float64]]:
    """Every load and renewables column of one SimBench scenario, (T,) float64 per unit each."""
    try:
        simbench = import_module("simbench")
    except ModuleNotFoundError as missing:
        raise SystemExit("install simbench==1.6.3 in a throwaway environment first") from missing
    tables = simbench.get_all_simbench_profiles(scenario)
    columns: dict[str, NDArray[np.float64]] = {}
    for kind in ("load", "renewables"):
        numeric = tables[kind].select_dtypes("number")
        columns |= {name: numeric[name].to_numpy(np.float64) for name in numeric}
    return columns


def main() -> None:
    """Read SimBench, blend, quantise, write one compressed file."""
    recipe = tomllib.loads((FOLDER / "recipe.toml").read_text(encoding="utf-8"))
    columns = read_columns(recipe["source"]["scenario"])
    coded = [quantise(blend(profile, columns)) for profile in recipe["profile"]]
    start = datetime.fromisoformat(recipe["source"]["start_local"])
    np.savez_compressed(
        FOLDER / "profiles.npz",
        names=np.array([profile["name"] for profile in recipe["profile"]]),
        codes=np.stack([codes for codes, _ in coded]),
        scales=np.array([scale for _, scale in coded]),
        rated_kw=np.array([float(profile["rated_kw"]) for profile in recipe["profile"]]),
        start_ns=np.int64(start.timestamp()) * np.int64(1_000_000_000),
        step_s=np.int64(recipe["source"]["step_s"]),
    )
    for profile, (codes, _) in zip(recipe["profile"], coded, strict=True):
        print(f"{profile['name']}: {codes.size} steps, mean {codes.mean() / FULL_SCALE:.3f} of peak")


if __name__ == "__main__":
    main()
