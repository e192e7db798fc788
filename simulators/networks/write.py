"""Writing a network to its file: one line a thing, so that an import becomes a file that a person can edit.

What `simulators.networks.file.load` reads from it is the same network again, bit for bit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any

from simulators.networks.network import Network


def write(network: Network, path: Path, *, remarks: Sequence[str] = ()) -> None:
    """Write a network file.

    Args:
        network: to be written.
        path: of the file; one that is there is replaced.
        remarks: lines that stand at its top as comments.

    Raises:
        OSError: it cannot be written.
    """
    path.write_text(text_of(network, remarks=remarks), encoding="utf-8")


def text_of(network: Network, *, remarks: Sequence[str] = ()) -> str:
    """Return a network as the text of its file; what stands at its default is left out."""
    lines = [f"# {line}".rstrip() for remark in remarks for line in remark.splitlines() or [""]]
    if lines:
        lines.append("")
    told = [(field.name, getattr(network, field.name)) for field in fields(network)]
    lines += [f"{name} = {_scalar(value)}" for name, value in told if not _compound(value)]
    for name, value in told:
        if is_dataclass(value):
            lines += ["", f"[{name}]", *(f"{key} = {_scalar(one)}" for key, one in _said(value))]
    # A table in square brackets would swallow the arrays after it: they stand before the first one.
    arrays = [
        line for name, value in told if isinstance(value, tuple) and value for line in _array(name, value)
    ]
    first = next(i for i, line in enumerate([*lines, "["]) if line.startswith("["))
    return "\n".join([*lines[:first], *arrays, *lines[first:]]) + "\n"


def _compound(value: object) -> bool:
    return isinstance(value, tuple) or is_dataclass(value)


def _array(name: str, things: tuple[object, ...]) -> Iterator[str]:
    yield f"{name} = ["
    yield from (f"  {_inline(thing)}," for thing in things)
    yield "]"
    yield ""


def _inline(thing: object) -> str:
    return "{ " + ", ".join(f"{key} = {_scalar(value)}" for key, value in _said(thing)) + " }"


def _said(thing: Any) -> Iterator[tuple[str, Any]]:
    """Return the fields of a noun that differ from their default."""
    for field in fields(thing):
        value = getattr(thing, field.name)
        if field.default is MISSING or value != field.default:
            yield field.name, value


def _scalar(value: object) -> str:
    r"""Return one value in TOML.

    >>> _scalar(True), _scalar(0.1), _scalar('a "b"'), _scalar(7), _scalar((1.0, 2.0))
    ('true', '0.1', '"a \\"b\\""', '7', '[1.0, 2.0]')
    """
    if is_dataclass(value):
        return _inline(value)
    if isinstance(value, tuple):
        return "[" + ", ".join(_scalar(one) for one in value) + "]"
    # JSON's booleans, numbers and strings are TOML's; a float is written so that it reads back the same.
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
