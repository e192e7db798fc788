"""When a departing top oil becomes a finding, and when it is over: with time and hysteresis on both ways."""

from __future__ import annotations

import msgspec

from kernel.point import NANOSECONDS


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long and how far a residual must go."""

    settle_s: float = 3 * 3600.0
    """Time after a start in which the model forgets how it began, seconds."""
    confirm_s: float = 3600.0
    """A residual must stay beyond its limit this long, seconds."""
    clear_s: float = 2 * 3600.0
    """It must stay well inside this long before an order closes, seconds."""
    recur_s: float = 24 * 3600.0
    """It must not have passed its limit for this long either, seconds: a young fault shows at some hours of
    the day only, and would open and close its order daily."""
    clear_share: float = 0.7
    """Share of the limit below which it is well inside, 1."""
    sigmas: float = 2.0
    """Limit in spreads of sensor and model, 1."""
    least_limit_k: float = 3.0
    """No limit below this, K."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a residual stands against its limit, with since when; 0 means not."""

    started_ns: int = 0
    over_ns: int = 0
    """When it passed its limit; kept while an order is open."""
    beyond_ns: int = 0
    """When it was last beyond it."""
    inside_ns: int = 0
    confirmed: bool = False

    def waited(self, now_ns: int, since_ns: int) -> float:
        """Return the seconds since a moment; 0 where there was none."""
        return (now_ns - since_ns) / NANOSECONDS if since_ns else 0.0


def residual_limit_k(of: Patience, sigma_k: float) -> float:
    """Return the residual that sensor noise and model spread do not explain, K.

    >>> residual_limit_k(Patience(), 2.0), residual_limit_k(Patience(), 0.5)
    (4.0, 3.0)
    """
    return max(of.least_limit_k, of.sigmas * sigma_k)


def settled(of: Patience, standing: Standing, now_ns: int) -> bool:
    """Tell whether the model has run long enough to judge by."""
    return standing.waited(now_ns, standing.started_ns) >= of.settle_s


def judge(
    of: Patience, before: Standing, *, now_ns: int, residual_k: float | None, limit_k: float
) -> Standing:
    """Advance the timers by one look; a missing residual stops neither and confirms nothing."""
    standing = before if before.started_ns else msgspec.structs.replace(before, started_ns=now_ns)
    if residual_k is None or not settled(of, standing, now_ns):
        return standing
    over = abs(residual_k) > limit_k
    inside = abs(residual_k) < of.clear_share * limit_k
    goes_on = standing.over_ns and (standing.confirmed or not inside)
    over_ns = (standing.over_ns or now_ns) if over or goes_on else 0
    beyond_ns = now_ns if over else standing.beyond_ns
    inside_ns = (standing.inside_ns or now_ns) if inside else 0
    confirmed = standing.confirmed or standing.waited(now_ns, over_ns) >= of.confirm_s
    is_clear = standing.waited(now_ns, inside_ns) >= of.clear_s
    recurs = 0.0 < standing.waited(now_ns, beyond_ns) < of.recur_s
    if is_clear and not recurs:
        over_ns, confirmed = 0, False
    return msgspec.structs.replace(
        standing, over_ns=over_ns, beyond_ns=beyond_ns, inside_ns=inside_ns, confirmed=confirmed
    )
