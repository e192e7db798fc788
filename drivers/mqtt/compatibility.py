"""What a change of a contract breaks: released schemas held against the present ones.

    python -m drivers.mqtt.compatibility FOLDER

`FOLDER` holds the schemas of a release. A schema of a version stays compatible in both directions for ever:
who was written against the old one reads new payloads (forward), and who is written against the new one reads
old payloads (backward). What cannot be done so is a new version beside the old one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

Schema = Mapping[str, Any]

_TOLD_ELSEWHERE: Final = frozenset({"$schema", "$defs", "title", "description", "default", "format"})
_UNDERSTOOD: Final = (
    _TOLD_ELSEWHERE
    | frozenset(
        {
            "$ref",
            "type",
            "enum",
            "anyOf",
            "items",
            "prefixItems",
            "minItems",
            "maxItems",
            "properties",
            "required",
        }
    )
    | frozenset({"additionalProperties"})
)
_WHAT_TO_DO: Final = (
    "Leave the released schema as it is: give the changed payload a new version (aios.KIND.v2, KIND.v2.json) "
    "and publish it beside the old one."
)


class Break(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that no longer fits."""

    kind: str
    """Name of the schema, such as `telemetry.v1`."""
    direction: str
    """forward: old readers cannot read new payloads; backward: new readers cannot read old payloads."""
    path: str
    """Where, such as `data.rows[].value`."""
    words: str


def breaks(kind: str, released: Schema, present: Schema) -> tuple[Break, ...]:
    """Return what a change of a schema breaks; nothing where every payload fits in both directions.

    >>> breaks("x", {"type": "number"}, {"type": "integer"})[0].direction
    'backward'
    """
    directions = {"forward": (present, released), "backward": (released, present)}
    return tuple(
        Break(kind=kind, direction=direction, path=path or "payload", words=words)
        for direction, (writer, reader) in directions.items()
        for path, words in _Comparison(writer, reader).problems(writer, reader, "")
    )


def released_breaks(folder: Path, present: Path) -> tuple[Break, ...]:
    """Compare every schema of a release with the one of today."""
    found: list[Break] = []
    for path in sorted(folder.glob("*.json")):
        now = present / path.name
        if not now.exists():
            found.append(
                Break(kind=path.stem, direction="forward", path="payload", words="it is not there any more")
            )
        else:
            found.extend(breaks(path.stem, json.loads(path.read_bytes()), json.loads(now.read_bytes())))
    return tuple(found)


