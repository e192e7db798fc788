import dataclasses

import pytest

from simulators.networks.branches import Regulator, Switch
from simulators.networks.file import load, shipped
from simulators.networks.network import Capacitor
from simulators.networks.write import text_of, write


@pytest.fixture
def nord():
    """The shipped network with one of everything that a network may have."""
    network = shipped("nord")
    first, *others = network.transformers
    regulated = dataclasses.replace(first, regulator=Regulator(target_kv=20.4, band_kv=0.5))
    return dataclasses.replace(
        network,
        transformers=(regulated, *others),
        switches=(Switch(name="s1", branch="f11", end="to", closed=False),),
        capacitors=(Capacitor(name="c1", bus="bus1", step_kvar=1e-05 / 3.0),),
        frequency_hz=60.0,
    )


def test_what_is_written_reads_back_as_the_same_network_bit_for_bit(nord, tmp_path):
    path = tmp_path / "network.toml"
    write(nord, path)
    assert load(path) == nord


def test_names_with_any_signs_in_them_survive(nord, tmp_path):
    path = tmp_path / "network.toml"
    odd = dataclasses.replace(nord, name='a "quoted" \\ näme\twith\nlines')
    write(odd, path)
    assert load(path).name == odd.name


def test_a_thing_is_one_line_and_says_only_what_is_not_the_default(nord):
    lines = text_of(nord, remarks=("from somewhere",)).splitlines()
    assert lines[0] == "# from somewhere"
    assert '  { name = "s1", branch = "f11", end = "to", closed = false },' in lines
    (f11,) = (line for line in lines if line.startswith('  { name = "f11", from'))
    assert "loss_tangent" not in f11
