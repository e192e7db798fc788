"""Acts with bundles at a running gateway: what must be true before one is taken, and what follows after.

Before the tick: the bundle is read, its signature and digests are looked at, its process answers, its safe
set is permitted, and it is compared with the active one. After the tick that took it: the shelf is moved, and
the process that nobody asks any more is ended. The tick itself only takes an instruction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import msgspec
import structlog

from aios.folder import Folder
from aios.gateway.safe_set import judged_safe, safe_request
from aios.shelf.beside import keep_beside
from aios.shelf.compare import NotCompared
from aios.shelf.in_force import believed_bundle
from aios.shelf.wanted import wanted
from kernel.instruction import BundleAct, BundleStep, Instructed
from kernel.pipe.bundle_act import same_person
from kernel.pipe.tick import Decided, Inputs
from kernel.ports import Gate, GateRequest
from kernel.shelf import account_of
from kernel.site import Site
from kernel.verdict import Judgement
from policies.bundle import BundleRefused, PolicyBundle
from policies.changing import ChangingGate
from policies.shadow import Compared, Comparison
from policies.shelf.places import moved
from policies.shelf.sealing import Sealed
from policies.shelf.shelf import Shelf

log = structlog.get_logger()

PATIENCE_S: Final = 30.0
"""Real seconds that a promotion waits for the comparison with the recorded day; it goes on behind them."""
COUNTS_NS: Final = 3600 * 10**9
"""Nanoseconds for which what was found on the recorded day counts: after them the day is another one."""
KEEP_EVERY: Final = 60
"""Ticks between two times that what was found beside is kept for people."""
AT_ONCE: Final = 100
"""Rows up to which a new one is kept at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What acts need of the gateway around them."""

    gate_of: Callable[[PolicyBundle], Awaitable[Gate]]
    """Makes a gate that answers already."""
    compare: Callable[[PolicyBundle, PolicyBundle], Awaitable[Compared]]
    """Compares two bundles on the recorded day."""
    now_ns: Callable[[], int]


class BundleActs:
    """Stands behind the door of one life."""

    def __init__(
        self, site: Site, folder: Folder, gate: ChangingGate, active: PolicyBundle, means: Means
    ) -> None:
        """Begin with what is active.

        Args:
            site: whose facts bundles are laid over.
            folder: of the gateway.
            gate: that judges.
            active: bundle that the run began with.
            means: what is needed of the gateway.
        """
        self._site, self._folder, self._gate, self._means = site, folder, gate, means
        self._shelf = Shelf(folder.shelf)
        self._bundles = {active.revision: active}
        self._began = self._active = active.revision
        self._safe = {active.revision}
        """Revisions that permit the safe set of this site."""
        self._keep: Callable[[PolicyBundle], None] = lambda _: None
        self._trial: BundleAct | None = None
        self._waiting = ""
        """The act that is prepared, or on its way into a tick; one at a time."""
        self._comparing: dict[tuple[str, str], tuple[int, asyncio.Task[Compared]]] = {}
        """When a comparison began, and what it finds."""
        self._settling: set[asyncio.Task[None]] = set()
        self._beside: Comparison | None = None
        self._ticks = 0
        self._kept_rows = 0
        """Rows of what was found beside when it was kept last; -1 where it was not kept yet."""

    @property
    def trial(self) -> BundleAct | None:
        """The act by which policies are tried; None where none are."""
        return self._trial

    async def resume(self) -> None:
        """Go on with what was tried when the life before ended, where it is to be believed still."""
        try:
            trial = self._shelf.places().trial
            if trial is None:
                return
            _, bundle = await self._found(trial.revision)
            await self._begun(bundle)
        except BundleRefused as refused:
            log.warning("policies are tried no more", why=str(refused))
        else:
            self._use(self._active, msgspec.structs.replace(trial, expects=bundle.revision))

    def keep_with(self, keep: Callable[[PolicyBundle], None]) -> None:
        """Keep every bundle that may judge in this run where its replay will look for it."""
        self._keep = keep
        for bundle in self._bundles.values():
            keep(bundle)

    async def prepare(self, told: BundleAct) -> BundleAct:
        """Return an act with all that was found out of its bundle; what is wrong stands in `unfit`."""
        told = msgspec.structs.replace(told, expects="", signer="", signer_account="", loosens="", unfit="")
        if self._site.shelf is None:
            return _unfit(told, "the site file names nobody who may sign policy bundles")
        if self._waiting:
            return _unfit(told, "another act with a policy bundle is on its way; try again")
        self._waiting = _name(told)
        try:
            return await self._prepared(told)
        except BundleRefused as refused:
            return _unfit(told, str(refused))
        except BaseException:  # also one that is cancelled: else no act would come after it
            self._waiting = ""
            raise

    def dropped(self, told: BundleAct) -> None:
        """Forget an act that did not get into a tick."""
        if self._waiting == _name(told):
            self._waiting = ""
            self._use(self._active, self._trial)

    def heard(self, inputs: Inputs, decided: Decided) -> None:  # noqa: ARG002 - the role gives them
        """Let what was taken follow: after the tick, never in it."""
        self._ticks += 1
        if self._beside is not None and self._is_time(self._beside):
            self._kept_rows = self._beside.listed
            self._later(asyncio.to_thread(keep_beside, self._folder.root, self._beside.result()))
        for became in decided.outputs.instructions:
            if isinstance(became.instruction, BundleAct):
                self._follow(became, became.instruction, decided)

    async def rest(self) -> None:
        """Wait until everything that follows from taken acts is done."""
        while self._settling:
            await asyncio.wait(set(self._settling))

    async def close(self) -> None:
        """Give up what is compared, and let the rest end."""
        for _, task in self._comparing.values():
            task.cancel()
        if self._comparing:
            await asyncio.wait({task for _, task in self._comparing.values()})
        await self.rest()
        if self._beside is not None:
            await asyncio.to_thread(keep_beside, self._folder.root, self._beside.result())

    def _is_time(self, beside: Comparison) -> bool:
        """Tell whether what was found beside is to be kept now: one at a time, seldom where there is much."""
        is_new = beside.listed != self._kept_rows and beside.listed <= AT_ONCE
        return not self._settling and (is_new or self._ticks % KEEP_EVERY == 0)

    async def _prepared(self, told: BundleAct) -> BundleAct:
        places = await asyncio.to_thread(self._shelf.places)
        revision = wanted(told, places)
        if told.step is BundleStep.ROLLBACK and places.trial is not None:
            return msgspec.structs.replace(told, expects=self._active)
        self._may_approve(told)
        found, bundle = await self._found(revision)
        await self._begun(bundle)
        signer = "" if found is None else found.signer
        account = "" if found is None else account_of(self._site.shelf, found.key)
        known = msgspec.structs.replace(told, expects=bundle.revision, signer=signer, signer_account=account)
        if told.step is BundleStep.ROLLBACK:
            return known
        comparing = self._compared(bundle)
        if told.step is BundleStep.SHADOW:
            return known
        return msgspec.structs.replace(known, loosens=await self._loosening(comparing, bundle))

    async def _found(self, revision: str) -> tuple[Sealed | None, PolicyBundle]:
        return await asyncio.to_thread(believed_bundle, self._site, self._shelf, revision)

    def _may_approve(self, told: BundleAct) -> None:
        """Refuse an approver whom the site file does not name, where it names any."""
        named = () if self._site.shelf is None else self._site.shelf.approvers
        if told.approver and named and not any(same_person(told.approver, one) for one in named):
            raise BundleRefused([f"{told.approver} may not approve policies; the site file names {named}"])

    async def _begun(self, bundle: PolicyBundle) -> None:
        """Have a gate of a bundle that answers for its revision, and judge the safe set with it."""
        if not self._gate.holds(bundle.revision):
            self._gate.add(await self._means.gate_of(bundle))
        if bundle.revision not in self._safe:
            request = safe_request(self._site, bundle, now_ns=self._means.now_ns())
            if why := judged_safe(self._site, request, await self._gate.ask(bundle.revision, request)):
                raise BundleRefused([why])
            self._safe.add(bundle.revision)
        self._bundles[bundle.revision] = bundle
        self._keep(bundle)

    def _compared(self, bundle: PolicyBundle) -> asyncio.Task[Compared]:
        """Compare with the recorded day: once an hour for each pair, beside everything else."""
        pair, now_ns = (self._active, bundle.revision), self._means.now_ns()
        known = self._comparing.get(pair)
        if known is not None and (0 <= now_ns - known[0] < COUNTS_NS or not known[1].done()):
            return known[1]
        work = asyncio.ensure_future(self._means.compare(self._bundles[self._active], bundle))
        self._comparing[pair] = now_ns, work
        return work

    async def _loosening(self, comparing: asyncio.Task[Compared], bundle: PolicyBundle) -> str:
        """Say what a bundle permits more, on the recorded day and since it is asked beside."""
        await asyncio.wait({comparing}, timeout=PATIENCE_S)
        if not comparing.done():
            raise BundleRefused(["it is still being compared with the recorded day; try again"])
        try:
            loosens = comparing.result().loosening
        except (NotCompared, OSError) as error:
            self._comparing.pop((self._active, bundle.revision), None)
            loosens = f"it could not be compared with the recorded day: {error}"
        beside = self._beside
        if not loosens and beside is not None and beside.candidate == bundle.revision and beside.loosened:
            loosens = f"{beside.loosened} commands were let through further since it is asked beside"
        return loosens

    def _follow(self, became: Instructed, told: BundleAct, decided: Decided) -> None:
        self._waiting = "" if self._waiting == _name(told) else self._waiting
        if became.refused:
            log.warning(
                "policy act refused", step=told.step.value, revision=told.revision, why=became.refused
            )
        else:
            words = {
                "revision": told.expects,
                "by": told.person,
                "approver": told.approver,
                "why": told.reason,
            }
            log.warning("policies", step=told.step.value, assets=told.assets, **words)
            self._later(asyncio.to_thread(self._move, told))
        if not self._waiting:  # else the gate of an act that is being prepared would be ended
            self._use(decided.state.policy or self._began, decided.state.trial)

    def _move(self, told: BundleAct) -> None:
        self._shelf.move(moved(self._shelf.places(), told))

    def _use(self, active: str, trial: BundleAct | None) -> None:
        """Let the gate know what is active and what is tried; gates of anything else end."""
        if self._trial is not None and trial is None:
            # What was found on the day of a trial clears nothing on a later one.
            self._comparing = {at: one for at, one in self._comparing.items() if not one[1].done()}
        self._active, self._trial = active, trial
        candidate = "" if trial is None else trial.expects
        if not candidate:
            self._beside = None
        elif self._beside is None or (self._beside.active, self._beside.candidate) != (active, candidate):
            self._beside, self._kept_rows = Comparison(active=active, candidate=candidate), -1
        self._gate.use(active, candidate, self._heard_beside)
        self._bundles = {name: one for name, one in self._bundles.items() if name in {active, candidate}}

    def _heard_beside(self, request: GateRequest, was: Judgement, would: Judgement) -> None:
        if self._beside is not None:
            self._beside.hear(request, was, would)

    def _later(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)


def _name(told: BundleAct) -> str:
    """Name one act: a key is for one thing, but whoever sends it may not keep to that."""
    return f"{told.step}|{told.revision}|{told.key}"


def _unfit(told: BundleAct, why: str) -> BundleAct:
    return msgspec.structs.replace(told, unfit=why)
