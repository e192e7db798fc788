"""Machine code for the tests: compiled once for all their processes, and kept for the next run.

Compiling what the forecaster runs takes some 15 s of a core, and a gateway that begins in an empty folder
does it anew. That it is ready in time all the same is the promise R17, which empties the cache by itself.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CACHE = "NUMBA_CACHE_DIR"


def share() -> None:
    """Let this process and its children keep machine code in one folder; one that is named already stays.

    It must come before the compiler is imported. The folder is that of the kernels as they are: the compiler
    does not see that what a kernel calls has changed in another file.
    """
    if CACHE not in os.environ:
        from aios.gateway.warmup import cache_folder

        os.environ[CACHE] = str(cache_folder(ROOT / ".numba_cache" / _kernels()))


def fill() -> subprocess.Popen[bytes]:
    """Begin to compile what the agents of the shipped site run, in a process of its own."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    return subprocess.Popen(
        [sys.executable, "-m", "aios", "warmup", "nord", "--json"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
    )


def _kernels() -> str:
    """Return a digest of the files of all kernels."""
    texts = [path.read_bytes() for path in sorted((ROOT / "edge").rglob("*.py"))]
    found = [text for text in texts if b"import compiled\n" in text]
    return hashlib.sha256(b"\0".join(found)).hexdigest()[:12]
