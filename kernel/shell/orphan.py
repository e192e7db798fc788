"""Orphans: a child process whose parent was killed ends too, so that nothing of a dead gateway works on."""

from __future__ import annotations

import os
import threading
import time
from typing import Final

POLL_S: Final = 0.5
"""Real seconds between two looks at the parent."""
ORPHANED: Final = 5
"""Exit code of a process whose parent died."""


def end_with(parent: int) -> None:
    """Let this process end within a second when its parent is gone.

    A signal at the parent's death (Linux, PR_SET_PDEATHSIG) would come at the end of the parent's *thread*
    already; a look at who the parent is tells the same of the whole process, on every system.

    Args:
        parent: process id of the parent, as the parent gave it: one that died before this call is noticed.
    """
    threading.Thread(target=_watch, args=(parent,), name="orphan", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(POLL_S)
    os._exit(ORPHANED)  # whatever the process is at: there is nobody left to tell
