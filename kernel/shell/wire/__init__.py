"""The local protocol: what CLI, control room and demo ask a running gateway over a Unix socket.

It holds the messages and the framing only; `kernel.shell.socket` carries them. `frames` says how they
travel, `requests` what may be asked, and the other files hold one kind of answer each.
"""

from kernel.shell.wire.buses import Buses, DeviceBrief, DeviceState
from kernel.shell.wire.frames import (
    LONGEST_FRAME,
    Answer,
    FrameTooLong,
    frame,
    frame_length,
    read_answer,
    read_request,
)
from kernel.shell.wire.lineage import Lineage
from kernel.shell.wire.metrics import Metrics, Sample
from kernel.shell.wire.outcomes import Accepted, Rejected, Repeated, TurnedAway
from kernel.shell.wire.processes import BlockedPlace, Processes, ProcessState
from kernel.shell.wire.requests import (
    VERSION,
    GetBuses,
    GetLineage,
    GetMetrics,
    GetProcesses,
    GetSnapshot,
    GetTree,
    HearCommand,
    Hello,
    Instruct,
    PutRequest,
    Reload,
    Request,
    Stop,
)
from kernel.shell.wire.snapshot import (
    CanaryState,
    CommandState,
    ConditionState,
    GateState,
    LoopState,
    Notice,
    PointState,
    RungState,
    Series,
    Snapshot,
)
from kernel.shell.wire.tree import Branch, Leaf

__all__ = [
    "LONGEST_FRAME",
    "VERSION",
    "Accepted",
    "Answer",
    "BlockedPlace",
    "Branch",
    "Buses",
    "CanaryState",
    "CommandState",
    "ConditionState",
    "DeviceBrief",
    "DeviceState",
    "FrameTooLong",
    "GateState",
    "GetBuses",
    "GetLineage",
    "GetMetrics",
    "GetProcesses",
    "GetSnapshot",
    "GetTree",
    "HearCommand",
    "Hello",
    "Instruct",
    "Leaf",
    "Lineage",
    "LoopState",
    "Metrics",
    "Notice",
    "PointState",
    "ProcessState",
    "Processes",
    "PutRequest",
    "Rejected",
    "Reload",
    "Repeated",
    "Request",
    "RungState",
    "Sample",
    "Series",
    "Snapshot",
    "Stop",
    "TurnedAway",
    "frame",
    "frame_length",
    "read_answer",
    "read_request",
]
