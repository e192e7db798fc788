"""`aios account trail`: what happened to accounts, sign-ins and tokens, and whether anybody touched it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from aios.cli.access_file import Folder, Json, opened
from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT
from aios.cli.out import as_json, console, errors, moment

if TYPE_CHECKING:
    from kernel.journal.chain import Entry


def trail(
    account: Annotated[str, typer.Option(help="Only what concerns this account.")] = "",
    folder: Folder = DEFAULT_ROOT,
    json: Json = False,
) -> None:
    """Say who was made, changed, locked or signed in, by whom and when; check that nothing was touched."""
    with opened(folder) as access:
        entries, findings = tuple(access.trail.entries()), access.trail.findings()
    shown = [one for one in entries if account in ("", one.subject)]
    if json:
        as_json({"entries": [_plain(one) for one in shown], "findings": findings})
    else:
        for one in shown:
            console.print(_line(one), highlight=False, soft_wrap=True, markup=False)
    for finding in findings:
        errors.print(finding, highlight=False, soft_wrap=True, markup=False)
    raise typer.Exit(int(Exit.FINDINGS if findings else Exit.OK))


def _plain(entry: Entry) -> dict[str, object]:
    return {
        "seq": entry.seq,
        "at_ns": entry.at_ns,
        "kind": entry.kind,
        "subject": entry.subject,
        **msgspec.json.decode(entry.body),
        "hash": entry.hash.hex(),
    }


def _line(entry: Entry) -> str:
    facts = msgspec.json.decode(entry.body)
    by = facts.pop("by")
    said = ", ".join(f"{name} {_words(value)}" for name, value in facts.items() if value not in ("", []))
    kind = entry.kind.replace("_", " ")
    return f"{moment(entry.at_ns, 'UTC')} UTC  {kind:<18} {entry.subject:<20} by {by}  {said}".rstrip()


def _words(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
