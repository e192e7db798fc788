"""Signed bundles of the small substation, by two people with a key each."""

from __future__ import annotations

from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kernel.journal.signing import Signer
from kernel.site import Site
from policies.shelf.content import content_of
from policies.shelf.manifest import Manifest, SignedBundle, manifest_of
from policies.shelf.sealing import TrustedSigner, built, signed
from tests.unit.policies.substation import site

ANNA = Signer(Ed25519PrivateKey.from_private_bytes(b"a" * 32))
MALLORY = Signer(Ed25519PrivateKey.from_private_bytes(b"m" * 32))
TRUSTED = {"anna": TrustedSigner(person="Anna Berg", public_key=ANNA.public_key)}


def unsigned(folder: Path | None = None, *, at: Site | None = None) -> SignedBundle:
    names, files = content_of(at or site(), folder)
    return built(manifest_of(names, files, version="2026-11", made_by="a.berg", made_at_ns=7), files)


def by_anna(folder: Path | None = None, *, at: Site | None = None) -> SignedBundle:
    return signed(unsigned(folder, at=at), "anna", ANNA)


def with_manifest(bundle: SignedBundle, **changes: object) -> SignedBundle:
    manifest = msgspec.structs.replace(msgspec.json.decode(bundle.manifest, type=Manifest), **changes)
    return msgspec.structs.replace(bundle, manifest=msgspec.json.encode(manifest).decode())


def pem_of(signer: Signer) -> bytes:
    """Return the public half of a key as its file has it."""
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signer.public_key))
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
