"""The manifest of a policy bundle: what is inside, by digest, who made it, and when.

The facts of a site are not in a bundle: they are laid in when it is loaded. So rolling a bundle back takes no
work permit back, and one bundle may serve many substations.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

import msgspec

from policies.bundle import VERSION

FORMAT: Final = 1
"""Format of the file, as this version writes and reads it."""
_CANONICAL: Final = msgspec.json.Encoder(order="sorted")


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a bundle says of itself; the signature covers every byte of it."""

    format: int = FORMAT
    version: str
    """What people call it, such as `2026-11`; two bundles may bear the same."""
    revision: str
    """`VERSION-` and the first 12 hexadecimal digits of SHA-256 over the digests of all files."""
    document: str = VERSION
    """Version of the document that its gate gives."""
    names: tuple[str, ...]
    """The policies that must each clear a command, sorted."""
    files: dict[str, str]
    """SHA-256 of each file by its name, hexadecimal."""
    made_at_ns: int
    """Nanoseconds since 1970 UTC."""
    made_by: str
    reason: str = ""
    """Why it was made."""


class SignedBundle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A bundle as one file; without a signature it was built and not signed yet."""

    manifest: str
    """The manifest as JSON, to the byte as it was signed."""
    files: dict[str, str]
    """Text of each file by its name: `NAME.rego` and `NAME.json`."""
    key: str = ""
    """Name of the key that signed it; empty where none has."""
    signature: str = ""
    """Ed25519 (RFC 8032) over the manifest, hexadecimal."""


def digest_of(text: str) -> str:
    """Return the digest of a file, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def revision_of(digests: Mapping[str, str]) -> str:
    """Return the revision of what has these digests by file name.

    >>> revision_of({"p.rego": "00"}) == revision_of({"p.rego": "01"})
    False
    """
    body = _CANONICAL.encode({"document": VERSION, "files": dict(digests)})
    return f"{VERSION}-{hashlib.sha256(body).hexdigest()[:12]}"


def manifest_of(
    names: tuple[str, ...],
    files: Mapping[str, str],
    *,
    version: str,
    made_by: str,
    made_at_ns: int,
    reason: str = "",
) -> Manifest:
    """Write down what a bundle of these policies and files is."""
    digests = {name: digest_of(text) for name, text in sorted(files.items())}
    return Manifest(
        version=version,
        revision=revision_of(digests),
        names=tuple(sorted(names)),
        files=digests,
        made_at_ns=made_at_ns,
        made_by=made_by,
        reason=reason,
    )
