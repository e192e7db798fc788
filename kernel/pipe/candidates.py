"""Candidates: the commands that the decisions of a tick call for, and the question to the gate.

Pure. The gate is asked for a changed decision, an expired permit or a new policy revision, and for nothing
else (but see `kernel.pipe.probing`); for all commands of a tick at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import Final

import msgspec

from kernel.command import Command
from kernel.confidence import Calibration, Confidence
from kernel.decision import Decision
from kernel.image import Reading
from kernel.instruction import Approval
from kernel.pipe.asking import approved
from kernel.pipe.calibrating import confidence_of, is_confidence
from kernel.pipe.issue import SAME, Issuer, is_clamped_from, stands, writing_of
from kernel.pipe.modes import Sending, sending
from kernel.pipe.operations import past_operations, reservations
from kernel.pipe.preconditions import unseen
from kernel.pipe.selecting import may_operate, select_for, within_reservation
from kernel.pipe.state import LOST, PipeState, Posture
from kernel.pipe.tick import Draft
from kernel.point import Operation, Point
from kernel.ports import GateRequest
from kernel.quality import INVALID, UNUSABLE, VALIDITY
from kernel.site import Site

_LOOKS: Final = 64
"""Sets of commanded assets whose surroundings are kept; from tick to tick they are mostly the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Finds the commands of a tick, for a pipe of one format."""

    surroundings: Mapping[str, tuple[int, ...]]
    """Rows of the points of each commanded asset and of all that feed it: what policy may look at."""
    format: int

    def of(self, issuer: Issuer, draft: Draft) -> Draft:
        """Write the commands that the decisions call for, and the question to the gate."""
        taken = frozenset(flight.command.point for flight in draft.after.in_flight.values())
        wanted = [d for d in draft.decisions.values() if self._needs_command(issuer, d, draft.after, taken)]
        commands = tuple(
            within_reservation(
                issuer.command(
                    draft.after,
                    issuer.site.point(decision.point),
                    decision.value,
                    number=number,
                    authority="gate",
                    reason=decision.narrowed_by[-1].reason,
                    asked_by=decision.chosen_by if self.format > 1 else "",
                ),
                draft.after.selections.get(decision.point),
            )
            for number, decision in enumerate(sorted(wanted, key=lambda d: d.point))
        )
        selects = {c.id: one for c in commands if (one := select_for(issuer, c, draft.after)) is not None}
        asked = (*commands, *selects.values())
        request = self._question(issuer, asked, selects, draft) if commands else None
        orphans = self._orphans(issuer.site, commands, draft, taken)
        return msgspec.structs.replace(
            draft, candidates=commands, selects=selects, orphans=orphans, request=request
        )

    def _question(
        self, issuer: Issuer, commands: tuple[Command, ...], selects: Mapping[str, Command], draft: Draft
    ) -> GateRequest:
        readings = self._readings(issuer.site, commands, draft.after)
        return GateRequest(
            tick=draft.outputs.tick,
            now_ns=draft.wall_ns,
            commands=commands,
            readings=readings,
            usable=usable(issuer.site, readings),
            operations=past_operations(
                draft.after.operated,
                (command.point.partition("/")[0] for command in commands),
                now_ns=draft.outputs.now_ns,
            ),
            reservations=reservations(draft.after.selections, commands, now_ns=draft.outputs.now_ns),
            approvals=_approvals(commands, draft) if draft.after.asked else {},
            confidence=_confidence(commands, selects, draft),
            revision=issuer.revision,
        )

    def _orphans(
        self, site: Site, commands: Sequence[Command], draft: Draft, taken: frozenset[str]
    ) -> tuple[str, ...]:
        """Name the set-points that must go safe: those that lost their owner, and those lost on the wire."""
        asked = {command.point for command in commands}
        lost = (
            point
            for point, posture in draft.after.postures.items()
            if (posture.authority == "gate" and point not in draft.decisions)
            or (
                posture.authority == LOST
                and point not in asked
                and point not in taken
                and _may_retry(site, point, posture, draft)
            )
        )
        return tuple(sorted(lost))

    def _needs_command(
        self, issuer: Issuer, decision: Decision, state: PipeState, taken: frozenset[str]
    ) -> bool:
        """Tell whether a decision changes what stands, and the device is there to hear it."""
        if decision.point in taken or not may_operate(state, decision.point):
            return False
        point, now_ns = issuer.site.point(decision.point), state.image.now_ns
        if not is_there(issuer.site, point, state) or sending(state, point) is Sending.NONE:
            return False
        refusal = state.refusals.get((decision.chosen_by, point.name))
        if refusal is not None and abs(refusal.value - decision.value) <= SAME and now_ns < refusal.until_ns:
            return decision.once
        question = approved(state, decision) if state.asked else None
        if question is not None and unseen(issuer.site, state.image, question.preconditions):
            return False  # nothing is operated on readings that are not there
        if decision.once != (writing_of(point).operation is Operation.PULSE):
            return False  # a pulse is asked for once or not at all; a set-point stands
        posture = state.postures.get(point.name)
        return (
            decision.once
            or posture is None
            or not (stands(state, point, decision.value) or is_clamped_from(posture, decision.value))
            or posture.revision != issuer.revision_for(point.name)
            or now_ns >= posture.renew_at_ns
        )

    def _readings(self, site: Site, commands: Sequence[Command], state: PipeState) -> dict[str, Reading]:
        """Collect what policy may look at: the commanded assets and all that feed them."""
        rows = _together(frozenset(self.surroundings[site.point(c.point).asset] for c in commands))
        names = [site.points[row].name for row in rows]
        return dict(zip(names, state.image.readings(rows), strict=True))


def usable(site: Site, readings: Mapping[str, Reading]) -> dict[str, float]:
    """Return the values that control may use: of good quality, and neither older nor newer than stale."""
    points, row = site.points, site.row
    return {
        name: one.value
        for name, one in readings.items()
        if not one.quality & UNUSABLE and abs(one.age_s) <= points[row[name]].stale_s and isfinite(one.value)
    }


def _approvals(commands: Sequence[Command], draft: Draft) -> dict[str, tuple[Approval, ...]]:
    """Collect what people have agreed to, by the commands that it covers."""
    decided = (c for c in commands if c.point in draft.decisions)
    found = ((c.id, approved(draft.after, draft.decisions[c.point])) for c in decided)
    return {command: question.answers for command, question in found if question is not None}


def _confidence(
    commands: Sequence[Command], selects: Mapping[str, Command], draft: Draft
) -> dict[str, Confidence]:
    """Collect how sure the agents are whose wishes these commands are; a select as its operation."""
    found: dict[str, Confidence] = {}
    for command in commands:
        decision = draft.decisions.get(command.point)
        wish = None if decision is None else draft.after.standing.get(decision.wish)
        if wish is None or not is_confidence(wish.confidence):
            continue
        known = draft.after.calibrations.get(wish.agent, Calibration())
        found[command.id] = confidence_of(
            wish.confidence, wish.confidence_basis, known, bets=wish.expects is not None
        )
    return found | {one.id: found[name] for name, one in selects.items() if name in found}


def surroundings(site: Site) -> dict[str, tuple[int, ...]]:
    """Return, for each asset that can be commanded, the rows of its points and of all that feed it."""
    return {point.asset: _chain(site, point.asset) for point in site.writable}


def seen_by_policy(site: Site) -> dict[str, tuple[int, ...]]:
    """Return surroundings, those of a plant with the limits of the plants behind the same constraint."""
    behind: dict[str, list[int]] = {}
    for point in site.writable:
        asset = site.asset.get(point.asset)
        if asset is not None and asset.kind == "plant":
            behind.setdefault(asset.upstream, []).append(site.row[point.name])
    seen = surroundings(site)
    for name in seen:
        asset = site.asset.get(name)
        if asset is not None and asset.kind == "plant":
            seen[name] = tuple(sorted({*seen[name], *behind[asset.upstream]}))
    return seen


@lru_cache(maxsize=_LOOKS)
def _together(surroundings: frozenset[tuple[int, ...]]) -> tuple[int, ...]:
    """Return the rows of several surroundings, each once, in their order."""
    return tuple(sorted(set[int]().union(*surroundings)))


def is_there(site: Site, point: Point, state: PipeState) -> bool:
    """Tell whether the device answers: the feedback point has a value that is not invalid."""
    row = site.row[writing_of(point).feedback or point.name]
    return state.image.quality.item(row) & VALIDITY != INVALID


def _may_retry(site: Site, point: str, posture: Posture, draft: Draft) -> bool:
    """Tell whether a lost set-point can be made safe now: it is time, and its device answers."""
    is_time = draft.outputs.now_ns >= posture.renew_at_ns
    return is_time and is_there(site, site.point(point), draft.after)


def _chain(site: Site, asset: str) -> tuple[int, ...]:
    """Rows of the points of an asset and of all that feed it."""
    names = set()
    while asset and asset not in names:
        names.add(asset)
        asset = site.asset[asset].upstream if asset in site.asset else ""
    return tuple(row for row, point in enumerate(site.points) if point.asset in names)
