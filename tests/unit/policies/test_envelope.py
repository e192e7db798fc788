"""The envelope: no command that passes is outside its asset's ratings, and the safe set lies inside."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.command import Command
from kernel.point import OnLoss
from kernel.site import Site
from policies.envelope import Envelope, check_safe_set
from tests.unit.policies.substation import battery_points, pulse, setpoint, site


def rated(power_kw: float) -> Site:
    """The site with another rated power of bat1."""
    assets = tuple(
        msgspec.structs.replace(asset, ratings={"power_kw": power_kw}) if asset.name == "bat1" else asset
        for asset in site().assets
    )
    return site(assets=assets)


def with_writing(**changes: object) -> Site:
    """The site with another declaration of bat1's set-point."""
    point = battery_points("bat1")[1]
    assert point.writing is not None
    changed = msgspec.structs.replace(point, writing=msgspec.structs.replace(point.writing, **changes))
    return site(points=tuple(changed if other.name == changed.name else other for other in site().points))


def test_the_rating_narrows_what_the_point_declares() -> None:
    assert Envelope(rated(1500.0)).interval("bat1/active_power_setpoint") == (-1500.0, 1500.0)


def test_the_declaration_narrows_what_the_rating_admits() -> None:
    assert Envelope(with_writing(low=-10.0)).interval("bat1/active_power_setpoint") == (-10.0, 4000.0)


def test_a_point_that_cannot_be_written_has_no_interval() -> None:
    with pytest.raises(KeyError):
        Envelope(site()).interval("t1/load_current")


def test_the_bounds_stand_in_the_order_of_the_writable_points() -> None:
    envelope, points = Envelope(site()), site().writable
    low, high = envelope.bounds()
    assert [envelope.interval(point.name) for point in points] == list(
        zip(low.tolist(), high.tolist(), strict=True)
    )
    some_low, _ = envelope.bounds(np.array([2, 0], dtype=np.int32))
    assert some_low.tolist() == [low[2], low[0]]
    assert not low.flags.writeable


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(setpoint(4000.1), id="above"),
        pytest.param(setpoint(-4000.1), id="below"),
        pytest.param(setpoint(math.nan), id="not a number"),
        pytest.param(setpoint(math.inf), id="infinite"),
        pytest.param(setpoint(0.0, reversion_value=5000.0), id="reverts to the outside"),
        pytest.param(setpoint(0.0, reversion_value=math.nan), id="reverts to no number"),
        pytest.param(setpoint(0.0, battery="nowhere"), id="unknown point"),
        pytest.param(pulse("t1/load_current"), id="not writable"),
        pytest.param(pulse("cb14/close", value=2.0), id="another code"),
    ],
)
def test_a_number_outside_is_a_violation(command: Command) -> None:
    (violation,) = Envelope(site()).violations((setpoint(10.0, name="fine"), command))
    assert violation.command == command.id
    assert command.point in violation.reason


def test_the_ends_of_the_interval_lie_inside() -> None:
    assert (
        Envelope(site()).violations((setpoint(4000.0), setpoint(-4000.0, name="c2"), pulse("cb14/close")))
        == ()
    )
    assert Envelope(site()).violations(()) == ()


def test_a_site_without_writable_points_admits_nothing() -> None:
    assert len(Envelope(site(points=())).violations((setpoint(0.0),))) == 1


@given(
    values=st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=6),
    fallback=st.none() | st.floats(allow_nan=True, allow_infinity=True),
    power_kw=st.floats(0.0, 8000.0),
    battery=st.sampled_from(["bat1", "nowhere"]),
)
def test_no_command_that_passes_is_outside_the_ratings(
    values: list[float], fallback: float | None, power_kw: float, battery: str
) -> None:
    commands = [
        setpoint(value, battery=battery, name=f"c{place}", reversion_value=fallback)
        for place, value in enumerate(values)
    ]
    caught = {violation.command for violation in Envelope(rated(power_kw)).violations(commands)}
    limit = min(power_kw, 4000.0)
    for command in commands:
        numbers = [command.value, *([] if fallback is None else [fallback])]
        inside = battery == "bat1" and all(abs(number) <= limit for number in numbers)
        assert (command.id not in caught) is inside


def test_the_safe_set_of_a_sound_site_has_no_findings() -> None:
    assert check_safe_set(site()) == ()


@pytest.mark.parametrize(
    ("unsound", "finding"),
    [
        pytest.param(
            with_writing(safe_value=4000.5), "safe value 4000.5 kW lies outside", id="declared range"
        ),
        pytest.param(with_writing(safe_value=math.nan), "safe value nan", id="no number"),
        pytest.param(with_writing(reversion_value=-5000.0), "reversion value -5000", id="reversion value"),
        pytest.param(
            with_writing(reversion_s=None), "no reversion value and timer", id="nothing to revert to"
        ),
        pytest.param(with_writing(low=1.0, high=-1.0), "no value is admitted", id="empty range"),
        pytest.param(rated(-1.0), "no value is admitted", id="rating"),
    ],
)
def test_an_unsafe_safe_set_is_found(unsound: Site, finding: str) -> None:
    assert any(finding in text for text in check_safe_set(unsound))


def test_a_safe_value_outside_the_rating_is_found() -> None:
    """The point declares up to 4000 kW, the asset can do 100 kW: the safe value of 200 kW is not safe."""
    point = battery_points("bat1")[1]
    assert point.writing is not None
    writing = msgspec.structs.replace(point.writing, safe_value=200.0)
    changed = msgspec.structs.replace(point, writing=writing)
    points = tuple(changed if other.name == changed.name else other for other in site().points)
    assert check_safe_set(msgspec.structs.replace(rated(100.0), points=points)) == (
        "bat1/active_power_setpoint: safe value 200 kW lies outside -100 to 100",
    )


def test_a_pulse_that_is_sent_to_be_safe_is_found() -> None:
    points = []
    for point in site().points:
        if point.name == "cb14/close" and point.writing is not None:
            writing = msgspec.structs.replace(point.writing, on_loss=OnLoss.WRITE_SAFE)
            points.append(msgspec.structs.replace(point, writing=writing))
        else:
            points.append(point)
    assert "cb14/close: a pulse can only hold on loss; nothing is switched to be safe" in check_safe_set(
        site(points=tuple(points))
    )
