"""`aios reply`: a person's answer to a question that an agent asked."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from aios.cli.exits import Exit
from aios.cli.out import end
from aios.cli.telling import ROOT, Json, Person, Role, Where, look, me, tell

LONGEST: Final = 500
"""Characters of a reason that the gateway takes."""


def reply(
    question: Annotated[str, typer.Argument(help="Id of the question; `aios asks` lists them.")],
    text: Annotated[str, typer.Argument(help="The answer, in your words; the agent reads it.")],
    person: Person = "",
    role: Role = "",
    folder: Where = ROOT,
    json: Json = False,
) -> None:
    """Answer an agent's question; it finds the text in its next step, and the journal keeps it."""
    from kernel.instruction import Reply

    asked = next((one for one in look(folder).agents_ask if one.id == question), None)
    if asked is None:
        end(Exit.NOT_THERE, f"no agent waits for an answer to {question}; see `aios asks`")
    who = me(person)
    told = Reply(
        key=f"{question}|{who}",
        person=who,
        role=role,
        reason=f"{asked.agent} asks: {asked.question}"[:LONGEST],
        question=question,
        text=text,
    )
    tell(folder, told, f"{who} has answered {asked.agent}: {text}", json=json)
