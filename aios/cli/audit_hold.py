"""`aios audit hold`: a span of the journal that retention must leave alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT, journal_folder
from aios.cli.out import as_json, console, end, moment
from aios.cli.telling import me, new_key, tell

app = typer.Typer(no_args_is_help=True, help="Spans of the journal that retention leaves alone.")
GATEWAY = typer.Option(help="Folder of the gateway.")
NAME = typer.Argument(help="Name of the hold, such as case-7.")
REASON = typer.Option(help="Why; it stands in the journal.")
PERSON = typer.Option(help="Who says so; your login name unless named.")


@app.command("add")
def add(
    name: Annotated[str, NAME],
    reason: Annotated[str, REASON],
    begin: Annotated[str, typer.Option("--from", help="First moment, ISO 8601, UTC without an offset.")],
    until: Annotated[str, typer.Option("--to", help="Moment before which it ends; open if left out.")] = "",
    person: Annotated[str, PERSON] = "",
    folder: Annotated[Path, GATEWAY] = DEFAULT_ROOT,
    json: Annotated[bool, typer.Option("--json", help="Write the answer as JSON.")] = False,
) -> None:
    """Hold a span: the gateway cuts neither its entries nor what it recorded then."""
    from aios.audit.holding import pin_span
    from aios.cli.audit import span_ns
    from kernel.instruction import LegalHold

    from_ns, to_ns = span_ns(begin, until)
    until_ns = to_ns if until else 0
    told = LegalHold(
        key=new_key(""), person=me(person), reason=reason, name=name, from_ns=from_ns, until_ns=until_ns
    )
    tell(folder, told, f"{name} is held; `aios audit hold list` has it", json=json)
    pin_span(folder, name, from_ns, until_ns, reason=reason)


@app.command("list")
def list_holds(
    folder: Annotated[Path, GATEWAY] = DEFAULT_ROOT,
    json: Annotated[bool, typer.Option("--json", help="Write the holds as JSON.")] = False,
) -> None:
    """List the holds that stand, by whom and why; also where no gateway runs."""
    from aios.audit.holding import standing

    found = standing(journal_folder(folder).root)
    if json:
        as_json(found)
        return
    for one in found:
        last = moment(one.hold.until_ns, "UTC") if one.hold.until_ns else "open"
        first = moment(one.hold.from_ns, "UTC")
        said = f"{one.hold.name:<20} {first} to {last}  {one.hold.person}: {one.hold.reason}"
        console.print(said, highlight=False, soft_wrap=True)


@app.command("release")
def release(
    name: Annotated[str, NAME],
    reason: Annotated[str, REASON],
    person: Annotated[str, PERSON] = "",
    folder: Annotated[Path, GATEWAY] = DEFAULT_ROOT,
    json: Annotated[bool, typer.Option("--json", help="Write the answer as JSON.")] = False,
) -> None:
    """Let a span go: retention may cut it again."""
    from aios.audit.holding import standing, unpin
    from kernel.instruction import LegalHold

    if name not in {one.hold.name for one in standing(journal_folder(folder).root)}:
        end(Exit.NOT_THERE, f"there is no hold {name}; `aios audit hold list` shows them")
    told = LegalHold(key=new_key(""), person=me(person), reason=reason, name=name, from_ns=0, release=True)
    tell(folder, told, f"{name} is let go", json=json)
    unpin(folder, name)
