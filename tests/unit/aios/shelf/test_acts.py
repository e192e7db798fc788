"""What must be true before an act with a bundle is taken: signed, answering, safe, compared, approved."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from aios.folder import Folder
from aios.shelf.acts import COUNTS_NS, BundleActs, Means
from kernel.instruction import BundleAct, BundleStep
from kernel.point import OnLoss
from kernel.ports import Gate
from kernel.shelf import BundleSigner, PolicyShelf
from kernel.site import Site
from policies.bundle import PolicyBundle, load_bundle
from policies.changing import ChangingGate
from policies.embedded import EmbeddedGate
from policies.shadow import Compared
from policies.shelf.places import Places
from policies.shelf.shelf import Shelf
from tests.unit.policies import substation
from tests.unit.policies.shelf.bundles import ANNA, MALLORY, by_anna, pem_of

PROMOTE, SHADOW, ROLLBACK = BundleStep.PROMOTE, BundleStep.SHADOW, BundleStep.ROLLBACK
STRICT = Compared(active="a", candidate="b", requests=1, commands=1)
LOOSE = msgspec.structs.replace(STRICT, differing=1, loosened=1)
NO = "package aios.policies.no\n\nimport rego.v1\n\nclear := set()\n"


class Around:
    """A shelf with its acts, without a gateway."""

    def __init__(self, folder: Path, found: Compared = STRICT, *, safe: bool = True) -> None:
        (folder / "keys").mkdir()
        (folder / "keys" / "anna.pem").write_bytes(pem_of(ANNA))
        self.keys = folder / "keys" / "anna.pem"
        shelf = PolicyShelf(
            keys=str(folder / "keys"),
            signers=(BundleSigner(key="anna", person="Anna Berg", account="anna"),),
            approvers=("Jo Roth",),
        )
        plain = substation.site(shelf=shelf)
        self.site: Site = plain if safe else with_safe_write(plain)
        self.now_ns = substation.NOW_NS
        self.shelf, self.found = Shelf(folder / "policies"), found
        active = load_bundle(self.site.policies, self.site)
        self.gate = ChangingGate(EmbeddedGate(active))
        means = Means(gate_of=self.embedded, compare=self.compared, now_ns=lambda: self.now_ns)
        self.acts = BundleActs(self.site, Folder(root=folder), self.gate, active, means)

    async def embedded(self, bundle: PolicyBundle) -> Gate:
        return EmbeddedGate(bundle)

    async def compared(self, active: PolicyBundle, candidate: PolicyBundle) -> Compared:
        return self.found

    async def compared_all(self) -> None:
        """Wait until everything that is compared is."""
        await asyncio.gather(*(task for _, task in self.acts._comparing.values()))

    def put(self, changes: Path | None = None) -> str:
        return self.shelf.put(by_anna(changes))

    async def asked(self, step: BundleStep, revision: str = "", approver: str = "") -> BundleAct:
        told = BundleAct(
            key="k", person="p", reason="r", step=step, revision=revision, approver=approver, loosens="said"
        )
        found = await self.acts.prepare(told)
        self.acts.dropped(told)
        return found


def with_safe_write(site: Site) -> Site:
    """Let the battery be written to its safe value when its permit is lost."""
    points = tuple(
        msgspec.structs.replace(one, writing=msgspec.structs.replace(one.writing, on_loss=OnLoss.WRITE_SAFE))
        if one.name == "bat1/active_power_setpoint" and one.writing is not None
        else one
        for one in site.points
    )
    return msgspec.structs.replace(site, points=points)


async def test_an_act_carries_what_was_found_and_nothing_that_was_said(tmp_path: Path):
    around = Around(tmp_path)
    revision = around.put()
    found = await around.asked(PROMOTE, revision)
    assert (found.unfit, found.signer, found.signer_account, found.loosens) == ("", "Anna Berg", "anna", "")
    assert found.expects.startswith(f"{revision}+")


async def test_what_permits_more_is_said_with_the_act(tmp_path: Path):
    around = Around(tmp_path, LOOSE)
    assert "let through further" in (await around.asked(PROMOTE, around.put(), "Jo Roth")).loosens


async def test_an_approver_whom_the_site_file_does_not_name_is_none(tmp_path: Path):
    around = Around(tmp_path, LOOSE)
    assert "Eve may not approve" in (await around.asked(PROMOTE, around.put(), "Eve")).unfit
    assert (await around.asked(PROMOTE, around.put(), "jo  ROTH")).unfit == ""


async def test_a_key_that_was_taken_away_signs_no_more(tmp_path: Path):
    around = Around(tmp_path)
    revision = around.put()
    around.keys.write_bytes(pem_of(MALLORY))
    assert "does not fit" in (await around.asked(PROMOTE, revision)).unfit
    around.keys.unlink()
    assert "not trusted now" in (await around.asked(SHADOW, revision)).unfit


async def test_a_bundle_that_denies_the_safe_set_is_not_taken(tmp_path: Path):
    around = Around(tmp_path, safe=False)
    changes = tmp_path / "changes"
    changes.mkdir()
    (changes / "no.rego").write_text(NO)
    revision = around.put(changes)
    for step in (SHADOW, PROMOTE):
        assert "safe value 0 of bat1/active_power_setpoint" in (await around.asked(step, revision)).unfit


async def test_a_comparison_that_fails_counts_as_a_loosening(tmp_path: Path):
    around = Around(tmp_path)

    async def fails(active: PolicyBundle, candidate: PolicyBundle) -> Compared:
        raise OSError("no memory")

    means = Means(gate_of=around.embedded, compare=fails, now_ns=lambda: substation.NOW_NS)
    active = load_bundle(around.site.policies, around.site)
    acts = BundleActs(around.site, Folder(root=tmp_path), around.gate, active, means)
    told = BundleAct(key="k", person="p", reason="r", step=PROMOTE, revision=around.put())
    assert "no memory" in (await acts.prepare(told)).loosens


@pytest.mark.parametrize("passes", ["an hour", "the trial"])
async def test_a_comparison_of_yesterday_clears_nothing_today(tmp_path: Path, passes: str):
    around = Around(tmp_path, STRICT)
    revision = around.put()
    tried = await around.asked(SHADOW, revision)
    await around.compared_all()
    around.found = LOOSE
    assert (await around.asked(PROMOTE, revision, "Jo Roth")).loosens == ""  # the same day, looked at once
    if passes == "an hour":
        around.now_ns += COUNTS_NS
    else:
        around.acts._use(around.acts._active, tried)
        around.acts._use(around.acts._active, None)
    assert "let through further" in (await around.asked(PROMOTE, revision, "Jo Roth")).loosens


@pytest.mark.parametrize(
    ("places", "step", "revision", "why"),
    [
        (Places(), ROLLBACK, "", "no bundle before"),
        (Places(), PROMOTE, "", "name the revision"),
        (Places(), PROMOTE, "1-0123456789ab", "no bundle 1-0123456789ab"),
        (Places(active="1-0123456789ab"), PROMOTE, "1-0123456789ab", "active already"),
        (Places(has_previous=True), ROLLBACK, "1-0123456789ab", "would be about the shipped policies"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
async def test_what_is_not_there_is_said(
    tmp_path: Path, places: Places, step: BundleStep, revision: str, why: str
):
    around = Around(tmp_path)
    around.shelf.move(places)
    assert why in (await around.asked(step, revision)).unfit


async def test_where_the_site_names_no_signers_nothing_is_taken(tmp_path: Path):
    around = Around(tmp_path)
    site = msgspec.structs.replace(around.site, shelf=None)
    acts = BundleActs(
        site, Folder(root=tmp_path), around.gate, load_bundle(site.policies, site), around.acts._means
    )
    told = BundleAct(key="k", person="p", reason="r", step=PROMOTE, revision=around.put())
    assert "names nobody who may sign" in (await acts.prepare(told)).unfit


async def test_one_act_is_prepared_at_a_time(tmp_path: Path):
    around = Around(tmp_path)
    revision = around.put()
    both = [
        BundleAct(key=key, person="p", reason="r", step=PROMOTE, revision=revision) for key in ("one", "two")
    ]
    first, second = await asyncio.gather(*(around.acts.prepare(told) for told in both))
    assert first.unfit == ""
    assert "another act" in second.unfit
