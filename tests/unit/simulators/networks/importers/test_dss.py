from dataclasses import replace

import pytest

from simulators.networks.importers.agreement import Disagrees
from simulators.networks.importers.imported import ImportRefused
from simulators.networks.importers.source import Wanted, read, take
from simulators.physics.solvers import able

HEAD = """clear
set defaultbasefrequency=50
new circuit.village basekv=20 pu=1.02 bus1=s phases=3 r1=0.2 x1=2 r0=0.4 x0=4
new transformer.t phases=3 windings=2 xhl=4 %loadloss=1.2 buses=(s k) conns=(delta wye) kvs=(20 0.4)
~ kvas=(400 400) taps=(0.975 1.0) wdg=1 mintap=0.95 maxtap=1.05 numtaps=4
new linecode.nayy nphases=3 r1=0.2 x1=0.08 r0=0.8 x0=0.3 c1=200 c0=100 units=km
new line.street bus1=k bus2=e linecode=nayy length=300 units=m normamps=270
"""
LOADS = """new load.school bus1=e phases=3 kv=0.4 kw=60 kvar=20 model=1 vminpu=0.8
new load.shop bus1=e.2 phases=1 kv=0.22 kw=10 kvar=2 model=2
new load.mill bus1=e.1.3 phases=1 conn=delta kv=0.4 kw=15 kvar=5 model=5
new generator.roof bus1=e.3 phases=1 kv=0.23 kw=8 kvar=0 model=1
new capacitor.bank bus1=k phases=3 kv=0.38 kvar=20 numsteps=2 states=(1 0)
"""
TAIL = """set voltagebases=(20 0.4)
calcvoltagebases
solve
"""


@pytest.fixture
def script(tmp_path):
    """Write a script and return its path."""

    def write(more=LOADS, head=HEAD, tail=TAIL):
        path = tmp_path / "village.dss"
        path.write_text(head + more + tail, encoding="utf-8")
        return str(path)

    return write


def test_what_is_imported_has_the_voltages_of_the_script(script):
    taken = take(script())
    assert taken.agreement.within(1e-6)
    network = taken.imported.network
    assert able(network) == "opendss"
    assert (network.name, network.frequency_hz) == ("village", 50.0)
    assert [load.phases for load in network.loads] == ["abc", "b", "ca"]
    assert [load.law for load in network.loads] == ["power", "impedance", "current"]
    assert [load.connection for load in network.loads] == ["wye", "wye", "delta"]
    assert network.transformers[0].clock == 1
    assert network.transformers[0].tap_position == -1
    assert network.lines[0].zero_ohm_per_km == pytest.approx(0.8)
    assert network.lines[0].matrix is None
    assert (network.capacitors[0].steps, network.capacitors[0].steps_in) == (2, 1)


def test_a_balanced_script_needs_only_the_default_solver(script):
    taken = take(script("new load.school bus1=e phases=3 kv=0.4 kw=60 kvar=20 vminpu=0.8\n"))
    assert able(taken.imported.network) == "power_grid_model"
    assert taken.agreement.within(1e-6)


def test_an_impedance_that_was_typed_wrong_is_found(script):
    found = read(script(), Wanted())
    line = found.imported.network.lines[0]
    wrong = replace(found.imported.network, lines=(replace(line, zero_ohm_per_km=1.0),))
    assert found.compare(replace(found.imported, network=wrong)).max_dv_pu > 1e-4


def test_a_load_that_opendss_takes_for_an_impedance_is_told_and_the_import_refused(script):
    heavy = LOADS.replace("kw=60", "kw=200").replace("vminpu=0.8", "vminpu=0.99")
    with pytest.raises(Disagrees):
        take(script(heavy))
    notes = take(script(heavy), Wanted(tolerance_pu=1.0)).imported.notes
    assert any("school" in note and "impedance" in note for note in notes)


