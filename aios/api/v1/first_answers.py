"""The first answer to each key: an act that is sent again is not done again, and hears the same."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

KEYS: Final = 4096
"""Answers that are kept; the gateway's journal remembers older keys, and says that they were heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was answered."""

    status: int
    body: bytes
    media_type: str
    headers: tuple[tuple[str, str], ...] = ()


class UnderWay:
    """The same key is being answered just now."""


class UsedOtherwise:
    """The key came with something else before."""


@dataclass(slots=True)
class _Kept:
    fingerprint: bytes
    told: Told | None = None


Key = tuple[str, str, str]
"""Site, person and the key that the person chose: nobody meets the keys of another."""


class FirstAnswers:
    """Remembers what was answered, by key."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()

    def begin(self, key: Key, fingerprint: bytes) -> Told | UnderWay | UsedOtherwise | None:
        """Begin to answer a key; None means that it is new, and `keep` or `forget` must follow."""
        kept = self._kept.get(key)
        if kept is None:
            self._kept[key] = _Kept(fingerprint)
            if len(self._kept) > KEYS:
                self._kept.popitem(last=False)
            return None
        if kept.fingerprint != fingerprint:
            return UsedOtherwise()
        return UnderWay() if kept.told is None else kept.told

    def knows(self, key: Key) -> bool:
        """Tell whether a key is answered, or being answered."""
        return key in self._kept

    def keep(self, key: Key, told: Told) -> None:
        """Keep an answer."""
        if key in self._kept:
            self._kept[key].told = told

    def forget(self, key: Key) -> None:
        """Forget a key whose answer is not known: it may be sent again."""
        self._kept.pop(key, None)


def fingerprint(method: str, path: str, body: bytes) -> bytes:
    """Return what tells one request from another under the same key."""
    return hashlib.sha256(b"\n".join((method.encode(), path.encode(), body))).digest()
