"""The gate on an Open Policy Agent server: one constant query a tick, the same belief as everywhere.

The path of the query is constant and never built from an input (CVE-2025-46569). The client's own retries
are off: a second try would be late, and a late permit is worth nothing. Run OPA >= 1.4 on loopback.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from opa_client.opa_async import AsyncOpaClient

from kernel.ports import GateRequest
from kernel.verdict import Judgement
from policies.gate import believe

_PACKAGE: Final = "aios/gate"
_RULE: Final = "document"


class OpaServerGate:
    """Judges all commands of a tick with one POST to `/v1/data/aios/gate/document`."""

    def __init__(
        self, *, host: str, port: int, revision: str, timeout_s: float, token: str | None = None
    ) -> None:
        """Point at a server; nothing is sent before the first request.

        Args:
            host: name or address, best of the loopback interface.
            port: its port.
            revision: revision of the bundle that must answer.
            timeout_s: real seconds for the whole exchange; below the base tick.
            token: bearer token, where the server asks for one.
        """
        self.revision = revision
        self._client = AsyncOpaClient(host=host, port=port, timeout=timeout_s, retries=0, token=token)
        self._open = False

    async def judge(self, request: GateRequest) -> Judgement:
        """Return a verdict for each command, or a failure that denies them all."""
        try:
            answer = await self._query(msgspec.to_builtins(request))
        except Exception as error:  # noqa: BLE001 - whatever a foreign client raises, the answer is a denial
            words = str(error) or "no answer in time"
            return Judgement(failure=f"policy server: {type(error).__name__}: {words}")
        raw = answer.get("result") if isinstance(answer, dict) else answer
        return believe(raw, expected_revision=self.revision, commands=request.commands)

    async def close(self) -> None:
        """Close the connection."""
        await self._client.close_connection()
        self._open = False

    async def _query(self, document: dict[str, Any]) -> Any:
        if not self._open:
            await self._client.__aenter__()
            self._open = True
        return await self._client.query_rule(document, package_path=_PACKAGE, rule_name=_RULE)
