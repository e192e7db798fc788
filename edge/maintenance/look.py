"""What a view shows of one transformer: the observer's inputs, the witnesses, and what findings quote."""

from __future__ import annotations

from edge.maintenance.diagnosis import Witnesses, fans_vote, shape_vote, winding_vote
from edge.maintenance.evidence import Readings
from edge.maintenance.history import History
from edge.maintenance.naming import Naming
from edge.maintenance.observer import Inputs, Observed
from edge.maintenance.unit import Unit
from kernel.image import View
from kernel.quality import INVALID


def usable(unit: Unit, view: View, quantity: str) -> float | None:
    """Return a value of the transformer where the site has the point and it is good."""
    reading = view.readings.get(unit.point(quantity))
    return None if reading is None else reading.usable


def inputs(unit: Unit, view: View) -> Inputs:
    """Return one look for the observer; a value that is not good is None."""
    amperes, cooling = usable(unit, view, "load_current"), usable(unit, view, "cooling_state")
    return Inputs(
        now_ns=view.now_ns,
        load_pu=None if amperes is None else max(0.0, amperes) / unit.rated_current_a,
        ambient_c=usable(unit, view, "ambient_temperature"),
        top_oil_c=usable(unit, view, "top_oil_temperature"),
        winding_c=usable(unit, view, "winding_temperature"),
        fans_on=None if cooling is None else cooling > 0.5,
    )


def witnesses(unit: Unit, view: View, history: History, seen: Observed, naming: Naming) -> Witnesses:
    """Ask winding, shape (since the residual first passed its limit) and fans (when they last ran)."""
    cooling = usable(unit, view, "cooling_state")
    residual = seen.residual_k or 0.0
    winding = usable(unit, view, "winding_temperature")
    return Witnesses(
        winding=0 if winding is None else _winding_vote(seen, residual),
        shape=_shape_vote(unit, history, seen, naming.since_ns),
        fans=fans_vote(
            fans_on=None if cooling is None else cooling > 0.5,
            fan_current_a=usable(unit, view, "fan_current"),
            expected_a=unit.fan_current_a,
            before=naming.fans,
        ),
    )


def readings(unit: Unit, view: View) -> Readings:
    """Return what findings quote, with times and qualities."""
    fan, winding, top_oil = (
        view.readings.get(unit.point(quantity))
        for quantity in ("fan_current", "winding_temperature", "top_oil_temperature")
    )
    cooling = usable(unit, view, "cooling_state")
    return Readings(
        now_ns=view.now_ns,
        fan_current_a=None if fan is None else fan.usable,
        fan_at_ns=0 if fan is None else fan.at_ns,
        fan_quality=INVALID if fan is None else fan.quality,
        fans_on=None if cooling is None else cooling > 0.5,
        winding_at_ns=0 if winding is None else winding.at_ns,
        winding_quality=INVALID if winding is None else winding.quality,
        top_oil_quality=INVALID if top_oil is None else top_oil.quality,
    )


def _shape_vote(unit: Unit, history: History, seen: Observed, since_ns: int) -> int:
    constants = unit.observing.fans_on if seen.fans_on else unit.observing.fans_off
    oil_s = 60.0 * constants.k11 * constants.oil_minutes
    return shape_vote(history.quarters, oil_s=oil_s, since_ns=since_ns) if since_ns else 0


def _winding_vote(seen: Observed, residual_k: float) -> int:
    return winding_vote(residual_k, seen.gradient_residual_k, gradient_k=seen.temperatures.gradient_k)
