"""Suspending, resuming and restarting agents: what a person tells the gateway about one of them.

Pure. A suspended agent does not step. What it wanted before stands until it expires; then its points go
safe by the ordinary rule. A restarted agent begins from the state in which it started this run.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from kernel.instruction import AgentChange, Change, Unfit
from kernel.pipe.state import PipeState


def change_agent(agents: Collection[str], state: PipeState, told: AgentChange) -> PipeState | Unfit:
    """Say what a change of an agent makes of a state, or why it cannot be taken.

    Args:
        agents: names of all loops, those in workers among them.
        state: before the change.
        told: what a person wants.
    """
    name, standing = told.agent, state.suspended
    if name not in agents:
        return Unfit(f"no agent {name}; there are {', '.join(sorted(agents)) or 'none'}")
    match told.change:
        case Change.SUSPEND if name in standing:
            return Unfit(f"{name} is suspended already, by {standing[name].person}")
        case Change.SUSPEND:
            return msgspec.structs.replace(state, suspended={**standing, name: told})
        case Change.RESUME if name not in standing:
            return Unfit(f"{name} is not suspended")
        case Change.RESUME:
            return msgspec.structs.replace(
                state, suspended={n: one for n, one in standing.items() if n != name}
            )
        case Change.RESTART:  # an agent in a worker has no state here: the shell starts it again there
            fresh = {name: state.starts[name]} if name in state.starts else {}
            return msgspec.structs.replace(state, agents={**state.agents, **fresh})
