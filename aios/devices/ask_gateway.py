"""A write as a person asks for it: through the door of the running gateway, and followed to its end.

There is no other way: the gate judges, the journal remembers, the driver sends once.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from aios.local import ask
from kernel.shell.wire import (
    Answer,
    GetLineage,
    Lineage,
    PutRequest,
    Rejected,
    Repeated,
)

ENDED: Final = frozenset({"refused", "superseded", "expired"})
EVERY_S: Final = 0.2
"""Pause between two questions what has become of it, real seconds."""
Ask = Callable[[PutRequest | GetLineage], Answer]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a wish for a value."""

    point: str
    value: float
    stage: str
    """taken, asked, permitted, refused, superseded or expired."""
    why: str = ""
    command: str = ""
    """Id of the command, question or refusal."""
    outcome: str = ""
    """done, refused, timed_out, expired or unknown; empty while it is open."""
    detail: str = ""
    read_back: float | None = None

    @property
    def done(self) -> bool:
        """Whether the feedback showed the effect."""
        return self.outcome == "done"

    @property
    def words(self) -> str:
        """The end in words."""
        said = self.outcome or self.stage
        return f"{said}: {self.detail or self.why}" if self.detail or self.why else said


def follow(
    folder: Path,
    wish: PutRequest,
    *,
    wait_s: float,
    asking: Callable[[Path], Ask] | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> Asked:
    """Ask the gateway of a folder for a value, and wait for what becomes of it.

    Args:
        folder: of the gateway.
        wish: what is asked for; without a key it gets one.
        wait_s: how long to wait for the end, real seconds.
        asking: how the gateway is asked, for tests.
        pause: waits, for tests.

    Raises:
        GatewayAway: none lives there: nothing was asked, and nothing is written.
    """
    wish = wish if wish.key else msgspec.structs.replace(wish, key=f"device-write-{secrets.token_hex(6)}")
    put: Ask = (asking or _over_the_socket)(folder)
    answer = put(wish)
    asked = Asked(point=wish.point, value=wish.value, stage="taken")
    for _ in range(max(1, round(wait_s / EVERY_S))):
        if isinstance(answer, Rejected):
            return msgspec.structs.replace(asked, stage="refused", why=answer.reason)
        if isinstance(answer, Repeated):
            asked = _grown(asked, answer, put)
            if asked.outcome or asked.stage in ENDED:
                return asked
        pause(EVERY_S)
        answer = put(wish)
    return asked


def _grown(asked: Asked, answer: Repeated, put: Ask) -> Asked:
    """Return what is known now, with the receipt where there is one."""
    asked = msgspec.structs.replace(asked, stage=answer.stage, why=answer.why, command=answer.command)
    if answer.stage != "permitted" or not answer.command:
        return asked
    lineage = put(GetLineage(command=answer.command))
    if not isinstance(lineage, Lineage) or lineage.receipt is None:
        return asked
    receipt = lineage.receipt
    return msgspec.structs.replace(
        asked, outcome=receipt.outcome.value, detail=receipt.detail, read_back=receipt.value
    )


def _over_the_socket(folder: Path) -> Ask:
    return lambda request: ask(folder, request)[0]
