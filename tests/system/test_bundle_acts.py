"""Bundles at a gateway in virtual time: promoted and rolled back between ticks, and refused with words."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from aios.replay.again import replay_run
from aios.shelf.after_a_kill import make_good
from aios.shelf.beside import found_beside
from aios.shelf.in_force import bundle_in_force
from kernel.instruction import BundleAct, BundleStep
from kernel.shell.wire import Accepted, Rejected, Repeated
from policies.shelf.shelf import SUFFIX, Shelf
from tests.system.shelf_nord import SAME, TIGHT, ShelfNord, begin, put, shelf_text
from tests.system.virtual_nord import SETPOINT

pytestmark = pytest.mark.system
PROMOTE, SHADOW, ROLLBACK = BundleStep.PROMOTE, BundleStep.SHADOW, BundleStep.ROLLBACK
LIVED = 70
"""Ticks that are recorded before anything happens: more than a batch."""


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[ShelfNord]:
    made = begin(tmp_path / "g", shelf_text(tmp_path))
    yield made
    made.close()


async def begun(lived: ShelfNord) -> None:
    await lived.nord.step(2)
    lived.nord.ask(SETPOINT, -500.0, stands_s=86400.0)
    await lived.nord.step(LIVED)


def permitted_by(lived: ShelfNord) -> set[str]:
    """Return whose permits the commands of the last ticks carry."""
    return {one.revision.partition("+")[0] for one in lived.nord.seen.commands}


async def test_promote_and_rollback_lose_no_tick_and_every_permit_names_its_revision(
    lived: ShelfNord, tmp_path: Path
):
    await begun(lived)
    shipped, tight = lived.revision, put(lived, tmp_path, TIGHT)
    lived.nord.seen.forget()
    before = lived.nord.state.tick
    await lived.taken(PROMOTE, tight)
    assert lived.revision.startswith(f"{tight}+")
    await lived.nord.step(5)
    assert {one.revision for one in lived.nord.seen.refused} | permitted_by(lived)
    assert all(one.revision == lived.revision for one in lived.nord.seen.commands if one.authority == "gate")
    lived.nord.seen.forget()
    await lived.taken(ROLLBACK)
    await lived.nord.step(5)
    assert lived.revision == shipped
    assert permitted_by(lived) <= {shipped}
    assert [state.tick for state in lived.nord.seen.states] == list(range(before + 7, before + 13))
    assert lived.nord.state.gate_failure == ""


async def test_a_run_with_a_promotion_is_decided_again_without_a_difference(tmp_path: Path):
    lived = await asyncio.to_thread(begin, tmp_path / "g", shelf_text(tmp_path))
    await begun(lived)
    await lived.taken(PROMOTE, put(lived, tmp_path, TIGHT))
    await lived.nord.step(10)
    await lived.taken(ROLLBACK)
    await lived.nord.step(10)
    lived.close()
    report = await replay_run(tmp_path / "g")
    assert (report.differences, report.judged > 10) == ((), True)


async def test_the_journal_says_who_promoted_what_and_why_and_a_restart_begins_with_it(
    lived: ShelfNord, tmp_path: Path
):
    await begun(lived)
    tight = put(lived, tmp_path, TIGHT)
    await lived.taken(PROMOTE, tight, person="M. Jansen", reason="a hot summer")
    told = lived.journalled()[-1].instruction
    assert isinstance(told, BundleAct)
    assert (told.person, told.reason, told.signer, told.loosens) == (
        "M. Jansen",
        "a hot summer",
        "Anna Berg",
        "",
    )
    assert bundle_in_force(lived.site, lived.folder).revision == lived.revision


async def test_a_gateway_killed_between_journal_and_shelf_begins_with_what_the_journal_says(
    lived: ShelfNord, tmp_path: Path
):
    await begun(lived)
    shelf = Shelf(lived.folder.shelf)
    before, tight = shelf.places(), put(lived, tmp_path, TIGHT)
    await lived.taken(PROMOTE, tight)
    shelf.move(before)  # the process ended before the shelf was moved
    await asyncio.to_thread(make_good, lived.folder)
    assert shelf.places().active == tight
    once = shelf.places()
    await asyncio.to_thread(make_good, lived.folder)
    assert shelf.places() == once


async def test_what_permits_more_needs_an_approver_who_is_not_its_signer(lived: ShelfNord, tmp_path: Path):
    await begun(lived)
    await lived.taken(PROMOTE, put(lived, tmp_path, TIGHT))
    lived.nord.ask(SETPOINT, -900.0, stands_s=86400.0)
    await lived.nord.step(LIVED)
    same = put(lived, tmp_path, SAME)
    for approver, why in (
        ("", "names no approver"),
        ("Anna Berg", "may not approve"),
        ("Eve", "may not approve"),
    ):
        answer = await lived.tell(PROMOTE, same, approver=approver, key=f"try-{approver}")
        assert isinstance(answer, Rejected)
        assert why in answer.reason
        await lived.nord.step()
        assert lived.journalled()[-1].refused == answer.reason
    assert not lived.revision.startswith(same)
    await lived.taken(PROMOTE, same, approver="Jo Roth", key="approved")
    assert lived.revision.startswith(same)
    told = lived.journalled()[-1].instruction
    assert isinstance(told, BundleAct)
    assert "let through further" in told.loosens
    assert told.approver == "Jo Roth"


async def test_a_fresh_gateway_with_nothing_to_compare_on_asks_for_an_approver(
    lived: ShelfNord, tmp_path: Path
):
    await lived.nord.step(2)
    answer = await lived.tell(PROMOTE, put(lived, tmp_path, TIGHT))
    assert isinstance(answer, Rejected)
    assert "no recorded request" in answer.reason


async def test_a_canary_counts_for_its_assets_alone_and_rollback_ends_it(lived: ShelfNord, tmp_path: Path):
    await begun(lived)
    shipped, tight = lived.revision, put(lived, tmp_path, TIGHT)
    lived.nord.seen.forget()
    await lived.taken(PROMOTE, tight, assets=("bat1",))
    await lived.nord.step(15)
    assert lived.revision == shipped
    said = {one.point: one.revision.partition("+")[0] for one in lived.nord.seen.refused}
    said |= {one.point: one.revision.partition("+")[0] for one in lived.nord.seen.commands}
    assert said[SETPOINT] == tight
    assert {revision for point, revision in said.items() if not point.startswith("bat1/")} <= {shipped}
    await lived.taken(ROLLBACK)
    assert lived.nord.state.trial is None
    assert Shelf(lived.folder.shelf).places().active == ""


async def test_a_shadow_is_compared_on_the_same_requests_and_counts_for_nothing(
    lived: ShelfNord, tmp_path: Path
):
    await begun(lived)
    lived.nord.seen.forget()
    await lived.taken(SHADOW, put(lived, tmp_path, TIGHT))
    lived.nord.ask(SETPOINT, -900.0, stands_s=86400.0)
    await lived.nord.step(15)
    shipped = lived.revision
    assert permitted_by(lived) == {shipped}
    await lived.acts.close()
    found = found_beside(lived.folder.root)
    assert found is not None
    assert found.differing > 0
    assert {row.would_be == "allow" for row in found.rows} == {False}


async def test_a_tampered_or_unsigned_bundle_is_refused_and_the_refusal_journalled(
    lived: ShelfNord, tmp_path: Path
):
    await begun(lived)
    shelf = Shelf(lived.folder.shelf)
    revision = put(lived, tmp_path, TIGHT)
    good = shelf.find(revision)
    before = lived.revision
    files = good.files | {"xfmr_loading.json": good.files["xfmr_loading.json"].replace("0.05", "5.05")}
    worse = [
        (msgspec.structs.replace(good, files=files), "has digest"),
        (msgspec.structs.replace(good, signature=""), "is not signed"),
        (msgspec.structs.replace(good, signature="00" * 64), "does not fit"),
    ]
    for number, (bad, why) in enumerate(worse):
        # The shelf takes none of them in the place of a signed one; somebody with the disk does as they like.
        (lived.folder.shelf / f"{revision}{SUFFIX}").write_bytes(msgspec.json.encode(bad))
        for step in (SHADOW, PROMOTE):
            answer = await lived.tell(step, revision, key=f"{step}-{number}", approver="Jo Roth")
            assert isinstance(answer, Rejected)
            assert why in answer.reason
            await lived.nord.step()
            assert why in lived.journalled()[-1].refused
    assert lived.revision == before
    assert lived.nord.state.trial is None


async def test_what_the_gateway_finds_out_cannot_be_said_by_who_asks(lived: ShelfNord, tmp_path: Path):
    await lived.nord.step(2)
    tight = put(lived, tmp_path, TIGHT)
    answer = await lived.tell(PROMOTE, tight, expects="1-aaaaaaaaaaaa+0", signer="nobody", loosens="")
    assert isinstance(answer, Rejected)
    assert "names no approver" in answer.reason
    answer = await lived.tell(PROMOTE, "1-0123456789ab", expects="1-aaaaaaaaaaaa+0", key="other")
    assert isinstance(answer, Rejected)
    assert "no bundle 1-0123456789ab" in answer.reason


async def test_the_same_act_sent_again_is_heard_once(lived: ShelfNord, tmp_path: Path):
    await begun(lived)
    tight = put(lived, tmp_path, TIGHT)
    assert isinstance(await lived.tell(PROMOTE, tight, key="once"), Accepted)
    assert isinstance(await lived.tell(PROMOTE, tight, key="once"), Repeated)
    await lived.nord.step()
    assert isinstance(await lived.tell(PROMOTE, tight, key="once"), Repeated)
    await lived.acts.rest()


async def test_there_is_nothing_to_go_back_to_at_first(lived: ShelfNord):
    answer = await lived.tell(ROLLBACK)
    assert isinstance(answer, Rejected)
    assert "no bundle before" in answer.reason


async def test_one_act_at_a_time_and_a_refused_one_takes_nothing_from_the_first(
    lived: ShelfNord, tmp_path: Path
):
    await begun(lived)
    tight, other = put(lived, tmp_path, TIGHT), put(lived, tmp_path, 0.06)
    assert isinstance(await lived.tell(PROMOTE, tight, key="same"), Accepted)
    answer = await lived.tell(PROMOTE, other, key="same")
    assert isinstance(answer, Rejected)
    assert "another act" in answer.reason
    await lived.nord.step(3)
    await lived.acts.rest()
    assert lived.revision.startswith(tight)
    assert lived.nord.state.gate_failure == ""
