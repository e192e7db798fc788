"""A gate whose policies change while it judges: each request names the revision that must answer it.

The revision changes with the instructions of a tick, so both questions of one tick go to the same policies.
What is tried is asked beside: for the commands of its assets what it says counts, else it is only compared.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec

from kernel.ports import Gate, GateRequest
from kernel.verdict import Deny, Judgement, Verdict
from policies.process import ProcessGate

TRIED: Final = "tried_policies"
"""Rule of the denial where what is tried on an asset gave no answer."""
Heard = Callable[[GateRequest, Judgement, Judgement], None]


def _unheard(request: GateRequest, was: Judgement, would: Judgement) -> None:
    """Compare nothing."""


class ChangingGate:
    """Holds one gate for each revision that may be asked for, and ends those that nobody asks any more."""

    def __init__(self, gate: Gate) -> None:
        """Begin with the gate that is active."""
        self._gates: dict[str, Gate] = {gate.revision: gate}
        self.revision = gate.revision
        """Of the policies that are active."""
        self._beside = ""
        self._heard: Heard = _unheard
        self._comparing: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self.skipped = 0
        """Requests on which what is tried was not asked: it still answered another one."""

    @property
    def pid(self) -> int:
        """Id of the process that judges; 0 while there is none."""
        gate = self._gates[self.revision]
        return gate.pid if isinstance(gate, ProcessGate) else 0

    @property
    def restarts(self) -> int:
        """Processes of the active policies that were started in the place of another."""
        gate = self._gates[self.revision]
        return gate.restarts if isinstance(gate, ProcessGate) else 0

    @property
    def gave_up(self) -> str:
        """Why no process of the active policies comes any more; empty while one does."""
        gate = self._gates[self.revision]
        return gate.gave_up if isinstance(gate, ProcessGate) else ""

    async def given_up(self) -> str:
        """Return when no process of the active policies comes any more, and why."""
        while True:
            self._changed.clear()
            gate = self._gates[self.revision]
            waits: list[asyncio.Future[object]] = [asyncio.ensure_future(self._changed.wait())]
            if isinstance(gate, ProcessGate):
                waits.append(asyncio.ensure_future(gate.given_up()))
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
            if self.gave_up:
                return self.gave_up

    def holds(self, revision: str) -> bool:
        """Tell whether a gate of this revision is there."""
        return revision in self._gates

    def add(self, gate: Gate) -> None:
        """Let a gate be there that answers already: it judges what names its revision."""
        self._gates[gate.revision] = gate

    def use(self, active: str, beside: str = "", heard: Heard = _unheard) -> None:
        """Let policies be active from the next request on, and ask others beside; every other gate is ended.

        Args:
            active: revision of what judges; its gate is there.
            beside: revision of what is tried; empty where nothing is.
            heard: told both answers to each request.
        """
        self.revision, self._beside, self._heard = active, beside, heard
        for revision in self._gates.keys() - {active, beside}:
            self._end(self._gates.pop(revision))
        self._changed.set()

    async def judge(self, request: GateRequest) -> Judgement:
        """Return the verdicts of the revision that the request names; it never raises."""
        expected = request.revision or self.revision
        named = {one.revision for one in request.commands} - {expected, ""} if request.revision else set()
        if not named:
            was = await self.ask(expected, request)
            self._compare(request, was)
            return was
        tried = sorted(named)
        was, *others = await asyncio.gather(*[self.ask(one, request) for one in (expected, *tried)])
        would = dict(zip(tried, others, strict=True))
        if self._beside in would:
            self._heard(request, was, would[self._beside])
        return _laid_in(request, was, would)

    async def close(self) -> None:
        """End every gate, and wait until all of them are gone."""
        if self._comparing is not None:
            self._comparing.cancel()
            await asyncio.wait({self._comparing})
        for gate in self._gates.values():
            await gate.close()
        if self._ending:
            await asyncio.wait(self._ending)

    async def ask(self, revision: str, request: GateRequest) -> Judgement:
        """Return what the policies of one revision say, whatever the request names."""
        gate = self._gates.get(revision)
        if gate is None:
            return Judgement(failure=f"no policies of revision {revision} are at hand")
        return await gate.judge(request)

    def _compare(self, request: GateRequest, was: Judgement) -> None:
        """Ask what is tried as well, after the tick has its answer; it is never waited for."""
        if not self._beside or not request.commands:
            return
        if self._comparing is not None and not self._comparing.done():
            self.skipped += 1
            return
        beside, heard = self._beside, self._heard

        async def compared() -> None:
            heard(request, was, await self.ask(beside, request))

        self._comparing = asyncio.create_task(compared(), name="policies asked beside")

    def _end(self, gate: Gate) -> None:
        """End a gate off the tick."""
        ending = asyncio.create_task(gate.close(), name="policies end")
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)


def _laid_in(request: GateRequest, was: Judgement, would: dict[str, Judgement], /) -> Judgement:
    """Let what is tried count for the commands that name it; where it gave no answer these are denied."""
    if was.failure:
        return was
    verdicts: dict[str, Verdict] = dict(was.verdicts)
    for command in request.commands:
        tried = would.get(command.revision)
        if tried is not None:
            verdicts.pop(command.id, None)
            said = _of_tried(command.id, command.revision, tried)
            verdicts |= {} if said is None else {command.id: said}
    return msgspec.structs.replace(was, verdicts=verdicts)


def _of_tried(command: str, revision: str, tried: Judgement) -> Verdict | None:
    if tried.failure:
        why = f"policies {revision}, tried on this asset, gave no answer: {tried.failure}"
        return Deny(rule=TRIED, reason=why, revision=revision)
    return tried.verdicts.get(command)
