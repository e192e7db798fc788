"""Paper near its end is found by what a laboratory wrote, whatever relation the world has."""

from __future__ import annotations

import pytest

from edge.alarms.old_paper import WornPaper, polymerisation
from simulators.equipment.insulation import UnitPlate
from simulators.equipment.paper import Paper
from tests.fakes.oil_monitors import frame, watched_nord
from tests.fakes.oil_world import monitored


def over(furfural: float, *, holes: tuple[str, ...] = ()) -> float | None:
    shown = {"t1": {"furfural": furfural, "sample_age": 40.0}, "t2": {"furfural": 0.02}}
    return WornPaper(watched_nord()).look(frame(1.0, shown, holes=holes)).get(0, -999.0)


def test_the_estimate_falls_with_furfural_and_is_new_where_nothing_is_found() -> None:
    values = [polymerisation(ppm) for ppm in (0.0, 0.01, 0.1, 1.0, 5.0, 10.0)]
    assert values == sorted(values, reverse=True)
    assert polymerisation(10.0 ** (1.51 - 0.0035 * 300.0)) == pytest.approx(300.0)
    assert values[0] > 900.0


def test_the_limit_is_where_the_rule_has_it() -> None:
    assert over(0.1) == -999.0
    assert over(1.7) == pytest.approx(350.0 - polymerisation(1.7))
    assert (over(1.7) or 0.0) < 0.0 < (over(2.5) or 0.0)
    assert over(5.0, holes=("t1/furfural",)) is None


@pytest.mark.parametrize(("dp", "raised"), [(250.0, True), (500.0, False), (700.0, False), (1000.0, False)])
def test_old_paper_is_found_and_younger_is_not_whatever_the_sample_scatters(
    dp: float, *, raised: bool
) -> None:
    for seed in range(20):
        family = WornPaper(watched_nord())
        plates = {"t1": UnitPlate(paper=Paper(dp=dp))}
        (reading,) = monitored(1.0 / 24.0, plates=plates, seed=seed)
        found = family.look(frame(*reading)).get(0)
        assert (found is not None and found > 0.0) == raised


def test_the_words_say_how_old_the_sample_is() -> None:
    family = WornPaper(watched_nord())
    text = family.words(0, frame(1.0, {"t1": {"furfural": 4.3, "sample_age": 40.0}})).text
    assert text == (
        "paper of T1 has a degree of polymerisation of about 250, limit 350, new 1000, end of life 200: "
        "4.3 ppm of 2-furfural in a sample 40 days old"
    )
