"""Known secrets: words that this gateway and this process hold secret, read so that none of them leaves."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from aios.backup.sort import Kind, sorted_out

_NAMED: Final = re.compile(r"(?i)(pass|secret|token|credential|private|api_?key)")
_INSIDE: Final = re.compile(r"-----BEGIN [^-]*PRIVATE[^-]*-----(.*?)-----END", re.DOTALL)
_LONGEST: Final = 64 * 1024
_WORD: Final = 12
"""Characters of a line of a key file that is a secret by itself."""


def known_secrets(root: Path, site_text: str, environment: Mapping[str, str] = os.environ) -> frozenset[str]:
    """Return the secret words of a gateway: key files of its folder, its site file's, the environment's."""
    found = set(_of_environment(environment))
    for name, kind in sorted_out(root) if root.is_dir() else ():
        if kind is Kind.KEY:
            found.update(_of_file(root / name))
    try:
        told = tomllib.loads(site_text)
    except tomllib.TOMLDecodeError:
        told = {}
    found.update(_of_document(told, (root, Path())))
    return frozenset(word for word in found if word.strip())


def _of_environment(environment: Mapping[str, str]) -> Iterator[str]:
    yield from (value for name, value in environment.items() if _NAMED.search(name))
    folder = environment.get("CREDENTIALS_DIRECTORY")
    if folder and Path(folder).is_dir():
        for path in Path(folder).iterdir():
            yield from _of_file(path)


def _of_file(path: Path) -> Iterator[str]:
    """Yield what is secret in a key file: the inside of its keys, else its first line and every long one."""
    try:
        text = path.read_bytes()[:_LONGEST].decode(errors="replace")
    except OSError:
        return
    inside = _INSIDE.findall(text)
    lines = "\n".join(inside).splitlines() if inside else text.splitlines()
    for number, line in enumerate(lines):
        if len(line) >= _WORD or (number == 0 and not inside):
            yield line.strip()


def _of_document(told: Any, homes: tuple[Path, ...], name: str = "") -> Iterator[str]:
    match told:
        case dict():
            for key, inner in told.items():
                yield from _of_document(inner, homes, str(key))
        case list():
            for inner in told:
                yield from _of_document(inner, homes, name)
        case str() if name.endswith("_file") or name == "key":
            for home in homes:
                yield from _of_file(home / told)
        case str() if _NAMED.search(name):
            yield told
        case str():
            yield from _of_address(told)
        case _:
            pass


def _of_address(text: str) -> Iterator[str]:
    try:
        password = urlsplit(text).password if "://" in text else None
    except ValueError:
        return
    if password:
        yield password
        yield unquote(password)
