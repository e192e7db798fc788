"""A lint for Rego: refuses what our evaluator and the Open Policy Agent do not agree on, or what is not pure.

Each refusal is a construct that was seen to give a different answer without any error, a built-in that
one of them lacks, or one that reads the outside world: time comes from `input.now_ns` only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

_IMPURE: Final = (
    ("http.send", "reads the network"),
    ("net.lookup_ip_addr", "reads the network"),
    ("time.now_ns", "reads the clock; time comes from input.now_ns"),
    ("rand.", "is random"),
    ("uuid.rfc4122", "is random"),
    ("opa.runtime", "reads the environment"),
    ("crypto.", "is missing in the embedded evaluator"),
    ("json.patch", "is missing in an embedded evaluator we may change to"),
    ("print(", "writes to the console"),
    ("trace(", "writes to the console"),
)
_CALLS: Final = tuple(
    (
        re.compile(r"(?<![\w.])" + re.escape(name) + (r"" if name.endswith((".", "(")) else r"(?!\w)")),
        name,
        why,
    )
    for name, why in _IMPURE
)
_WALK: Final = re.compile(r"\[[^\[\]{}]*,[^\[\]{}]*\]\s*:?=\s*walk\s*\(|\bsome\s+\[[^\]]*\]\s+in\s+walk\s*\(")
_SPRINTF: Final = re.compile(r"(?<![\w.])sprintf\s*\(\s*")
_VERB: Final = re.compile(r"%[sdv%]")
"""The verbs that all evaluators write alike."""
_STRINGS: Final = re.compile(
    r'(?P<template>\$(?:"|`))|(?P<string>"(?:[^"\\\n]|\\.)*"|`[^`]*`)|(?P<comment>#[^\n]*)'
)


class Refused(msgspec.Struct, frozen=True):
    """One construct that may not stand in a policy."""

    path: str
    line: int
    why: str

    @property
    def text(self) -> str:
        """The finding as one line."""
        return f"{self.path}:{self.line}: {self.why}"


def lint(path: str, text: str) -> tuple[Refused, ...]:
    """Return what may not stand in a module, in order of line.

    >>> [finding.text for finding in lint("p.rego", "allow if time.now_ns() > 3")]
    ['p.rego:1: time.now_ns reads the clock; time comes from input.now_ns']
    """
    code, strings = _split(text)
    found = [*_calls(code), *_walks(code), *_templates(strings), *_formats(code, strings)]
    return tuple(Refused(path, text.count("\n", 0, at) + 1, why) for at, why in sorted(found))


def _split(text: str) -> tuple[str, dict[int, str]]:
    """Blank strings and comments out of the code, and return the strings by their position."""
    strings: dict[int, str] = {}

    def blank(match: re.Match[str]) -> str:
        if match["comment"] is None:
            strings[match.start()] = match[0]
        return "".join(character if character == "\n" else " " for character in match[0])

    return _STRINGS.sub(blank, text), strings


def _calls(code: str) -> Iterator[tuple[int, str]]:
    for pattern, name, why in _CALLS:
        for match in pattern.finditer(code):
            yield match.start(), f"{name.rstrip('.(')} {why}"


def _walks(code: str) -> Iterator[tuple[int, str]]:
    for match in _WALK.finditer(code):
        yield match.start(), "an array pattern over walk(...) yields nothing in the embedded evaluator"


def _templates(strings: dict[int, str]) -> Iterator[tuple[int, str]]:
    for at, string in strings.items():
        if string.startswith("$"):
            yield at, "template strings are missing in the embedded evaluator"


def _formats(code: str, strings: dict[int, str]) -> Iterator[tuple[int, str]]:
    for match in _SPRINTF.finditer(code):
        # A blanked string leaves spaces behind, which the pattern has swallowed: look where it stood.
        opened = code.index("(", match.start()) + 1
        first = next((at for at in sorted(strings) if opened <= at <= match.end()), None)
        if first is None:
            yield match.start(), "sprintf needs a literal format, so that it can be checked"
        elif "%" in _VERB.sub("", strings[first]):
            yield match.start(), "sprintf beyond %s, %d and %v differs between evaluators"
