import pytest

from drivers.historian.batch import Column
from drivers.mqtt.sparkplug.devices import Row
from drivers.mqtt.sparkplug.edge_node import EdgeNode, NotBorn
from drivers.mqtt.sparkplug.names import BD_SEQ, REBIRTH, NodeName
from drivers.mqtt.sparkplug.payload import DataType, Payload, decode
from kernel.point import Kind, Point
from kernel.quality import FAILURE, GOOD, INVALID, OLD, QUESTIONABLE

NAME = NodeName(group="north", node="nord")
POINTS = (
    Point(name="f11/active_power", unit="kW"),
    Point(name="f11/position", unit="1", kind=Kind.CODE, states={0: "open"}),
    Point(name="t1/top_oil_temperature", unit="degC"),
)
POWER, POSITION, OIL = (Column(point.name, point.unit) for point in POINTS)


def row(column: Column, value: float, quality: int = GOOD, at: int = 1, *, historical: bool = False) -> Row:
    return Row(column=column, value=value, quality=quality, at_ns=at * 10**9, historical=historical)


def told(messages) -> list[tuple[str, Payload]]:
    """Kind with device, and payload."""
    return [(message.topic.removeprefix("spBv1.0/north/"), decode(message.payload)) for message in messages]


def born() -> EdgeNode:
    node = EdgeNode(NAME, POINTS)
    node.begin(1)
    node.birth(2)
    return node


def test_the_will_and_the_birth_of_a_session_carry_the_same_number():
    node = EdgeNode(NAME, POINTS, bd_seq=254)
    for expected in (255, 0, 1):
        ((_, will),) = told([node.begin(1)])
        (_, birth), *_ = told(node.birth(2))
        assert [metric.value for metric in will.metrics] == [expected]
        assert {metric.name: metric.value for metric in birth.metrics}[BD_SEQ] == expected
        assert (will.seq, birth.seq) == (None, 0)


def test_the_quality_of_service_is_1_for_the_death_of_the_node_and_0_for_all_else():
    node = EdgeNode(NAME, POINTS)
    assert node.begin(1).qos == 1
    assert {message.qos for message in [*node.birth(2), *node.data([row(POWER, 1.0)], 3)]} == {0}
    assert not any(message.retain for message in [node.begin(1), *node.birth(2)])


def test_a_birth_tells_every_metric_with_name_type_unit_and_alias():
    node = EdgeNode(NAME, POINTS)
    node.begin(1)
    births = told(node.birth(2))
    assert [topic for topic, _ in births] == ["NBIRTH/nord", "DBIRTH/nord/f11", "DBIRTH/nord/t1"]
    assert [payload.seq for _, payload in births] == [0, 1, 2]
    rebirth = next(metric for metric in births[0][1].metrics if metric.name == REBIRTH)
    assert (rebirth.value, rebirth.alias, rebirth.datatype) == (False, None, DataType.BOOLEAN)
    power, position = births[1][1].metrics
    assert (power.name, power.datatype, power.properties["engUnit"]) == (
        "active_power",
        DataType.DOUBLE,
        "kW",
    )
    assert (position.name, position.datatype) == ("position", DataType.INT32)
    assert power.value is None
    assert power.properties["Quality"] == 500
    aliases = [
        metric.alias for _, payload in births for metric in payload.metrics if metric.alias is not None
    ]
    assert len(set(aliases)) == len(aliases) == 3


def test_data_goes_by_alias_alone():
    ((topic, payload),) = told(born().data([row(POWER, 5.5, at=7), row(POSITION, 1.0, at=7)], 9))
    assert topic == "DDATA/nord/f11"
    assert [(m.name, m.alias, m.value, m.told_type, m.at_ms) for m in payload.metrics] == [
        ("", 1, 5.5, False, 7000),
        ("", 2, 1, False, 7000),
    ]


@pytest.mark.parametrize(
    ("quality", "value", "code"),
    [
        (GOOD, 5.0, 192),
        (QUESTIONABLE | OLD, 5.0, 500),
        (QUESTIONABLE, 5.0, 0),
        (INVALID | FAILURE, None, 0),
        (INVALID | OLD, None, 0),
    ],
)
def test_a_bad_value_says_so_and_an_invalid_one_is_null(quality, value, code):
    rows = [row(POWER, 5.0, quality), row(POSITION, 1.0)]
    (metric, _) = told(born().data(rows, 9))[0][1].metrics
    assert (metric.value, metric.properties["Quality"]) == (value, code)
    assert metric.properties.get("iec61850Quality", 0) == quality


