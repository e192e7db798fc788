"""Mistakes in the files of a study: every one of them, each with its file and line."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from aios.site.checks import near
from aios.site.lines import Lines

Place = tuple[str | int, ...]
"""Keys and places, such as ("controller", 1, "name")."""
S = TypeVar("S", bound=msgspec.Struct)


class Finding(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One mistake."""

    file: str
    line: int
    """Counted from 1."""
    where: str
    text: str


class StudyInvalid(Exception):
    """A study or scenario cannot be run as it is written; all mistakes stand in `findings`."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        """Keep the findings in the order of files and lines."""
        self.findings = tuple(sorted(findings))
        words = "\n".join(f"{f.file}:{f.line}: {f.where}: {f.text}" for f in self.findings)
        super().__init__(f"{len(self.findings)} mistakes\n{words}")


class Reading:
    """One TOML file being read: its tables, and what is wrong with them."""

    def __init__(self, path: Path) -> None:
        """Read a file; one that is no TOML has one finding and no tables.

        Raises:
            FileNotFoundError: there is no such file.
        """
        self.path = path
        self.text = path.read_text(encoding="utf-8")
        self.lines = Lines(self.text)
        self.findings: list[Finding] = []
        self.tables: dict[str, Any] = {}
        try:
            self.tables = tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            words = str(error).replace(",", " ").split()
            line = int(words[words.index("line") + 1]) if "line" in words else 1
            self.findings.append(Finding(file=str(path), line=line, where="file", text=f"not TOML: {error}"))

    def say(self, place: Place, text: str) -> None:
        """Take down one mistake."""
        where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
        line = self.lines.line(place)
        self.findings.append(
            Finding(file=str(self.path), line=line, where=where.lstrip(".") or "file", text=text)
        )

    def struct(
        self, kind: type[S], raw: dict[str, Any], place: Place = (), *, partly: bool = False
    ) -> S | None:
        """Turn tables into a struct, taking down every mistake and not just the first.

        Args:
            kind: what they should be.
            raw: the tables.
            place: where they stand in the file.
            partly: whether what is required may be missing, because it is inherited.

        Returns:
            The struct; None where something is wrong or missing.
        """
        before = len(self.findings)
        types = get_type_hints(kind, include_extras=True)
        fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
        for key, value in raw.items():
            if key not in fields:
                self.say((*place, key), f"unknown key {key}; {near(key, sorted(fields))}")
            else:
                self._value(types[fields[key].name], value, (*place, key))
        missing = [name for name, field in fields.items() if field.required and name not in raw]
        for name in () if partly else missing:
            self.say(place, f"{name} is missing")
        if len(self.findings) > before or missing:
            return None
        try:
            return msgspec.convert(raw, kind)
        except msgspec.ValidationError as error:  # a rule over several keys
            self.say(place, str(error))
            return None

    def _value(self, wanted: Any, value: Any, place: Place) -> None:
        element = _struct_in(wanted)
        if element is not None and isinstance(value, list):
            for number, one in enumerate(value):
                self._one(element, one, (*place, number))
        elif element is not None and isinstance(value, dict) and get_origin(wanted) not in {list, tuple}:
            self._one(element, value, place)
        else:
            self._plain(wanted, value, place)

    def _one(self, kind: type[msgspec.Struct], value: Any, place: Place) -> None:
        if isinstance(value, dict):
            self.struct(kind, value, place)
        else:
            self._plain(kind, value, place)

    def _plain(self, wanted: Any, value: Any, place: Place) -> None:
        try:
            msgspec.convert(value, wanted)
        except msgspec.ValidationError as error:
            self.say(place, f"{error} (found {value!r})")


def _struct_in(wanted: Any) -> type[msgspec.Struct] | None:
    """Return the struct that a type is, or is a list of; None where there is none or more than one."""
    if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
        return wanted
    if get_origin(wanted) in {list, tuple, Union, UnionType}:
        found = [one for one in map(_struct_in, get_args(wanted)) if one is not None]
        return found[0] if len(found) == 1 else None
    return None
