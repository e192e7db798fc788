"""Stand-ins: policies and agents that `aios replay --with-policy` and `--with-model` try on a recording."""

from __future__ import annotations

import runpy
from collections.abc import Iterable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from aios.replay.again import Rebuilt, rebuilt
from aios.replay.what_if import WhatIf, with_agent, with_policy
from kernel.journal.encoding import StateRecord, TickRecord
from kernel.journal.recorder import RunHeader
from kernel.ports import Agent, Past
from kernel.site import Site
from policies.embedded import EmbeddedGate
from policies.folder import bundle_at


class NoStandIn(LookupError):
    """What was named stands in for nothing; the message says what there is."""


async def other_policy(
    header: RunHeader, kept: StateRecord, ticks: Iterable[TickRecord], path: Path
) -> WhatIf:
    """Ask other policies what was asked in a run.

    Raises:
        FileNotFoundError: there are no policies at the path.
        BundleRefused: they must not be loaded.
    """
    again = rebuilt(header, kept)
    bundle = bundle_at(path, again.site)
    return await with_policy(again.pipe, again.state, ticks, EmbeddedGate(bundle), revision=bundle.revision)


async def other_agent(
    header: RunHeader, kept: StateRecord, ticks: Iterable[TickRecord], named: str, past: Past
) -> WhatIf:
    """Let another agent stand in for one of a run.

    Args:
        header: of the run.
        kept: the state to begin from.
        ticks: of the run.
        named: `AGENT=ENTRY` or `AGENT=FILE.py`; AGENT may be left out where the site has one of that kind.
        past: what the other agent starts from.

    Raises:
        NoStandIn: no such agent, entry point or file.
    """
    again = rebuilt(header, kept)
    name, agent = stand_in(named, again.site)
    other: Rebuilt = rebuilt(header, kept, replaced={name: agent}, foreign=frozenset({name}))
    return await with_agent(again.pipe, again.state, ticks, other=other.pipe, name=name, past=past)


def stand_in(named: str, site: Site) -> tuple[str, Agent]:
    """Make the agent that was named; return whom it stands in for, and the agent.

    Raises:
        NoStandIn: no such agent, entry point or file.
    """
    name, _, what = named.rpartition("=")
    specs = [spec for spec in site.loops if spec.agent == name or (not name and spec.kind == Path(what).stem)]
    if len(specs) != 1:
        known = ", ".join(spec.agent for spec in site.loops)
        raise NoStandIn(f"{named} does not say for whom: name it AGENT=ENTRY; {site.name} has {known}")
    make = _maker(what)
    agent: Agent = make(specs[0], site)
    return specs[0].agent, agent


def _maker(what: str) -> Any:
    if what.endswith(".py"):
        if not Path(what).is_file():
            raise NoStandIn(f"no file {what}")
        found = runpy.run_path(what).get("make")
        if found is None:
            raise NoStandIn(f"{what} has no function make(spec, site)")
        return found
    entries = entry_points(group="aios.agents")
    named = [entry for entry in entries if entry.name == what]
    if not named:
        raise NoStandIn(f"no agent {what}; installed are {', '.join(sorted(entries.names))}")
    return named[0].load()
