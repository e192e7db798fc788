"""Settings of access, from a TOML file: how long a sign-in lives, and whose word is taken."""

from __future__ import annotations

from pathlib import Path

import msgspec

from aios.access.oidc import OpenId, Provider
from aios.access.sessions import SessionLimits


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands in the file."""

    sign_in: SessionLimits = msgspec.field(default_factory=SessionLimits)
    oidc: Provider | None = None

    def provider(self, folder: Path) -> OpenId | None:
        """Return the provider with its secret; a relative file of the secret lies in the folder.

        Raises:
            OSError: the secret cannot be read.
            ValueError: the provider is not reached by https.
        """
        if self.oidc is None:
            return None
        file = self.oidc.client_secret_file
        return OpenId(self.oidc, secret=(folder / file).read_text(encoding="utf-8").strip() if file else "")


def read_settings(path: Path) -> Settings:
    """Read the file.

    Raises:
        OSError: it cannot be read.
        ValueError: it is not as it should be; the message says where.
    """
    try:
        found = msgspec.toml.decode(path.read_bytes(), type=Settings)
    except msgspec.MsgspecError as error:
        raise ValueError(f"{path}: {error}") from error
    limits = found.sign_in
    if min(limits.idle_s, limits.absolute_s, limits.at_once) <= 0:
        raise ValueError(f"{path}: idle_s, absolute_s and at_once of [sign_in] are more than 0")
    return found
