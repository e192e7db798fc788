"""The shelf of policy bundles as a site declares it: who may bring one, and who agrees to it."""

from __future__ import annotations

import msgspec


class BundleSigner(msgspec.Struct, frozen=True, kw_only=True):
    """A key that may sign policy bundles, and whose it is."""

    key: str
    """Name of the key; its public half is the file `KEY.pem`."""
    person: str
    account: str = ""
    """Of this person at the control room; empty where the site file does not say."""


class PolicyShelf(msgspec.Struct, frozen=True, kw_only=True):
    """Who may bring policy bundles, and who agrees to those that permit more."""

    keys: str
    """Folder of the trusted public keys."""
    signers: tuple[BundleSigner, ...]
    approvers: tuple[str, ...] = ()
    """Who may agree; empty for anybody but the signer."""


def account_of(shelf: PolicyShelf | None, key: str) -> str:
    """Return the account of who signs with a key; empty where the site file names none."""
    signers = () if shelf is None else shelf.signers
    return next((one.account for one in signers if one.key == key), "")
