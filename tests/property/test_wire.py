"""Every message of the local protocol comes back as it was sent; rubbish is refused, never half read."""

from __future__ import annotations

import string

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.shell.wire import (
    LONGEST_FRAME,
    Accepted,
    Answer,
    FrameTooLong,
    GetLineage,
    GetSnapshot,
    Hello,
    Instruct,
    Lineage,
    PutRequest,
    Rejected,
    Request,
    Snapshot,
    Stop,
    frame,
    frame_length,
    read_answer,
    read_request,
)

REQUESTS = (Hello, GetSnapshot, GetLineage, PutRequest, Instruct, Stop)
ANSWERS = (Accepted, Rejected, Lineage, Snapshot)
PLAIN: dict[object, st.SearchStrategy[object]] = {
    float: st.floats(allow_nan=False),
    int: st.integers(-(2**63), 2**63 - 1),
    str: st.text(alphabet=string.ascii_letters + " äµ€/\x00", max_size=8),
}


def messages(kinds: tuple[type, ...]) -> st.SearchStrategy[object]:
    """Messages of some kinds with every field drawn by its type."""
    return st.one_of([built(kind) for kind in kinds])


def built(kind: type) -> st.SearchStrategy[object]:
    fields = {field.name: of(field.type) for field in msgspec.structs.fields(kind)}
    return st.builds(kind, **fields)


def of(kind: object) -> st.SearchStrategy[object]:
    """A strategy for a field: structs field by field, tuples short."""
    if kind in PLAIN:
        return PLAIN[kind]
    args = getattr(kind, "__args__", ())
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return st.deferred(lambda: built(kind))
    if getattr(kind, "__origin__", None) is tuple:
        inner = of(args[0])
        return st.lists(inner, max_size=2).map(tuple)
    if getattr(kind, "__origin__", None) is dict:
        return st.dictionaries(of(args[0]), of(args[1]), max_size=2)
    if args:
        return st.one_of([of(one) for one in args])
    return st.from_type(kind)  # type: ignore[arg-type]


@settings(max_examples=40, deadline=None)
@given(messages(REQUESTS))
def test_every_request_comes_back_as_it_was_sent(message: Request) -> None:
    sent = frame(message)
    assert frame_length(sent[:4]) == len(sent) - 4
    assert read_request(sent[4:]) == message


@pytest.mark.parametrize("kind", ANSWERS)
@settings(max_examples=8, deadline=None)
@given(st.data())
def test_every_answer_comes_back_as_it_was_sent(kind: type, data: st.DataObject) -> None:
    message: Answer = data.draw(built(kind))  # type: ignore[assignment]
    assert read_answer(frame(message)[4:]) == message


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=64))
def test_rubbish_is_refused_or_is_a_whole_request(body: bytes) -> None:
    try:
        request = read_request(body)
    except msgspec.DecodeError:
        return
    assert isinstance(request, REQUESTS)
    assert read_request(frame(request)[4:]) == request


@settings(max_examples=40, deadline=None)
@given(messages(REQUESTS), st.data())
def test_a_request_that_was_cut_is_refused(message: Request, data: st.DataObject) -> None:
    body = frame(message)[4:]
    with pytest.raises(msgspec.DecodeError):
        read_request(body[: data.draw(st.integers(0, len(body) - 1))])


@given(st.integers(0, 2**32 - 1))
def test_no_frame_longer_than_the_protocol_admits_is_taken(length: int) -> None:
    head = length.to_bytes(4, "big")
    if length > LONGEST_FRAME:
        with pytest.raises(FrameTooLong, match=str(length)):
            frame_length(head)
    else:
        assert frame_length(head) == length
