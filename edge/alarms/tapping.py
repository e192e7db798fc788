"""Does a tap changer move when its regulator has reason to?

A regulator waits until the voltage has been out of its band for its delay; then the changer must move. The
alarm rises where the voltage has stayed out on one side for that delay and a few steps more, the position is
still the same, and a position is left that would help. What the regulator keeps comes from its own settings,
or from the site: ratings `voltage_target_kv`, `voltage_bandwidth_kv`, `regulator_delay_s`, `tap_lowest`,
`tap_highest` of the transformer, and `tap_raises`: 1 where a higher position raises the voltage, -1 where it
lowers it. Without that, a changer at an end that only ratings tell is not judged.

Source: data objects of the automatic tap changer controller, ATCC in IEC 61850-7-4 (memory); motor drives of
IEC 60214-1 (memory). Limits in `rules.toml`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from edge.alarms.definition import Definition, defined
from edge.alarms.equipped import equipped
from edge.alarms.family import Frame, Overs, Words, found
from kernel.asset import Asset
from kernel.point import NANOSECONDS
from kernel.site import Site

CONDITION: Final = "tap_not_following"
BLOCKED_PU: Final = 0.7
"""Share of the target below which a regulator does nothing: no supply, or a short circuit."""
GAP_S: Final = 600.0
"""After a longer time without a good reading nobody knows what the changer did meanwhile, seconds."""
ENDS: Final = {"highest_voltage": 1, "lowest_voltage": -1}
"""States of `tap_end_state` by the direction in which no position is left."""


@dataclass(frozen=True, slots=True)
class _Setting:
    """What the device shows of its settings, or what the site says of them."""

    row: int
    """-1 where the site says it."""
    given: float = 0.0

    def of(self, values: list[float]) -> float:
        return self.given if self.row < 0 else values[self.row]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Changer:
    """One tap changer and its regulator."""

    asset: Asset
    position: int
    voltage: int
    target: _Setting
    bandwidth: _Setting
    delay: _Setting
    manual: tuple[int, float] | None
    """Row and code of the state in which nobody is to follow; None where it shows none."""
    end_row: int
    """What tells that it stands at its end: its state, else the position."""
    ends: dict[float, int]
    """By what that shows: the direction in which no position is left, 0 where nobody knows which."""
    rows: tuple[int, ...]
    """Everything that it is judged by."""


@dataclass(slots=True)
class _Wait:
    """For how long a changer has stood while the voltage was out on one side."""

    direction: int = 0
    """Of the voltage that is wanted: 1 higher, -1 lower, 0 as it is."""
    position: float = 0.0
    since_ns: int = 0
    looked_ns: int = 0
    seen: bool = False
    """Whether anything was seen yet."""
    whole: bool = False
    """Whether its begin was seen."""

    @property
    def waited_s(self) -> float:
        """Time from its begin to the newest reading, seconds."""
        return (self.looked_ns - self.since_ns) / NANOSECONDS


class TapFollows:
    """Position against voltage of every tap changer whose regulator shows both."""

    period_s = 10.0

    def __init__(self, site: Site) -> None:
        """Find the tap changers of a site."""
        self._site = site
        rule = defined(CONDITION, "").rule
        self._changers = equipped(site, "transformer", _changer)
        self._margin = rule.limits["margin_percent"] / 100.0
        self._steps_s = rule.limits["steps_s"]
        self._waits = [_Wait() for _ in self._changers]
        self.definitions: tuple[Definition, ...] = tuple(
            defined(CONDITION, changer.asset.name) for changer in self._changers
        )

    def look(self, frame: Frame) -> Overs:
        """Take in where the changers stand; return those that are overdue, by how many seconds."""
        overs: dict[int, float | None] = {}
        for number, changer in enumerate(self._changers):
            if not frame.holds(changer.rows):
                overs[number] = None
                continue
            wait, values = self._waits[number], frame.values
            direction = _wanted(changer, values, self._margin)
            _stand(wait, direction, values[changer.position], frame.image.at_ns.item(changer.voltage))
            over_s = wait.waited_s - changer.delay.of(values) - self._steps_s
            if direction and over_s > 0.0:
                overs[number] = over_s
        return overs

    def knows(self, number: int) -> bool:
        """Tell whether the voltage was seen in its band, or the tap was seen to move."""
        wait = self._waits[number]
        return wait.whole or not wait.direction

    def words(self, number: int, frame: Frame) -> Words:
        """Say what voltage is kept, what it is, and where the tap stands."""
        changer, values, wait = self._changers[number], frame.values, self._waits[number]
        title = changer.asset.called
        target, half = changer.target.of(values), changer.bandwidth.of(values) / 2.0
        kept = f"{values[changer.voltage]:.2f} kV where {target:.2f} kV +- {half:.2f} kV is kept"
        stands = f"position {values[changer.position]:.0f}"
        if wait.direction:
            text = f"tap changer of {title} has stood at {stands} for {wait.waited_s / 60.0:.0f} min: {kept}"
        else:
            text = f"tap changer of {title} need not move from {stands}: {kept}"
        points = self._site.points
        border = target - wait.direction * half
        evidence = tuple(
            found(points[row], row, frame, limit=border if row == changer.voltage else None)
            for row in changer.rows
        )
        return Words(text=text, evidence=evidence, point=points[changer.position].name)


def _wanted(changer: _Changer, values: list[float], margin: float) -> int:
    """Return the direction in which the changer should move the voltage; 0 where nothing is to be done.

    Args:
        changer: whose values are good.
        values: of all rows.
        margin: what the instrument may be wrong, share of the target.
    """
    kv, target = values[changer.voltage], changer.target.of(values)
    if kv <= BLOCKED_PU * target:
        return 0
    if changer.manual is not None and values[changer.manual[0]] == changer.manual[1]:
        return 0
    away = target - kv
    if abs(away) <= changer.bandwidth.of(values) / 2.0 + margin * target:
        return 0
    direction = 1 if away > 0.0 else -1
    return 0 if changer.ends.get(values[changer.end_row]) in {0, direction} else direction


def _stand(wait: _Wait, direction: int, position: float, at_ns: int) -> None:
    """Go on waiting, or begin anew: the tap has moved, or the voltage is elsewhere."""
    unseen = not wait.seen or at_ns - wait.looked_ns > GAP_S * NANOSECONDS
    if unseen or direction != wait.direction or position != wait.position:
        wait.whole = not unseen
        wait.direction, wait.position, wait.since_ns = direction, position, at_ns
    wait.looked_ns, wait.seen = at_ns, True


def _changer(site: Site, asset: Asset) -> _Changer | None:
    """Return the tap changer of a transformer; None where it shows too little to be judged."""

    def row(quantity: str) -> int:
        return site.row.get(f"{asset.name}/{quantity}", -1)

    def setting(quantity: str, rating: str, otherwise: float = 0.0) -> _Setting:
        return _Setting(row(quantity), asset.ratings.get(rating, otherwise))

    position, voltage = row("tap_position"), row("regulated_voltage")
    target = setting("voltage_target", "voltage_target_kv")
    bandwidth = setting("voltage_bandwidth", "voltage_bandwidth_kv")
    delay = setting("regulator_delay", "regulator_delay_s", defined(CONDITION, "").rule.limits["delay_s"])
    known = all(one.row >= 0 or one.given > 0.0 for one in (target, bandwidth))
    if min(position, voltage) < 0 or not known:
        return None
    state, end = row("regulator_state"), row("tap_end_state")
    manual = _code(site, state, "manual")
    ends = {code: way for name, way in ENDS.items() if (code := _code(site, end, name)) is not None}
    rows = (voltage, position, target.row, bandwidth.row, delay.row, state, end)
    return _Changer(
        asset=asset,
        position=position,
        voltage=voltage,
        target=target,
        bandwidth=bandwidth,
        delay=delay,
        manual=None if manual is None else (state, manual),
        end_row=end if end >= 0 else position,
        ends=ends if end >= 0 else _rated_ends(asset),
        rows=tuple(one for one in rows if one >= 0),
    )


def _rated_ends(asset: Asset) -> dict[float, int]:
    """Return the positions that the ratings call the ends, each with its direction."""
    raises = round(asset.ratings.get("tap_raises", 0.0))
    ways = {"tap_lowest": -raises, "tap_highest": raises}
    return {asset.ratings[name]: way for name, way in ways.items() if name in asset.ratings}


def _code(site: Site, row: int, name: str) -> float | None:
    """Return the code of a state; None where the device does not show it."""
    states = site.points[row].states if row >= 0 else {}
    return next((float(code) for code, state in states.items() if state == name), None)
