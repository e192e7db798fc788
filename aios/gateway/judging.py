"""Judging a site file: the one place, asked by `aios check`, by `aios run` and by a reload alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from aios.folder import Folder
from aios.gateway.admission import admission_of
from aios.gateway.carriage import loads_of, uncarried_loops
from aios.gateway.compose import bundle_of, pipe_of
from aios.gateway.safe_set import UnsafeSite, permit_safe_set
from aios.shelf.in_force import bundle_in_force
from aios.site import SiteFinding, SiteInvalid, site_of
from aios.site.lines import Lines
from drivers.modbus.wire_time import WireLoad
from kernel.schedule.admission import Admission, Refused
from kernel.schedule.carriage import Uncarried
from kernel.site import Site
from policies.bundle import BundleRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """A file with which no gateway lives on any machine, and all that was found."""

    findings: tuple[SiteFinding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """A site whose policies permit its safe set, and whether wires and machine carry its loops."""

    site: Site
    text: str
    """As it was judged."""
    revision: str
    """Of the policies by which its gateway begins."""
    loads: tuple[WireLoad, ...]
    uncarried: tuple[SiteFinding, ...]
    """Loops that a bus cannot carry."""
    admission: Admission
    late: tuple[SiteFinding, ...]
    """Loops that miss their deadline on this machine; none where they are admitted."""


def judged_file(path: Path, *, now_ns: int, folder: Folder | None, factor: float = 1.0) -> Sound | Wrong:
    """Judge a file beside its register maps; what the arguments mean stands at `judged`."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return Wrong(findings=(SiteFinding(line=1, where="site", text=f"it cannot be read: {error}"),))
    return judged(text, maps=path.parent, name=str(path), now_ns=now_ns, folder=folder, factor=factor)


def judged(
    text: str, *, maps: Path, name: str, now_ns: int, folder: Folder | None, factor: float = 1.0
) -> Sound | Wrong:
    """Judge a text as a site: schema, cross-checks, policies, the safe set, every loop, bus and deadline.

    Args:
        text: of the site file.
        maps: folder beside which register maps are found.
        name: of the file, for people.
        now_ns: operational time.
        folder: of the gateway that is to take it: its policies and costs lie there; None where none is named:
            policies are those that ship, and costs are measured.
        factor: operational seconds in a real second.
    """
    try:
        site = site_of(text, file=name, folder=maps)
        bundle = bundle_of(site) if folder is None else bundle_in_force(site, folder)
        permit_safe_set(site, bundle, now_ns=now_ns)
        pipe_of(site, run="check", revision=bundle.revision)
    except SiteInvalid as invalid:
        return Wrong(findings=invalid.findings)
    except (BundleRefused, UnsafeSite, ValueError, LookupError) as error:
        return Wrong(findings=(SiteFinding(line=1, where="site", text=str(error)),))
    loads, lines = loads_of(site, factor=factor), Lines(text)
    admission = admission_of(site, folder, factor=factor)
    return Sound(
        site=site,
        text=text,
        revision=bundle.revision,
        loads=tuple(loads),
        uncarried=tuple(_uncarried(uncarried_loops(site, loads, factor=factor), lines, site)),
        admission=admission,
        late=tuple(_late(admission, lines, site)) if isinstance(admission, Refused) else (),
    )


def _uncarried(slow: Sequence[Uncarried], lines: Lines, site: Site) -> Iterator[SiteFinding]:
    """Say of every loop that its bus cannot carry where it stands, and what the bus reaches."""
    places = {loop.agent: place for place, loop in enumerate(site.loops)}
    for one in slow:
        place = places[one.loop]
        line = lines.line(("loop", place, "period_s"))
        yield SiteFinding(line=line, where=f"loop[{place}].period_s", text=one.words)


def _late(refused: Refused, lines: Lines, site: Site) -> Iterator[SiteFinding]:
    """Say of every loop that misses its deadline where it stands and by how much it misses."""
    places = {loop.agent: place for place, loop in enumerate(site.loops)}
    for one in refused.responses:
        if one.slack_ms < 0.0:
            place = places[one.loop]
            missed = f"misses its deadline of {one.deadline_ms:g} ms by {-one.slack_ms:.1f} ms"
            yield SiteFinding(
                line=lines.line(("loop", place, "deadline_s")),
                where=f"loop[{place}].deadline_s",
                text=f"{missed}: {one.arithmetic}",
            )
