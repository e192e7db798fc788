"""Instructing: each instruction of a person is taken, and changes the state, or refused with a reason.

Pure. What an instruction changes is in force in the same tick, before anything is read.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from kernel.instruction import (
    AgentChange,
    AlarmAct,
    Approval,
    BundleAct,
    ClaimQuestion,
    HandBack,
    HandOver,
    Instructed,
    Instruction,
    LegalHold,
    OrderAct,
    Override,
    PointMode,
    Reply,
    Unfit,
)
from kernel.pipe.agent_change import change_agent
from kernel.pipe.alarm_acts import act_on_alarm
from kernel.pipe.answering import answer, claim
from kernel.pipe.bundle_act import change_bundle
from kernel.pipe.calls import reply
from kernel.pipe.dispatching import act_on_order, hand_over
from kernel.pipe.holding import hold
from kernel.pipe.modes import set_mode
from kernel.pipe.override import hand_back, set_override
from kernel.pipe.state import PipeState
from kernel.site import Site


def instruct(
    site: Site,
    before: PipeState,
    instructions: Sequence[Instruction],
    *,
    agents: Collection[str] = (),
) -> tuple[PipeState, tuple[Instructed, ...]]:
    """Take instructions one after the other; return the state after them, and what became of each."""
    state, told = before, []
    for instruction in instructions:
        after = take(site, state, instruction, agents)
        if isinstance(after, Unfit):
            told.append(Instructed(instruction=instruction, refused=after.reason))
        else:
            state = after
            told.append(Instructed(instruction=instruction))
    return state, tuple(told)


def take(  # noqa: C901, PLR0911 - one line a kind
    site: Site, state: PipeState, instruction: Instruction, agents: Collection[str] = ()
) -> PipeState | Unfit:
    """Say what an instruction makes of a state, or why it cannot be taken."""
    match instruction:
        case PointMode():
            return set_mode(site, state, instruction)
        case Approval():
            return answer(state, instruction)
        case ClaimQuestion():
            return claim(state, instruction)
        case Override():
            return set_override(site, state, instruction)
        case HandBack():
            return hand_back(state, instruction)
        case AgentChange():
            return change_agent(agents, state, instruction)
        case Reply():
            return reply(state, instruction)
        case AlarmAct():
            return act_on_alarm(state, instruction)
        case OrderAct():
            return act_on_order(state, instruction)
        case HandOver():
            return hand_over(state, instruction)
        case BundleAct():
            return change_bundle(site, state, instruction)
        case LegalHold():
            return hold(state, instruction)