def test_whatever_cannot_be_carried_is_listed(script):
    strange = """new linecode.two nphases=2 r1=0.2 x1=0.1
new storage.pack bus1=e phases=3 kv=0.4 kwrated=10
new load.oven bus1=e phases=3 kv=0.4 kw=1 model=8 zipv=(0.5 0.5 0 0.5 0.5 0 0.8)
new line.turned bus1=k.1.2 bus2=g.2.1 phases=2 linecode=two
new line.four bus1=k.1.2.3.4 bus2=f.1.2.3.4 phases=4 rmatrix=(1|0 1|0 0 1|0 0 0 1)
~ xmatrix=(1|0 1|0 0 1|0 0 0 1)
"""
    with pytest.raises(ImportRefused) as refused:
        take(script(LOADS + strange))
    assert {(one.kind, one.name) for one in refused.value.refused} >= {
        ("storage", "pack"),
        ("load", "oven"),
        ("line", "four"),
        ("line", "turned"),
    }


def test_what_is_out_of_service_is_left_out_by_name(script):
    taken = take(script(LOADS + "new line.old bus1=k bus2=e linecode=nayy length=1 units=km enabled=no\n"))
    assert [str(one) for one in taken.imported.left_out] == ["line old: out of service"]


def test_a_script_that_opendss_cannot_run_says_why(script):
    with pytest.raises(ImportRefused, match="OpenDSS cannot run it"):
        take(script("new line.x bus1=k bus2=e linecode=nosuch\n"))


def test_a_bus_without_a_voltage_base_is_refused(script):
    with pytest.raises(ImportRefused, match="voltage base"):
        take(script(tail="solve\n"))


def test_switches_that_stand_open_stay_open(script):
    more = "new line.spare bus1=k bus2=e linecode=nayy length=400 units=m\nopen line.spare 2\n"
    taken = take(script(LOADS + more))
    network = taken.imported.network
    assert network.open_at_start() == {"spare_far_end"}
    assert taken.agreement.within(1e-6)


def test_a_regulator_keeps_the_volts_of_its_relay(script):
    control = (
        "new regcontrol.r transformer=t winding=2 tapwinding=1 vreg=114 band=4 ptratio=2 ctprim=500 r=2 x=1\n"
    )
    unit = take(script(LOADS + control)).imported.network.transformers[0]
    assert unit.tap_side == "from"
    assert unit.regulator.target_kv == pytest.approx(114.0 * 2.0 * 3.0**0.5 * 1e-3)
    assert unit.regulator.drop_ohm == pytest.approx(2.0 * 2.0 / 500.0)


def test_a_file_that_a_script_redirects_to_is_part_of_its_digest(script, tmp_path):
    (tmp_path / "loads.dss").write_text(LOADS, encoding="utf-8")
    before = take(script("redirect loads.dss\n")).imported
    assert len(before.network.loads) == 3
    (tmp_path / "loads.dss").write_text(LOADS.replace("kw=60", "kw=61"), encoding="utf-8")
    assert take(script("redirect loads.dss\n")).imported.origin.digest != before.origin.digest


def test_load_shapes_are_told(script):
    shaped = "new loadshape.day npts=2 interval=12 mult=(0.5 1)\n" + LOADS.replace("kw=60", "kw=60 daily=day")
    assert "load school: its load shapes are not carried" in take(script(shaped)).imported.notes


def test_what_a_script_shows_or_exports_stays_out_of_the_way(script, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    taken = take(script(tail=TAIL + "show voltages ln nodes\nexport voltages\nplot circuit\n"))
    assert taken.agreement.within(1e-6)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["here", "village.dss"]


def test_every_load_is_multiplied_as_the_script_says(script):
    taken = take(script(tail="set loadmult=1.1\n" + TAIL))
    assert taken.imported.network.loads[0].peak_kw == pytest.approx(66.0)
    assert taken.agreement.within(1e-6)


def test_a_file_without_a_circuit_is_refused(script):
    with pytest.raises(ImportRefused, match="no circuit"):
        take(script(more="", head="clear\n", tail=""))


def test_a_no_load_current_stands_at_the_end_where_opendss_has_it(script):
    head = HEAD.replace("%loadloss=1.2", "%loadloss=1.2 %imag=0.5 %noloadloss=0.2")
    taken = take(script(head=head))
    assert taken.imported.network.transformers[0].magnetising == "to"
    assert taken.agreement.within(1e-6)
