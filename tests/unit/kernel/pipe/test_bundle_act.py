"""An act with a policy bundle is judged purely: what it may, whom it needs, and what is expected after it."""

from __future__ import annotations

import msgspec
import pytest

from kernel.instruction import BundleAct, BundleStep, Unfit
from kernel.journal.encoding import StateRecord, state_of, state_record
from kernel.pipe.bundle_act import change_bundle
from kernel.pipe.issue import Issuer
from kernel.pipe.state import PipeState
from kernel.site import Access, Site
from kernel.testing import EmptyPast
from tests.unit.kernel.conftest import BATTERY, METER, make_pipe, make_site

SITE: Site = make_site()
GUARDED = msgspec.structs.replace(SITE, access=Access(keys="keys", desks=()))
PIPE = make_pipe(SITE)
ASSET = SITE.point(BATTERY).asset


def start() -> PipeState:
    return PIPE.begin(EmptyPast(0), now_ns=0)


def act(step: BundleStep = BundleStep.PROMOTE, **more: object) -> BundleAct:
    given = {"key": "k", "person": "m.jansen", "reason": "winter", "revision": "1-b", "expects": "1-b+f"}
    return BundleAct(**given | {"signer": "Anna Berg"} | more, step=step)


def after(told: BundleAct, state: PipeState | None = None) -> PipeState:
    found = change_bundle(SITE, state or start(), told)
    assert isinstance(found, PipeState), found
    return found


def refused(told: BundleAct) -> str:
    found = change_bundle(SITE, start(), told)
    assert isinstance(found, Unfit)
    return found.reason


def issuer(state: PipeState) -> Issuer:
    return Issuer(site=SITE, run="r", revision="1-a").of(state)


def test_a_promoted_bundle_is_expected_for_every_command():
    who = issuer(after(act()))
    assert (who.revision, who.revision_for(BATTERY)) == ("1-b+f", "1-b+f")


def test_a_canary_is_expected_for_its_assets_alone():
    who = issuer(after(act(assets=(ASSET,))))
    assert (who.revision, who.revision_for(BATTERY)) == ("1-a", "1-b+f")
    assert SITE.point(METER).asset != ASSET
    assert who.revision_for(METER) == "1-a"


def test_a_shadow_changes_nothing_that_is_expected():
    state = after(act(BundleStep.SHADOW, assets=(ASSET,)))
    assert state.trial is not None
    assert issuer(state).revision_for(BATTERY) == "1-a"


def test_a_rollback_ends_what_is_tried_first_and_then_goes_back():
    canary = after(act(assets=(ASSET,)), after(act(revision="1-c", expects="1-c+f")))
    ended = after(act(BundleStep.ROLLBACK, expects="1-c+f"), canary)
    assert (ended.trial, issuer(ended).revision_for(BATTERY)) == (None, "1-c+f")
    back = after(act(BundleStep.ROLLBACK, expects="1-a"), ended)
    assert issuer(back).revision == "1-a"


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (act(unfit="its signature does not fit"), "its signature does not fit"),
        (act(expects=""), "no shelf"),
        (act(assets=("nowhere",)), "nothing of nowhere is commanded"),
        (act(loosens="3 of 9"), "names no approver"),
        (act(loosens="3 of 9", approver="  "), "names no approver"),
        (act(loosens="3 of 9", approver="Anna Berg"), "somebody else must agree"),
        (act(loosens="3 of 9", approver="anna  berg "), "somebody else must agree"),
        (act(loosens="3 of 9", assets=(ASSET,)), "names no approver"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_may_not_be_is_refused_with_words(told: BundleAct, why: str):
    assert why in refused(told)


def test_a_loosening_that_another_person_approves_is_taken():
    assert after(act(loosens="3 of 9", approver="Jo Roth")).policy == "1-b+f"


def test_who_signed_approves_under_no_other_name():
    for site in (SITE, GUARDED):
        for name in ("anna", "ANNA", "Anna Berg"):
            own = change_bundle(site, start(), act(loosens="3 of 9", signer_account="anna", approver=name))
            assert isinstance(own, Unfit)
            assert "somebody else must agree" in own.reason
        other = act(loosens="3 of 9", signer_account="anna", approver="jo")
        assert isinstance(change_bundle(site, start(), other), PipeState)


def test_a_signer_without_an_account_brings_no_loosening_where_people_are_known_by_accounts():
    found = change_bundle(GUARDED, start(), act(loosens="3 of 9", approver="jo"))
    assert isinstance(found, Unfit)
    assert "account of Anna Berg" in found.reason
    assert isinstance(change_bundle(GUARDED, start(), act()), PipeState)


def test_a_shadow_and_a_way_back_need_no_approver():
    assert after(act(BundleStep.SHADOW, loosens="3 of 9")).trial is not None
    assert after(act(BundleStep.ROLLBACK, expects="1-a", loosens="3 of 9")).policy == "1-a"


def test_what_was_taken_stands_in_the_snapshot_of_a_recording():
    state = after(act(assets=(ASSET,)), after(act(revision="1-c", expects="1-c+f")))
    agents = {name: type(agent) for name, agent in state.agents.items()}
    record = msgspec.msgpack.decode(msgspec.msgpack.encode(state_record(state)), type=StateRecord)
    kept = state_of(record, agents)
    assert (kept.policy, kept.trial) == (state.policy, state.trial)
