"""Blocks as bytes: the compact form in which the outbox keeps telemetry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from kernel.measurement import Block

_INDEX: Final = np.dtype("<i4")
_VALUE: Final = np.dtype("<f8")
_QUALITY: Final = np.dtype("<u2")
_TIME: Final = np.dtype("<i8")


class _Packed(msgspec.Struct, frozen=True, array_like=True):
    """One block; an integer column whose items are all equal is kept as one item."""

    count: int
    index: bytes
    value: bytes
    quality: bytes
    at_ns: bytes
    available_at_ns: bytes


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(list[_Packed])


def pack(blocks: Sequence[Block]) -> bytes:
    """Encode blocks; `unpack` gives them back bit for bit, on any machine.

    A device's block shares its times and mostly its quality, so that a row costs about 12 bytes.

    >>> from kernel.measurement import block
    >>> unpack(pack([block([3, 4], [1.5, -2.0], [0, 1], at_ns=7)]))[0].value.tolist()
    [1.5, -2.0]
    """
    return _encoder.encode([_pack_one(block) for block in blocks])


def unpack(body: bytes) -> tuple[Block, ...]:
    """Decode what `pack` gave.

    Raises:
        msgspec.DecodeError: the bytes are not ours.
    """
    return tuple(_unpack_one(packed) for packed in _decoder.decode(body))


def _pack_one(block: Block) -> _Packed:
    return _Packed(
        count=len(block),
        index=block.index.astype(_INDEX, copy=False).tobytes(),
        value=block.value.astype(_VALUE, copy=False).tobytes(),
        quality=_narrow(block.quality.astype(_QUALITY, copy=False)),
        at_ns=_narrow(block.at_ns.astype(_TIME, copy=False)),
        available_at_ns=_narrow(block.available_at_ns.astype(_TIME, copy=False)),
    )


def _narrow(column: NDArray[Any]) -> bytes:
    alike = len(column) > 1 and bool((column == column[0]).all())
    return (column[:1] if alike else column).tobytes()


def _widen(body: bytes, dtype: np.dtype[Any], count: int) -> NDArray[Any]:
    column: NDArray[Any] = np.frombuffer(body, dtype=dtype)
    return column if len(column) == count else np.full(count, column[0], dtype=dtype)


def _unpack_one(packed: _Packed) -> Block:
    return Block(
        index=np.frombuffer(packed.index, dtype=_INDEX),
        value=np.frombuffer(packed.value, dtype=_VALUE),
        quality=_widen(packed.quality, _QUALITY, packed.count),
        at_ns=_widen(packed.at_ns, _TIME, packed.count),
        available_at_ns=_widen(packed.available_at_ns, _TIME, packed.count),
    )
