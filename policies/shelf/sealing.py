"""Sealing: a bundle is built, signed, and believed only where signature, digests and revision are right.

Pure but for the signature library. Whatever is wrong is said, all of it where that can be told.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from kernel.journal.signing import Signer, is_signed
from policies.bundle import VERSION, BundleRefused
from policies.shelf.manifest import FORMAT, Manifest, SignedBundle, digest_of, revision_of

PURPOSE: Final = b"aios policy bundle\n"
"""Before every manifest that is signed: a signature for something else is none of a bundle."""
LARGEST: Final = 16 * 1024 * 1024
"""Bytes of a bundle file that are read."""


class TrustedSigner(msgspec.Struct, frozen=True, kw_only=True):
    """A key whose bundles a site takes, and whose it is."""

    person: str
    public_key: str
    """Hexadecimal; empty where the key is not trusted now."""


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle whose signature, digests and revision were found right."""

    manifest: Manifest
    files: dict[str, str]
    key: str
    signer: str
    """Person of the key."""


def built(manifest: Manifest, files: Mapping[str, str]) -> SignedBundle:
    """Put a bundle together that is not signed yet."""
    return SignedBundle(manifest=msgspec.json.encode(manifest).decode(), files=dict(files))


def signed(bundle: SignedBundle, key: str, signer: Signer) -> SignedBundle:
    """Sign a bundle; what was built wrongly is not signed.

    Raises:
        BundleRefused: its files are not those of its manifest.
    """
    _refuse(wrong_inside(bundle))
    signature = signer.sign(PURPOSE + bundle.manifest.encode())
    return msgspec.structs.replace(bundle, key=key, signature=signature)


def sealed(bundle: SignedBundle, trusted: Mapping[str, TrustedSigner]) -> Sealed:
    """Return a bundle that can be believed.

    Args:
        bundle: as it lies on the shelf.
        trusted: the keys of those whose bundles are taken, by name.

    Raises:
        BundleRefused: nobody trusted has signed it, or it is not what was signed.
    """
    _refuse((*wrong_signature(bundle, trusted), *wrong_inside(bundle)))
    return Sealed(
        manifest=_manifest(bundle),
        files=bundle.files,
        key=bundle.key,
        signer=trusted[bundle.key].person,
    )


def wrong_signature(bundle: SignedBundle, trusted: Mapping[str, TrustedSigner]) -> tuple[str, ...]:
    """Say why nobody stands behind a bundle; empty where somebody does."""
    if not bundle.signature:
        return ("the bundle is not signed",)
    signer = trusted.get(bundle.key)
    if signer is None:
        return (f"the bundle is signed with key {bundle.key or 'unnamed'}, which the site does not name",)
    if not signer.public_key:
        return (f"the bundle is signed with key {bundle.key}, which is not trusted now",)
    if not is_signed(PURPOSE + bundle.manifest.encode(), bundle.signature, signer.public_key):
        return (
            f"the signature of key {bundle.key} does not fit: the manifest was changed, or another signed",
        )
    return ()


def wrong_inside(bundle: SignedBundle) -> tuple[str, ...]:
    """Say where the files of a bundle are not those of its manifest; empty where all are."""
    try:
        manifest = _manifest(bundle)
    except msgspec.MsgspecError as error:
        return (f"the manifest cannot be read: {error}",)
    if (manifest.format, manifest.document) != (FORMAT, VERSION):
        other = f"format {manifest.format}, document {manifest.document}"
        return (f"the bundle is of {other}; this version reads format {FORMAT}, document {VERSION}",)
    found = {name: digest_of(text) for name, text in bundle.files.items()}
    wrong = [
        f"{name} is missing" if name not in found else f"{name} is not named in the manifest"
        for name in sorted(manifest.files.keys() ^ found.keys())
    ]
    wrong += [
        f"{name} has digest {found[name][:12]}, the manifest says {digest[:12]}"
        for name, digest in sorted(manifest.files.items())
        if name in found and found[name] != digest
    ]
    if manifest.revision != revision_of(manifest.files):
        wrong.append(f"revision {manifest.revision} is not that of its files, {revision_of(manifest.files)}")
    return tuple(wrong)


def read_bundle(body: bytes, what: str) -> SignedBundle:
    """Read a bundle file; nothing of it is believed yet.

    Raises:
        BundleRefused: it is no bundle.
    """
    try:
        return msgspec.json.decode(body, type=SignedBundle)
    except msgspec.MsgspecError as error:
        raise BundleRefused([f"{what} is no signed policy bundle: {error}"]) from error


def manifest_in(bundle: SignedBundle) -> Manifest:
    """Return what a bundle says of itself.

    Raises:
        BundleRefused: its manifest cannot be read.
    """
    try:
        return _manifest(bundle)
    except msgspec.MsgspecError as error:
        raise BundleRefused([f"the manifest cannot be read: {error}"]) from error


def _manifest(bundle: SignedBundle) -> Manifest:
    return msgspec.json.decode(bundle.manifest, type=Manifest)


def _refuse(findings: tuple[str, ...]) -> None:
    if findings:
        raise BundleRefused(findings)
