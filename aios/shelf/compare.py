"""The comparison of two bundles on the recorded day, in a process of its own: it computes for long.

`python -m aios.shelf.compare FOLDER` reads both bundles from standard input, and writes what it found.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path
from typing import Final

import msgspec

from policies.bundle import PolicyBundle
from policies.shadow import Compared

NICE: Final = 19


class Two(msgspec.Struct, frozen=True, kw_only=True):
    """What is compared."""

    active: PolicyBundle
    candidate: PolicyBundle


class NotCompared(RuntimeError):
    """The comparison came to no end; the message says why."""


async def compared_in_process(root: Path, active: PolicyBundle, candidate: PolicyBundle) -> Compared:
    """Compare two bundles on the newest day that a gateway has recorded, beside everything else it does.

    Raises:
        NotCompared: the process failed, or gave no answer.
    """
    body = msgspec.json.encode(Two(active=active, candidate=candidate))
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "aios.shelf.compare", str(root), stdin=PIPE, stdout=PIPE, stderr=DEVNULL
    )
    try:
        answer, _ = await child.communicate(body)
    except BaseException:  # also one that is cancelled: nobody else would end the process
        if child.returncode is None:
            child.kill()
            await child.wait()
        raise
    try:
        return msgspec.json.decode(answer, type=Compared)
    except msgspec.MsgspecError as error:
        raise NotCompared(f"the comparison ended with code {child.returncode}") from error


def main() -> None:
    """Compare what standard input holds."""
    from aios.shelf.recorded import compared_on_record  # noqa: PLC0415 - only this process decides ticks again

    os.nice(NICE)
    two = msgspec.json.decode(sys.stdin.buffer.read(), type=Two)
    found = asyncio.run(compared_on_record(Path(sys.argv[1]), two.active, two.candidate))
    sys.stdout.buffer.write(msgspec.json.encode(found))


if __name__ == "__main__":
    main()
