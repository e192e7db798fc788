"""Expecting: what wishes expect to be seen, kept until it is due, then looked at and counted.

Pure. The gateway itself looks: no agent judges what it has said. The first expectation of a wish for a moment
counts, later ones for the same moment do not, so that nobody corrects a bet that is being lost.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import msgspec

from kernel.confidence import Calibration, Expectation, Expected, Hindsight
from kernel.decision import Decision
from kernel.pipe.calibrating import is_confidence, learnt
from kernel.pipe.intervals import INTERVAL_NS
from kernel.pipe.issue import SAME
from kernel.pipe.refusals import REFUSAL_STANDS_S
from kernel.pipe.state import LOST, PipeState, Refusal
from kernel.point import NANOSECONDS
from kernel.proposal import Proposal
from kernel.quality import is_good
from kernel.site import Site

PENDING: Final = 64
"""Expectations of one agent that may be open at a time; more are not counted."""

_STANDS_NS: Final = round(REFUSAL_STANDS_S * NANOSECONDS)
Key = tuple[str, str, int]
"""Agent, point or sum of its wish, and when it is due."""


def looked_back(
    site: Site, state: PipeState, decisions: Mapping[str, Decision]
) -> tuple[PipeState, tuple[Hindsight, ...]]:
    """Keep what is expected from now on, and count what is due.

    Args:
        site: the substation.
        state: with the image and the wishes of this tick.
        decisions: of this tick; a wish that rules no point is not carried out.
    """
    expected = _kept(state, decisions) | _new(site, state)
    due = [one for one in expected.values() if one.expects.due_ns <= state.image.now_ns]
    if not due:
        return (
            msgspec.structs.replace(state, expected=expected) if expected != state.expected else state
        ), ()
    calibrations, told = dict(state.calibrations), []
    for one in due:
        del expected[one.agent, one.point, one.expects.due_ns]
        seen = _seen(site, state, one)
        if seen is None:
            continue  # nobody could see it: that says nothing of who expected it
        found = _hindsight(one, seen, calibrations.get(one.agent, Calibration()), state.image.now_ns)
        calibrations[one.agent] = found[1]
        told.append(found[0])
    return msgspec.structs.replace(state, expected=expected, calibrations=calibrations), tuple(told)


def unfit(expects: Expectation, wish: Proposal, site: Site) -> str:
    """Say why nobody could see what a wish expects; empty where it can be seen."""
    if expects.point not in site.row:
        return f"{wish.point}: it expects something of {expects.point}, which is no point of the site"
    ends = [end for end in (expects.low, expects.high) if end is not None]
    if not ends or not all(map(math.isfinite, ends)):
        return f"{wish.point}: what it expects of {expects.point} has no bounds that are numbers"
    if expects.mean and expects.due_ns % INTERVAL_NS:
        return f"{wish.point}: the mean of {expects.point} that it expects is of no whole quarter-hour"
    if expects.if_done and wish.once:
        return f"{wish.point}: an operation rules no point until what it expects is due"
    return ""


def can_fail(expects: Expectation, wish: Proposal, site: Site, now_ns: int) -> bool:
    """Tell whether what a wish expects could turn out wrong and has to do with it; else it is not counted.

    It speaks of the commanded asset or of what feeds it, bounds what is believable there, and is due one
    period of its maker at least from now.
    """
    point = site.points[site.row[expects.point]]
    span = point.plausibility or point.writing
    if span is None or point.asset not in _fed_by(site, wish.point):
        return False
    ends = (expects.low, expects.high)
    period_s = next((one.period_s for one in site.loops if one.agent == wish.agent), site.base_tick_s)
    ahead = expects.due_ns - now_ns >= round(period_s * NANOSECONDS)
    return ahead and any(end is not None and span.low < end < span.high for end in ends)


def _fed_by(site: Site, commanded: str) -> set[str]:
    """Name the assets of a set-point, or of the parts of a sum, and all that feed them."""
    found: set[str] = set()
    parts = (part for part, _ in site.sum[commanded].terms) if commanded in site.sum else (commanded,)
    for part in parts:
        name = part.partition("/")[0]
        while name and name not in found:
            found.add(name)
            name = site.asset[name].upstream if name in site.asset else ""
    return found


def _kept(state: PipeState, decisions: Mapping[str, Decision]) -> dict[Key, Expected]:
    """Return what is still open: what speaks of a wish that was not carried out proves nothing."""
    if not state.expected:
        return {}
    ruling = {decision.wish for decision in decisions.values() if _is_done(state, decision)}
    kept = {}
    for key, one in state.expected.items():
        if not one.expects.if_done or one.by_own or (one.agent, one.point) in ruling:
            kept[key] = one
        elif _is_own_doing(state, one):
            kept[key] = msgspec.structs.replace(one, by_own=True)
    return kept


def _is_own_doing(state: PipeState, one: Expected) -> bool:
    """Tell whether a wish is not done because its maker took it back, put it behind others or changed it.

    Others kept from being done what still stands as it was when it was noted, and what a person overrules.
    Who changes it into what policy refuses has not been kept from it; neither has who wishes again later.
    """
    if one.agent in state.suspended:
        return False
    wish = state.standing.get((one.agent, one.point))
    if wish is None or wish.wanted is None:
        return True
    if one.wish is None:
        return False
    wanted, priority = one.wish
    return wish.priority > priority or any(
        refusal.agent == one.agent
        and one.point in (refusal.point, refusal.on)
        and _refused_ns(state, refusal) > one.noted_ns
        and _is_of_another(refusal, wanted)
        for refusal in state.refusals.values()
    )


def _is_of_another(refusal: Refusal, wanted: float | None) -> bool:
    """Tell whether policy refused, or asks about, another wish than that which was noted."""
    if not refusal.by_policy or wanted is None:
        return False
    if refusal.question:
        return not refusal.wanted_low <= wanted <= refusal.wanted_high
    return refusal.wanted != wanted


def _refused_ns(state: PipeState, refusal: Refusal) -> int:
    """Say since when a wish is refused, or people are asked about it."""
    question = state.asked.get(refusal.question)
    return refusal.until_ns - _STANDS_NS if question is None else question.asked_at_ns


def _is_done(state: PipeState, decision: Decision) -> bool:
    """Tell whether what was decided stands, or what stands was permitted and is on its way there."""
    posture = state.postures.get(decision.point)
    if posture is None or posture.authority == LOST:
        return False
    return posture.authority == "gate" or abs(posture.value - decision.value) <= SAME


def _new(site: Site, state: PipeState) -> dict[Key, Expected]:
    """Return what the wishes of this tick expect, where it is not known yet."""
    new: dict[Key, Expected] = {}
    for wish in state.standing.values():
        expects, said = wish.expects, wish.confidence
        if expects is None or not is_confidence(said):
            continue
        key = wish.agent, wish.point, expects.due_ns
        is_late = expects.due_ns <= state.image.now_ns
        if is_late or key in state.expected or _count(state, new, wish.agent) >= PENDING:
            continue
        if not can_fail(expects, wish, site, state.image.now_ns):
            continue
        new[key] = Expected(
            agent=wish.agent,
            point=wish.point,
            confidence=said,
            expects=expects,
            noted_ns=state.image.now_ns,
            wish=(wish.wanted, int(wish.priority)),
        )
    return new


def _count(state: PipeState, new: Mapping[Key, Expected], agent: str) -> int:
    return sum(key[0] == agent for key in (*state.expected, *new))


def _seen(site: Site, state: PipeState, one: Expected) -> float | None:
    """Return what was seen; None where it cannot be known."""
    row, expects = site.row[one.expects.point], one.expects
    if not expects.mean:
        return state.image.value.item(row) if is_good(state.image.quality.item(row)) else None
    if state.intervals.last_end_ns != expects.due_ns:
        return None
    mean = state.intervals.last.item(row)
    return None if math.isnan(mean) else mean


def _hindsight(one: Expected, seen: float, known: Calibration, now_ns: int) -> tuple[Hindsight, Calibration]:
    low = -math.inf if one.expects.low is None else one.expects.low
    high = math.inf if one.expects.high is None else one.expects.high
    came_true = low <= seen <= high
    after = learnt(known, one.confidence, came_true=came_true)
    told = Hindsight(
        agent=one.agent,
        point=one.point,
        confidence=one.confidence,
        expects=one.expects,
        seen=seen,
        came_true=came_true,
        at_ns=now_ns,
        budgets=after.budgets,
    )
    return told, after
