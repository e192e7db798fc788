"""A register map as the text of its file: what `read_map_text` reads, written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

_SECTIONS: Final = ("identity", "scales", "points")


def map_text(content: Mapping[str, Any], *, notes: tuple[str, ...] = ()) -> str:
    """Return the file of a map.

    Args:
        content: keys as they stand in the file.
        notes: lines of comment behind the head.

    >>> print(map_text({"title": "t", "source": "s", "points": [{"quantity": "x", "address": 3}]}))
    title = "t"
    source = "s"
    <BLANKLINE>
    [[points]]
    quantity = "x"
    address = 3
    <BLANKLINE>
    """
    lines = [f"{key} = {_value(value)}" for key, value in content.items() if key not in _SECTIONS]
    lines += ["", *(f"# {' '.join(note.split())}" for note in notes)] if notes else []
    for section in _SECTIONS:
        for item in content.get(section, ()):
            lines += ["", f"[[{section}]]", *_item(section, item)]
    return "\n".join(lines) + "\n"


def _item(section: str, item: Mapping[str, Any]) -> Iterator[str]:
    apart = {key: value for key, value in item.items() if key in {"writing", "companions"}}
    for key, value in item.items():
        if key not in apart:
            yield f"{key} = {_value(value)}"
    for key, table in apart.items():
        yield ""
        yield f"[{section}.{key}]"
        yield from (f"{name} = {_value(value)}" for name, value in table.items())


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # a device may say anything
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        inside = ", ".join(f"{key} = {_value(one)}" for key, one in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    return f"[{', '.join(_value(one) for one in value)}]"
