"""`aios approve`: a person's answer to a question that policy asked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT
from aios.cli.out import console, end
from aios.cli.telling import answered, look


def approve(
    question: Annotated[str, typer.Argument(help="Id of the question; `aios asks` lists them.")],
    person: Annotated[str, typer.Option(help="Who answers.")],
    reason: Annotated[str, typer.Option(help="Why; it stands in the journal.")],
    role: Annotated[str, typer.Option(help="Role of the person, such as OPERATOR.")] = "",
    reject: Annotated[bool, typer.Option("--reject", help="Say no instead of yes.")] = False,
    folder: Annotated[Path, typer.Option(help="Folder of the gateway.")] = DEFAULT_ROOT,
    json: Annotated[bool, typer.Option("--json", help="Write the gateway's answer as JSON.")] = False,
) -> None:
    """Approve what policy asks about, or reject it; policy judges it again on the newest readings."""
    from kernel.instruction import Approval
    from kernel.shell.wire import Instruct

    digest = next((one.digest for one in look(folder).asked if one.id == question), "")
    if not digest:
        end(Exit.NOT_THERE, f"no question {question} is open; see `aios asks`")
    approval = Approval(
        key=f"{question}|{person}",
        person=person,
        role=role,
        reason=reason,
        asked=question,
        granted=not reject,
        digest=digest,
    )
    answered(folder, Instruct(instruction=approval), json=json)
    if not json:
        console.print(f"{person} has {'rejected' if reject else 'approved'} {question}", highlight=False)
