"""Every case under tests/golden/thermal is met within its own tolerance; its README says where it is from."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from edge.maintenance.constants import ThermalClass
from edge.maintenance.thermal import Temperatures, advance, steady

CASES = sorted(path.parent for path in Path(__file__).parent.glob("*/input.json"))


def start_of(given: dict, of: ThermalClass) -> Temperatures[float]:
    first = given["steps"][0]
    if given["start"] == "steady":
        return steady(of, first["load_pu"], first["ambient_c"])
    top_oil, fast, slow = given["start"]
    return Temperatures(top_oil_c=top_oil, gradient_1_k=fast, gradient_2_k=slow)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
@pytest.mark.parametrize("parts", [1, 7], ids=["one step", "seven steps"])
def test_the_model_meets_the_case_however_the_time_is_cut(case: Path, parts: int):
    given = json.loads((case / "input.json").read_text())
    tolerance = json.loads((case / "params.json").read_text())["absolute_k"]
    of = msgspec.convert(given["class"], ThermalClass)
    now = start_of(given, of)
    for step, expected in zip(given["steps"], json.loads((case / "output.json").read_text()), strict=True):
        for _ in range(parts):
            now = advance(of, now, step["load_pu"], step["ambient_c"], dt_s=step["minutes"] * 60.0 / parts)
        assert now.top_oil_c == pytest.approx(expected["top_oil_c"], abs=tolerance)
        assert now.hot_spot_c == pytest.approx(expected["hot_spot_c"], abs=tolerance)


def test_every_case_says_where_it_comes_from():
    assert len(CASES) >= 3
    assert all("IEC 60076-7" in (case / "README.md").read_text() for case in CASES)
