"""A transformer's limits are those of the loading guide and of its rating."""

import pytest

from edge.alarms.definition import rules
from edge.alarms.family import framed
from edge.alarms.loading import TransformerLimits
from edge.maintenance.constants import LIMITS
from tests.fakes.nord_images import image, nord

UNITS = TransformerLimits(nord())
NAMES = [definition.id for definition in UNITS.definitions]
RATED_A = 25_000.0 / (3.0**0.5 * 20.0)


def over(name: str, **seen: float) -> float | None:
    return UNITS.look(framed(image(**seen))).get(NAMES.index(name), -99.0)


@pytest.mark.parametrize(
    ("name", "point", "limit"),
    [
        ("transformer_loading:t1", "t1__load_current", RATED_A),
        ("transformer_overload:t1", "t1__load_current", LIMITS["normal_cyclic"].current_pu * RATED_A),
        ("hot_spot:t2", "t2__hot_spot_temperature", LIMITS["normal_cyclic"].hot_spot_c),
        ("top_oil:t2", "t2__top_oil_temperature", LIMITS["normal_cyclic"].top_oil_c),
    ],
)
def test_a_limit_is_where_the_guide_has_it(name: str, point: str, limit: float) -> None:
    below, beyond = over(name, **{point: 0.999 * limit}), over(name, **{point: 1.001 * limit})
    assert below is not None
    assert beyond is not None
    assert below < 0.0 < beyond
    assert over(name) == -99.0


def test_the_limits_are_those_by_which_assets_are_assessed() -> None:
    mode, limits = LIMITS["normal_cyclic"], {name: rule.limits for name, rule in rules().items()}
    assert limits["transformer_overload"] == {"percent": 100.0 * mode.current_pu}
    assert limits["hot_spot"] == {"temperature_c": mode.hot_spot_c}
    assert limits["top_oil"] == {"temperature_c": mode.top_oil_c}


def test_a_hole_is_not_judged() -> None:
    overs = UNITS.look(framed(image(holes=("t1/load_current",))))
    assert overs == {
        NAMES.index("transformer_loading:t1"): None,
        NAMES.index("transformer_overload:t1"): None,
    }


def test_the_evidence_has_value_and_limit_in_the_unit_of_the_point() -> None:
    words = UNITS.words(NAMES.index("transformer_loading:t1"), framed(image(t1__load_current=800.0)))
    assert words.text == "loading of T1 is 111 %, limit 100 %"
    (found,) = words.evidence
    assert (found.value, found.unit, found.limit) == (800.0, "A", pytest.approx(RATED_A))
