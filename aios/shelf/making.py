"""Making a bundle: its tests, its build, and whether a site would take it."""

from __future__ import annotations

from pathlib import Path

from aios.folder import Folder
from aios.gateway.safe_set import UnsafeSite, permit_safe_set
from aios.shelf.in_force import bundle_in_force, trusted_signers
from kernel.site import Site
from policies.bundle import SHARED, BundleRefused, Module, PolicyBundle, load_bundle, policy_tests
from policies.folder import bundle_at
from policies.rego_tests import PolicyTest, run_policy_tests
from policies.shelf.content import content_of, laid_over
from policies.shelf.manifest import Manifest, SignedBundle, manifest_of
from policies.shelf.sealing import Sealed, built, manifest_in, read_bundle, sealed, wrong_inside
from policies.shelf.shelf import Shelf

TEST: str = "_test.rego"
"""Ending of a module with the tests of a policy."""


def run_tests(site: Site, changes: Path | None) -> tuple[PolicyTest, ...]:
    """Run the tests of a site's policies; those of a folder take the place of shipped ones of their name.

    Raises:
        FileNotFoundError: nothing of a policy is in the folder.
        BundleRefused: what is there must not be loaded.
    """
    bundle = load_bundle(site.policies, site) if changes is None else bundle_at(changes, site)
    named = {f"{name}{TEST}" for name in (*bundle.names, *SHARED)}
    tests = {module.path: module for module in policy_tests() if module.path in named}
    for path in sorted(changes.glob(f"*{TEST}")) if changes is not None else ():
        tests[path.name] = Module(path.name, path.read_text(encoding="utf-8"))
    return run_policy_tests(bundle, tuple(tests.values()))


def make(
    site: Site, changes: Path | None, *, version: str, made_by: str, made_at_ns: int, reason: str
) -> tuple[SignedBundle, Manifest]:
    """Build a bundle that is not signed yet.

    Raises:
        FileNotFoundError: nothing of a policy is in the folder.
        BundleRefused: what is there must not be loaded; all that is wrong is said.
    """
    names, files = content_of(site, changes)
    manifest = manifest_of(
        names, files, version=version, made_by=made_by, made_at_ns=made_at_ns, reason=reason
    )
    return built(manifest, files), manifest


def verified(site: Site, bundle: SignedBundle, *, now_ns: int) -> tuple[Sealed, str]:
    """Return a bundle that a site would take, and the revision by which it would judge there.

    Raises:
        BundleRefused: signature, digest or revision are wrong, it cannot be loaded, or denies the safe set.
    """
    if site.shelf is None:
        raise BundleRefused(["the site file names nobody who may sign: add [[policies.signer]]"])
    found = sealed(bundle, trusted_signers(site.shelf))
    laid = laid_over(found, site)
    try:
        permit_safe_set(site, laid, now_ns=now_ns)
    except UnsafeSite as unsafe:
        raise BundleRefused([str(unsafe)]) from unsafe
    return found, laid.revision


def candidate_at(where: Path, site: Site, root: Path) -> tuple[PolicyBundle, PolicyBundle]:
    """Return the bundle in force in a folder, and one to try: a file, a revision of the shelf, or a folder.

    What is only tried on a recording need not be signed, but must be whole.

    Raises:
        FileNotFoundError: there is nothing of that name.
        BundleRefused: one of them must not be loaded.
    """
    active = bundle_in_force(site, Folder(root=root))
    if where.is_dir():
        return active, bundle_at(where, site)
    shelf = Shelf(Folder(root=root).shelf)
    found = read_bundle(where.read_bytes(), str(where)) if where.is_file() else shelf.find(str(where))
    if wrong := wrong_inside(found):
        raise BundleRefused(wrong)
    whole = Sealed(manifest=manifest_in(found), files=found.files, key=found.key, signer="")
    return active, laid_over(whole, site)
