"""A secret is named, never written down: by a file, or by a credential that systemd passes.

`password_file = "broker_password"` names a file; `credential:NAME` names what systemd puts into the folder
`$CREDENTIALS_DIRECTORY` by `LoadCredential=` or `LoadCredentialEncrypted=`. It is read when it is used, so
that a renewed one counts with the next connection.

Source: systemd.exec(5), CREDENTIALS.
"""

from __future__ import annotations

import hmac
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NoReturn

import structlog

CREDENTIAL: Final = "credential:"
"""How the name of a credential begins."""
DIRECTORY: Final = "CREDENTIALS_DIRECTORY"
"""Variable in which systemd tells where the credentials of a unit lie."""
MOST_BYTES: Final = 64 * 1024
"""A file that is longer is something else that was named by mistake."""
_WIDER: Final = stat.S_IRWXG | stat.S_IRWXO
_told: set[tuple[str, int]] = set()
_log: Final = structlog.get_logger(__name__)


class NoSecret(OSError):
    """A secret that is named is not there, or is no secret; the words say which, and what to do."""


class Secret:
    """A text that shows itself to nobody who does not ask for it by name.

    It has no way into a log, an error, a journal or another process: its `repr` is three dots, and neither
    msgspec nor pickle takes it.

    >>> Secret("open sesame")
    Secret(...)
    >>> f"{Secret('open sesame')}"
    'Secret(...)'
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Hide a text."""
        self._text = text

    def reveal(self) -> str:
        """Return the text, for the one who shows it to the other side."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(...)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._text.encode(), other._text.encode())

    __hash__ = None  # type: ignore[assignment]  # what is looked up by it could be found by trying

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not passed on: name its file instead")


def path_of(named: str, folder: Path = Path(), environment: Mapping[str, str] | None = None) -> Path:
    """Return where a named secret lies.

    Args:
        named: a path, seen from `folder` where it is not absolute, or `credential:NAME`.
        folder: of the file that names it.
        environment: variables of the process; its own where it is left out.

    Raises:
        NoSecret: it is a credential, and systemd passes none of that name.

    >>> str(path_of("broker_password", Path("/etc/aios")))
    '/etc/aios/broker_password'
    >>> str(path_of("credential:broker", environment={"CREDENTIALS_DIRECTORY": "/run/credentials/aios"}))
    '/run/credentials/aios/broker'
    """
    if not named.startswith(CREDENTIAL):
        return folder / named
    name = named.removeprefix(CREDENTIAL)
    if not name or "/" in name or name in {".", ".."}:
        raise NoSecret(f"{named} names no credential: write {CREDENTIAL}NAME")
    directory = (os.environ if environment is None else environment).get(DIRECTORY)
    if not directory:
        raise NoSecret(
            f"{named}: systemd passes this process no credentials; add LoadCredential={name}:FILE to its unit"
        )
    return Path(directory) / name


def seen_from(named: str, folder: Path) -> str:
    """Return how the secret is named that a file in `folder` names so; empty stays empty.

    >>> seen_from("broker_password", Path("/etc/aios")), seen_from("credential:broker", Path("/etc/aios"))
    ('/etc/aios/broker_password', 'credential:broker')
    """
    return named if not named or named.startswith(CREDENTIAL) else str(folder / named)


def read_secret(named: str, environment: Mapping[str, str] | None = None) -> Secret:
    """Read a secret: the first line of its file. A file that others may read is told in the log, once.

    Raises:
        NoSecret: it cannot be read, is empty, or is no text.
    """
    path = path_of(named, environment=environment)
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            body = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise NoSecret(f"the secret {named} cannot be read: {error.strerror}") from None
    _tell_mode(named, mode)
    try:
        text = body.decode().split("\n", 1)[0].rstrip("\r")
    except UnicodeDecodeError:
        text = ""
    if not text or len(body) > MOST_BYTES:
        raise NoSecret(f"the file of the secret {named} has no line of text in it") from None
    return Secret(text)


def _tell_mode(named: str, mode: int) -> None:
    """Warn where others than the owner may read it. What systemd passes is guarded by its folder."""
    if mode & _WIDER and not named.startswith(CREDENTIAL) and (named, mode) not in _told:
        _told.add((named, mode))
        _log.warning("secret.readable_by_others", file=named, mode=f"{mode:o}", do=f"chmod 600 {named}")
