"""Pages of a list: how many, from where on, and a link to the next (RFC 8288)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Generic, TypeVar
from urllib.parse import urlencode

import msgspec
from fastapi import HTTPException, Query, Request
from pydantic import Field

from aios.api.v1.shown import Shown

USUAL: Final = 100
MOST: Final = 500
Limit = Annotated[int, Query(ge=1, le=MOST, description="How many items at most.")]
Cursor = Annotated[
    str,
    Query(
        max_length=600,
        pattern="^[A-Za-z0-9_-]*$",
        description="`next` of the page before; empty for the first.",
    ),
]
Key = tuple[str | int | float, ...]
"""Where an item stands in its list."""
Noun = TypeVar("Noun")
Item = TypeVar("Item")


class Listed(Shown, Generic[Item]):
    """A page of a list."""

    items: tuple[Item, ...] = Field(description="The items of this page, in the order of the list.")
    next: str | None = Field(description="Cursor of the next page; null at the end of the list.")


@dataclass(frozen=True, slots=True)
class Cut(Generic[Noun]):
    """The nouns of one page."""

    nouns: tuple[Noun, ...]
    next: str | None


def cut(nouns: Sequence[Noun], key: Callable[[Noun], Key], *, limit: int, cursor: str) -> Cut[Noun]:
    """Return the page behind a cursor; what comes and goes between two pages moves no other item.

    Raises:
        HTTPException: 404, the cursor is none of this list.

    >>> first = cut([3, 1, 2], lambda n: (n,), limit=2, cursor="")
    >>> first.nouns, cut([3, 2, 1], lambda n: (n,), limit=2, cursor=first.next or "").nouns
    ((1, 2), (3,))
    """
    ordered = sorted(nouns, key=key)
    if cursor:
        after = read_cursor(cursor)
        try:
            ordered = [noun for noun in ordered if key(noun) > after]
        except TypeError:
            raise no_cursor(cursor) from None
    page = tuple(ordered[:limit])
    return Cut(page, cursor_of(key(page[-1])) if len(ordered) > limit else None)


def cursor_of(key: Key) -> str:
    """Write where a page ends.

    >>> read_cursor(cursor_of((2, "tx1/oil")))
    (2, 'tx1/oil')
    """
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def read_cursor(cursor: str) -> Key:
    """Read where a page begins.

    Raises:
        HTTPException: 404, it is no cursor of ours.
    """
    try:
        body = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return tuple(msgspec.json.decode(body, type=list[str | int | float]))
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise no_cursor(cursor) from None


def no_cursor(cursor: str) -> HTTPException:
    """Say that a cursor is none of the list."""
    return HTTPException(404, f"this list has no page {cursor[:40]}; begin again without a cursor")


def link(request: Request, following: str | None) -> dict[str, str]:
    """Return the header that leads to the next page; nothing at the end."""
    if following is None:
        return {}
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    query = urlencode([*kept, ("cursor", following)])
    # The path as it was sent: what is escaped in it stays escaped.
    path = request.scope.get("raw_path", b"").decode("ascii", errors="replace") or request.url.path
    return {"Link": f'<{path}?{query}>; rel="next"'}
