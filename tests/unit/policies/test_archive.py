"""The archive for a policy server holds the whole bundle, and nothing that changes between two packings."""

from __future__ import annotations

import io
import tarfile

import msgspec

from policies.archive import opa_archive
from policies.bundle import load_bundle
from tests.unit.policies.substation import NAMES, site

BUNDLE = load_bundle(NAMES, site())


def contents(packed: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(packed), mode="r:gz") as archive:
        return {name: archive.extractfile(name).read() for name in archive.getnames()}  # type: ignore[union-attr]


def test_the_archive_holds_modules_data_and_manifest() -> None:
    files = contents(opa_archive(BUNDLE))
    assert {name for name in files if name.endswith(".rego")} == {module.path for module in BUNDLE.modules}
    assert msgspec.json.decode(files["data.json"])["revision"] == BUNDLE.revision
    manifest = msgspec.json.decode(files[".manifest"])
    assert manifest["revision"] == BUNDLE.revision
    assert manifest["rego_version"] == 1


def test_the_roots_own_all_the_data_and_all_the_packages() -> None:
    files = contents(opa_archive(BUNDLE))
    roots = set(msgspec.json.decode(files[".manifest"])["roots"])
    assert roots == {"aios", *msgspec.json.decode(files["data.json"])}
    packages = [
        line.split()[1]
        for module in BUNDLE.modules
        for line in module.text.splitlines()
        if line[:8] == "package "
    ]
    assert packages
    assert all(package.split(".")[0] in roots for package in packages)


def test_the_same_bundle_gives_the_same_bytes() -> None:
    assert opa_archive(BUNDLE) == opa_archive(load_bundle(NAMES[::-1], site()))
