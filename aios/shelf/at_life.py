"""At a life: the gates and acts of a gateway in the field, each bundle in a process of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

import msgspec

from aios.folder import Folder
from aios.gateway.realtime import be_prompt_gate, claim_gate
from aios.shelf.acts import BundleActs, Means
from aios.shelf.compare import compared_in_process
from aios.shelf.in_force import bundle_in_force
from kernel.journal.recorder import Recorder
from kernel.ports import Clock, Gate
from kernel.site import Site
from policies.bundle import PolicyBundle
from policies.changing import ChangingGate
from policies.process import ProcessGate

GATE_BUDGET_S: Final = 0.2
"""Real seconds the policy gate may take; a later answer is a denial."""


def process_gate(bundle: PolicyBundle, *, realtime: bool) -> ProcessGate:
    """Make the gate of a bundle, in a process of its own."""
    on_start = claim_gate if realtime else be_prompt_gate
    return ProcessGate(bundle, budget_s=GATE_BUDGET_S, on_start=on_start)


async def acts_of(
    site: Site, folder: Folder, gate: ChangingGate, clock: Clock, *, realtime: bool
) -> BundleActs:
    """Make what stands behind the door for policy bundles, and go on with what was tried."""

    async def begun(bundle: PolicyBundle) -> Gate:
        made = process_gate(bundle, realtime=realtime)
        await made.open()
        return made

    means = Means(gate_of=begun, compare=partial(compared_in_process, folder.root), now_ns=clock.wall_ns)
    active = await asyncio.to_thread(bundle_in_force, site, folder)
    acts = BundleActs(site, folder, gate, active, means)
    await acts.resume()
    return acts


def kept_for_replay(recorder: Recorder) -> Callable[[PolicyBundle], None]:
    """Return what lets a recording hold a bundle with the next ticks that it writes."""

    def keep(bundle: PolicyBundle) -> None:
        recorder.policies[bundle.revision] = msgspec.json.encode(bundle).decode()

    return keep
