"""`aios point`: how points are operated: normal, local, blocked, substituted or in test."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from aios.cli.duration import seconds
from aios.cli.out import as_json, console, moment
from aios.cli.telling import ROOT, Json, Key, Person, Reason, Role, Where, look, me, new_key, tell

app = typer.Typer(help="How points are operated.", no_args_is_help=True)


class Word(StrEnum):
    """What a person calls a mode."""

    NORMAL = "normal"
    REMOTE = "remote"
    LOCAL = "local"
    BLOCKED = "blocked"
    SUBSTITUTED = "substituted"
    TEST = "test"


@app.command("mode")
def mode(
    point: Annotated[str, typer.Argument(help="Name of the point, such as f11/active_power.")],
    to: Annotated[Word, typer.Argument(help="The mode; remote is the normal one.", metavar="MODE")],
    *,
    reason: Reason,
    value: Annotated[float | None, typer.Option(help="What to read instead, for substituted only.")] = None,
    for_: Annotated[
        str, typer.Option("--for", help="How long: 90s, 30m, 2h; else until it is set again.")
    ] = "0",
    person: Person = "",
    role: Role = "",
    key: Key = "",
    folder: Where = ROOT,
    json: Json = False,
) -> None:
    """Set the mode of a point."""
    from kernel.instruction import Mode, PointMode

    told = PointMode(
        key=new_key(key),
        person=me(person),
        role=role,
        reason=reason,
        point=point,
        mode=Mode.NORMAL if to is Word.REMOTE else Mode(to.value),
        value=value,
    )
    tell(folder, told, f"{point} is {to.value}", for_s=seconds(for_), json=json)


@app.command("modes")
def modes(folder: Where = ROOT, json: Json = False) -> None:
    """List the points that are not operated normally."""
    seen = look(folder)
    if json:
        as_json({"modes": seen.modes, "local": seen.local})
        return
    for one in seen.modes:
        value = "" if one.value is None else f" {one.value:g}"
        until = f" until {moment(one.until_ns, 'UTC')} UTC" if one.until_ns else ""
        console.print(
            f"{one.point} {one.mode.value}{value}{until}: {one.person}, {one.reason}", highlight=False
        )
    for point in seen.local:
        console.print(f"{point} local: its device says so", highlight=False)
    if not (seen.modes or seen.local):
        console.print("every point is operated normally")
