"""What the recorder keeps comes back to the bit, and no two outputs share a digest."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.command import Outcome, Receipt, Sent, Transmission
from kernel.finding import Finding
from kernel.journal.encoding import (
    StateRecord,
    TickRecord,
    digest,
    inputs_of,
    record_of,
    state_of,
    state_record,
)
from kernel.measurement import Block
from kernel.pipe.state import Rung
from kernel.pipe.tick import Inputs, Outputs, RungChange, WorkerStep
from tests.unit.kernel.pipe.test_permits import DENY
from tests.unit.kernel.ticking import Line, answering, close_breaker

bits = st.integers(0, 2**64 - 1)


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    raw = np.array(draw(st.lists(bits, max_size=8)), dtype=np.uint64)
    count = len(raw)
    return Block(
        index=np.array(
            draw(st.lists(st.integers(0, 2**31 - 1), min_size=count, max_size=count)), dtype=np.int32
        ),
        value=raw.view(np.float64),
        quality=(raw % 65536).astype(np.uint16),
        at_ns=raw.view(np.int64),
        available_at_ns=raw[::-1].copy().view(np.int64),
    )


def bytes_of(read: Block) -> list[bytes]:
    return [a.tobytes() for a in (read.index, read.value, read.quality, read.at_ns, read.available_at_ns)]


@settings(max_examples=60, deadline=None)
@given(st.lists(blocks(), max_size=3), st.integers(0, 2**62))
def test_the_inputs_of_a_tick_come_back_to_the_bit(read: list[Block], now_ns: int) -> None:
    sent = (Sent(command="c", transmission=Transmission.NO_ANSWER, at_ns=now_ns, detail="ä"),)
    steps = (WorkerStep(agent="a", made_at_ns=now_ns, rung="rule"),)
    inputs = Inputs(tick=3, now_ns=now_ns, blocks=tuple(read), sent=sent, steps=steps)
    kept = record_of(inputs, (), Outputs(tick=3, now_ns=now_ns))
    travelled = msgspec.msgpack.decode(msgspec.msgpack.encode(kept), type=TickRecord)
    back = inputs_of(travelled)
    assert [bytes_of(b) for b in back.blocks] == [bytes_of(b) for b in read]
    assert (back.tick, back.now_ns, back.sent, back.steps) == (3, now_ns, sent, steps)


ticks = st.lists(st.tuples(st.floats(-1e6, 1e6), st.booleans(), st.booleans()), min_size=1, max_size=8)


@settings(max_examples=30, deadline=None)
@given(ticks)
def test_a_state_comes_back_to_the_bit_and_goes_on_the_same(run: list[tuple[float, bool, bool]]) -> None:
    line = Line()
    for meter, denied, pulse in run:
        requests = [close_breaker(line)] if pulse else []
        line.tick(answering(DENY) if denied else None, *requests, meter=meter)
    record = state_record(line.state)
    travelled = msgspec.msgpack.decode(msgspec.msgpack.encode(record), type=StateRecord)
    back = state_of(travelled, {"shaver": int})
    assert msgspec.msgpack.encode(state_record(back)) == msgspec.msgpack.encode(record)
    assert not back.image.value.flags.writeable
    twin = Line(line.pipe)
    twin.__dict__.update({**line.__dict__, "state": back, "values": dict(line.values), "commands": []})
    assert digest(line.tick(meter=61.0).outputs) == digest(twin.tick(meter=61.0).outputs)


def full() -> Outputs:
    """Outputs in which every field holds something."""
    line = Line()
    line.tick(answering(DENY), close_breaker(line))
    basis = line.last.outputs.bases[0]
    return Outputs(
        tick=1,
        now_ns=2,
        bases=(basis,),
        commands=(line.commands[0],),
        receipts=(Receipt(command="c", outcome=Outcome.DONE, at_ns=3, detail="d", value=1.0),),
        refused=(line.last.outputs.refused[0],),
        published=(Finding(asset="a", name="n", text="t", value=0.0, unit="K", limit=None, at_ns=4),),
        rungs=(RungChange(agent="a", before="", now=Rung(rung="model", why="", since_ns=5)),),
        gate_failure="",
        jobs=("a",),
    )


def changed(value: Any) -> Any:
    """Something of the same sort that is not the same."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return f"{value}x"
        case None:
            return 1.5
        case tuple():
            return value[:-1] if value else ("x",)
        case _:
            return None


@pytest.mark.parametrize("name", Outputs.__struct_fields__)
def test_the_digest_differs_when_a_field_of_the_outputs_differs(name: str) -> None:
    outputs = full()
    other = msgspec.structs.replace(outputs, **{name: changed(getattr(outputs, name))})
    assert digest(other) != digest(outputs)


@pytest.mark.parametrize("part", ["bases", "commands", "receipts", "refused", "published", "rungs"])
def test_the_digest_differs_when_a_field_of_a_part_differs(part: str) -> None:
    outputs = full()
    (one,) = getattr(outputs, part)
    seen = {digest(outputs)}
    for name in one.__struct_fields__:
        other = msgspec.structs.replace(one, **{name: changed(getattr(one, name))})
        seen.add(digest(msgspec.structs.replace(outputs, **{part: (other,)})))
    assert len(seen) == 1 + len(one.__struct_fields__)


def test_the_smallest_difference_of_a_number_shows_in_the_digest() -> None:
    outputs = full()
    (command,) = outputs.commands
    nudged = msgspec.structs.replace(command, value=float(np.nextafter(command.value, 1e9)))
    assert digest(msgspec.structs.replace(outputs, commands=(nudged,))) != digest(outputs)
