"""A policy bundle as the archive that an Open Policy Agent server loads: `opa run --server --bundle FILE`.

Source: OPA documentation, "Bundles", file format (`.manifest`, `data.json`, `*.rego` in a gzipped tar).
"""

from __future__ import annotations

import gzip
import io
import tarfile
from typing import Final

import msgspec

from policies.bundle import PolicyBundle

_ROOTS: Final = ("aios", "parameters", "revision", "site")
"""Everything the bundle owns: a server that holds other data under them refuses the bundle."""


def opa_archive(bundle: PolicyBundle) -> bytes:
    """Pack a bundle; the same bundle gives the same bytes.

    Modules, data and revision travel in one file and are activated as one: a server never answers with
    the revision of one bundle and the rules of another.
    """
    manifest = {"revision": bundle.revision, "roots": _ROOTS, "rego_version": 1}
    files = {".manifest": msgspec.json.encode(manifest), "data.json": bundle.data.encode()}
    files |= {module.path: module.text.encode() for module in bundle.modules}
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        for name in sorted(files):
            entry = tarfile.TarInfo(name)
            entry.size = len(files[name])
            archive.addfile(entry, io.BytesIO(files[name]))
    return gzip.compress(plain.getvalue(), mtime=0)
