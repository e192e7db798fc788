"""Terms: what a verified command must meet before it may be taken.

Pure. The first that is not met is the reason: for this site; clock and times; person, point and unit.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import NamedTuple

from kernel.point import NANOSECONDS
from kernel.remote import CommandClaims, NotTaken
from kernel.site import RemoteCommands, Sender, Site


class Reason(NamedTuple):
    """Why a command is not taken: the name, and words for people."""

    refusal: NotTaken
    why: str


class CivilTime(NamedTuple):
    """The time on the wall, and whether it may be believed."""

    wall_ns: int
    """Nanoseconds since 1970 UTC."""
    is_trusted: bool


def breach(
    claims: CommandClaims, sender: Sender, terms: RemoteCommands, site: Site, time: CivilTime
) -> Reason | None:
    """Return the first term that a command does not meet; None where it meets all."""
    return _audience(claims, site) or _times(claims, terms, time) or _rights(claims, sender, site)


def stands_s(claims: CommandClaims, site: Site, time: CivilTime) -> float:
    """Return for how long the wish behind a command stands, seconds from now.

    An operation asked for once ends with the token; a set-point may be asked for longer than that.
    """
    left_s = claims.exp - time.wall_ns / NANOSECONDS
    writing = site.point(claims.point).writing if claims.point in site.row else None
    is_once = writing is not None and writing.operation == "pulse"
    if claims.for_s is None:
        return left_s
    return min(claims.for_s, left_s) if is_once else claims.for_s


def _audience(claims: CommandClaims, site: Site) -> Reason | None:
    if claims.aud != site.name:
        return Reason(NotTaken.WRONG_AUDIENCE, f"it is for {claims.aud}; this is {site.name}")
    return None


def _times(claims: CommandClaims, terms: RemoteCommands, time: CivilTime) -> Reason | None:
    now_s = time.wall_ns / NANOSECONDS
    begin_s = max(claims.iat, claims.nbf or claims.iat)
    if not time.is_trusted:
        return Reason(NotTaken.CLOCK_NOT_SYNCHRONISED, "the gateway does not know what time it is")
    if claims.exp <= now_s:
        return Reason(NotTaken.EXPIRED, f"its time was over {now_s - claims.exp:.0f} s ago")
    if begin_s > now_s + terms.skew_s:
        return Reason(NotTaken.NOT_YET_VALID, f"it is valid in {begin_s - now_s:.0f} s only")
    if claims.exp - claims.iat > terms.longest_s:
        over = f"it is valid for {claims.exp - claims.iat:.0f} s; at most {terms.longest_s:.0f} s are taken"
        return Reason(NotTaken.VALID_TOO_LONG, over)
    return None


def _rights(claims: CommandClaims, sender: Sender, site: Site) -> Reason | None:
    if claims.sub != sender.person:
        return Reason(
            NotTaken.PERSON_NOT_ALLOWED, f"key {sender.key} does not ask in the name of {claims.sub}"
        )
    if not any(fnmatchcase(claims.point, pattern) for pattern in sender.points):
        return Reason(NotTaken.POINT_NOT_ALLOWED, f"key {sender.key} may not ask for {claims.point}")
    unit = unit_of(site, claims.point)
    if unit is None:
        return Reason(NotTaken.NOT_POSSIBLE, f"no point {claims.point} at {site.name}")
    if claims.unit != unit:
        return Reason(
            NotTaken.UNIT_MISMATCH, f"{claims.point} is in {unit}, not in {claims.unit or 'no unit'}"
        )
    return None


def unit_of(site: Site, name: str) -> str | None:
    """Return the unit of a point or a sum; None where there is none of that name."""
    if name in site.row:
        return site.point(name).unit
    return site.sum[name].unit if name in site.sum else None
