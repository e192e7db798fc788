"""TOML from tables: a site file that a study has changed must again be a text, because a journal keeps it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

import msgspec


def toml_of(tables: Mapping[str, Any]) -> str:
    """Return TOML that reads back as the same tables.

    Raises:
        TypeError: a value has no form in TOML.

    >>> print(toml_of({"site": {"name": "a"}, "loop": [{"agent": "x", "settings": {"limit_kw": 1.5}}]}))
    [site]
    name = "a"
    <BLANKLINE>
    [[loop]]
    agent = "x"
    settings = {limit_kw = 1.5}
    <BLANKLINE>
    """
    plain = {key: value for key, value in tables.items() if not _is_table(value) and not _are_tables(value)}
    parts = ["".join(_line(key, value) for key, value in plain.items())]
    for key, value in tables.items():
        if _is_table(value):
            parts.append(f"[{_key(key)}]\n" + "".join(_line(name, one) for name, one in value.items()))
        elif _are_tables(value):
            parts += [
                f"[[{_key(key)}]]\n" + "".join(_line(name, one) for name, one in table.items())
                for table in value
            ]
    return "\n".join(part for part in parts if part)


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping)


def _are_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(_is_table(one) for one in value)


def _line(key: str, value: Any) -> str:
    return f"{_key(key)} = {_text(value)}\n"


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _quoted(key)


def _quoted(text: str) -> str:
    # A JSON string is a TOML basic string, but for DEL, which TOML wants escaped.
    return msgspec.json.encode(text).decode().replace("\x7f", "\\u007f")


def _text(value: Any) -> str:  # noqa: PLR0911  # one way for each type
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _quoted(value)
        case int():
            return str(value)
        case float():  # Python's nan and inf are TOML's
            return repr(value)
        case datetime() | date() | time():
            return value.isoformat()
        case list() | tuple():
            return "[" + ", ".join(_text(one) for one in value) + "]"
        case Mapping():
            return "{" + ", ".join(f"{_key(key)} = {_text(one)}" for key, one in value.items()) + "}"
    raise TypeError(f"TOML has no form for {type(value).__name__}")
