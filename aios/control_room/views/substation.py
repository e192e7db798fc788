"""The one-line diagram's content: which assets hang where, and what is known of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from aios.control_room.sight import Place
from aios.control_room.svg.one_line import Bay, Branch, Breaker, Label, OneLine
from aios.control_room.views.repairs import open_orders, severity
from aios.control_room.views.value import Value, value_of
from kernel.asset import Asset
from kernel.quality import is_good
from kernel.shell.wire import PointState, Snapshot

TRANSFORMER_LABELS: Final = (
    ("hot_spot_temperature", "hot-spot"),
    ("top_oil_temperature", "top oil"),
    ("load_current", "load"),
)
_POSITIONS: Final = {0: Breaker.BETWEEN, 1: Breaker.OPEN, 2: Breaker.CLOSED, 3: Breaker.UNKNOWN}
_ENDS: Final = ("feeder", "battery")


@dataclass(frozen=True, slots=True, kw_only=True)
class Substation:
    """The diagram and the age of the oldest value in it."""

    title: str
    one_line: OneLine | None
    """None where the topology is not known."""
    oldest: Value | None
    """The oldest good value drawn."""
    doubtful: int
    """Values of the assets drawn that are not good."""


@dataclass(frozen=True, slots=True)
class _Known:
    """Assets, their points and their open orders by name."""

    assets: Mapping[str, Asset]
    states: Mapping[str, PointState]
    severities: Mapping[str, str]
    now_ns: int

    def value(self, point: str) -> Value | None:
        state = self.states.get(point)
        return None if state is None else value_of(state, self.now_ns)


def substation(snapshot: Snapshot, place: Place) -> Substation:
    """Word the diagram from topology and newest values."""
    known = _known(snapshot, place)
    root = next((asset for asset in place.assets if asset.kind == "connection" and not asset.upstream), None)
    one_line = _one_line(known, root) if root is not None else None
    drawn = [state for state in snapshot.points if state.point.partition("/")[0] in known.assets]
    good = [state for state in drawn if is_good(state.quality)]
    oldest = min(good, key=lambda state: state.at_ns or 0, default=None)
    return Substation(
        title=snapshot.title,
        one_line=one_line,
        oldest=None if oldest is None else value_of(oldest, snapshot.now_ns),
        doubtful=len(drawn) - len(good),
    )


def _known(snapshot: Snapshot, place: Place) -> _Known:
    severities: dict[str, str] = {}
    for order in open_orders(snapshot):
        worst = severities.get(order.asset, "p4")
        severities[order.asset] = min(worst, severity(order, snapshot.now_ns))
    return _Known(
        {asset.name: asset for asset in place.assets},
        {state.point: state for state in snapshot.points},
        {asset: worst for asset, worst in severities.items() if worst != "p4"},
        snapshot.now_ns,
    )


def _one_line(known: _Known, root: Asset) -> OneLine:
    transformers = [asset for asset in known.assets.values() if asset.kind == "transformer"]
    heads = [*transformers] or [root]
    return OneLine(
        source=_label(known, f"{root.name}/active_power", root.called),
        upper=_voltage(known, [root.name]),
        branches=tuple(_branch(known, head) for head in heads),
    )


def _branch(known: _Known, head: Asset) -> Branch:
    ends = [asset for asset in known.assets.values() if asset.kind in _ENDS and _hangs(known, asset, head)]
    labels = [_label(known, f"{head.name}/{quantity}", word) for quantity, word in TRANSFORMER_LABELS]
    return Branch(
        name=head.name.upper(),
        transformer=head.kind == "transformer",
        severity=known.severities.get(head.name, ""),
        labels=tuple(label for label in labels if label is not None),
        voltage=_voltage(known, [end.name for end in ends]),
        bays=tuple(_bay(known, end) for end in ends),
    )


def _path(known: _Known, asset: Asset) -> list[Asset]:
    """The assets that feed one, nearest first; a loop in the site file ends the walk."""
    path: list[Asset] = []
    above = known.assets.get(asset.upstream)
    while above is not None and above not in path:
        path.append(above)
        above = known.assets.get(above.upstream)
    return path


def _hangs(known: _Known, asset: Asset, head: Asset) -> bool:
    return any(above.name == head.name for above in _path(known, asset))


def _bay(known: _Known, end: Asset) -> Bay:
    breaker = _breaker_of(known, end)
    return Bay(
        name=end.name.upper(),
        battery=end.kind == "battery",
        severity=known.severities.get(end.name, ""),
        labels=_end_labels(known, end),
        breaker=Breaker.NONE if breaker is None else _position(known, breaker),
        breaker_name="" if breaker is None else breaker.name.upper(),
        breaker_severity="" if breaker is None else known.severities.get(breaker.name, ""),
    )


def _end_labels(known: _Known, end: Asset) -> tuple[Label, ...]:
    """Power, and below it the charge; a power that is not good has its quality there."""
    power = known.value(f"{end.name}/active_power")
    below = _label(known, f"{end.name}/state_of_charge", "charge")
    if power is not None and not power.good:
        below = Label(text=power.quality.partition(" ")[0], good=False)
    labels = (_label(known, f"{end.name}/active_power", ""), below)
    return tuple(label for label in labels if label is not None)


def _breaker_of(known: _Known, end: Asset) -> Asset | None:
    """The breaker of a bay: above the end, below it, or alone with it in one zone."""
    breakers = [asset for asset in known.assets.values() if asset.kind == "breaker"]
    path = [above.name for above in _path(known, end)]
    above = [breaker for breaker in breakers if breaker.name in path]
    below = [breaker for breaker in breakers if breaker.upstream == end.name]
    zone = [breaker for breaker in breakers if breaker.zone and breaker.zone == end.zone]
    return next(iter([*above, *below, *zone]), None)


def _position(known: _Known, breaker: Asset) -> Breaker:
    state = known.states.get(f"{breaker.name}/position")
    if state is None or not is_good(state.quality):
        return Breaker.UNKNOWN
    return _POSITIONS.get(round(state.value), Breaker.UNKNOWN)


def _label(known: _Known, point: str, word: str) -> Label | None:
    value = known.value(point)
    if value is None:
        return None
    return Label(
        text=f"{value.text} {word}".strip() if value.good else f"✕ {value.text} {word}".strip(),
        good=value.good,
    )


def _voltage(known: _Known, assets: list[str]) -> Label | None:
    """The first good voltage among assets of one bus; else the first one with what is wrong with it."""
    found = [label for name in assets if (label := _label(known, f"{name}/voltage", "")) is not None]
    return next((label for label in found if label.good), found[0] if found else None)
