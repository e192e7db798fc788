"""Secrets of a site file: named, never written in it; one that was written there is shown to nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from aios.site.lines import Path
from aios.site.schema import SiteFile

Found = tuple[Path, str]

ADDRESSES: Final = ("mqtt", "history")
"""Keys of `uplinks` that hold addresses."""
_INLINE: Final = (
    "a password does not stand in the site file: put it into a file of mode 0600 and name it by"
    ' {key}_password_file = "FILE" or "credential:NAME"'
)
_IN_ADDRESS: Final = re.compile(r"(://[^/@:\s]*):[^/@\s]*(?=@)")
_IN_WORDS: Final = re.compile(r"(?i)\b((?:ssl)?password)(\s*=\s*|['\"]\s*:\s*['\"])[^&\s'\"]+")


def check_secrets(file: SiteFile) -> Iterator[Found]:
    """Find secrets that stand in the site file, and secrets that are named for nobody."""
    for key in ADDRESSES:
        address = getattr(file.uplinks, key)
        if has_password(address):
            yield ("uplinks", key), _INLINE.format(key=key)
        elif getattr(file.uplinks, f"{key}_password_file") and "://" not in address:
            yield (
                ("uplinks", f"{key}_password_file"),
                f"{key}_password_file is given, but {key} has no address",
            )
    if file.uplinks.mqtt_password_file and "@" not in file.uplinks.mqtt:
        yield (
            ("uplinks", "mqtt_password_file"),
            "a password belongs to an account: write mqtts://ACCOUNT@HOST:PORT",
        )


def has_password(address: str) -> bool:
    """Tell whether an address carries a password.

    >>> has_password("mqtts://gateway:secret@b:8883"), has_password("mqtts://gateway@b:8883")
    (True, False)
    >>> has_password("postgresql://db/aios?password=secret"), has_password("postgresql://aios@db/aios")
    (True, False)
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return True  # nobody can tell; what cannot be read is not shown
    named = {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    return parts.password is not None or bool(named & {"password", "sslpassword"})


def without_secrets(found: Any) -> str:
    """Write a value that somebody put into a site file, without the passwords in it.

    >>> without_secrets("mqtt://gateway:secret@b")
    "'mqtt://gateway:...@b'"
    >>> without_secrets({"password": "secret"})
    "{'password': '...'}"
    """
    hidden = _IN_ADDRESS.sub(r"\1:...", repr(found))
    return _IN_WORDS.sub(r"\1\2...", hidden)
