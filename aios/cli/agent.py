"""`aios agent`: what concerns one agent before it runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.files import read_site, site_path
from aios.cli.out import as_json, console, end

if TYPE_CHECKING:
    from kernel.ports import Agent
    from kernel.site import LoopSpec, Site

app = typer.Typer(name="agent", help="Agents: prove that one is fit to run.", no_args_is_help=True)


@app.callback()
def agents() -> None:
    """Agents: prove that one is fit to run."""


@app.command("check")
def check(
    kind: Annotated[str, typer.Argument(help="Python file of an agent, or an installed kind.")],
    site: Annotated[Path, typer.Option(help="Site file, or a shipped site, whose points it sees.")] = Path(
        "nord"
    ),
    setting: Annotated[
        list[str] | None, typer.Option(help="Setting of its loop, KEY=VALUE; as often as needed.")
    ] = None,
    value: Annotated[
        list[str] | None, typer.Option(help="Value of a point on a calm day, POINT=NUMBER.")
    ] = None,
    budget_ms: Annotated[
        float, typer.Option(help="Real milliseconds a step may take; 0: not looked at.")
    ] = 20.0,
    worker: Annotated[
        bool, typer.Option("--worker", help="It is meant for a worker, not for the loop.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Write the findings as JSON.")] = False,
) -> None:
    """Hold an agent to its contract: deterministic, pure, explicit state, survives holes, in its budget."""
    from aios.plugins import NoSuchAgent
    from aios.testing.agent import check_agent

    read = read_site(site_path(site))
    try:
        spec, agent = _made(read, kind, _pairs(setting or []))
    except NoSuchAgent as error:
        end(Exit.NOT_THERE, str(error))
    except (ValueError, KeyError, TypeError) as error:
        end(Exit.FINDINGS, f"{kind} could not be made: {type(error).__name__}: {error}")
    on_the_loop = not worker and spec.priority in {"safety", "control"}
    values = {point: float(number) for point, number in _pairs(value or []).items()}
    report = check_agent(
        agent, read, values, on_the_loop=on_the_loop, budget_ms=budget_ms if on_the_loop else 0.0
    )
    if json:
        as_json(
            {"agent": agent.name, "kind": kind, "findings": report.findings, "slowest_ms": report.slowest_ms}
        )
    else:
        for found in report.findings:
            console.print(f"{found.claim}: {found.found}", highlight=False, soft_wrap=True)
            console.print(f"  {found.do}", highlight=False, soft_wrap=True)
        told = f"{len(report.findings)} findings" if report.findings else "fit"
        console.print(f"{kind}: {told}; slowest step {report.slowest_ms:.2f} ms", highlight=False)
    raise typer.Exit(int(Exit.FINDINGS if report.findings else Exit.OK))


def _made(site: Site, kind: str, settings: dict[str, str]) -> tuple[LoopSpec, Agent]:
    """Make the agent as the site's own loop of that kind would, or with settings of this call."""
    import msgspec

    from aios.plugins import FILE, maker_of
    from kernel.site import LoopSpec

    looked_for = f"{FILE}{kind}" if kind.endswith(".py") and not kind.startswith(FILE) else kind
    own = next((loop for loop in site.loops if loop.kind == looked_for), None)
    spec = own or LoopSpec(agent="checked", kind=looked_for, period_s=60.0, deadline_s=1.0)
    given = {key: _typed(text) for key, text in settings.items()}
    spec = msgspec.structs.replace(spec, settings=spec.settings | given)
    return spec, maker_of(looked_for)(spec, site)


def _typed(text: str) -> float | str | bool:
    """Read a setting as the site file would."""
    if text in {"true", "false"}:
        return text == "true"
    try:
        return float(text)
    except ValueError:
        return text


def _pairs(texts: list[str]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        key, is_pair, value = text.partition("=")
        if not is_pair:
            end(Exit.USAGE, f"{text} is no KEY=VALUE")
        pairs[key] = value
    return pairs
