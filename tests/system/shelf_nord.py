"""Substation nord with a shelf: bundles by Anna Berg, tried and promoted through its door in virtual time."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

import policies
from aios.folder import Folder
from aios.remote.command_keys import new_key, read_private_key
from aios.shelf.acts import BundleActs, Means
from aios.shelf.at_life import kept_for_replay
from aios.shelf.in_force import bundle_in_force
from aios.shelf.making import make
from aios.shelf.recorded import compared_on_record
from aios.site import site_of
from edge.door import Door
from kernel.instruction import BundleAct, BundleStep, Instructed
from kernel.journal.signing import Signer
from kernel.ports import Gate
from kernel.shell.wire import Answer, Instruct
from kernel.site import Site
from policies.bundle import PolicyBundle
from policies.changing import ChangingGate
from policies.embedded import EmbeddedGate
from policies.shelf.manifest import SignedBundle
from policies.shelf.sealing import signed
from policies.shelf.shelf import Shelf
from tests.system.virtual_nord import Nord, make_nord, nord_text

LIMITS = Path(policies.__file__).parent / "data" / "xfmr_loading.json"
TIGHT, SAME = 0.05, 1.5


def shelf_text(folder: Path, approvers: str = '["Jo Roth"]') -> str:
    """Return nord's site file with a signer whose key lies in a folder."""
    new_key(folder / "keys", "anna")
    text = nord_text(history_days=1)
    head, _, tail = text.partition("[policies]\n")
    names, _, rest = tail.partition("\n\n")
    signer = f'keys = "{folder / "keys"}"\napprovers = {approvers}\n\n[[policies.signer]]\nkey = "anna"\n'
    return f'{head}[policies]\n{names}\n{signer}person = "Anna Berg"\n\n{rest}'


def bundle(site: Site, folder: Path, limit: float) -> SignedBundle:
    """Return a bundle signed by Anna Berg, with another limit of a transformer's load."""
    changes = folder / f"limit-{limit}"
    changes.mkdir(exist_ok=True)
    (changes / LIMITS.name).write_text(json.dumps(json.loads(LIMITS.read_text()) | {"k_limit_medium": limit}))
    made, _ = make(site, changes, version=f"{limit}", made_by="a.berg", made_at_ns=1, reason="a test")
    return signed(made, "anna", Signer(read_private_key(folder / "keys" / "anna.key")))


async def embedded(of: PolicyBundle) -> Gate:
    return EmbeddedGate(of)


@dataclass
class ShelfNord:
    """A run with its door and its shelf."""

    nord: Nord
    door: Door
    acts: BundleActs
    folder: Folder
    text: str

    @property
    def site(self) -> Site:
        return self.nord.run.gateway.site

    @property
    def revision(self) -> str:
        """Of the policies that are expected now."""
        return self.nord.kernel.pipe.issuer.of(self.nord.state).revision

    async def tell(self, step: BundleStep, revision: str = "", **more: Any) -> Answer:
        told = BundleAct(
            **{"key": f"{step}-{self.nord.state.tick}", "person": "M. Jansen", "reason": "winter"} | more,
            step=step,
            revision=revision,
        )
        return await self.door.instruct(Instruct(instruction=told))

    async def taken(self, step: BundleStep, revision: str = "", **more: Any) -> None:
        """Tell it, and live until the shelf has followed."""
        answer = await self.tell(step, revision, **more)
        assert type(answer).__name__ == "Accepted", answer
        await self.nord.step()
        await self.acts.rest()

    def journalled(self) -> list[Instructed]:
        told = self.nord.kernel.shell.journal.told()
        return [msgspec.json.decode(one.body, type=Instructed) for one in told if one.kind == "instruction"]

    def close(self) -> None:
        self.nord.run.close()


def begin(root: Path, text: str) -> ShelfNord:
    """Begin a run in a folder; it starts a loop of its own, so call it outside of one."""
    nord = make_nord(root, text)
    kernel, folder, site = nord.kernel, Folder(root=root), site_of(text)
    gate = kernel.shell.gate
    assert isinstance(gate, ChangingGate)
    means = Means(gate_of=embedded, compare=partial(compared_on_record, root), now_ns=nord.run.clock.now_ns)
    acts = BundleActs(site, folder, gate, bundle_in_force(site, folder), means)
    acts.keep_with(kept_for_replay(kernel.shell.recorder))
    kernel.shell = replace(kernel.shell, listeners=(*kernel.shell.listeners, acts))
    door = Door(kernel)
    door.bundles = acts
    return ShelfNord(nord, door, acts, folder, text)


def put(lived: ShelfNord, keys: Path, limit: float) -> str:
    return Shelf(lived.folder.shelf).put(bundle(lived.site, keys, limit))
