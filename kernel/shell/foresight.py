"""Foresight: while the gate is asked, what follows if it permits everything is worked out beforehand.

Between question and answer the loop has nothing to do. The usual answer is foreseen: the tick is concluded
under it and its journal entries are worded. It counts only where the gate then says exactly that; the steps
of the pipe are pure, so what was foreseen is what would have been decided.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import msgspec

from kernel.journal.committer import Committer
from kernel.pipe.pipe import Pipe
from kernel.pipe.tick import Decided, Draft
from kernel.ports import GateRequest
from kernel.verdict import Allow, Judgement, Verdict


@dataclass(slots=True)
class Foresight:
    """What a tick decides under the answer that is expected; it is thrown away where another one comes."""

    pipe: Pipe
    committer: Committer
    is_live: bool
    """Whether there is a wait to use; under the virtual clock the gate answers at once."""
    _draft: Draft | None = None
    _decided: Decided | None = None

    async def look(self, draft: Draft) -> None:
        """Foresee a tick whose question is on its way."""
        self._draft = self._decided = None
        if not self.is_live or draft.request is None:
            return
        await asyncio.sleep(0)  # the question is put into words
        await asyncio.sleep(0)  # and leaves: the gate works while this does
        self._draft = draft
        self._decided = self.pipe.conclude(
            draft, (all_permitted(draft.request, self.pipe.issuer_of(draft).revision),)
        )
        self.committer.word(self._decided.outputs)

    def conclude(self, draft: Draft, judgements: tuple[Judgement, ...]) -> Decided:
        """Conclude a tick: as it was foreseen where the gate answered so, else anew."""
        drafted, decided = self._draft, self._decided
        self._draft = self._decided = None
        if decided is None or drafted is not draft or judgements != decided.judgements:
            return self.pipe.conclude(draft, judgements)
        return msgspec.structs.replace(decided, judgements=judgements)


def all_permitted(request: GateRequest, revision: str) -> Judgement:
    """Return the judgement that permits every command of a request."""
    verdicts: dict[str, Verdict] = {one.id: Allow(revision=one.revision) for one in request.commands}
    return Judgement(revision=revision, verdicts=verdicts)
