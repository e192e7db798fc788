"""What hangs on a busbar follows from the assets; where a way is not measured, its sum does not close."""

import msgspec

from edge.alarms.busbars import Busbar, busbars
from kernel.asset import Asset
from kernel.site import Site
from tests.fakes.nord_images import nord


def named(site: Site) -> dict[str, Busbar]:
    return {busbar.behind.name: busbar for busbar in busbars(site)}


def ways(busbar: Busbar) -> dict[str, float]:
    return {branch.asset.name: branch.sign for branch in busbar.branches}


def test_the_branches_of_nord_and_their_signs() -> None:
    of = named(nord())
    assert ways(of["t1"]) == {"f11": 1.0, "f12": 1.0, "bat1": -1.0}
    assert ways(of["t2"]) == {"f13": 1.0, "f14": 1.0, "f15": 1.0}
    assert ways(of["grid"]) == ways(of["t1"]) | ways(of["t2"])
    assert [unit.name for unit in of["grid"].transformers] == ["t1", "t2"]
    assert all(busbar.closed for busbar in of.values())


def test_behind_a_feeder_customers_hang_whom_nobody_measures() -> None:
    site = nord()
    behind = Asset(name="bat2", kind="battery", upstream="f13")
    assert named(msgspec.structs.replace(site, assets=(*site.assets, behind))).keys() == named(site).keys()


def test_a_feeder_without_a_meter_leaves_the_balance_open() -> None:
    site = nord()
    more = msgspec.structs.replace(
        site, assets=(*site.assets, Asset(name="f16", kind="feeder", upstream="t2"))
    )
    assert {name: busbar.closed for name, busbar in named(more).items()} == {
        "grid": False,
        "t1": True,
        "t2": False,
    }
