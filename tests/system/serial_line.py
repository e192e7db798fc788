"""A serial line without hardware: two pseudo terminals whose other ends are joined."""

from __future__ import annotations

import os
import select
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def serial_line() -> Iterator[tuple[str, str]]:
    """Two paths: what is written to one comes out of the other, while the block runs."""
    (left, left_end), (right, right_end) = os.openpty(), os.openpty()
    woken, wake = os.pipe()
    for end in (left_end, right_end):
        tty.setraw(end)

    def join() -> None:
        while True:
            ready, _, _ = select.select([left, right, woken], [], [])
            if woken in ready:
                return
            for one in ready:
                os.write(right if one == left else left, os.read(one, 1024))

    thread = threading.Thread(target=join)
    thread.start()
    try:
        yield os.ttyname(left_end), os.ttyname(right_end)
    finally:
        os.write(wake, b"x")
        thread.join()
        for number in (left, left_end, right, right_end, woken, wake):
            os.close(number)
