"""The door: what people ask for and tell is judged here, once for each key, before a tick hears of it.

The memory of keys is the journal's: what was heard before a restart has no second effect either.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

import msgspec

from edge.instructions import Asked, stamped, unvouched
from edge.open_items import open_items
from kernel.instruction import AlarmAct, BundleAct, HandOver, Instruction, Unfit, subject
from kernel.journal.commands import CommandJournal
from kernel.pipe.instruct import take
from kernel.pipe.requests import refused, wish
from kernel.proposal import Proposal
from kernel.request import Requested, RequestStage
from kernel.shell.kernel import Kernel
from kernel.shell.wire import Accepted, Answer, Instruct, PutRequest, Rejected, Repeated

if TYPE_CHECKING:
    from edge.access.guard import Guard

KEYS: Final = 4096
"""Keys kept in memory; older ones stand in the journal."""
LONGEST_KEY: Final = 200
"""Characters in a key."""
Found = TypeVar("Found")


class Full(msgspec.Struct, frozen=True):
    """Too much waits for the next tick."""


class Bundles(Protocol):
    """Finds out of a policy bundle what must be known before an act with it is taken."""

    async def prepare(self, told: BundleAct) -> BundleAct:
        """Return the act with what was found; what is wrong stands in its `unfit`."""
        ...

    def dropped(self, told: BundleAct) -> None:
        """Forget an act that no tick will take."""
        ...


class NoShelf:
    """A gateway without a shelf: it takes no bundle, whatever the act says of itself."""

    async def prepare(self, told: BundleAct) -> BundleAct:
        """Refuse it."""
        return msgspec.structs.replace(told, unfit="this gateway has no shelf of policy bundles")

    def dropped(self, told: BundleAct) -> None:
        """Do nothing."""


class Door:
    """Stands before the kernel of a gateway."""

    def __init__(self, kernel: Kernel) -> None:
        """Let people in to a kernel."""
        self._kernel = kernel
        self.alarms: Collection[str] = ()
        """Ids of the alarms that the site can raise: people act on no others."""
        self.guard: Guard | None = None
        """Says who asks, and whether they may; None where whoever may open the socket is believed."""
        self._keys: OrderedDict[str, Requested | Instruction] = OrderedDict()
        self._number = 0
        self.bundles: Bundles = NoShelf()
        """What an act with a policy bundle needs; set by who keeps a shelf."""

    async def put(self, typed: PutRequest) -> Answer:
        """Take what a person asks for: it stands beside the agents' wishes, above them in priority."""
        request = await self._who_asks(typed)
        return Rejected(reason=request.reason) if isinstance(request, Unfit) else await self._put(request)

    async def instruct(self, typed: Instruct) -> Answer:
        """Take an instruction into the next tick; what could not be taken now is refused here."""
        known = await self._who_asks(typed)
        return Rejected(reason=known.reason) if isinstance(known, Unfit) else await self._instruct(known)

    async def close(self) -> None:
        """Let go of what guards it."""
        if self.guard is not None:
            await self.guard.close()

    async def _who_asks(self, typed: Asked) -> Asked | Unfit:
        """Return a request in the name of who is known to ask, or why nobody is."""
        return unvouched(typed) if self.guard is None else await self.guard.let_in(typed)

    async def _put(self, request: PutRequest) -> Answer:
        kernel = self._kernel
        now_ns = kernel.shell.clock.now_ns()
        asked = self._asked(request, now_ns)
        if not 0 < len(asked.key) <= LONGEST_KEY:
            return Rejected(reason=f"a key has 1 to {LONGEST_KEY} characters")
        if ":" in request.key:
            return Rejected(reason="a key has no colon: those are of remote commands")
        first = self._claim(asked.key, asked)
        if first is None and request.key:
            with self._freed_by_failure(asked.key):
                first = await self._journalled(asked.key)
        if first is not None:
            return self._again(asked, await self._journalled(asked.key) or first)
        proposal = wish(kernel.pipe.site, asked, validity_s=request.validity_s, now_ns=now_ns)
        if isinstance(proposal, Unfit):
            kernel.inbox.turn_away(refused(asked, proposal.reason, at_ns=now_ns))
            return Rejected(reason=proposal.reason)
        if not kernel.inbox.request(proposal, asked if request.vouch else None):
            del self._keys[asked.key]
            return Rejected(reason="too many requests wait for the next tick; try again")
        return Accepted(trace=asked.key)

    def take_signed(self, asked: Requested, *, validity_s: float) -> Accepted | Unfit | Full:
        """Take what came signed, with its evidence, under a key that the journal does not know.

        Nobody is told before the journal has it: until then it is as if it had not come.
        """
        kernel = self._kernel
        if self._claim(asked.key, asked) is not None:
            return Unfit(f"key {asked.key} was used for something else")
        proposal = wish(kernel.pipe.site, asked, validity_s=validity_s, now_ns=asked.at_ns)
        if isinstance(proposal, Proposal) and kernel.inbox.request(proposal, asked):
            return Accepted(trace=asked.key)
        del self._keys[asked.key]
        return proposal if isinstance(proposal, Unfit) else Full()

    async def _instruct(self, request: Instruct) -> Answer:
        kernel = self._kernel
        told = self._completed(request)
        if isinstance(told, Unfit):
            return Rejected(reason=told.reason)
        key = _key_of(told)
        with self._freed_by_failure(key):
            is_known = self._claim(key, told) is not None or await self._has_heard(told)
        if is_known:
            return Repeated(key=told.key, stage=RequestStage.TAKEN.value, why="heard before")
        if isinstance(told, BundleAct):
            return await self._act(told, key)
        after = take(kernel.pipe.site, kernel.state, told, kernel.accounts.loops)
        if isinstance(after, Unfit):
            del self._keys[key]
            return Rejected(reason=after.reason)
        if not kernel.inbox.instruct(told):
            del self._keys[key]
            return Rejected(reason="too many instructions wait for the next tick; try again")
        return Accepted(trace=told.key)

    def _completed(self, request: Instruct) -> Instruction | Unfit:
        """Return an instruction with all that the gateway sets, or why it cannot be taken."""
        told = stamped(request, now_ns=self._kernel.shell.clock.now_ns())
        match told:
            case HandOver():
                return msgspec.structs.replace(told, open=open_items(self._kernel.state))
            case AlarmAct() if told.alarm not in self.alarms:
                return Unfit(f"no alarm {told.alarm}; `aios alarms` lists those that stand")
            case _:
                return told

    async def _act(self, told: BundleAct, key: str) -> Answer:
        """Take an act with a policy bundle; one that is refused is journalled as well."""
        kernel = self._kernel
        with self._freed_by_failure(key):
            told = await self.bundles.prepare(told)
        became = take(kernel.pipe.site, kernel.state, told)
        if isinstance(became, Unfit):
            self._keys.pop(key, None)
            self.bundles.dropped(told)
            told = msgspec.structs.replace(told, unfit=became.reason)
        if not kernel.inbox.instruct(told):
            self._keys.pop(key, None)
            self.bundles.dropped(told)
            return Rejected(reason="too many instructions wait for the next tick; try again")
        return Rejected(reason=became.reason) if isinstance(became, Unfit) else Accepted(trace=told.key)

    def _asked(self, request: PutRequest, now_ns: int) -> Requested:
        self._number += not request.key
        return Requested(
            key=request.key or f"{self._kernel.pipe.issuer.run}-request-{self._number}",
            person=request.person,
            role=request.role,
            way=request.way,
            sign_in=request.sign_in,
            point=request.point,
            value=request.value,
            reason=request.reason,
            stage=RequestStage.TAKEN,
            at_ns=now_ns,
        )

    def forget(self, told: Instruction) -> None:
        """Let an instruction that a tick has refused be heard again, as one that is refused here is."""
        self._keys.pop(_key_of(told), None)

    @contextlib.contextmanager
    def _freed_by_failure(self, key: str) -> Iterator[None]:
        """Let a key be heard again where looking at what came with it failed, or was given up."""
        try:
            yield
        except BaseException:  # also one that is cancelled: its key stays free
            self._keys.pop(key, None)
            raise

    def _claim(self, key: str, what: Requested | Instruction) -> Requested | Instruction | None:
        """Keep a key for what comes with it; return what came with it before."""
        known = self._keys.get(key)
        if known is None:
            self._keys[key] = what
            if len(self._keys) > KEYS:
                self._keys.popitem(last=False)
        return known

    def _again(self, asked: Requested, first: Requested | Instruction) -> Answer:
        """Say what became of a request that was heard before; a key is for one thing."""
        if not isinstance(first, Requested) or (first.point, first.person) != (asked.point, asked.person):
            return Rejected(reason=f"key {asked.key} was used for something else")
        if first.value is not None and first.value != asked.value:
            return Rejected(reason=f"key {asked.key} was used for {first.value:g}, not for {asked.value:g}")
        return Repeated(key=first.key, stage=first.stage.value, why=first.why, command=first.command)

    async def _journalled(self, key: str) -> Requested | None:
        """Return the last that the journal knows of a request."""
        known = await self.history(key)
        return known[-1] if known else None

    async def history(self, key: str) -> tuple[Requested, ...]:
        """Return all that the journal knows of a request, in order."""
        bodies = await asyncio.to_thread(self._bodies, key, "request")
        return tuple(msgspec.json.decode(body, type=Requested) for body in bodies)

    async def _has_heard(self, told: Instruction) -> bool:
        """Tell whether the journal knows that an instruction with this key was taken."""
        bodies = await asyncio.to_thread(self._bodies, subject(told), "instruction")
        documents = (msgspec.json.decode(body) for body in bodies)
        return any(one["instruction"]["key"] == told.key and not one["refused"] for one in documents)

    def _bodies(self, about: str, kind: str) -> list[str]:
        return self.read(
            lambda told: [entry.body for entry in told.entries(subject=about) if entry.kind == kind]
        )

    def read(self, look: Callable[[CommandJournal], Found]) -> Found:
        """Read the journal on a connection of its own: a look must not hold up a commit. It blocks."""
        journal = CommandJournal(self._kernel.shell.journal.path, read_only=True)
        try:
            return look(journal)
        finally:
            journal.close()


def _key_of(told: Instruction) -> str:
    return f"{subject(told)}|{told.key}"