class _Comparison:
    """Finds what a writer may write that a reader does not take; a pair of references is followed once."""

    def __init__(self, writer: Schema, reader: Schema) -> None:
        self._writer, self._reader = writer, reader
        self._seen: set[tuple[str, str]] = set()

    def problems(self, writer: Schema, reader: Schema, path: str) -> Iterator[tuple[str, str]]:
        names = (writer.get("$ref", ""), reader.get("$ref", ""))
        if all(names):
            if names in self._seen:
                return
            self._seen.add(names)
        writer, reader = _resolved(writer, self._writer), _resolved(reader, self._reader)
        unknown = sorted((set(writer) | set(reader)) - _UNDERSTOOD)
        if unknown:
            yield path, f"{', '.join(unknown)} is beyond what this check understands: teach it first"
            return
        if writer.get("default") != reader.get("default"):
            yield (
                path,
                f"the default is not the same: {reader.get('default')!r} and {writer.get('default')!r}",
            )
        yield from self._alternatives(writer, reader, path)

    def _alternatives(self, writer: Schema, reader: Schema, path: str) -> Iterator[tuple[str, str]]:
        written, read = writer.get("anyOf", (writer,)), reader.get("anyOf", (reader,))
        if len(written) == len(read) == 1:
            yield from self._plain(
                _resolved(written[0], self._writer), _resolved(read[0], self._reader), path
            )
            return
        for one in written:
            if not any(self._fits(one, other) for other in read):
                yield (
                    path,
                    f"{_said(one)} may be written, and the reader takes {' or '.join(map(_said, read))}",
                )

    def _fits(self, writer: Schema, reader: Schema) -> bool:
        there = set(self._seen)
        fits = not list(self.problems(writer, reader, ""))
        if not fits:
            self._seen = there
        return fits

    def _plain(self, writer: Schema, reader: Schema, path: str) -> Iterator[tuple[str, str]]:
        if not _types(writer) <= _types(reader, widened=True):
            yield path, f"{_said(writer)} may be written, and the reader takes {_said(reader)}"
            return
        if "enum" in reader and not set(writer.get("enum", ("anything",))) <= set(reader["enum"]):
            yield path, f"{writer.get('enum', 'anything')} may be written, the reader knows {reader['enum']}"
        yield from self._object(writer, reader, path)
        yield from self._array(writer, reader, path)

    def _object(self, writer: Schema, reader: Schema, path: str) -> Iterator[tuple[str, str]]:
        for name in reader.get("required", ()):
            if name not in writer.get("required", ()):
                yield f"{path}.{name}".lstrip("."), "it may be missing, and the reader needs it"
        known, told = reader.get("properties", {}), writer.get("properties", {})
        for name, schema in told.items():
            if name in known:
                yield from self.problems(schema, known[name], f"{path}.{name}".lstrip("."))
            elif reader.get("additionalProperties") is False:
                yield f"{path}.{name}".lstrip("."), "it may be written, and the reader takes no more fields"
        values = (writer.get("additionalProperties"), reader.get("additionalProperties"))
        if isinstance(values[0], Mapping) and isinstance(values[1], Mapping):
            yield from self.problems(values[0], values[1], f"{path}{{}}")

    def _array(self, writer: Schema, reader: Schema, path: str) -> Iterator[tuple[str, str]]:
        least, most = (writer.get("minItems", 0), reader.get("minItems", 0)), _longest(writer, reader)
        if least[0] < least[1] or most[0] > most[1]:
            yield path, "it may have fewer or more items than the reader takes"
        pairs = zip(writer.get("prefixItems", ()), reader.get("prefixItems", ()), strict=False)
        for place, (one, other) in enumerate(pairs):
            yield from self.problems(one, other, f"{path}[{place}]")
        items = (writer.get("items"), reader.get("items"))
        if isinstance(items[0], Mapping) and isinstance(items[1], Mapping):
            yield from self.problems(items[0], items[1], f"{path}[]")


def _resolved(schema: Schema, root: Schema) -> Schema:
    """Follow references; what stands beside one (a default) stays."""
    while "$ref" in schema:
        name = str(schema["$ref"]).removeprefix("#/$defs/")
        beside = {key: value for key, value in schema.items() if key not in {"$ref", "$defs", "title"}}
        schema = {**root["$defs"][name], **beside}
    return schema


def _types(schema: Schema, *, widened: bool = False) -> set[str]:
    told = schema.get("type", [] if "enum" in schema else ["any"])
    types = {told} if isinstance(told, str) else set(told)
    if widened and "number" in types:
        types.add("integer")
    everything = {"object", "array", "string", "number", "integer", "boolean", "null", "any"}
    return everything if widened and "any" in types else types


def _longest(writer: Schema, reader: Schema) -> tuple[float, float]:
    return writer.get("maxItems", float("inf")), reader.get("maxItems", float("inf"))


def _said(schema: Schema) -> str:
    return str(schema.get("$ref") or schema.get("type") or schema.get("enum") or "anything")


def main(arguments: Sequence[str]) -> int:
    """Print what the present schemas break of a release; 1 where they do."""
    folder, present = Path(arguments[0]), Path(__file__).parent / "schemas"
    found = released_breaks(folder, present)
    for one in found:
        sys.stdout.write(f"{one.kind}: {one.path}: {one.words} (not {one.direction} compatible)\n")
    count = len(list(folder.glob("*.json")))
    told = _WHAT_TO_DO if found else f"{count} schemas of {folder.name}: forward and backward compatible"
    sys.stdout.write(f"{told}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
