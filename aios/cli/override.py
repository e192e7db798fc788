"""`aios override` and `aios hand-back`: a person's value over all agents, for a time, and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.duration import seconds
from aios.cli.exits import Exit
from aios.cli.out import as_json, console, end, moment
from aios.cli.telling import ROOT, Json, Key, Person, Role, Where, look, me, new_key, tell

if TYPE_CHECKING:
    from kernel.instruction import Override

SAFE = "safe"
NEGATIVE = {"ignore_unknown_options": True}
"""So that a negative value is a value."""


def override(
    pattern: Annotated[
        str, typer.Argument(help="Shell pattern over set-points, such as 'f*/setpoint'; or list.")
    ],
    value: Annotated[str, typer.Argument(help="Value in the unit of the points, or safe.")] = "",
    *,
    for_: Annotated[str, typer.Option("--for", help="How long: 90s, 30m, 2h.")] = "",
    reason: Annotated[str, typer.Option(help="Why; it stands in the journal.")] = "",
    person: Person = "",
    role: Role = "",
    key: Key = "",
    folder: Where = ROOT,
    json: Json = False,
) -> None:
    """Put a value over all agents for a time, on every set-point that matches; or list what stands."""
    from kernel.instruction import Override

    if pattern == "list" and not value:
        _list(look(folder).overrides, json=json)
        return
    if not (value and for_ and reason):
        end(Exit.USAGE, "an override needs a value, --for and --reason; see `aios override --help`")
    told = Override(
        key=new_key(key),
        person=me(person),
        role=role,
        reason=reason,
        pattern=pattern,
        value=None if value == SAFE else _number(value),
        until_ns=0,
    )
    words = f"override {told.key}: {pattern} is {value} for {for_}; `aios hand-back {told.key}` ends it"
    tell(folder, told, words, for_s=seconds(for_), json=json)


def hand_back(
    override_id: Annotated[str, typer.Argument(help="Id of the override.", metavar="ID")],
    *,
    reason: Annotated[str, typer.Option(help="Why; it stands in the journal.")] = "handed back",
    person: Person = "",
    role: Role = "",
    key: Key = "",
    folder: Where = ROOT,
    json: Json = False,
) -> None:
    """End an override before its time: the agents decide again, from the value that stands."""
    from kernel.instruction import HandBack

    told = HandBack(key=new_key(key), person=me(person), role=role, reason=reason, override=override_id)
    tell(folder, told, f"override {override_id} has ended", json=json)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        end(Exit.USAGE, f"{text} is neither a number nor {SAFE}")


def _list(standing: tuple[Override, ...], *, json: bool) -> None:
    if json:
        as_json(standing)
        return
    for one in standing:
        value = SAFE if one.value is None else f"{one.value:g}"
        until = moment(one.until_ns, "UTC")
        told = f"{one.key}: {one.pattern} is {value} until {until} UTC: {one.person}, {one.reason}"
        console.print(told, highlight=False, soft_wrap=True)
    if not standing:
        console.print("no override stands")
