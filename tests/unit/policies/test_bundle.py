"""Bundles: one revision for one content, and nothing is loaded that should not be."""

from __future__ import annotations

import msgspec
import pytest

from kernel.asset import Asset
from kernel.quality import is_good
from policies.bundle import BundleRefused, Module, load_bundle, make_bundle, policy_modules, shipped
from policies.reads import Reads
from policies.site_facts import site_document
from tests.unit.policies.substation import FOUR, NAMES, pulse, setpoint, site


def test_the_same_content_has_the_same_revision_whatever_the_order() -> None:
    assert load_bundle(NAMES, site()).revision == load_bundle(NAMES[::-1], site()).revision


def test_a_changed_permit_rating_or_choice_changes_the_revision() -> None:
    one = site()
    warmer = tuple(
        msgspec.structs.replace(asset, ratings={"power_kva": 24000.0, "secondary_kv": 20.0})
        if asset.name == "t1"
        else asset
        for asset in one.assets
    )
    revisions = {
        load_bundle(NAMES, one).revision,
        load_bundle(NAMES, site(permits=())).revision,
        load_bundle(NAMES, site(assets=warmer)).revision,
        load_bundle(NAMES[:2], one).revision,
    }
    assert len(revisions) == 4


def test_a_changed_rule_changes_the_revision() -> None:
    one = make_bundle(["a"], [Module("a.rego", "package a\nx := 1\n")], {})
    two = make_bundle(["a"], [Module("a.rego", "package a\nx := 2\n")], {})
    assert one.revision != two.revision


def test_the_revision_stands_in_the_data_that_policies_read() -> None:
    bundle = load_bundle(NAMES, site())
    assert msgspec.json.decode(bundle.data)["revision"] == bundle.revision


def test_a_bundle_without_policies_is_refused() -> None:
    with pytest.raises(BundleRefused, match="judges nothing"):
        load_bundle([], site())


def test_all_unknown_policies_are_named_at_once() -> None:
    with pytest.raises(BundleRefused) as refused:
        load_bundle(["no_such", "../gate", "xfmr_loading"], site())
    assert len(refused.value.findings) == 2


def test_a_module_that_fails_the_lint_is_not_loaded() -> None:
    clocked = Module("a.rego", "package a\nx if time.now_ns() > 0\n")
    with pytest.raises(BundleRefused, match=r"a\.rego:2: time\.now_ns"):
        make_bundle(["a"], [clocked], {})


def test_a_network_in_a_circle_is_refused() -> None:
    circle = (Asset(name="a", kind="feeder", upstream="b"), Asset(name="b", kind="feeder", upstream="a"))
    with pytest.raises(BundleRefused, match="circle"):
        load_bundle(NAMES, site(assets=circle))


def test_an_upstream_that_is_not_declared_is_refused() -> None:
    with pytest.raises(BundleRefused, match="does not declare"):
        load_bundle(NAMES, site(assets=(Asset(name="a", kind="feeder", upstream="x"),)))


def test_policies_and_kernel_agree_on_which_quality_is_usable() -> None:
    unusable = site_document(site())["unusable"]
    for quality in range(1 << 14):
        assert is_good(quality) is (quality & unusable == 0)


def test_every_asset_knows_the_transformers_that_feed_it() -> None:
    facts = site_document(site())["assets"]
    assert facts["bat1"]["transformers"] == ["t1"]
    assert facts["t1"]["transformers"] == []
    assert facts["bat9"]["transformers"] == []


def test_every_writable_point_knows_what_else_its_asset_reads() -> None:
    points = site_document(site())["points"]
    assert points["bat1/active_power_setpoint"]["beside"] == {
        "active_power": {"point": "bat1/active_power", "stale_s": 10.0, "scan_s": 1.0},
        "active_power_setpoint": {
            "point": "bat1/active_power_setpoint",
            "stale_s": 10.0,
            "scan_s": 1.0,
        },
    }
    assert "beside" not in points["bat1/active_power"]


def test_a_bundle_knows_what_its_policies_read_where_all_of_them_say_so() -> None:
    assert load_bundle(["der_reversion_required"], site()).reads == Reads()
    told = load_bundle(FOUR, site())
    quantities = {"load_current", "active_power", "hot_spot_temperature", "loading_mode"}
    assert told.reads == Reads(frozenset(quantities))
    data = msgspec.json.decode(told.data)
    del data["parameters"]["der_reversion_required"]["reads"]
    assert make_bundle(told.names, told.modules, data).reads is None


def test_what_a_policy_reads_for_some_quantities_goes_along_where_they_are_written() -> None:
    reads = load_bundle(["der_enter_service"], site()).reads
    assert reads is not None
    assert reads.of([setpoint(1.0)]) == frozenset()
    assert reads.of([pulse("bat1/enable")]) == {"voltage", "frequency", "grid_normal_time"}


def test_the_end_of_a_permit_is_written_in_the_time_of_the_site() -> None:
    (permit,) = site_document(site(time_zone="Europe/Berlin"))["permits"]
    assert permit["until_text"] == "2026-11-22 21:33 CET"
    (permit,) = site_document(site(time_zone="Nowhere/At_All"))["permits"]
    assert permit["until_text"] == "2026-11-22 20:33 UTC"


def test_every_policy_has_title_description_source_and_sourced_parameters() -> None:
    parameters = msgspec.json.decode(load_bundle(shipped(), site()).data)["parameters"]
    for module in policy_modules():
        head = module.text.partition("package ")[0]
        assert head.startswith("# METADATA\n# title: "), module.path
        assert "# description:" in head, module.path
        assert "#   source:" in head, module.path
    assert all(len(parameters[name]["source"]) > 20 for name in shipped())
