"""Redaction: texts without what is secret, by the names it stands under, its form, and its very words.

Three nets, because each has holes: keys of a document that name a secret, forms that only secrets have, and
the secrets of this gateway themselves, looked for letter by letter in everything that leaves.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Final

HIDDEN: Final = "***"
SHORTEST: Final = 4
"""Characters of a secret that is looked for letter by letter; a shorter one would blank half a log."""
_NAMES: Final = re.compile(
    r"(?i)(pass(word|wd|phrase)?|secret|token|credential|api[_-]?key|private|authori[sz]ation|cookie|signature|jwt)"
)
_PAIR: Final = re.compile(
    r"""(?ix) (?P<name> ["']? [\w.-]* (?:pass(?:word|wd|phrase)?|secret|token|credential|api[_-]?key
    |private_?key|authori[sz]ation|cookie|signature|jwt) [\w.-]* ["']? \s* [=:] \s*)
    (?P<value> "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' | (?:bearer|basic)\s+[^\s"',;]+ | [^\s"',;&}\])]+ )"""
)
_ADDRESS: Final = re.compile(r"(?P<scheme>[a-zA-Z][\w+.-]*://)[^/\s\"'@]*(?:@[^/\s\"'@]*)*@")
_FORMS: Final = (
    re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE[A-Z0-9 ]*-----.*?(?:-----END [A-Z0-9 ]*-----|\Z)", re.DOTALL),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)*"),
    re.compile(r"(?i)\b(?:bearer|basic)\s+[\w+/=.~-]{8,}"),
    re.compile(r"\baios_[\w-]{40,}"),  # our own tokens; names of our metrics are shorter
    re.compile(r"(?:__Host-)?\baios=[\w-]{16,}"),
    re.compile(r"\$(?:argon2\w*|2[aby]|[156]|y)\$[^\s\"']+"),
)
"""Private keys, signed tokens, credentials of HTTP, our own tokens and sign-ins, password hashes."""


def without_secrets(text: str, secrets: Collection[str] = ()) -> str:
    """Return a text without secrets.

    Args:
        text: a log, a document.
        secrets: words that must not stand in it, whatever is around them.

    >>> without_secrets("mqtts://gw:open@b password=sesame Authorization: Bearer abcdefghijk")
    'mqtts://***@b password=*** Authorization: ***'
    """
    for word in sorted(secrets, key=len, reverse=True):
        if len(word) >= SHORTEST:
            text = text.replace(word, HIDDEN)
    for form in _FORMS:
        text = form.sub(HIDDEN, text)
    text = _ADDRESS.sub(rf"\g<scheme>{HIDDEN}@", text)
    return _PAIR.sub(lambda found: f"{found['name']}{HIDDEN}", text)


def document_without_secrets(told: Any, secrets: Collection[str] = (), name: str = "") -> Any:
    """Return a document without the values of keys that name a secret; what only names a file of one stays.

    >>> document_without_secrets({"password": "x", "password_file": "p", "a": ["b://u:v@c"]})
    {'password': '***', 'password_file': 'p', 'a': ['b://***@c']}
    """
    match told:
        case dict():
            return {
                without_secrets(str(key), secrets): document_without_secrets(inner, secrets, str(key))
                for key, inner in told.items()
            }
        case list() | tuple():
            return [document_without_secrets(inner, secrets, name) for inner in told]
        case _ if _NAMES.search(name) and not name.endswith("_file"):
            return HIDDEN
        case str():
            return without_secrets(told, secrets)
        case _:
            return told
