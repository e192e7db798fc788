"""Acknowledging: people hear that something was taken when the journal has it, and not before.

What the door lets in is decided by the next tick and made durable with it. A gateway that is killed in
between has told nobody that it was taken: whoever sends it again, under the same key, has it taken then.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Final
from weakref import WeakValueDictionary

from edge.door import Door
from kernel.instruction import Instruction, subject
from kernel.pipe.tick import Decided, Inputs
from kernel.shell.kernel import Kernel
from kernel.shell.socket import Respond
from kernel.shell.wire import Accepted, Answer, Instruct, PutRequest, Rejected, Repeated, Request

PATIENCE_S: Final = 4.0
"""Real seconds until somebody hears that it waits: shorter than a desk waits for an answer."""


Name = tuple[str, str]
"""What a request or an instruction is about, and its key."""
REQUEST: Final = ""
"""Stands where the name of a request for a value has nothing that it is about."""


class GatewayEnds(ConnectionError):
    """The gateway ends before the journal has what waits: who sends it again hears whether it was taken."""


@dataclass(slots=True)
class _Waiting:
    """What the door has let in, until the journal has it."""

    became: asyncio.Future[str]
    """Why the tick refused it; empty where it was taken."""
    is_decided: bool = False
    refused: str = ""


class Acknowledging:
    """Lets answers of the door out when they are true for good."""

    def __init__(self, kernel: Kernel, door: Door, *, patience_s: float = PATIENCE_S) -> None:
        """Listen to the ticks of a kernel; wait `patience_s` real seconds for one."""
        self._door, self._patience_s = door, patience_s
        self._waiting: dict[Name, _Waiting] = {}
        self._turns: WeakValueDictionary[Name, asyncio.Lock] = WeakValueDictionary()
        kernel.shell = replace(kernel.shell, listeners=(*kernel.shell.listeners, self))

    def over(self, respond: Respond) -> Respond:
        """Return what answers a socket: what people tell as here, everything else as `respond` does."""

        async def answer(request: Request) -> Answer:
            if isinstance(request, PutRequest | Instruct):
                return await self.told(request)
            return await respond(request)

        return answer

    async def told(self, request: PutRequest | Instruct) -> Answer:
        """Pass something on to the door, and answer when the journal has what became of it.

        The same key is heard once at a time: who sends it again hears what became of the first.

        Raises:
            GatewayEnds: no tick will take it any more.
        """
        if isinstance(request, PutRequest) and not request.key:
            return await self._let_in(request)
        turn = self._turns.setdefault(_name_of(request), asyncio.Lock())
        async with turn:
            return await self._let_in(request)

    def heard(self, inputs: Inputs, decided: Decided) -> None:
        """Answer all that a tick took, once the journal has it; an earlier tick too, which it was owed."""
        if not self._waiting:
            return
        refused = {_name(told.instruction): told.refused for told in decided.outputs.instructions}
        names = [
            *(_name(told) for told in inputs.instructions),
            *((REQUEST, one.key) for one in inputs.requests),
        ]
        for name in names:
            if (waiting := self._waiting.get(name)) is not None:
                waiting.is_decided, waiting.refused = True, refused.get(name, "")
        if decided.state.journal_failure:
            return
        for name, waiting in list(self._waiting.items()):
            if waiting.is_decided:
                del self._waiting[name]
                if not waiting.became.done():
                    waiting.became.set_result(waiting.refused)

    def close(self) -> None:
        """Let those who still wait go; they were told nothing."""
        for waiting in self._waiting.values():
            if not waiting.became.done():
                waiting.became.set_exception(GatewayEnds("the gateway ends: send it again with the same key"))
                waiting.became.exception()  # seen, also where nobody waits any more
        self._waiting.clear()

    async def _let_in(self, request: PutRequest | Instruct) -> Answer:
        if isinstance(request, PutRequest):
            answer = await self._door.put(request)
        else:
            answer = await self._door.instruct(request)
        match answer:
            case Accepted(trace=trace):
                name = (REQUEST, trace) if isinstance(request, PutRequest) else _name_of(request)
                waiting = self._waiting[name] = _Waiting(asyncio.get_running_loop().create_future())
            case Repeated() if (known := self._waiting.get(_name_of(request))) is not None:
                waiting = known
            case _:
                return answer
        return await self._when_durable(request, waiting, answer)

    async def _when_durable(
        self, request: PutRequest | Instruct, waiting: _Waiting, answer: Accepted | Repeated
    ) -> Answer:
        """Wait for tick and journal; say so where they take long."""
        await asyncio.wait({waiting.became}, timeout=self._patience_s)
        if not waiting.became.done():
            why = "the journal cannot be written" if waiting.is_decided else "the next tick has not come"
            trace = answer.trace if isinstance(answer, Accepted) else answer.key
            return Accepted(trace=trace, waits=f"{why}: it is not taken yet")
        refused = waiting.became.result()
        if not refused:
            return answer
        if isinstance(request, Instruct):
            self._door.forget(request.instruction)
        return Rejected(reason=refused)


def _name_of(request: PutRequest | Instruct) -> Name:
    return (REQUEST, request.key) if isinstance(request, PutRequest) else _name(request.instruction)


def _name(told: Instruction) -> Name:
    return subject(told), told.key
