"""`aios alarms`: what needs an operator's response at a running gateway, and what they do about it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.duration import seconds
from aios.cli.out import as_json, console, moment
from aios.cli.telling import ROOT, Json, Key, Person, Reason, Role, Where, look, me, new_key, tell

if TYPE_CHECKING:
    from pathlib import Path

    from kernel.alarm import Alarm
    from kernel.shell.wire import Snapshot

app = typer.Typer(
    invoke_without_command=True, help="The alarms of a running gateway, and what people do about them."
)
Id = Annotated[
    str, typer.Argument(help="Id of the alarm, such as voltage_limit:t1; `aios alarms` lists them.")
]


@app.callback()
def alarms(context: typer.Context, folder: Where = ROOT, json: Json = False) -> None:
    """List the alarms that are not normal, the most urgent first."""
    if context.invoked_subcommand is not None:
        return
    seen = look(folder)
    if json:
        as_json(seen.alarms)
        return
    console.print(counted(seen.alarms, seen.alarms_last_hour), highlight=False, soft_wrap=True)
    if seen.canary is not None:
        console.print(proven(seen), highlight=False, soft_wrap=True)
    for alarm in seen.alarms:
        console.print(told(alarm), highlight=False, soft_wrap=True, markup=False)


@app.command("acknowledge")
def acknowledge(
    alarm: Id,
    *,
    reason: Reason = "seen",
    person: Person = "",
    role: Role = "",
    key: Key = "",
    folder: Where = ROOT,
    json: Json = False,
) -> None:
    """Say that you have seen it, and answer for the response."""
    _act("acknowledge", alarm, reason, person, role, key, folder, json=json)


@app.command("shelve")
def shelve(
    alarm: Id,
    *,
    for_: Annotated[str, typer.Option("--for", help="How long: 30m, 2h; at most 24h.")],
    reason: Reason,
    person: Person = "",
    role: Role = "",
    key: Key = "",
    folder: Where = ROOT,
    json: Json = False,
) -> None:
    """Put it aside for a time; it comes back by itself."""
    _act("shelve", alarm, reason, person, role, key, folder, for_s=seconds(for_), json=json)


@app.command("unshelve")
def unshelve(
    alarm: Id,
    *,
    reason: Reason = "no longer put aside",
    person: Person = "",
    role: Role = "",
    key: Key = "",
    folder: Where = ROOT,
    json: Json = False,
) -> None:
    """Bring a shelved alarm back before its time."""
    _act("unshelve", alarm, reason, person, role, key, folder, json=json)


@app.command("take-out")
def take_out(
    alarm: Id,
    *,
    reason: Reason,
    person: Person = "",
    role: Role = "",
    key: Key = "",
    folder: Where = ROOT,
    json: Json = False,
) -> None:
    """Take it out of service, for maintenance; it stays out until it is put back."""
    _act("take_out", alarm, reason, person, role, key, folder, json=json)


@app.command("put-back")
def put_back(
    alarm: Id,
    *,
    reason: Reason = "back in service",
    person: Person = "",
    role: Role = "",
    key: Key = "",
    folder: Where = ROOT,
    json: Json = False,
) -> None:
    """Put an alarm that was out of service back."""
    _act("put_back", alarm, reason, person, role, key, folder, json=json)


def _act(  # what every instruction says
    act: str,
    alarm: str,
    reason: str,
    person: str,
    role: str,
    key: str,
    folder: Path,
    *,
    for_s: float = 0.0,
    json: bool,
) -> None:
    from kernel.instruction import AlarmAct, OnAlarm

    one = AlarmAct(
        key=new_key(key), person=me(person), role=role, reason=reason, alarm=alarm, act=OnAlarm(act)
    )
    tell(folder, one, f"{act.replace('_', '-')} {alarm}: done", for_s=for_s, json=json)


def counted(alarms: tuple[Alarm, ...], last_hour: int) -> str:
    """Say how many stand in which state, and how many came in the last hour."""
    states = Counter("cannot be judged" if one.blind else one.state.value for one in alarms)
    standing = ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in states.items())
    return f"{standing or 'no alarm'}; {last_hour} came in the last hour"


def proven(seen: Snapshot) -> str:
    """Say when the last canary alarm came through, or that alarms do not come through any more."""
    from datetime import UTC

    from aios.control_room.proof import proof
    from aios.control_room.sight import Sight
    from aios.control_room.times import duration

    found = proof(Sight(snapshot=seen))
    if found is None:
        return ""
    if found.broken is not None:
        return f"alarms do not come through: {found.why(UTC)}"
    return "alarms not proven yet" if found.age_s is None else f"alarms proven {duration(found.age_s)} ago"


def told(alarm: Alarm) -> str:
    """Say an alarm in the words of its reader."""
    since = moment(alarm.since_ns or alarm.at_ns, "UTC")
    blind = ", cannot be judged now" if alarm.blind else ""
    until = f" until {moment(alarm.shelved_until_ns, 'UTC')} UTC" if alarm.shelved_until_ns else ""
    by = f" by {alarm.by}" if alarm.by else ""
    likely = f"\n    most likely {alarm.point}" if alarm.point else ""
    return (
        f"{alarm.id}  priority {alarm.priority}, {alarm.state.value}{until}{by}{blind}, since {since} UTC\n"
        f"    {alarm.text}{likely}\n"
        f"    {alarm.response} Within {alarm.respond_within_s / 60.0:g} min."
    )
