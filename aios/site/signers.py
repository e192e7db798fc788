"""The signers of a site file: whose policy bundles it takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from aios.site.checks import Found
from aios.site.schema import SiteFile
from kernel.shelf import BundleSigner, PolicyShelf


def check_signers(content: SiteFile) -> Iterator[Found]:
    """Find signers without a folder of keys, a folder without signers, and keys that are named twice."""
    section = content.policies
    if section.signer and not section.keys:
        yield ("policies",), "signers need a folder of their public keys: policies.keys is missing"
    if section.keys and not section.signer:
        yield ("policies", "keys"), "keys of nobody: name who signs bundles in [[policies.signer]]"
    seen: set[str] = set()
    for place, signer in enumerate(section.signer):
        if signer.key in seen:
            yield ("policies", "signer", place, "key"), f"key {signer.key} is named twice"
        seen.add(signer.key)


def policy_shelf(content: SiteFile, folder: Path) -> PolicyShelf | None:
    """Return who may bring bundles; None where nobody may."""
    section = content.policies
    if not section.signer:
        return None
    return PolicyShelf(
        keys=str(folder / section.keys),
        signers=tuple(
            BundleSigner(key=one.key, person=one.person, account=one.account) for one in section.signer
        ),
        approvers=tuple(section.approvers),
    )
