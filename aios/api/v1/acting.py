"""What every act shares: person, right, reason, key, what the person saw, and what the gateway answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import quote, urlencode

from fastapi import Header, HTTPException, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from aios.api.identity import Known
from aios.api.problem import problem
from aios.api.v1.answers import JSON, PROBLEM, problems, tag_of
from aios.api.v1.first_answers import FirstAnswers, Key, Told, UnderWay, UsedOtherwise, fingerprint
from aios.api.v1.heard_before import was_taken
from aios.api.v1.person import Person, granted, not_too_often
from aios.api.v1.seen import ASK_AGAIN, Seen, SiteId, ThisView, seen_of
from aios.api.v1.shown import Shown
from aios.control_room.source import Outcome, SourceDown
from edge.access.right import Deed, right_to
from kernel.shell.wire import Accepted, Instruct, PutRequest, Rejected, Repeated, TurnedAway

PATIENCE_S: Final = 5.0
"""Real seconds the gateway has to answer an act."""
LONGEST_REASON: Final = 500
Message = Instruct | PutRequest
Noun = TypeVar("Noun")
KEY_PATTERN: Final = r"^[A-Za-z0-9._~+/=-]+$"
IdempotencyKey = Annotated[
    str,
    Header(
        min_length=1,
        max_length=100,
        pattern=KEY_PATTERN,
        description="Chosen by the sender, a new one for each act: with it nothing is done twice.",
    ),
]
IfMatch = Annotated[
    str, Header(max_length=400, description="`ETag` of what the person saw; 412 where it has changed since.")
]


class Act(BaseModel):
    """What every act says."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    reason: str = Field(
        min_length=1,
        max_length=LONGEST_REASON,
        pattern=r"\S",
        description="Why; it stands in the journal.",
    )


class Taken(Shown):
    """The gateway has taken an act, and its journal has it; what becomes of it shows there."""

    key: str = Field(description="Under which the journal has it.")
    stage: str = Field(
        description="`taken`; `waits` where the gateway has heard it and not taken it yet: sent again with "
        "the same key it says what became of it; where the key was heard before, what became of it then."
    )
    why: str = Field(description="Why it stands there; else empty.")
    look: str = Field(description="Where to see what became of it.")