def test_quality_is_told_when_it_changes_and_not_each_time():
    node, qualities = born(), []
    for second, quality in enumerate((GOOD, GOOD, QUESTIONABLE, QUESTIONABLE, GOOD), start=1):
        (metric,) = told(node.data([row(POWER, 1.0, quality, at=second)], 9))[0][1].metrics
        qualities.append(metric.properties.get("Quality"))
    assert qualities == [192, None, 0, None, 192]


def test_backlog_is_historical_and_does_not_become_current():
    node = born()
    node.data([row(POWER, 5.0, at=9)], 9)
    (metric,) = told(node.data([row(POWER, 1.0, at=2, historical=True)], 9))[0][1].metrics
    assert (metric.historical, metric.value, metric.properties["Quality"]) == (True, 1.0, 192)
    assert told(node.birth(10))[1][1].metrics[0].value == 5.0


def test_a_value_that_comes_again_is_historical():
    node = born()
    rows = [row(POWER, 5.0, at=9)]
    first, again = (told(node.data(rows, 9))[0][1].metrics[0] for _ in range(2))
    assert (first.historical, again.historical) == (False, True)


def test_a_device_of_which_nothing_may_be_used_dies_once_and_is_born_again():
    node = born()
    node.data([row(POWER, 1.0), row(POSITION, 1.0), row(OIL, 40.0)], 3)
    bad = [row(POWER, 0.0, INVALID, 2), row(POSITION, 0.0, INVALID, 2), row(OIL, 41.0, at=2)]
    kinds = [topic for topic, _ in told(node.data(bad, 4))]
    assert kinds == ["DDATA/nord/f11", "DDEATH/nord/f11", "DDATA/nord/t1"]
    assert node.data([row(POWER, 0.0, INVALID, 3), row(POSITION, 0.0, INVALID, 3)], 5) == []
    assert [topic for topic, _ in told(node.birth(6))] == ["NBIRTH/nord", "DBIRTH/nord/t1"]
    kinds = [topic for topic, _ in told(node.data([row(POWER, 2.0, at=4)], 7))]
    assert kinds == ["DBIRTH/nord/f11", "DDATA/nord/f11"]


def test_a_backlog_of_a_dead_device_is_told_between_a_birth_and_a_death():
    node = born()
    node.data([row(POWER, 0.0, INVALID), row(POSITION, 0.0, INVALID)], 3)
    old = [row(POWER, 3.0, at=0, historical=True)]
    kinds = [topic.split("/")[0] for topic, _ in told(node.data(old, 4))]
    assert kinds == ["DBIRTH", "DDATA", "DDEATH"]


def test_sequence_numbers_run_from_0_to_255_and_again():
    node = born()
    messages = [message for second in range(300) for message in node.data([row(POWER, 1.0, at=second)], 9)]
    assert [payload.seq for _, payload in told(messages)] == [(3 + number) % 256 for number in range(300)]


def test_data_before_a_birth_is_refused():
    node = EdgeNode(NAME, POINTS)
    node.begin(1)
    with pytest.raises(NotBorn):
        node.data([row(POWER, 1.0)], 2)


def test_a_column_that_was_never_told_must_be_born_first():
    node, new = born(), Column("f12/current", "A")
    with pytest.raises(NotBorn, match="f12/current"):
        node.data([row(new, 1.0)], 3)
    assert node.learn([POWER, new])
    assert not node.learn([POWER, new])
    assert "DBIRTH/nord/f12" in [topic for topic, _ in told(node.birth(4))]
    assert told(node.data([row(new, 1.0)], 5))[0][1].metrics[0].alias == 4


def test_a_point_with_another_unit_is_another_metric():
    node = EdgeNode(NAME, POINTS)
    node.learn([Column("f11/active_power", "MW")])
    node.begin(1)
    names = [metric.name for metric in told(node.birth(2))[1][1].metrics]
    assert names == ["active_power", "position", "active_power (MW)"]
