"""`aios orders`: the repair orders of a running gateway, and what people do with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.duration import seconds
from aios.cli.exits import Exit
from aios.cli.out import as_json, console, end, moment
from aios.cli.telling import ROOT, Json, Key, Person, Reason, Role, Where, look, me, new_key, tell

if TYPE_CHECKING:
    from pathlib import Path

    from kernel.dispatch import Dispatch
    from kernel.repair import RepairOrder
    from kernel.shell.wire import Snapshot

app = typer.Typer(
    no_args_is_help=True, help="The repair orders of a running gateway, and what people do with them."
)
Id = Annotated[str, typer.Argument(help="Id of the order, such as t2:top_oil_residual.", metavar="ORDER")]
For = Annotated[str, typer.Option("--for", help="How long from now: 4h, 2d; at most 30d.")]


@app.command("list")
def list_(folder: Where = ROOT, json: Json = False) -> None:
    """List the open orders, the dearest first, with who has each."""
    seen = look(folder)
    work = {one.order: one for one in seen.dispatches}
    if json:
        as_json([{"order": one, "work": work.get(one.id)} for one in seen.orders])
        return
    for order in seen.orders:
        console.print(line(order, work.get(order.id), seen.currency), highlight=False, soft_wrap=True)
    if not seen.orders:
        console.print("no order is open")


@app.command("show")
def show(order: Id, folder: Where = ROOT, json: Json = False) -> None:
    """Show one order with its evidence, what waiting costs, and what people said of it."""
    seen = look(folder)
    found = next((one for one in seen.orders if one.id == order), None)
    work = next((one for one in seen.dispatches if one.order == order), None)
    if found is None and work is None:
        end(Exit.NOT_THERE, f"no order {order} is open; `aios orders list` lists those that are")
    if json:
        as_json({"order": found, "work": work})
        return
    for text in (*_order(found, work, seen), *_work(work)):
        console.print(text, highlight=False, soft_wrap=True, markup=False)


@app.command("claim")
def claim(
    order: Id,
    *,
    reason: Reason = "looking at it",
    person: Person = "",
    role: Role = "",
    key: Key = "",
    folder: Where = ROOT,
    json: Json = False,
) -> None:
    """Take an order: from now on you decide on it, until you release it or hand it over."""
    _act("claim", order, reason, person, role, key, folder, json=json)


@app.command("release")
def release(
    order: Id,
    *,
    reason: Reason = "released",
    person: Person = "",
    role: Role = "",
    key: Key = "",
    folder: Where = ROOT,
    json: Json = False,
) -> None:
    """Give an order that you have back to everybody."""
    _act("release", order, reason, person, role, key, folder, json=json)


@app.command("plan")
def plan(
    order: Id,
    *,
    for_: For,
    reason: Reason,
    person: Person = "",
    role: Role = "",
    key: Key = "",
    folder: Where = ROOT,
    json: Json = False,
) -> None:
    """Say by when it will be done; it comes back then, unless somebody says that it is."""
    _act("plan", order, reason, person, role, key, folder, for_s=seconds(for_), json=json)


@app.command("defer")
def defer(
    order: Id,
    *,
    for_: For,
    reason: Reason,
    person: Person = "",
    role: Role = "",
    key: Key = "",
    folder: Where = ROOT,
    json: Json = False,
) -> None:
    """Put it aside for a time; it comes back then, or sooner where it becomes dearer."""
    _act("defer", order, reason, person, role, key, folder, for_s=seconds(for_), json=json)


@app.command("reject")
def reject(
    order: Id,
    *,
    reason: Reason,
    person: Person = "",
    role: Role = "",
    key: Key = "",
    folder: Where = ROOT,
    json: Json = False,
) -> None:
    """Say that it will not be done; it comes back where it becomes dearer, or something else is wrong."""
    _act("reject", order, reason, person, role, key, folder, json=json)


@app.command("done")
def done(
    order: Id,
    *,
    reason: Reason,
    person: Person = "",
    role: Role = "",
    key: Key = "",
    folder: Where = ROOT,
    json: Json = False,
) -> None:
    """Say that the work is done; what is still there a day later comes back."""
    _act("done", order, reason, person, role, key, folder, json=json)


def _act(  # what every instruction says
    act: str,
    order: str,
    reason: str,
    person: str,
    role: str,
    key: str,
    folder: Path,
    *,
    for_s: float = 0.0,
    json: bool,
) -> None:
    from kernel.instruction import OnOrder, OrderAct

    one = OrderAct(
        key=new_key(key), person=me(person), role=role, reason=reason, order=order, act=OnOrder(act)
    )
    tell(folder, one, f"{act} {order}: in force", for_s=for_s, json=json)


def line(order: RepairOrder, work: Dispatch | None, currency: str) -> str:
    """Say an order on two lines: what it is, and where the work stands."""
    cost, by = f"{order.cost_per_day.median:.0f} {currency} a day", moment(order.decide_by_ns, "UTC")
    return f"{order.rank}. {order.id}  {order.title}; {cost}, decide by {by} UTC\n    {stands(work)}"


def stands(work: Dispatch | None) -> str:
    """Say where the work on an order stands.

    >>> stands(None)
    'open: nobody has it'
    """
    if work is None or work.stage == "open":
        return "open: nobody has it"
    by = f" by {work.by}" if work.by else ""
    until = f" until {moment(work.until_ns, 'UTC')} UTC" if work.until_ns else ""
    return f"{work.stage.value}{by}{until}: {work.reason}"


def _order(order: RepairOrder | None, work: Dispatch | None, seen: Snapshot) -> list[str]:
    if order is None:
        return ["its evidence is not known since the start of the gateway"]
    waits = [
        f"    {one.days:g} days: {one.median:.0f} {seen.currency} ({one.low:.0f} to {one.high:.0f})"
        for one in order.if_you_wait
    ]
    found = [f"    {one.text}: {one.value:g} {one.unit}" for one in order.evidence]
    return [line(order, work, seen.currency), order.work, "waiting costs", *waits, "evidence", *found]


def _work(work: Dispatch | None) -> list[str]:
    turns = () if work is None else work.history
    return [
        f"{moment(one.at_ns, 'UTC')} UTC  {one.stage.value}  {one.by or 'the gateway'}: {one.why}"
        for one in turns
    ]
