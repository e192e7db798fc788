"""Which cause names an order: what the witnesses said over half a day, and no look alone.

At low load the winding tells heat from a drifting sensor and the shape cannot; at high load it is the other
way round. An order that is named by the last look alone would therefore change its name with the load, twice
a day. So every look is weighed into a balance (log odds), a silent look changes nothing, and a name that
was given is taken back only when the other cause has been clearly likelier for hours.
"""

from __future__ import annotations

import math
from typing import Final

import msgspec

from edge.maintenance.diagnosis import Cause, Witnesses, votes_of
from kernel.point import NANOSECONDS

SURE: Final = 0.85
"""Share that a cause has when all looks speak for it; a judgement of ours, no statistic."""
MEMORY_S: Final = 12 * 3600.0
"""Time constant of the balance, seconds: a swing that comes back every day is damped to 0.3."""
CLEARLY: Final = 2.0
"""A cause leads when its share is this many times the other's; ours. The shape alone reaches 2.4."""
RENAME_S: Final = 6 * 3600.0
"""The other cause must lead this long before a name is taken back, seconds: longer than a peak of load."""
NAME_S: Final = 3600.0
"""A cause must lead this long before an order that could not tell takes its name, seconds."""
KEPT_S: Final = 24 * 3600.0
"""What was weighed is kept this long while nothing departs, seconds: young faults show at some hours."""
LONGEST_LOOK_S: Final = 900.0
"""No look stands for more than this, seconds: a gap is no evidence."""
_FULL_VOTES: Final = 2
_FULL: Final = math.log(SURE / (1.0 - SURE))


class Naming(msgspec.Struct, frozen=True, kw_only=True):
    """What was weighed of one departing top oil, since it first passed its limit."""

    since_ns: int = 0
    """When that was; 0 while nothing departs. A dip inside the limit does not begin it anew."""
    at_ns: int = 0
    """Time of the last look."""
    heard_s: float = 0.0
    """For how long witnesses could tell, seconds."""
    log_odds: float = 0.0
    """Mean of what they said over `MEMORY_S`, at most since the begin: cooler above 0, sensor below."""
    leading: Cause = Cause.UNCLEAR
    """Cause that is `CLEARLY` the likelier one now, if any is."""
    led_s: float = 0.0
    """For how long it has been, while witnesses could tell, seconds."""
    fans: int = 0
    """What the fans said when they were last switched on: 1 that they stand still."""

    @property
    def cooling_share(self) -> float:
        """Return the probability that the cooler is at fault and not the sensor, 1."""
        return 1.0 / (1.0 + math.exp(-self.log_odds))


def evidence(residual_k: float, votes: Witnesses, *, limit_k: float) -> float | None:
    """Return the log odds that one look speaks for, cooler above 0; None where it tells nothing.

    Args:
        residual_k: measured minus modelled top oil, K.
        votes: of the witnesses.
        limit_k: what sensor and model explain, K; a residual inside it tells nothing.

    >>> winding, shape = Witnesses(winding=1, shape=0, fans=0), Witnesses(winding=0, shape=-1, fans=0)
    >>> [round(evidence(6.0, one, limit_k=3.0) or 0.0, 2) for one in (winding, shape)]
    [1.73, -0.87]
    """
    if abs(residual_k) <= limit_k:
        return None
    if residual_k < 0.0:
        return -_FULL
    if not votes.heard:
        return None
    return _FULL * max(-_FULL_VOTES, min(_FULL_VOTES, votes_of(votes))) / _FULL_VOTES


def weigh(before: Naming, said: float | None, *, now_ns: int) -> Naming:
    """Take one look into the balance.

    Args:
        before: the balance.
        said: `evidence` of this look; None changes neither the balance nor its weight.
        now_ns: time of the look.
    """
    kept = msgspec.structs.replace(before, at_ns=now_ns)
    if said is None:
        return kept
    dt_s = min(LONGEST_LOOK_S, (now_ns - before.at_ns) / NANOSECONDS) if before.at_ns else 0.0
    heard_s = before.heard_s + dt_s
    young = dt_s / heard_s if heard_s else 1.0
    share = max(young, -math.expm1(-dt_s / MEMORY_S))
    log_odds = before.log_odds + (said - before.log_odds) * share
    leading = _leading(log_odds)
    return msgspec.structs.replace(
        kept,
        heard_s=heard_s,
        log_odds=log_odds,
        leading=leading,
        led_s=before.led_s + dt_s if leading is before.leading else 0.0,
    )


def quiet(before: Naming, *, fans: int, now_ns: int) -> Naming:
    """Keep what was weighed while nothing departs, for a day; then forget it.

    >>> old = Naming(since_ns=1, at_ns=1, log_odds=1.7)
    >>> quiet(old, fans=0, now_ns=2).log_odds, quiet(old, fans=0, now_ns=2 * 86_400 * 10**9).log_odds
    (1.7, 0.0)
    """
    if before.since_ns and now_ns - before.at_ns < KEPT_S * NANOSECONDS:
        return msgspec.structs.replace(before, fans=fans)
    return Naming(fans=fans)


def name(cause: Cause, naming: Naming) -> Cause:
    """Name the cause of an open order.

    Args:
        cause: its name so far; NONE for an order that opens now and takes what leads, or UNCLEAR, at once.
        naming: what was weighed.
    """
    if cause is Cause.NONE:
        return naming.leading
    if naming.leading in {cause, Cause.UNCLEAR}:
        return cause
    patience_s = NAME_S if cause is Cause.UNCLEAR else RENAME_S
    return naming.leading if naming.led_s >= patience_s else cause


def _leading(log_odds: float) -> Cause:
    if abs(log_odds) < math.log(CLEARLY):
        return Cause.UNCLEAR
    return Cause.COOLING_FAULT if log_odds > 0.0 else Cause.SENSOR_DRIFT
