"""Explained: what each policy said of one recorded command, asked one by one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from aios.folder import Folder
from aios.replay.again import carried, header_of, rebuilt
from aios.replay.what_if import as_recorded
from kernel.journal.recorder import Recording
from kernel.ports import GateRequest
from policies.bundle import PolicyBundle
from policies.embedded import EvaluationFailed, Evaluator
from policies.gate import encode_request


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What one policy said of a command."""

    policy: str
    said: str


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """What all policies said of a command."""

    command: str
    point: str
    revision: str
    """Of the bundle that was asked again."""
    policies: tuple[Said, ...]


async def explained(root: Path, command: str) -> Explained:
    """Ask every policy of then about a command of a recorded run.

    Raises:
        FileNotFoundError: nothing is recorded.
        LookupError: no recorded request holds that command.
    """
    recording = Recording(Folder(root=root).recorder)
    try:
        run = command.rsplit("-", 2)[0]
        header = carried(header_of(recording, run), root)
        again = rebuilt(header, recording.first_state(header.run))
        async for _, draft, _, _ in as_recorded(again.pipe, again.state, recording.ticks(header.run)):
            if draft.request is not None and any(one.id == command for one in draft.request.commands):
                return _asked(again.bundle, draft.request, command)
    finally:
        recording.close()
    raise LookupError(f"the gate was not asked about {command} in what is recorded of run {header.run}")


def _asked(bundle: PolicyBundle, request: GateRequest, command: str) -> Explained:
    evaluator, body = Evaluator(bundle.modules, bundle.data), encode_request(request, bundle.reads)
    said = tuple(Said(policy=name, said=_said(evaluator, name, body, command)) for name in bundle.names)
    evaluator.rest()
    point = next(one.point for one in request.commands if one.id == command)
    return Explained(command=command, point=point, revision=bundle.revision, policies=said)


def _said(evaluator: Evaluator, policy: str, body: bytes, command: str) -> str:
    package = f"data.aios.policies.{policy}"
    for kind in ("deny", "ask", "clamp"):
        lines = [one for one in _of(evaluator, f"{package}.{kind}", body) if one.get("command") == command]
        if lines:
            return f"{kind}: " + "; ".join(str(one.get("reason", "")) for one in lines)
    return "cleared it" if command in _of(evaluator, f"{package}.clear", body) else "said nothing: a denial"


def _of(evaluator: Evaluator, rule: str, body: bytes) -> list[Any]:
    """Return what a rule gives; one that is not there gives nothing."""
    try:
        found = evaluator.evaluate(rule, body)
    except EvaluationFailed:
        return []
    return found if isinstance(found, list) else []
