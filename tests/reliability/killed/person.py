"""People at the desk: an act is sent again under its key until the desk has said what became of it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.reliability.killed.site import NAME

PATIENCE_S = 180.0
AGAIN_S = 0.3
"""Real seconds between two attempts: below the pace that a desk takes of a person."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something that a person did, and the last that they heard of it."""

    person: str
    key: str
    path: str
    status: int
    said: dict[str, Any]
    attempts: int
    told_s: float
    """When they heard it, monotonic seconds."""

    @property
    def is_taken(self) -> bool:
        """Whether the person was told that it was taken."""
        return self.status == 202

    @property
    def full_key(self) -> str:
        """The key under which a gateway has it."""
        return f"{self.person}/{self.key}"


@dataclass(slots=True)
class Person:
    """Somebody with a token."""

    name: str
    token: str
    url: str
    acts: list[Act] = field(default_factory=list)

    async def acts_on(self, path: str, body: dict[str, Any]) -> Act:
        """Act, and send it again with the same key until an answer says what became of it.

        Raises:
            TimeoutError: no answer says so.
        """
        key = f"k{len(self.acts) + 1}"
        headers = {**self._headers, "Idempotency-Key": key}
        end, attempts = time.monotonic() + PATIENCE_S, 0
        async with httpx.AsyncClient(base_url=self.url, headers=headers, timeout=10.0) as client:
            while time.monotonic() < end:
                attempts += 1
                try:
                    answer = await client.post(f"/api/v1/sites/{NAME}/{path}", json=body)
                except httpx.TransportError:
                    answer = None
                if answer is not None and _is_the_last_word(answer):
                    said, told_s = answer.json(), time.monotonic()
                    act = Act(self.name, key, path, answer.status_code, said, attempts, told_s)
                    self.acts.append(act)
                    return act
                await asyncio.sleep(AGAIN_S)
        raise TimeoutError(f"{self.name} was never told what became of {path}")

    async def sees(self, path: str) -> dict[str, Any] | None:
        """Return what the desk shows; None where it shows nothing now."""
        async with httpx.AsyncClient(base_url=self.url, headers=self._headers, timeout=10.0) as client:
            try:
                answer = await client.get(f"/api/v1/sites/{NAME}/{path}")
            except httpx.TransportError:
                return None
            if answer.status_code != 200 or answer.headers.get("AIOS-Gateway") == "down":
                return None
            shown: dict[str, Any] = answer.json()
            return shown

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def _is_the_last_word(answer: httpx.Response) -> bool:
    """Tell an answer that says what became of an act from one that asks to send it again."""
    if answer.status_code in {429, 502, 503, 504} or "Retry-After" in answer.headers:
        return False
    return not (answer.status_code == 202 and answer.json()["stage"] == "waits")
