"""`aios supervisor`: the tree of everything that runs in a gateway, with its restarts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.tree import Tree

from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT
from aios.cli.looking import needs_gateway
from aios.cli.out import as_json, console

if TYPE_CHECKING:
    from kernel.shell.wire import Branch, Leaf


def supervisor(
    folder: Annotated[Path, typer.Option(help="Folder of the gateway.")] = DEFAULT_ROOT,
    json: Annotated[bool, typer.Option("--json", help="Write the tree as JSON.")] = False,
) -> None:
    """Show everything that runs in a gateway: what it is, since when, how often it was restarted and why."""
    from aios.local import ask_for
    from kernel.shell.wire import Branch, GetTree

    with needs_gateway():
        tree = ask_for(folder, GetTree(), Branch, "tree")
    if json:
        as_json(tree)
    else:
        console.print(drawn(tree))
    raise typer.Exit(int(Exit.FINDINGS if has_ended(tree) else Exit.OK))


def has_ended(tree: Branch) -> bool:
    """Tell whether something that should run does not."""
    return any(
        leaf.state == "ended" or (leaf.family is not None and has_ended(leaf.family))
        for leaf in tree.children
    )


def drawn(tree: Branch) -> Tree:
    """Draw the tree for a terminal."""
    top = Tree(f"{tree.name}  {_budget(tree)}", highlight=False)
    for leaf in tree.children:
        _grow(top, leaf)
    return top


def _grow(above: Tree, leaf: Leaf) -> None:
    process = f"  process {leaf.pid}" if leaf.pid else ""
    family = f"  {_budget(leaf.family)}" if leaf.family else ""
    often = f"  {leaf.restarts} restarts" if leaf.restarts else ""
    why = f"  [dim]{leaf.why}[/dim]" if leaf.why else ""
    colour = "red" if leaf.state == "ended" else "green"
    below = above.add(
        f"{leaf.name}  [{colour}]{leaf.state}[/{colour}] {leaf.uptime_s:.0f} s{process}{often}{family}{why}"
    )
    for child in leaf.family.children if leaf.family else ():
        _grow(below, child)


def _budget(branch: Branch) -> str:
    return f"[dim]{branch.strategy}, {branch.intensity} restarts in {branch.period_s:g} s[/dim]"
