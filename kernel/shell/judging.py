"""Asking the gate: once a tick, and a second time where policy clamped. Whatever fails is a denial."""

from __future__ import annotations

import asyncio

from kernel.pipe.pipe import Pipe
from kernel.pipe.tick import Draft
from kernel.ports import GateRequest
from kernel.shell.foresight import Foresight
from kernel.shell.outage import Outages
from kernel.shell.shell import Shell
from kernel.verdict import Judgement


async def decide(
    pipe: Pipe, shell: Shell, outages: Outages, draft: Draft, foresight: Foresight
) -> tuple[Draft, tuple[Judgement, ...]]:
    """Ask the gate once, and a second time where it clamped; return what was asked last.

    Meanwhile what follows from the usual answer is foreseen.
    """
    if draft.request is None:
        return draft, ()
    if foresight.is_live:
        async with asyncio.TaskGroup() as both:
            asking = both.create_task(judge(shell, outages, draft.request), name="question to the gate")
            await foresight.look(draft)
        first = asking.result()
    else:
        first = await judge(shell, outages, draft.request)
    clamped = pipe.redraft(draft, first)
    if clamped is None:
        return draft, (first,)
    if clamped.request is None:
        return clamped, (first,)
    return clamped, (first, await judge(shell, outages, clamped.request))


async def judge(shell: Shell, outages: Outages, request: GateRequest) -> Judgement:
    """Ask the gate; one that raises, hangs or gives no judgement has failed, and failure is a denial."""
    patience_s = shell.gate_patience_s
    try:
        async with asyncio.timeout(patience_s):
            judgement = await shell.gate.judge(request)
    except TimeoutError:
        why = f"no answer of the gate within {patience_s:g} s"
    except Exception as error:  # noqa: BLE001 - a gate is foreign code, and must not end the tick
        why = f"gate raised {error!r}"
    else:
        if isinstance(judgement, Judgement):
            outages.back("gate")
            return judgement
        why = f"gate gave {type(judgement).__name__}"
    outages.away("gate", why)
    return Judgement(failure=why)
