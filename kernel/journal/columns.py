"""Columns: a batch of ticks with its blocks side by side, so that what did not change costs next to nothing.

A recording must give a replay every bit that the pipe saw, so a deadband may leave nothing out. Instead a
block is kept as its difference to the one before of the same rows: value and quality by exclusive or, times
by subtraction, bytes of equal weight together, then deflated. A row that reads as before is a row of zeros.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from kernel.journal.block_bytes import BlockBytes
from kernel.journal.encoding import TickRecord

MARK: Final = b"\x02"
"""First byte of a batch in columns; a batch of format 1 begins with 0x78, as every zlib stream does."""
LEVEL: Final = 1
_SLICE: Final = 2**15
"""Bytes of a column that are worked on in one go, or one tick: no other thread waits for long."""
_INDEX: Final = 4
"""Bytes of a row's number."""
_COLUMNS: Final[tuple[tuple[str, type[np.unsignedinteger[Any]], bool], ...]] = (
    ("value", np.uint64, False),
    ("quality", np.uint16, False),
    ("at_ns", np.uint64, True),
    ("available_at_ns", np.uint64, True),
)
"""Field of a block, its bits as an unsigned number, and whether it grows steadily."""


class _Rows(msgspec.Struct, frozen=True, array_like=True):
    """Which rows were read in one tick: those of all its blocks in a line."""

    index: bytes
    sizes: tuple[int, ...]
    """Rows of each block."""


class _Head(msgspec.Struct, frozen=True, array_like=True):
    """Everything of a batch but the numbers."""

    ticks: tuple[TickRecord, ...]
    """Without blocks."""
    rows: tuple[_Rows, ...]
    """The different sets of rows."""
    which: tuple[int, ...]
    """For each tick, its set."""


_encoder: Final = msgspec.msgpack.Encoder()
_heads: Final = msgspec.msgpack.Decoder(_Head)
_ticks: Final[msgspec.msgpack.Decoder[list[TickRecord]]] = msgspec.msgpack.Decoder(list[TickRecord])


def pack(records: Sequence[TickRecord]) -> bytes:
    """Pack a batch; it works in short slices, so that another thread is not kept from its turn for long."""
    rows: dict[_Rows, int] = {}
    which = tuple(rows.setdefault(_rows(record), len(rows)) for record in records)
    bare = tuple(msgspec.structs.replace(record, blocks=()) for record in records)
    head = _encoder.encode(_Head(bare, tuple(rows), which))
    squeeze = zlib.compressobj(LEVEL)
    parts = [MARK, len(head).to_bytes(4, "little"), squeeze.compress(head)]
    slices = list(_slices(records, which))
    for name, kind, grows in _COLUMNS:
        before: dict[int, NDArray[Any]] = {}
        for these, ticks in slices:
            line = b"".join([getattr(block, name) for record in ticks for block in record.blocks])
            now = np.frombuffer(line, dtype=kind).reshape(len(ticks), -1)
            parts.append(squeeze.compress(_by_weight(_differences(now, before.get(these), grows=grows))))
            before[these] = now[-1]
    return b"".join((*parts, squeeze.flush()))


def _slices(
    records: Sequence[TickRecord], which: Sequence[int]
) -> Iterator[tuple[int, tuple[TickRecord, ...]]]:
    """Cut a batch into short stretches of ticks that read the same rows; give each with its set of rows."""
    for these, neighbours in groupby(zip(which, records, strict=True), key=itemgetter(0)):
        ticks = tuple(record for _, record in neighbours)
        weight = sum(len(block.value) for block in ticks[0].blocks)
        count = max(1, _SLICE // max(1, weight))
        for begin in range(0, len(ticks), count):
            yield these, ticks[begin : begin + count]


def _differences(now: NDArray[Any], before: NDArray[Any] | None, *, grows: bool) -> NDArray[Any]:
    """Return each of T ticks, (T, N), as its difference to the tick before; the first of all as it is."""
    less = np.subtract if grows else np.bitwise_xor
    differences = now.copy()
    less(now[1:], now[:-1], out=differences[1:])
    if before is not None:
        less(now[0], before, out=differences[0])
    return differences


def _rows(record: TickRecord) -> _Rows:
    index = [block.index for block in record.blocks]
    return _Rows(b"".join(index), tuple(len(one) // _INDEX for one in index))


def unpack(body: bytes) -> list[TickRecord]:
    """Return a batch exactly as it was packed; one of format 1 is read as well.

    Raises:
        ValueError: the batch is damaged.
    """
    try:
        if body[:1] != MARK:
            return _ticks.decode(zlib.decompress(body))
        return list(_unpacked(zlib.decompress(body[5:]), int.from_bytes(body[1:5], "little")))
    except (zlib.error, msgspec.MsgspecError, IndexError) as error:
        raise ValueError(str(error)) from error


def _unpacked(plain: bytes, size: int) -> Iterator[TickRecord]:
    head = _heads.decode(plain[:size])
    columns, at = [], size
    for _, kind, grows in _COLUMNS:
        column, at = _column(plain, at, head, kind, grows=grows)
        columns.append(column)
    if at != len(plain):
        raise ValueError(f"{len(plain) - at} bytes are left over")
    for number, (record, these) in enumerate(zip(head.ticks, head.which, strict=True)):
        numbers = [column[number] for column in columns]
        blocks = tuple(_blocks(head.rows[these], numbers))
        yield msgspec.structs.replace(record, blocks=blocks)


def _blocks(rows: _Rows, numbers: list[bytes]) -> Iterator[BlockBytes]:
    """Cut the line of a tick into its blocks again."""
    widths = [np.dtype(kind).itemsize for _, kind, _ in _COLUMNS]
    begin = 0
    for size in rows.sizes:
        end = begin + size
        fields = [line[begin * width : end * width] for line, width in zip(numbers, widths, strict=True)]
        yield BlockBytes(rows.index[begin * _INDEX : end * _INDEX], *fields)
        begin = end


def _column(
    plain: bytes, at: int, head: _Head, kind: type[np.unsignedinteger[Any]], *, grows: bool
) -> tuple[list[bytes], int]:
    """Read one field of all ticks from a place; return the bytes of each, and the place after them."""
    before: dict[int, NDArray[Any]] = {}
    found, width = [], np.dtype(kind).itemsize
    for these in head.which:
        count = sum(head.rows[these].sizes)
        raw = np.frombuffer(plain, dtype=np.uint8, count=count * width, offset=at)
        at += count * width
        difference = np.ascontiguousarray(raw.reshape(width, count).T).view(kind).reshape(count)
        was = before.get(these)
        now = difference if was is None else was + difference if grows else was ^ difference
        before[these] = now
        found.append(now.tobytes())
    return found, at


def _by_weight(numbers: NDArray[Any]) -> bytes:
    """Return the bytes of the numbers of T ticks, (T, N): of each tick, the lowest of all first."""
    return numbers.view(np.uint8).reshape(*numbers.shape, numbers.itemsize).transpose(0, 2, 1).tobytes()
