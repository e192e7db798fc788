"""Answers: a model as JSON with its entity tag, or 304 where the reader has it already."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import msgspec
from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel

from aios.api.v1.shown import Problem

JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"
CACHED: Final = "private, no-cache"
"""Readers may keep an answer for themselves, and ask each time whether it still holds."""
AGE: Final = "age_s"
"""What grows by itself is no change: a tag does not cover it, and is weak where it is there."""
_WORDS: Final = {
    304: "What the reader has still holds.",
    400: "The request cannot be read.",
    401: "Who asks must say who they are.",
    403: "This person has not the right.",
    404: "There is no such thing.",
    405: "This is not done here; `Allow` says what is.",
    409: "It cannot be done as things stand.",
    412: "It has changed since the reader saw it.",
    413: "The request is too long.",
    415: "The body is no JSON.",
    421: "This is not one of the names that this server answers for.",
    422: "The request does not fit: what is wrong with it is said.",
    428: "A header that this needs is missing.",
    429: "Too many requests; `Retry-After` says when to come back.",
    503: "The gateway does not answer; `Retry-After` says when to ask again.",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe the problems that a route may answer with."""
    schema = {"$ref": f"#/components/schemas/{Problem.__name__}"}
    told: dict[int | str, dict[str, Any]] = {
        status: {"description": _WORDS[status], "content": {PROBLEM: {"schema": schema}}}
        for status in sorted(statuses)
        if status != 304
    }
    if 304 in statuses:
        told[304] = {"description": _WORDS[304]}
    return told


READS: Final = problems(304, 401, 403, 404, 405, 421, 422, 429, 503)
"""What every read of a site's resource may answer with."""


def tag_of(shown: BaseModel) -> str:
    """Return the entity tag of a model: weak where a part of it grows by itself.

    Source: RFC 9110, 8.8.3.
    """
    document = shown.model_dump(mode="json")
    meaning = _without_ages(document)
    digest = hashlib.sha256(msgspec.json.encode(meaning)).hexdigest()[:24]
    return f'"{digest}"' if meaning == document else f'W/"{digest}"'


def answered(request: Request, shown: BaseModel, headers: dict[str, str]) -> Response:
    """Answer with a model, or with 304 where the reader has it."""
    tag = tag_of(shown)
    said = {"Cache-Control": CACHED, "ETag": tag, **headers}
    if has(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=said)
    return Response(shown.model_dump_json(), media_type=JSON, headers=said)


def has(told: str, tag: str) -> bool:
    """Tell whether one of the tags that a header names is this one, strong or weak.

    >>> has('"a", W/"b"', '"b"'), has("*", '"b"'), has("", '"b"')
    (True, True, False)
    """
    named = {one.strip().removeprefix("W/") for one in told.split(",")}
    return "*" in named or tag.removeprefix("W/") in named


def _without_ages(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_ages(part) for name, part in value.items() if name != AGE}
    if isinstance(value, list):
        return [_without_ages(part) for part in value]
    return value
