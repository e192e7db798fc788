"""Small pictures: a PNG with a palette of 256 colours, which is what a page of grey and few colours needs."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tests.fakes.browser import Tab

COLOURS: Final = 256
_DECODE: Final = """(async () => {
    const bytes = Uint8Array.from(atob(PNG), (letter) => letter.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
    canvas.drawImage(picture, 0, 0);
    const seen = canvas.getImageData(0, 0, picture.width, picture.height).data;
    let text = "";
    for (let at = 0; at < seen.length; at += 32768)
        text += String.fromCharCode(...seen.subarray(at, at + 32768));
    return [picture.width, picture.height, btoa(text)];
})()"""


async def pixels(tab: Tab, png: bytes) -> NDArray[np.uint8]:
    """Let the browser decode a picture.

    Returns:
        (height, width, 3) uint8, red, green and blue.
    """
    encoded = json.dumps(base64.b64encode(png).decode())
    width, height, raw = await tab.value(_DECODE.replace("PNG", encoded, 1))
    seen = np.frombuffer(base64.b64decode(raw), dtype=np.uint8)
    return seen.reshape(height, width, 4)[:, :, :3]


def with_palette(picture: NDArray[np.uint8]) -> bytes:
    """Return a PNG of a picture: its commonest colours, every other one as the nearest of them.

    Args:
        picture: (height, width, 3) uint8, red, green and blue.
    """
    height, width, _ = picture.shape
    flat = picture.reshape(-1, 3).astype(np.uint32)
    codes = flat[:, 0] << 16 | flat[:, 1] << 8 | flat[:, 2]
    colours, place, counts = np.unique(codes, return_inverse=True, return_counts=True)
    kept = colours[np.sort(np.argsort(-counts, kind="stable")[:COLOURS])]
    rows = _nearest(_parts(colours), _parts(kept))[place].astype(np.uint8).reshape(height, width)
    filtered = np.hstack([np.zeros((height, 1), dtype=np.uint8), rows])
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", _parts(kept).astype(np.uint8).tobytes()),
            _chunk(b"IDAT", zlib.compress(filtered.tobytes(), 9)),
            _chunk(b"IEND", b""),
        )
    )


def _parts(codes: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Return red, green and blue of colours, (N, 3)."""
    return np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=1).astype(np.int64)


def _nearest(wanted: NDArray[np.int64], kept: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return for each colour the row of the nearest that is kept."""
    nearest = [np.argmin(((kept - colour) ** 2).sum(axis=1)) for colour in wanted]
    return np.array(nearest, dtype=np.intp)


def _chunk(kind: bytes, body: bytes) -> bytes:
    """Source: Portable Network Graphics (PNG), second edition, 5.3."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
