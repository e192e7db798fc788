"""`aios driver`: which drivers there are, how good they are, and a new one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.out import as_json, console, end

if TYPE_CHECKING:
    from aios.driver_kit.quality_scale import Quality

app = typer.Typer(
    name="driver", help="Drivers: which there are, how good they are, a new one.", no_args_is_help=True
)
Json = Annotated[bool, typer.Option("--json", help="Write it as JSON.")]
Name = Annotated[str, typer.Argument(help="Name of the driver.")]


@app.callback()
def drivers() -> None:
    """Drivers: which there are, how good they are, a new one."""


@app.command("list")
def list_drivers(json: Json = False) -> None:
    """List the drivers on this machine with the tier of the quality scale that each has reached."""
    from rich.table import Table

    from aios.driver_kit.folders import FILE, driver_folders, protocols_of

    rows = []
    for name, folder in driver_folders().items():
        quality = _read(folder / FILE)
        rows.append(
            {
                "name": name,
                "title": quality.title
                if quality
                else f"{FILE} is missing or wrong; `aios driver show {name}`",
                "tier": quality.tier if quality else "none",
                "protocols": protocols_of(folder),
            }
        )
    if json:
        as_json(rows)
        return
    table = Table("driver", "tier", "protocols", "what it is")
    for row in rows:
        table.add_row(str(row["name"]), str(row["tier"]), ", ".join(row["protocols"]), str(row["title"]))
    console.print(table)


@app.command("show")
def show(name: Name, json: Json = False) -> None:
    """Show every rule of the quality scale as a driver says it of itself: done, to do or exempt, and why."""
    from aios.driver_kit.folders import FILE, driver_folders
    from aios.driver_kit.quality_scale import SCALE, TIERS, read_quality

    folders = driver_folders()
    if name not in folders:
        end(Exit.NOT_THERE, f"no driver {name}; there are {', '.join(folders)}")
    try:
        quality = read_quality(folders[name] / FILE)
    except OSError:
        end(Exit.FINDINGS, f"{name} has no {FILE}: nobody knows how good it is")
    except ValueError as error:
        end(Exit.FINDINGS, str(error))
    if json:
        as_json({"name": name, "tier": quality.tier, "title": quality.title, "rules": quality.rules})
        return
    console.print(f"{quality.title}: {quality.tier}", highlight=False)
    for tier in TIERS:
        console.print(f"\n{tier}", style="bold", highlight=False)
        for rule in SCALE:
            if rule.tier is tier:
                answer = quality.rules[rule.name]
                told = answer.why or ", ".join(answer.proof)
                console.print(
                    f"  {answer.status:6} {rule.name}: {rule.claim}", highlight=False, soft_wrap=True
                )
                console.print(f"         {told}", style="dim", highlight=False, soft_wrap=True)


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(help="Name of the package, and of the protocol in site files.")],
    folder: Annotated[Path | None, typer.Option(help="Folder to write it into; by default its name.")] = None,
    json: Json = False,
) -> None:
    """Write a driver package that runs: driver, simulated device, conformance test, quality.toml."""
    from aios.driver_kit.skeleton import write_skeleton

    into = folder or Path(name)
    try:
        written = write_skeleton(name, into)
    except ValueError as error:
        end(Exit.USAGE, str(error))
    except FileExistsError:
        end(Exit.FAILED, f"{into} is there already; nothing was written")
    if json:
        as_json({"folder": str(into), "files": [str(path) for path in written]})
        return
    for path in written:
        console.print(str(path), highlight=False)
    console.print(
        f"cd {into}, pip install --editable ., python -m pytest: it passes the conformance kit as it is",
        highlight=False,
        soft_wrap=True,
    )


def _read(path: Path) -> Quality | None:
    from aios.driver_kit.quality_scale import read_quality

    try:
        return read_quality(path)
    except (OSError, ValueError):
        return None
