"""Whether a running gateway can take a site file: judged as `aios check` does, before anything changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from aios.folder import Folder
from aios.gateway.admission import reservation_of
from aios.gateway.agents import loops_of
from aios.gateway.judging import Wrong, judged
from aios.gateway.revisions import digest_of
from aios.site import SiteFinding
from kernel.schedule.admission import Refused
from kernel.schedule.reservation import Reservation
from kernel.site import Site


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
    """Judge a text as the site of a gateway; what the arguments mean stands at `judged`."""
    found = judged(text, maps=maps, name=name, now_ns=now_ns, folder=folder, factor=factor)
    if isinstance(found, Wrong):
        return Unfit(_lines(name, found.findings))
    if found.uncarried:
        return Unfit(_lines(name, found.uncarried))
    if isinstance(found.admission, Refused):
        late = f"{name}: {found.site.name} misses a deadline by {found.admission.misses_by_ms:.1f} ms"
        return Unfit((late, *found.admission.lines))
    return Charter(found.site, text, maps, reservation_of(loops_of(found.site), found.admission))


def _lines(name: str, findings: Iterable[SiteFinding]) -> tuple[str, ...]:
    return tuple(f"{name}:{one.line}: {one.where}: {one.text}" for one in findings)
