"""Whatever comes in whatever order: a host that keeps the rules of Sparkplug can follow the edge node."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from drivers.historian.batch import Column
from drivers.mqtt.message import OutgoingMessage
from drivers.mqtt.sparkplug.devices import Row
from drivers.mqtt.sparkplug.edge_node import EdgeNode
from drivers.mqtt.sparkplug.names import BD_SEQ, NodeName
from drivers.mqtt.sparkplug.payload import decode
from kernel.point import Point
from kernel.quality import GOOD, INVALID, QUESTIONABLE

NAMES = ("a/x", "a/y", "b/x", "c/x")
UNITS = ("kW", "MW")
COLUMNS = [Column(name, unit) for name in NAMES for unit in UNITS]


class StrictHost:
    """Follows an edge node as the specification lets a host do, and refuses everything else."""

    def __init__(self) -> None:
        self.seq, self.bd_seq, self.will = -1, -1, -1
        self.node_is_born = False
        self.devices: dict[str, set[int]] = {}
        self.names: dict[int, tuple[str, str]] = {}

    def connection(self, will: OutgoingMessage) -> None:
        kind, _ = self.read(will)
        assert kind == "NDEATH"
        (metric,) = decode(will.payload).metrics
        assert metric.name == BD_SEQ
        assert self.will in {-1, (metric.value - 1) % 256}
        self.will, self.node_is_born = metric.value, False

    def hear(self, message: OutgoingMessage) -> None:
        kind, device = self.read(message)
        payload = decode(message.payload)
        if kind == "NBIRTH":
            values = {metric.name: metric.value for metric in payload.metrics}
            assert (payload.seq, values[BD_SEQ]) == (0, self.will)
            self.seq, self.node_is_born, self.devices = 0, True, {}
            self.names = {}
            return
        assert self.node_is_born
        assert payload.seq == (self.seq + 1) % 256
        self.seq = payload.seq
        if kind == "DBIRTH":
            for metric in payload.metrics:
                assert metric.name
                assert metric.datatype is not None
                assert self.names.setdefault(metric.alias, (device, metric.name)) == (device, metric.name)
            assert len({metric.name for metric in payload.metrics}) == len(payload.metrics)
            self.devices[device] = {metric.alias for metric in payload.metrics}
        elif kind == "DDATA":
            assert {metric.alias for metric in payload.metrics} <= self.devices[device]
        else:
            assert kind == "DDEATH"
            del self.devices[device]

    @staticmethod
    def read(message: OutgoingMessage) -> tuple[str, str]:
        space, group, kind, node, *device = message.topic.split("/")
        assert (space, group, node) == ("spBv1.0", "north", "nord")
        return kind, "".join(device)


class Session(RuleBasedStateMachine):
    @initialize()
    def begin_life(self) -> None:
        points = [Point(name=name, unit="kW") for name in NAMES[:3]]
        self.node, self.host = EdgeNode(NodeName(group="north", node="nord"), points), StrictHost()
        self.connect()

    @rule()
    def connect(self) -> None:
        self.host.connection(self.node.begin(1))

    @rule()
    def birth(self) -> None:
        for message in self.node.birth(2):
            self.host.hear(message)

    @rule(
        rows=st.lists(
            st.tuples(
                st.sampled_from(COLUMNS),
                st.sampled_from([GOOD, INVALID, QUESTIONABLE]),
                st.integers(0, 5),
                st.booleans(),
            ),
            max_size=6,
        )
    )
    def data(self, rows: list[tuple[Column, int, int, bool]]) -> None:
        if self.node.learn(column for column, *_ in rows) or not self.node.born:
            self.birth()
        made = [
            Row(column=column, value=1.0, quality=quality, at_ns=at, historical=historical)
            for column, quality, at, historical in rows
        ]
        for message in self.node.data(made, 3):
            self.host.hear(message)


Session.TestCase.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
TestSession = Session.TestCase
