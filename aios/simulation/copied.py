"""A copy of this very process, in which a what-if is lived: exact, because the operating system makes it.

A fork costs the same however long the run is. Only the forking thread goes on in the copy, so whatever other
threads held stays held there: a copy that gives no sign of life is ended, and the caller finds another way.
"""

from __future__ import annotations

import io
import os
import pickle
import select
import signal
import time
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final, NoReturn, TypeVar

PATIENCE_S: Final = 30.0
"""Real seconds without a sign of life after which a copy is given up."""
_SIGN, _HERE = b".", b"!"
_CHUNK: Final = 1 << 20
Found = TypeVar("Found")
Work = Callable[[Callable[[], None]], Found]
"""What is done in the copy; it calls its argument now and then as a sign of life."""


class NoCopy(RuntimeError):
    """The copy did not come to an end; the message says why."""


def in_a_copy(work: Work[Found], *, shared: Mapping[str, object], patience_s: float = PATIENCE_S) -> Found:
    """Call a function in a copy of this process, and return what it returns; here nothing changes.

    Args:
        work: it must not touch files that are open here.
        shared: large things that both processes have: what comes back refers to those of this one.
        patience_s: real seconds without a sign of life after which the copy is ended.

    Raises:
        NoCopy: there is no answer.

    >>> numbers = [1]
    >>> in_a_copy(lambda sign: numbers.append(2) or numbers, shared={}), numbers
    ([1, 2], [1])
    """
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        # From Python 3.12 on a fork beside other threads warns of locks that they hold: hence the patience.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = _forked(reader, writer)
    if child == 0:
        _live(work, writer, shared)
    os.close(writer)
    try:
        answer: Found = _heard(reader, shared, patience_s)
    except BaseException:  # whatever it was, an interruption too: the copy must not live on
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        raise
    else:
        return answer
    finally:
        os.close(reader)
        with suppress(ChildProcessError):  # who ignores SIGCHLD has no children to wait for
            os.waitpid(child, 0)


def _forked(*ends: int) -> int:
    """Fork.

    Raises:
        NoCopy: the machine has no room for another process.
    """
    try:
        return os.fork()
    except OSError as error:
        for end in ends:
            os.close(end)
        raise NoCopy(str(error)) from error


def _live(work: Work[Any], writer: int, shared: Mapping[str, object]) -> NoReturn:
    """Do the work as the copy, tell what came of it, and end without undoing anything of the original."""
    code = 1
    try:
        _tell(writer, _SIGN)
        packed = io.BytesIO()
        _Packer(packed, shared).dump(work(lambda: _tell(writer, _SIGN)))
        _tell(writer, _HERE + packed.getvalue())
        code = 0
    finally:
        os._exit(code)


def _tell(writer: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(writer, view) :]


def _heard(reader: int, shared: Mapping[str, object], patience_s: float) -> Any:
    """Return what a copy tells."""
    content = bytearray()
    until = time.monotonic() + patience_s
    while select.select([reader], [], [], max(0.0, until - time.monotonic()))[0]:
        piece = os.read(reader, _CHUNK)
        if not piece:
            _, here, answer = bytes(content).partition(_HERE)
            if not here:
                raise NoCopy("the copy ended before it had an answer")
            return _Unpacker(io.BytesIO(answer), shared).load()
        content += piece
        until = time.monotonic() + patience_s
    raise NoCopy(f"no sign of life for {patience_s:g} s")


class _Packer(pickle.Pickler):
    """Names what both processes have."""

    def __init__(self, file: io.BytesIO, shared: Mapping[str, object]) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._names = {id(one): name for name, one in shared.items()}

    def persistent_id(self, one: object) -> str | None:
        return self._names.get(id(one))


class _Unpacker(pickle.Unpickler):
    """Finds what is named; what it reads was written by a copy of this process."""

    def __init__(self, file: io.BytesIO, shared: Mapping[str, object]) -> None:
        super().__init__(file)
        self._shared = shared

    def persistent_load(self, name: str) -> object:
        return self._shared[name]
