"""`aios asks`: what policy and agents ask people, and what can be answered now."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.files import DEFAULT_ROOT
from aios.cli.out import as_json, console, moment
from aios.cli.telling import look
from aios.sureness import sureness

if TYPE_CHECKING:
    from kernel.question import Question


def asks(
    folder: Annotated[Path, typer.Option(help="Folder of the gateway.")] = DEFAULT_ROOT,
    json: Annotated[bool, typer.Option("--json", help="Write the questions as JSON.")] = False,
) -> None:
    """List the questions that wait for people, with the last time to decide."""
    seen = look(folder)
    if json:
        as_json((*seen.asked, *seen.agents_ask))
        return
    if not (seen.asked or seen.agents_ask):
        console.print("nobody is asked anything")
    units = {point.point: point.unit for point in seen.points}
    for question in seen.asked:
        console.print(told(question, units.get(question.point, "")), highlight=False, soft_wrap=True)
    for asked in seen.agents_ask:
        words = (
            f"{asked.id}  {asked.agent} asks: {asked.question}\n    answer with `aios reply {asked.id} TEXT`"
        )
        console.print(words, highlight=False, soft_wrap=True, markup=False)


def told(question: Question, unit: str) -> str:
    """Say a question in the words of its reader."""
    value = f"{question.value:g} {unit}".strip()
    agreed = ", ".join(answer.person for answer in question.answers) or "nobody yet"
    roles = " or ".join(question.may_answer) or "anybody"
    claimed = f"; {question.claimed_by} looks at it" if question.claimed_by else ""
    late = "; escalated" if question.escalated else ""
    by = moment(question.decide_by_ns, "UTC")
    return (
        f"{question.id}  {question.point} = {value}, asked for by {_asker(question)}: {question.reason}\n"
        f"    {question.stage.value}; agreed: {agreed}; needs {question.approvals} of {roles}; "
        f"decide by {by} UTC{claimed}{late}"
    ) + "".join(f"\n    {line}" for line in sureness(question.confidence))


def _asker(question: Question) -> str:
    """Name who wishes, the person behind an override, and the sum that a point is a part of."""
    is_known = question.asked_by == f"person:{question.person}" or not question.person
    who = question.asked_by if is_known else f"{question.asked_by} ({question.person})"
    return f"{who} as a part of {question.on}" if question.on else who
