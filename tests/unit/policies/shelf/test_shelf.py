"""A shelf gives back what was put there, under its own revision, and moves all places or none."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from kernel.instruction import BundleAct, BundleStep
from policies.bundle import BundleRefused
from policies.shelf.content import laid_over
from policies.shelf.manifest import SignedBundle
from policies.shelf.places import Places, moved
from policies.shelf.sealing import manifest_in, sealed
from policies.shelf.shelf import SUFFIX, Shelf
from tests.unit.policies.shelf.bundles import TRUSTED, by_anna, unsigned, with_manifest
from tests.unit.policies.substation import site


def act(step: BundleStep, revision: str = "", key: str = "", assets: tuple[str, ...] = ()) -> BundleAct:
    name = key or f"{step.value}-{revision}-{assets}"
    return BundleAct(key=name, person="p", reason="r", step=step, revision=revision, assets=assets)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "policies")


def test_an_empty_shelf_has_the_shipped_policies_active(shelf: Shelf):
    assert (shelf.places(), shelf.revisions()) == (Places(), ())


def test_what_is_put_there_is_found_under_its_revision(shelf: Shelf):
    bundle = by_anna()
    revision = shelf.put(bundle)
    assert shelf.find(revision) == bundle
    assert shelf.revisions() == (revision,)


def test_a_signed_bundle_is_not_written_over(shelf: Shelf):
    bundle = by_anna()
    revision = shelf.put(bundle)
    hollow = msgspec.structs.replace(bundle, files={})
    for worse in (unsigned(), hollow):
        assert shelf.put(worse) == revision
        assert shelf.find(revision) == bundle
    again = msgspec.structs.replace(bundle, key="anna2")
    shelf.put(again)
    assert shelf.find(revision) == again


def test_an_unsigned_bundle_gives_way_to_a_signed_one(shelf: Shelf):
    revision = shelf.put(unsigned())
    shelf.put(by_anna())
    assert shelf.find(revision) == by_anna()


def test_a_file_that_says_it_is_another_revision_is_refused(shelf: Shelf, tmp_path: Path):
    revision = shelf.put(by_anna())
    (tmp_path / "policies" / f"1-000000000000{SUFFIX}").write_bytes(
        (tmp_path / "policies" / f"{revision}{SUFFIX}").read_bytes()
    )
    with pytest.raises(BundleRefused, match=f"holds {revision}"):
        shelf.find("1-000000000000")


@pytest.mark.parametrize(
    "revision", ["", "1-xyz", "../../etc/passwd", "1-0123456789ab/..", "1-0123456789abc"]
)
def test_no_other_file_is_reached_by_a_revision(shelf: Shelf, revision: str):
    with pytest.raises(BundleRefused, match="is no revision"):
        shelf.find(revision)


def test_a_bundle_cannot_name_a_file_of_its_own(shelf: Shelf):
    with pytest.raises(BundleRefused, match="is no revision"):
        shelf.put(with_manifest(by_anna(), revision="../places"))


def test_a_bundle_that_is_not_there_is_said_to_be_missing(shelf: Shelf):
    with pytest.raises(BundleRefused, match="no bundle 1-0123456789ab"):
        shelf.find("1-0123456789ab")


def test_places_stay_as_they_were_where_a_move_is_cut_short(shelf: Shelf, tmp_path: Path):
    shelf.move(Places(active="1-a", previous="1-b", has_previous=True))
    (tmp_path / "policies" / "places.json.new").write_bytes(b'{"active": "1-')
    assert shelf.places().active == "1-a"


def test_places_that_cannot_be_read_are_refused_not_forgotten(shelf: Shelf, tmp_path: Path):
    shelf.move(Places(active="1-a"))
    (tmp_path / "policies" / "places.json").write_bytes(b"{")
    with pytest.raises(BundleRefused, match="cannot be read"):
        shelf.places()


def test_promotion_keeps_the_bundle_before_and_rollback_takes_it_again():
    there = moved(moved(Places(), act(BundleStep.PROMOTE, "1-a")), act(BundleStep.PROMOTE, "1-b"))
    assert (there.active, there.previous) == ("1-b", "1-a")
    back = moved(there, act(BundleStep.ROLLBACK))
    assert (back.active, back.has_previous) == ("1-a", False)


def test_the_shipped_policies_are_a_bundle_to_go_back_to():
    there = moved(Places(), act(BundleStep.PROMOTE, "1-a"))
    assert (there.previous, there.has_previous) == ("", True)
    assert moved(there, act(BundleStep.ROLLBACK)).active == ""


def test_a_trial_moves_nothing_but_the_candidate_and_rollback_ends_it():
    canary = moved(Places(active="1-a"), act(BundleStep.PROMOTE, "1-b", assets=("bat1",)))
    assert (canary.active, canary.candidate) == ("1-a", "1-b")
    shadow = moved(Places(active="1-a"), act(BundleStep.SHADOW, "1-b"))
    assert (shadow.active, shadow.candidate) == ("1-a", "1-b")
    for trial in (canary, shadow):
        over = moved(trial, act(BundleStep.ROLLBACK))
        assert (over.active, over.candidate, over.trial) == ("1-a", "", None)


def test_the_same_act_moves_once():
    told = act(BundleStep.PROMOTE, "1-b", key="k")
    once = moved(Places(active="1-a"), told)
    assert moved(once, told) == once


def laid(bundle: SignedBundle, **changes: object) -> str:
    return laid_over(sealed(bundle, TRUSTED), site(**changes)).revision


def test_a_loaded_bundle_names_itself_and_the_facts_of_the_site():
    bundle = by_anna()
    revision = manifest_in(bundle).revision
    here, without_permits = laid(bundle), laid(bundle, permits=())
    assert here.startswith(f"{revision}+")
    assert without_permits.startswith(f"{revision}+")
    assert here != without_permits


def test_a_bundle_without_what_the_site_asks_for_is_refused():
    small = by_anna(at=site(policies=("xfmr_loading",)))
    with pytest.raises(BundleRefused, match="asks for breaker_close_never_under_permit"):
        laid(small)


def test_a_change_of_one_number_is_another_revision(tmp_path: Path):
    changes = tmp_path / "changes"
    changes.mkdir()
    (changes / "der_reversion_required.json").write_bytes(msgspec.json.encode({"kinds": ["battery"]}))
    assert manifest_in(by_anna(changes)).revision != manifest_in(by_anna()).revision
