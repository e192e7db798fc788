"""People in entries: who is named in a body, in which role, by which way."""

from __future__ import annotations

from typing import Any, Final

import msgspec

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a cell for a formula."""


def named_in(body: str) -> tuple[str, str, str]:
    """Return person, role and way of what a body tells; empty where it names nobody.

    >>> named_in('{"instruction": {"person": "mara", "role": "OPERATOR", "way": "desk"}}')
    ('mara', 'OPERATOR', 'desk')
    >>> named_in('{"value": 3}')
    ('', '', '')
    """
    try:
        told = msgspec.json.decode(body)
    except msgspec.MsgspecError:
        return "", "", ""
    inner = told.get("instruction", told) if isinstance(told, dict) else {}
    return tuple(_word(inner, name) for name in ("person", "role", "way"))  # type: ignore[return-value]


def _word(told: Any, name: str) -> str:
    word = told.get(name, "") if isinstance(told, dict) else ""
    return word if isinstance(word, str) else ""


def as_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: people choose names and reasons.

    >>> as_cell("=cmd()"), as_cell("mara")
    ("'=cmd()", 'mara')
    """
    return f"'{text}" if text.startswith(FORMULA) else text
