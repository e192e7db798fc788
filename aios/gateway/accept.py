"""Whether a site file can be taken: everything that `aios check` looks at, before anything changes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aios.folder import Folder
from aios.gateway.admission import admission_of, reservation_of
from aios.gateway.agents import loops_of
from aios.gateway.carriage import loads_of, uncarried_loops
from aios.gateway.compose import pipe_of
from aios.gateway.revisions import digest_of
from aios.gateway.safe_set import UnsafeSite, permit_safe_set
from aios.shelf.in_force import bundle_in_force
from aios.site import SiteInvalid, site_of
from kernel.schedule.admission import Refused
from kernel.schedule.reservation import Reservation
from kernel.site import Site
from policies.bundle import BundleRefused


@dataclass(frozen=True, slots=True)
class Charter:
    """What a gateway runs by: a site, and the text that says so."""

    site: Site
    text: str
    maps: Path
    """Folder beside which register maps are found."""
    reservation: Reservation | None = None
    """What admission on this machine has set aside for its loops; None where nothing was admitted."""

    @property
    def digest(self) -> str:
        """Digest of the text."""
        return digest_of(self.text)


@dataclass(frozen=True, slots=True)
class Unfit:
    """A site file that cannot be taken, and all that is wrong with it."""

    findings: tuple[str, ...]


def accepted(
    text: str, *, maps: Path, name: str, now_ns: int, folder: Folder, factor: float = 1.0
) -> Charter | Unfit:
    """Judge a text as a site: schema, cross-checks, policies, the safe set, every loop and its deadline here.

    Args:
        text: of the site file.
        maps: folder beside which register maps are found.
        name: of the file, for people.
        now_ns: operational time.
        folder: of the gateway that is to take it: its costs lie there.
        factor: operational seconds in a real second.
    """
    try:
        site = site_of(text, file=name, folder=maps)
        bundle = bundle_in_force(site, folder)
        permit_safe_set(site, bundle, now_ns=now_ns)
        pipe_of(site, run="check", revision=bundle.revision)
    except SiteInvalid as invalid:
        return Unfit(tuple(f"{name}:{one.line}: {one.where}: {one.text}" for one in invalid.findings))
    except (BundleRefused, UnsafeSite, ValueError, LookupError) as error:
        return Unfit((f"{name}: {error}",))
    slow = uncarried_loops(site, loads_of(site, factor=factor), factor=factor)
    if slow:
        return Unfit(tuple(f"{name}: {one.words}" for one in slow))
    answer = admission_of(site, folder, factor=factor)
    if isinstance(answer, Refused):
        late = f"{name}: {site.name} misses a deadline by {answer.misses_by_ms:.1f} ms"
        return Unfit((late, *answer.lines))
    return Charter(site, text, maps, reservation_of(loops_of(site), answer))
