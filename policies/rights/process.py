"""The policy of rights in a process of its own: the gateway asks it, and loads no evaluator.

It is not the process that judges commands: a person's question never stands before a tick's. It is started
by the first question, and its answers are kept; one that does not answer is ended, and grants nothing.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections import OrderedDict
from typing import Final

import msgspec

from policies.worker import LENGTH

BUDGET_S: Final = 5.0
"""Real seconds for an answer, the start of the process in them."""
KEPT: Final = 1024
"""Answers that are kept: the rights of a run are fixed."""
_LONGEST_FRAME: Final = 65_536


class RightsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One frame of the process: the roles that grant the right, or why it is refused."""

    roles: tuple[str, ...] = ()
    why: str = ""


class RightsProcess:
    """Asks who may what; whatever is no permit is a refusal."""

    def __init__(self, *, budget_s: float = BUDGET_S) -> None:
        """Prepare to ask; nothing is started yet."""
        self._budget_s = budget_s
        self._child: Process | None = None
        self._turn = asyncio.Lock()
        self._known: OrderedDict[bytes, RightsAnswer] = OrderedDict()

    async def roles_for(
        self, *, person: str, roles: tuple[str, ...], action: str, kind: str, site: str
    ) -> tuple[tuple[str, ...], str]:
        """Return the roles that grant a right and an empty text, or no role and why it is refused."""
        who = {"person": person, "roles": roles, "sites": (site,)}
        question = msgspec.json.encode(who | {"action": action, "kind": kind, "site": site})
        async with self._turn:
            answer = self._known.get(question) or await self._ask(question)
        return (answer.roles, "") if answer.roles and not answer.why else ((), answer.why or "no answer")

    async def _ask(self, question: bytes) -> RightsAnswer:
        try:
            async with asyncio.timeout(self._budget_s):
                body = await self._exchange(question)
            answer = msgspec.json.decode(body, type=RightsAnswer)  # what begins with `!` is none
        except (TimeoutError, OSError, EOFError, msgspec.DecodeError) as error:
            await self.close()
            return RightsAnswer(why=f"the policy of rights gave no answer: {error or type(error).__name__}")
        except BaseException:  # the exchange is torn: the next answer would belong to this question
            await self.close()
            raise
        self._known[question] = answer
        if len(self._known) > KEPT:
            self._known.popitem(last=False)
        return answer

    async def _exchange(self, question: bytes) -> bytes:
        if self._child is None or self._child.returncode is not None:
            self._child = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "policies.rights.worker", stdin=PIPE, stdout=PIPE
            )
        child = self._child
        if child.stdin is None or child.stdout is None:
            raise EOFError("no streams")
        child.stdin.write(LENGTH.pack(len(question)) + question)
        await child.stdin.drain()
        (length,) = LENGTH.unpack(await child.stdout.readexactly(LENGTH.size))
        if length > _LONGEST_FRAME:
            raise EOFError(f"a frame of {length} bytes")
        return await child.stdout.readexactly(length)

    async def close(self) -> None:
        """End the process, and wait until it is gone."""
        child, self._child = self._child, None
        if child is not None:
            if child.returncode is None:
                child.kill()
            await child.wait()
