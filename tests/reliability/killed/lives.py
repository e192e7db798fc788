"""Lives of approvals and repair orders, as people live them at the desk; between two steps any part may die.

A life goes on with what it sees. Where the gateway was started anew, a question is over and a request has
ended: the life ends there too. What must be so at its end is the judge's to say, from what people were told.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import Any

from tests.reliability.killed.agent import POSITION
from tests.reliability.killed.person import Act
from tests.reliability.killed.plant import Plant

OPEN, CLOSED = 1.0, 2.0
OVER = frozenset({"permitted", "refused", "superseded", "expired"})
SHORT_S, LONG_S = 1.5, 60.0
"""Validity of a wish that nobody answers, and of one that somebody does."""
DAY_S = 86_400.0
Step = Callable[[], Awaitable[None]]
"""Called between two steps of a life: something may be killed from then on."""


async def approved(plant: Plant, step: Step, dice: random.Random) -> None:
    """A person asks for a closing, another one agrees."""
    await _asked_and_answered(plant, step, granted=True)


async def rejected(plant: Plant, step: Step, dice: random.Random) -> None:
    """A person asks for a closing, another one says no."""
    await _asked_and_answered(plant, step, granted=False)


async def expired(plant: Plant, step: Step, dice: random.Random) -> None:
    """A person asks for a closing, and nobody answers in time."""
    await _opened(plant)
    await step()
    asked = await _asks_to_close(plant, SHORT_S)
    await step()
    await _ended(plant, asked)


async def agreed_by_two(plant: Plant, step: Step, dice: random.Random) -> None:
    """A machine asks for a closing: one person agrees, in vain again, and then a second one."""
    await _opened(plant)
    plant.want_closed(wanted=True)
    try:
        await step()
        question = await _question(plant, "foreman")
        if question is not None:
            await plant.people["ben"].acts_on(f"approvals/{question['id']}/claim", {"reason": "I look"})
            await step()
            await _answers(plant, "ben", question, granted=True)
            await step()
            await _answers(plant, "ben", question, granted=True)
            await step()
            await _answers(plant, "carl", question, granted=True)
        await _gone(plant)
    finally:
        plant.want_closed(wanted=False)
    await _gone(plant)


async def worked_off(plant: Plant, step: Step, dice: random.Random) -> None:
    """An order is raised, claimed, planned, and put aside in one of three ways."""
    name = f"order-{dice.getrandbits(40):010x}"
    plant.raise_order(name)
    await step()

    async def shown() -> dict[str, Any] | None:
        return await plant.people["ben"].sees(f"repair-orders/{name}")

    if await plant.until(shown) is None:
        raise LookupError(f"{name} was raised and is not shown")
    ben, carl = plant.people["ben"], plant.people["carl"]
    await ben.acts_on(f"repair-orders/{name}/claim", {"reason": "mine"})
    await step()
    await carl.acts_on(f"repair-orders/{name}/reject", {"reason": "not his"})
    await step()
    await ben.acts_on(f"repair-orders/{name}/plan", {"reason": "crew 2", "for_s": DAY_S})
    await step()
    what = dice.choice(("defer", "reject", "done", "release"))
    body = {"reason": "decided"} | ({"for_s": DAY_S} if what == "defer" else {})
    await ben.acts_on(f"repair-orders/{name}/{what}", body)


Life = Callable[[Plant, Step, random.Random], Awaitable[None]]
LIVES: tuple[Life, ...] = (*(approved, rejected, expired, agreed_by_two, worked_off, worked_off),)
"""What a kill may fall into; orders twice, for they have more steps that people are told of."""


async def _asked_and_answered(plant: Plant, step: Step, *, granted: bool) -> None:
    await _opened(plant)
    await step()
    asked = await _asks_to_close(plant, LONG_S)
    await step()
    question = await _question(plant, "person:anna", asked)
    if question is not None:
        await step()
        await _answers(plant, "ben", question, granted=granted)
        await step()
    await _ended(plant, asked)


async def _asks_to_close(plant: Plant, validity_s: float) -> Act:
    wish = {"point": "cb1/close", "value": 1.0, "validity_s": validity_s, "reason": "ready"}
    return await plant.people["anna"].acts_on("commands", wish)


async def _answers(plant: Plant, who: str, question: dict[str, Any], *, granted: bool) -> Act:
    said = {"granted": granted, "digest": question["digest"], "reason": "seen"}
    return await plant.people[who].acts_on(f"approvals/{question['id']}", said)


async def _question(plant: Plant, asked_by: str, asked: Act | None = None) -> dict[str, Any] | None:
    """Wait for the question about a wish; None where the wish has ended without one."""
    no_question: dict[str, Any] = {}

    async def look() -> dict[str, Any] | None:
        shown = await plant.people["ben"].sees("approvals")
        mine = [one for one in (shown or {"items": []})["items"] if one["asked_by"] == asked_by]
        if mine:
            return dict(mine[0])
        return no_question if asked is not None and await _stage(plant, asked) in OVER else None

    return await plant.until(look) or None


async def _ended(plant: Plant, asked: Act) -> None:
    """Wait until something has become of a request, and the desk shows its question no more."""
    if not asked.is_taken:
        return

    async def look() -> bool | None:
        return True if await _stage(plant, asked) in OVER else None

    if await plant.until(look) is None:
        raise LookupError(f"nothing became of {asked.full_key}, which was taken")
    await _gone(plant)


async def _stage(plant: Plant, asked: Act) -> str:
    shown = await plant.people["ben"].sees(f"journal?kind=request&subject={asked.full_key}&limit=50")
    return "" if not shown or not shown["items"] else str(shown["items"][-1]["body"]["stage"])


async def _gone(plant: Plant) -> None:
    """Wait until no question is open."""

    async def look() -> bool | None:
        shown = await plant.people["ben"].sees("approvals")
        return True if shown is not None and not shown["items"] else None

    plant.want_closed(wanted=False)
    if await plant.until(look) is None:
        raise LookupError("a question stays open whose wish is gone")


async def _opened(plant: Plant) -> None:
    """Have the breaker open: opening needs nobody else."""

    async def position() -> float | None:
        shown = await plant.people["anna"].sees(f"points/{POSITION}")
        return None if shown is None or shown["value"] not in {OPEN, CLOSED} else float(shown["value"])

    async def is_open() -> bool | None:
        return True if await position() == OPEN else None

    for _ in range(5):
        if await plant.until(position) == OPEN:
            return
        wish = {"point": "cb1/open", "value": 1.0, "validity_s": LONG_S, "reason": "work in the bay"}
        await plant.people["anna"].acts_on("commands", wish)
        if await plant.until(is_open, within_s=20.0):
            return
    raise LookupError("the breaker does not open")
