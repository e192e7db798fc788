"""Writing a support bundle: what is looked at, redacted before it is written."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import zipfile
from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, Final

import msgspec

import aios
from aios.doctor import examine
from aios.folder import Folder
from aios.local import ask
from aios.support.known import known_secrets
from aios.support.redact import document_without_secrets, without_secrets
from kernel.journal.audit import audit
from kernel.journal.commands import CommandJournal
from kernel.shell.socket import GatewayAway
from kernel.shell.wire import GetMetrics, GetTree, Request

LINES: Final = 2000
"""Lines from the end of a log."""
_LOG_BYTES: Final = 2 << 20


def write_bundle(
    root: Path, target: Path, *, logs: tuple[Path, ...] = (), site: Path | None = None
) -> list[str]:
    """Write what somebody who helps must see; return the names of the files in it.

    Args:
        root: folder of the gateway, which may run.
        target: file to write; nothing of that name may be there.
        logs: files whose last lines go with it, beside the `*.log` of the folder.
        site: site file; the one that the gateway runs by where it is left out.

    Raises:
        FileExistsError: the target is there.
    """
    text = _site_text(root, site)
    secrets = known_secrets(root, text)
    parts = {
        "machine.json": _machine,
        "packages.json": _packages,
        "findings.json": lambda: examine(root),
        "site.json": lambda: _site(text),
        "journal.json": lambda: _journal(root),
        "files.json": lambda: _files(root),
        "processes.json": lambda: _told(root, GetTree()),
        "metrics.json": lambda: _told(root, GetMetrics()),
    }
    held = {name: _as_text(look, secrets) for name, look in parts.items()}
    for number, path in enumerate(_logs(root, logs)):
        held[without_secrets(f"logs/{number}-{path.name}", secrets)] = without_secrets(_tail(path), secrets)
    target.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in held.items():
            archive.writestr(name, body)
    return sorted(held)


def _as_text(look: Callable[[], Any], secrets: Collection[str]) -> str:
    """Look, and write down what was found; a look that fails is told and holds up no other."""
    try:
        told = msgspec.to_builtins(look())
    except Exception as error:  # noqa: BLE001 - whatever ails one part, the rest helps to find it
        told = {"failed": f"{type(error).__name__}: {error}"}
    return json.dumps(document_without_secrets(told, secrets), indent=1, ensure_ascii=False, default=str)


def _site_text(root: Path, site: Path | None) -> str:
    running = Folder(root=root).revisions / "running.toml"
    path = site or running
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def _site(text: str) -> Any:
    """Return the site file as a document: its comments may hold anything, and stay."""
    import tomllib  # noqa: PLC0415 - one caller

    return tomllib.loads(text)


def _machine() -> dict[str, Any]:
    return {
        "aios": aios.__version__,
        "python": sys.version,
        "system": platform.platform(),
        "machine": platform.machine(),
        "libc": " ".join(platform.libc_ver()),
        "cores": os.cpu_count(),
        "memory_mb": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**20),
    }


def _packages() -> dict[str, str]:
    return {one.metadata["Name"]: one.version for one in distributions()}


def _journal(root: Path) -> dict[str, Any]:
    """Verify the journal, and say by which policies and versions its newest run began."""
    path = Folder(root=root).commands
    if not path.exists():
        return {"there": False}
    with closing(CommandJournal(path, read_only=True)) as journal:
        opened = journal.connection.execute(
            "select body from entries where kind = 'opened' order by seq desc limit 1"
        ).fetchone()
        kinds = journal.connection.execute("select kind, count(*) from entries group by kind").fetchall()
        return {
            "findings": audit(journal),
            "newest": journal.newest,
            "head": journal.head,
            "open_commands": len(journal.open_commands()),
            "newest_run": None if opened is None else msgspec.json.decode(opened[0]),
            "entries": dict(kinds),
        }


def _files(root: Path) -> dict[str, Any]:
    free = shutil.disk_usage(root)
    sizes = {
        path.relative_to(root).as_posix(): path.stat().st_size
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }
    return {"free_bytes": free.free, "total_bytes": free.total, "bytes": sizes}


def _told(root: Path, request: Request) -> Any:
    try:
        (answer,) = ask(root, request)
    except GatewayAway as away:
        return {"away": str(away)}
    return answer


def _logs(root: Path, named: tuple[Path, ...]) -> Iterator[Path]:
    yield from named
    yield from sorted(root.rglob("*.log"))


def _tail(path: Path) -> str:
    """Return the last lines of a log."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _LOG_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return "\n".join(lines[-LINES:])
