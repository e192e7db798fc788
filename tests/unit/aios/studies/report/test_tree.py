"""The layout of a one-line diagram: every bus has its place, and feeders stand side by side."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from aios.studies.report.tree import lay_out, open_branches
from simulators.networks.network import Bus, Coupler, Network, Source, Switch


def network(count, branches):
    return Network(
        name="made",
        source=Source(name="grid", bus="b0", voltage_pu=1.0, short_circuit_mva=100.0, rx_ratio=0.1),
        buses=tuple(Bus(name=f"b{place}", voltage_kv=20.0) for place in range(count)),
        couplers=tuple(
            Coupler(name=f"c{place}", from_bus=f"b{one}", to_bus=f"b{other}", closed=closed)
            for place, (one, other, closed) in enumerate(branches)
        ),
    )


def some_branches(count):
    bus = st.integers(0, count - 1)
    return st.lists(st.tuples(bus, bus, st.booleans()).filter(lambda one: one[0] != one[1]), max_size=20)


@given(st.integers(1, 12).flatmap(lambda count: st.tuples(st.just(count), some_branches(max(2, count)))))
def test_every_bus_has_a_place_and_every_branch_a_way(made):
    count, branches = made
    count = max(2, count)
    tree = lay_out(network(count, branches))
    assert len(tree.places) == count
    assert len(tree.down) + len(tree.across) == len(branches)
    for upper, lower in tree.down.values():
        above, below = tree.places[upper], tree.places[lower]
        assert below.level == above.level + 1
        assert above.left <= below.middle <= above.right, "the branch hangs on the bar of its upper bus"
    on_level = {}
    for place in tree.places.values():
        on_level.setdefault(place.level, []).append((place.left, place.right))
    for bars in on_level.values():
        bars.sort()
        assert all(one[1] < other[0] for one, other in pairwise(bars)), "bars lie over each other"


def test_what_is_open_is_a_way_across_where_there_is_a_closed_one():
    tree = lay_out(network(3, [(0, 2, False), (0, 1, True), (1, 2, True)]))
    assert tree.across == {"c0": ("b0", "b2")}


def test_a_branch_that_is_open_at_an_end_is_open():
    tie = network(2, [(0, 1, True), (0, 1, True)])
    assert open_branches(tie) == frozenset()
    switched = replace(tie, switches=(Switch(name="s", branch="c1", end="to", closed=False),))
    assert open_branches(switched) == {"c1"}
    assert lay_out(switched).across == {"c1": ("b0", "b1")}


def test_a_feeder_may_be_longer_than_python_recurses():
    tree = lay_out(network(3000, [(place, place + 1, True) for place in range(2999)]))
    assert tree.places["b2999"].level == 2999
