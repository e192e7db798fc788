"""A bundle is believed only where signature, digests and revision are right; what is wrong is said."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from policies.bundle import BundleRefused
from policies.shelf.manifest import SignedBundle
from policies.shelf.sealing import PURPOSE, TrustedSigner, read_bundle, sealed, signed
from tests.unit.policies.shelf.bundles import ANNA, MALLORY, TRUSTED, by_anna, unsigned, with_manifest

GOOD = by_anna()


def signed_as_it_is(bundle: SignedBundle) -> SignedBundle:
    """Sign what `signed` would refuse: a signer that is careless, or was deceived."""
    return msgspec.structs.replace(
        bundle, key="anna", signature=ANNA.sign(PURPOSE + bundle.manifest.encode())
    )


def with_file(bundle: SignedBundle, name: str, text: str) -> SignedBundle:
    return msgspec.structs.replace(bundle, files={**bundle.files, name: text})


def without_file(bundle: SignedBundle, name: str) -> SignedBundle:
    files = {file: text for file, text in bundle.files.items() if file != name}
    return msgspec.structs.replace(bundle, files=files)


def test_a_signed_bundle_is_believed_and_says_who_signed_it():
    found = sealed(GOOD, TRUSTED)
    assert (found.signer, found.key, found.manifest.version) == ("Anna Berg", "anna", "2026-11")
    assert found.manifest.revision.startswith("1-")


def test_a_bundle_reads_back_as_it_was_written():
    assert read_bundle(msgspec.json.encode(GOOD), "file") == GOOD


@pytest.mark.parametrize(
    ("bundle", "why"),
    [
        (unsigned, "is not signed"),
        (lambda: msgspec.structs.replace(GOOD, signature=""), "is not signed"),
        (lambda: signed(unsigned(), "mallory", MALLORY), "key mallory, which the site does not name"),
        (lambda: signed(unsigned(), "anna", MALLORY), "does not fit"),
        (lambda: msgspec.structs.replace(GOOD, signature="00" * 64), "does not fit"),
        (lambda: with_manifest(GOOD, made_by="m.allory"), "does not fit"),
        (lambda: with_file(GOOD, "gate.rego", "package aios.gate\n"), "gate.rego has digest"),
        (lambda: without_file(GOOD, "xfmr_loading.rego"), "xfmr_loading.rego is missing"),
        (lambda: with_file(GOOD, "more.rego", "package more"), "more.rego is not named"),
        (lambda: signed_as_it_is(with_manifest(GOOD, revision="1-000000000000")), "is not that of its files"),
        (lambda: signed_as_it_is(with_manifest(GOOD, document="9")), "this version reads"),
        (lambda: signed_as_it_is(msgspec.structs.replace(GOOD, manifest="{}")), "cannot be read"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_is_not_right_is_refused_with_words(bundle: Callable[[], SignedBundle], why: str):
    with pytest.raises(BundleRefused) as refused:
        sealed(bundle(), TRUSTED)
    assert why in str(refused.value)


def test_a_key_that_was_removed_counts_no_more():
    with pytest.raises(BundleRefused, match="not trusted now"):
        sealed(GOOD, {"anna": TrustedSigner(person="Anna Berg", public_key="")})


def test_a_signature_for_something_else_is_none_of_a_bundle():
    bundle = unsigned()
    elsewhere = msgspec.structs.replace(bundle, key="anna", signature=ANNA.sign(bundle.manifest.encode()))
    with pytest.raises(BundleRefused, match="does not fit"):
        sealed(elsewhere, TRUSTED)


def test_what_was_built_wrongly_is_not_signed():
    with pytest.raises(BundleRefused, match="has digest"):
        signed(with_file(unsigned(), "gate.rego", ""), "anna", ANNA)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"\x00", b'{"manifest": 1}'])
def test_what_is_no_bundle_is_refused(body: bytes):
    with pytest.raises(BundleRefused, match="no signed policy bundle"):
        read_bundle(body, "file")
