"""`aios handover`: the note from one shift to the next, with what is open counted by the gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.out import as_json, console, moment
from aios.cli.telling import ROOT, Json, Key, Person, Role, Where, look, me, new_key, tell

if TYPE_CHECKING:
    from kernel.instruction import HandOver


def handover(
    note: Annotated[str, typer.Argument(help="What the next shift must know; none shows the last.")] = "",
    *,
    to: Annotated[str, typer.Option(help="Who takes over.")] = "",
    from_: Annotated[str, typer.Option("--from", help="Who hands over; you, unless named.")] = "",
    person: Person = "",
    role: Role = "",
    key: Key = "",
    folder: Where = ROOT,
    json: Json = False,
) -> None:
    """Hand a shift over, with all orders that you have; or show the last note, with what was open."""
    from kernel.instruction import HandOver

    if not note:
        _show(look(folder).hand_over, json=json)
        return
    told = HandOver(
        key=new_key(key),
        person=me(person),
        role=role,
        reason="end of shift",
        note=note,
        giver=from_ or me(person),
        taker=to,
    )
    tell(folder, told, f"handed over to {to}; `aios handover` shows the note", json=json)


def _show(last: HandOver | None, *, json: bool) -> None:
    if json:
        as_json(last)
        return
    if last is None:
        console.print("no shift was handed over yet")
        return
    at = moment(last.at_ns, "UTC")
    console.print(f"{at} UTC, {last.giver} to {last.taker}: {last.note}", highlight=False, soft_wrap=True)
    for name, count in last.open.counted():
        console.print(f"    {count} {name}", highlight=False)
