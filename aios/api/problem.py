"""Problems: errors as RFC 9457 documents, in words, without what happened inside."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException

MEDIA_TYPE: Final = "application/problem+json"


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Word a problem.

    >>> problem(404, "no such page").media_type
    'application/problem+json'
    """
    title = HTTPStatus(status).phrase
    return JSONResponse(
        {"type": "about:blank", "title": title, "status": status, "detail": detail},
        status_code=status,
        media_type=MEDIA_TYPE,
        headers=None if headers is None else dict(headers),
    )


async def _declared(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type only
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        methods = ", ".join(sorted(_methods(request))) or "GET"
        return problem(405, f"{request.method} is not done here; {methods} is", {"Allow": methods})
    return problem(error.status_code, str(error.detail), error.headers)


def _methods(request: Request) -> set[str]:
    """Return what may be asked of a path: each route knows its own methods alone."""
    path = request.scope["path"]
    matching = [
        context
        for context in iter_route_contexts(request.app.routes)
        if context.methods and context.path_regex.match(path)
    ]
    # A name may hold slashes, so the path of an act is one of a thing too: the longest template is meant.
    deepest = max((len(context.path or "") for context in matching), default=0)
    meant = [context for context in matching if len(context.path or "") == deepest]
    return {method for context in meant for method in context.methods or ()}


async def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type only
    wrong = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
    return problem(422, wrong)


def tell_problems(app: FastAPI) -> None:
    """Make an app answer declared errors as problem documents; `Guard` answers the others."""
    app.add_exception_handler(HTTPException, _declared)
    app.add_exception_handler(RequestValidationError, _invalid)
