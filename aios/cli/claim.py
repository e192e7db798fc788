"""`aios claim`: a person says that they look at a question, so that nobody else does too."""

from __future__ import annotations

from typing import Annotated

import typer

from aios.cli.telling import ROOT, Json, Key, Person, Role, Where, me, new_key, tell


def claim(
    question: Annotated[str, typer.Argument(help="Id of the question; `aios asks` lists them.")],
    *,
    release: Annotated[bool, typer.Option("--release", help="Give it back instead.")] = False,
    reason: Annotated[str, typer.Option(help="Why; it stands in the journal.")] = "looking at it",
    person: Person = "",
    role: Role = "",
    key: Key = "",
    folder: Where = ROOT,
    json: Json = False,
) -> None:
    """Claim a question of policy: you agree to it first, until it is escalated; others can say no."""
    from kernel.instruction import ClaimQuestion

    told = ClaimQuestion(
        key=new_key(key),
        person=me(person),
        role=role,
        reason=reason,
        question=question,
        release=release,
    )
    tell(folder, told, f"{question} is {'free' if release else 'yours'}", json=json)
