"""What a changed site file means: assets, devices, points, limits, loops and policies, in words.

Two files that differ in layout, comments or order only do not differ here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from kernel.site import Site

LIMITS: Final = frozenset(
    {"low", "high", "safe_value", "on_loss", "reversion_s", "reversion_value", "ratings"}
)
"""Fields that say how far equipment may be driven; a change of one is a change of a limit."""
PARTS: Final = {
    "asset": ("assets", "name"),
    "device": ("devices", "name"),
    "point": ("points", "name"),
    "loop": ("loops", "agent"),
    "work permit": ("permits", "id"),
}
"""Kinds of things that have names: where they stand in a site, and what names them."""
UNNAMED: Final = ("name", "title", "currency", "time_zone", "base_tick_s", "questions_at_most", "revision")
WHOLE: Final = (
    "uplinks",
    "workers",
    "journal",
    "canary_s",
    "commands",
    "access",
    "shelf",
    "simulation",
    "ladder",
)


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One difference between two site files."""

    kind: str
    """asset, device, point, limit, loop, work permit, policy or site."""
    name: str
    what: str
    """added, removed or changed."""
    field: str = ""
    """Path of the field that changed, such as `writing.high`."""
    before: Any = None
    after: Any = None
    words: str = ""
    """What it means, for people."""


def differences(old: Site, new: Site) -> tuple[Change, ...]:
    """Return every difference in meaning, by kind and name."""
    return (
        *_site(old, new),
        *(change for kind in PARTS for change in _named(kind, old, new)),
        *_policies(old, new),
    )


def _named(kind: str, old: Site, new: Site) -> Iterator[Change]:
    place, key = PARTS[kind]
    before, after = _by_name(getattr(old, place), key), _by_name(getattr(new, place), key)
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            yield Change(kind=kind, name=name, what="removed", words=f"{kind} {name} is no longer there")
        elif name not in before:
            yield Change(kind=kind, name=name, what="added", words=f"{kind} {name} is new")
        else:
            yield from _fields(kind, name, before[name], after[name])


def _by_name(things: Sequence[Any], key: str) -> dict[str, dict[str, Any]]:
    return {getattr(thing, key): _flat(msgspec.to_builtins(thing)) for thing in things}


def _flat(told: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Lay nested fields out as paths.

    >>> _flat({"unit": "kW", "writing": {"high": 5.0}})
    {'unit': 'kW', 'writing.high': 5.0}
    """
    flat: dict[str, Any] = {}
    for name, value in told.items():
        path = f"{above}.{name}" if above else str(name)
        flat |= _flat(value, path) if isinstance(value, Mapping) and value else {path: value}
    return flat


def _fields(kind: str, name: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[Change]:
    unit = after.get("unit", "") if kind == "point" else ""
    for field in sorted(before.keys() | after.keys()):
        old, new = before.get(field), after.get(field)
        if old == new:
            continue
        is_limit = bool(LIMITS & set(field.split("."))) and kind in {"asset", "point"}
        said = f"{name}: {field} goes from {_said(old)} to {_said(new)}"
        yield Change(
            kind="limit" if is_limit else kind,
            name=name,
            what="changed",
            field=field,
            before=old,
            after=new,
            words=f"{said} {unit}".rstrip() if isinstance(new, float) else said,
        )


def _site(old: Site, new: Site) -> Iterator[Change]:
    before = {name: getattr(old, name) for name in UNNAMED}
    after = {name: getattr(new, name) for name in UNNAMED}
    for whole in WHOLE:
        before |= _flat({whole: msgspec.to_builtins(getattr(old, whole, {}))})
        after |= _flat({whole: msgspec.to_builtins(getattr(new, whole, {}))})
    yield from _fields("site", new.name, before, after)


def _policies(old: Site, new: Site) -> Iterator[Change]:
    for name in sorted(set(old.policies) - set(new.policies)):
        yield Change(
            kind="policy", name=name, what="removed", words=f"policy {name} no longer stands before a write"
        )
    for name in sorted(set(new.policies) - set(old.policies)):
        yield Change(kind="policy", name=name, what="added", words=f"policy {name} stands before every write")


def _said(value: Any) -> str:
    if value is None:
        return "nothing"
    return f"{value:g}" if isinstance(value, float) else str(value)
