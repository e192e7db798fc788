"""Whether a site file can be taken: everything that `aios check` looks at, before anything changes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aios.compose import bundle_of, pipe_of
from aios.revisions import digest_of
from aios.safe_set import UnsafeSite, permit_safe_set
from aios.site import SiteInvalid, site_of
from kernel.site import Site
from policies.bundle import BundleRefused


@dataclass(frozen=True, slots=True)
class Course:
    """What a gateway runs by: a site, and the text that says so."""

    site: Site
    text: str
    maps: Path
    """Folder beside which register maps are found."""

    @property
    def digest(self) -> str:
        """Digest of the text."""
        return digest_of(self.text)


@dataclass(frozen=True, slots=True)
class Unfit:
    """A site file that cannot be taken, and all that is wrong with it."""

    findings: tuple[str, ...]


def accepted(text: str, *, maps: Path, name: str, now_ns: int) -> Course | Unfit:
    """Judge a text as a site: schema, cross-checks, policies, the safe set and every loop."""
    try:
        site = site_of(text, file=name, folder=maps)
        bundle = bundle_of(site)
        permit_safe_set(site, bundle, now_ns=now_ns)
        pipe_of(site, run="check", revision=bundle.revision)
    except SiteInvalid as invalid:
        return Unfit(tuple(f"{name}:{one.line}: {one.where}: {one.text}" for one in invalid.findings))
    except (BundleRefused, UnsafeSite, ValueError, LookupError) as error:
        return Unfit((f"{name}: {error}",))
    return Course(site, text, maps)
