"""In force: the policies by which a gateway judges, from its shelf or, where it has none, as they ship."""

from __future__ import annotations

from pathlib import Path

from aios.folder import Folder
from edge.intake.keys import SUFFIX, read_public_key
from kernel.shelf import PolicyShelf
from kernel.site import Site
from policies.bundle import BundleRefused, PolicyBundle, load_bundle
from policies.shelf.content import laid_over
from policies.shelf.sealing import Sealed, TrustedSigner, sealed
from policies.shelf.shelf import Shelf


def trusted_signers(shelf: PolicyShelf) -> dict[str, TrustedSigner]:
    """Return the keys whose bundles a site takes, as their files are now: a removed one counts no more."""
    return {
        one.key: TrustedSigner(
            person=one.person, public_key=_public_key(Path(shelf.keys) / f"{one.key}{SUFFIX}")
        )
        for one in shelf.signers
    }


def _public_key(path: Path) -> str:
    try:
        return read_public_key(path).public_bytes_raw().hex()
    except (OSError, ValueError):
        return ""


def believed_bundle(site: Site, shelf: Shelf, revision: str) -> tuple[Sealed | None, PolicyBundle]:
    """Return a bundle of the shelf, and laid over the facts of the site; without a revision the shipped one.

    Raises:
        BundleRefused: signature, digest or revision are wrong, or it does not hold what the site asks for.
    """
    if not revision:
        return None, load_bundle(site.policies, site)
    if site.shelf is None:
        raise BundleRefused([f"the site file names nobody who may sign: bundle {revision} is not taken"])
    found = sealed(shelf.find(revision), trusted_signers(site.shelf))
    return found, laid_over(found, site)


def bundle_in_force(site: Site, folder: Folder) -> PolicyBundle:
    """Return the bundle by which a gateway begins: the active one of its shelf.

    Raises:
        BundleRefused: the active bundle is not to be believed; nothing takes its place by itself.
    """
    shelf = Shelf(folder.shelf)
    return believed_bundle(site, shelf, shelf.places().active)[1]
