"""Lines: where in a TOML text a key stands, so that a finding can point at it."""

from __future__ import annotations

from typing import Final

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

Path = tuple[str | int, ...]
"""Keys and places, such as ("device", 2, "port")."""
_TOML: Final = Language(tree_sitter_toml.language())


class Lines:
    r"""Finds the line of a path; a path that is not there gets the line of its nearest parent.

    >>> Lines('[site]\nname = "a"\n[[device]]\nport = 1\n').line(("device", 0, "port"))
    4
    """

    def __init__(self, text: str) -> None:
        """Index a TOML text."""
        self._lines: dict[Path, int] = {(): 1}
        self._counts: dict[Path, int] = {}
        for node in Parser(_TOML).parse(text.encode()).root_node.children:
            if node.type == "pair":
                self._pair((), node)
            elif node.type in {"table", "table_array_element"}:
                self._table(node)

    def line(self, path: Path) -> int:
        """Return the line of a path, counted from 1."""
        while path not in self._lines:
            path = path[:-1]
        return self._lines[path]

    def _table(self, node: Node) -> None:
        keys = [child for child in node.children if child.type in _KEYS]
        path = self._resolved(_key(keys[0]))
        if node.type == "table_array_element":
            place = self._counts.get(path, 0)
            self._counts[path] = place + 1
            path = (*path, place)
        self._lines.setdefault(path, node.start_point[0] + 1)
        for child in node.children:
            if child.type == "pair":
                self._pair(path, child)

    def _resolved(self, key: Path) -> Path:
        """Lead a header into the newest element of each array of tables on its way."""
        path: Path = ()
        for part in key[:-1]:
            path = (*path, part)
            if path in self._counts:
                path = (*path, self._counts[path] - 1)
        return (*path, key[-1])

    def _pair(self, path: Path, node: Node) -> None:
        key, value = node.children[0], node.children[-1]
        here = (*path, *_key(key))
        self._lines[here] = node.start_point[0] + 1
        self._value(here, value)

    def _value(self, path: Path, node: Node) -> None:
        if node.type == "inline_table":
            for child in node.children:
                if child.type == "pair":
                    self._pair(path, child)
        elif node.type == "array":
            elements = [child for child in node.children if child.is_named and child.type != "comment"]
            for place, child in enumerate(elements):
                self._lines[(*path, place)] = child.start_point[0] + 1
                self._value((*path, place), child)


_KEYS: Final = frozenset({"bare_key", "quoted_key", "dotted_key"})


def _key(node: Node) -> Path:
    if node.type == "dotted_key":
        return tuple(part for child in node.children if child.type in _KEYS for part in _key(child))
    text = (node.text or b"").decode()
    return (text.strip("\"'"),)
