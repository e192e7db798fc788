"""Overrides: a person's value over all agents, on every set-point that matches a pattern, for a time.

Pure. An override narrows right after envelope and policy, and passes the gate as every value does. It ends at
its time, when it is handed back, and, unless it holds points at their safe values, with the run: then the
agents decide again, or the point goes safe where nobody wants it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase

import msgspec

from kernel.instruction import HandBack, Override, Unfit
from kernel.pipe.state import PipeState
from kernel.point import Operation, Point
from kernel.proposal import Priority, Proposal
from kernel.site import Site

MAKER = "override:"
"""Before the id of an override in the name of its proposals."""


def set_override(site: Site, state: PipeState, told: Override) -> PipeState | Unfit:
    """Let an override stand; the newest one rules a point that several match."""
    if why := _unfit(site, state, told):
        return Unfit(why)
    return msgspec.structs.replace(state, overrides={**state.overrides, told.key: told})


def _unfit(site: Site, state: PipeState, told: Override) -> str:
    if told.key in state.overrides:
        return f"override {told.key} stands already"
    if told.until_ns <= told.at_ns:
        return "an override needs a time after which it ends"
    matched = matching(site, told.pattern)
    if not matched:
        return f"no set-point of {site.name} matches {told.pattern}"
    if told.value is None:
        return ""
    if not math.isfinite(told.value):
        return f"{told.value} is no value"
    return next((why for point in matched if (why := _outside(point, told.value))), "")


def _outside(point: Point, value: float) -> str:
    writing = point.writing
    if writing is None or writing.low <= value <= writing.high:
        return ""
    return f"{value:g} lies outside [{writing.low:g}, {writing.high:g}] {point.unit} of {point.name}"


def matching(site: Site, pattern: str) -> tuple[Point, ...]:
    """Return the set-points whose names match; a pulse is never overridden."""
    return tuple(
        point
        for point in site.writable
        if point.writing is not None
        and point.writing.operation is Operation.SETPOINT
        and fnmatchcase(point.name, pattern)
    )


def hand_back(state: PipeState, told: HandBack) -> PipeState | Unfit:
    """End an override."""
    if told.override not in state.overrides:
        known = ", ".join(state.overrides) or "none stands"
        return Unfit(f"no override {told.override}; {known}")
    left = {key: one for key, one in state.overrides.items() if key != told.override}
    return msgspec.structs.replace(state, overrides=left)


def as_proposals(
    site: Site, overrides: Mapping[str, Override], waiting: Collection[tuple[str, str]] = ()
) -> dict[tuple[str, str], Proposal]:
    """Return what the overrides want of each point by maker and point, but for those `waiting` for people."""
    newest = {
        point.name: (point, told)
        for told in overrides.values()
        for point in matching(site, told.pattern)
        if (MAKER + told.key, point.name) not in waiting
    }
    wanted = [_proposal(point, told) for point, told in newest.values()]
    return {(proposal.agent, proposal.point): proposal for proposal in wanted}


def _proposal(point: Point, told: Override) -> Proposal:
    assert point.writing is not None  # noqa: S101 - only set-points match
    return Proposal(
        agent=f"{MAKER}{told.key}",
        point=point.name,
        priority=Priority.OVERRIDE,
        wanted=point.writing.safe_value if told.value is None else told.value,
        reason=f"{told.person}: {told.reason}",
        made_at_ns=told.at_ns,
        expires_at_ns=told.until_ns,
        rung="person",
    )


def overridden(site: Site, overrides: Mapping[str, Override]) -> dict[str, str]:
    """Return, by set-point, the id of the override that rules it: the newest that matches."""
    return {point.name: key for key, told in overrides.items() for point in matching(site, told.pattern)}


def maker_of(agent: str, overrides: Mapping[str, Override]) -> Override | None:
    """Return the override that makes proposals under a name; None where none does."""
    return overrides.get(agent.removeprefix(MAKER)) if agent.startswith(MAKER) else None


def value_wished(site: Site, overrides: Mapping[str, Override], agent: str, point: str) -> Proposal | None:
    """Return what an override to a value wishes of a point: that may be asked about.

    One that holds points at their safe values asks nobody: the safe set has permitted them.
    """
    told = maker_of(agent, overrides)
    return None if told is None or told.value is None else _proposal(site.point(point), told)


def wants_safe(agent: str, overrides: Mapping[str, Override]) -> bool:
    """Tell whether a maker of proposals is an override that holds points at their safe values."""
    told = maker_of(agent, overrides)
    return told is not None and told.value is None