ACTS: Final = problems(400, 401, 403, 404, 405, 409, 412, 413, 421, 422, 429, 503)
"""What every act may answer with, beside 202."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One person tries one act at one site."""

    request: Request
    seen: Seen
    person: Person
    key: str
    if_match: str

    def told(self, reason: str) -> dict[str, Any]:
        """Return what every instruction carries of a person."""
        return {
            "key": self.full_key,
            "person": self.person.identity.person,
            "role": self.person.roles[0],
            "reason": reason,
        }

    @property
    def full_key(self) -> str:
        """The key with its person, in whose name neither `:` nor `/` stands: no two people meet."""
        return f"{quote(self.person.identity.person, safe='@')}/{self.key}"

    async def find(self, look: Callable[[Seen, str], Noun], name: str) -> Noun | None:
        """Return what an act is about; None where it is gone, and this act was heard while it was there.

        Raises:
            HTTPException: 404, there is no such thing.
        """
        try:
            return look(self.seen, name)
        except HTTPException:
            if self._first_answers.knows(self._first_key) or await self._was_taken(name):
                return None
            raise

    async def send(
        self,
        message: Message,
        *,
        about: BaseModel | None,
        kind: str = "instruction",
        subject: str = "",
        patience_s: float = PATIENCE_S,
    ) -> Response:
        """Pass an act to the gateway once, and say what it answered.

        Args:
            message: what is passed on.
            about: what it is done to, as it is shown: its tag is what `If-Match` is held against; None
                where it is done to nothing that has one.
            kind: of the journal's entries that tell what becomes of it.
            subject: of those entries; empty for the key.
            patience_s: real seconds that the gateway has to answer.

        Raises:
            HTTPException: 409 it is under way, 412 what the person saw has changed, 422 the key was used for
                something else, 503 the gateway does not answer: send it again with the same key.
        """
        answers, key = self._first_answers, self._first_key
        path = str(self.request.scope.get("raw_path") or self.request.url.path)
        print_ = fingerprint(self.request.method, path, await self.request.body())
        match answers.begin(key, print_):
            case Told() as first:
                return _response(first)
            case UnderWay():
                raise HTTPException(409, f"key {self.key} is under way; ask again in a second", ASK_AGAIN)
            case UsedOtherwise():
                raise HTTPException(422, f"key {self.key} was used for something else; choose a new one")
        try:
            await self._must_be_as_seen(about, subject)
            answer = await self._asked(message, patience_s)
            told = self._told(answer, kind, subject or self.full_key)
        except BaseException:  # also a reader that went away: what became of it is not known here
            answers.forget(key)
            raise
        if isinstance(answer, Accepted) and answer.waits:
            answers.forget(key)  # sent again it hears what has become of it
        else:
            answers.keep(key, told)
        return _response(told)

    @property
    def _first_answers(self) -> FirstAnswers:
        answers: FirstAnswers = self.request.app.state.first_answers
        return answers

    @property
    def _first_key(self) -> Key:
        return (self.seen.view.site, self.person.identity.person, self.key)

    async def _was_taken(self, subject: str) -> bool:
        """Tell whether the gateway has taken this act before, as far as its journal can be read here."""
        return bool(subject) and await was_taken(self.seen.view.entries, subject, self.full_key)

    async def _must_be_as_seen(self, about: BaseModel | None, subject: str) -> None:
        is_as_seen = not self.if_match or (about is not None and _strongly(self.if_match, tag_of(about)))
        if not is_as_seen and not await self._was_taken(subject):
            raise HTTPException(412, "it has changed since you saw it; look again, then decide")

    async def _asked(self, message: Message, patience_s: float) -> Outcome:
        view = self.seen.view
        if view.voucher is not None:
            message = view.voucher.vouched(message, self.person.identity, site=view.site)
        try:
            async with asyncio.timeout(patience_s):
                return await view.source.tell(message)
        except (TimeoutError, SourceDown) as down:
            why = f"the gateway does not answer: {str(down) or 'not in time'}; send it again with this key"
            raise HTTPException(503, why, headers=ASK_AGAIN) from down

    def _told(self, answer: Outcome, kind: str, subject: str) -> Told:
        if isinstance(answer, Rejected):
            return _refused(409, answer.reason)
        if isinstance(answer, TurnedAway):
            return _refused(403, answer.why)
        look = f"/api/v1/sites/{quote(self.seen.view.site)}/journal?"
        look += urlencode({"kind": kind, "subject": subject})
        taken = Taken(key=self.full_key, stage="taken", why="", look=look)
        if isinstance(answer, Accepted) and answer.waits:
            taken = taken.model_copy(update={"stage": "waits", "why": answer.waits})
        if isinstance(answer, Repeated):
            taken = taken.model_copy(update={"stage": answer.stage, "why": answer.why})
        body = taken.model_dump_json().encode()
        return Told(status=202, body=body, media_type=JSON, headers=(("Location", look),))


def _refused(status: int, why: str) -> Told:
    return Told(status=status, body=bytes(problem(status, why).body), media_type=PROBLEM)


def _response(told: Told) -> Response:
    return Response(
        told.body, status_code=told.status, media_type=told.media_type, headers=dict(told.headers)
    )


def _strongly(told: str, tag: str) -> bool:
    """Tell whether one of the named tags is this one, by strong comparison (RFC 9110, 13.1.1).

    >>> _strongly('"a", "b"', '"b"'), _strongly('W/"b"', 'W/"b"'), _strongly("*", '"b"')
    (True, False, True)
    """
    named = {one.strip() for one in told.split(",")}
    return "*" in named or (tag in named and not tag.startswith("W/"))


class May:
    """Lets pass who has the right to do one thing at the site of the path, with a key."""

    def __init__(self, deed: Deed) -> None:
        self._right = right_to(deed)

    async def __call__(
        self,
        request: Request,
        site: SiteId,
        view: ThisView,
        who: Known,
        idempotency_key: IdempotencyKey,
        if_match: IfMatch = "",
    ) -> Attempt:
        """Return the attempt.

        Raises:
            HTTPException: 401 nobody is known, 403 they may not, 404 there is no such site, 429 they act too
                often, 503 the gateway has not answered yet.
        """
        person = granted(request, who, action=self._right.action, kind=self._right.kind, site=site)
        not_too_often(request, who)
        if if_match:
            await view.feed.poll()  # what is compared is the gateway's state now, not of two seconds ago
        return Attempt(
            request=request, seen=seen_of(view), person=person, key=idempotency_key, if_match=if_match
        )
