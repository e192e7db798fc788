"""An agent that takes time says what it saw when it is done, and misses what passes meanwhile."""

import msgspec
import pytest

from aios.studies.late import LateAgent, lateness
from kernel.image import View
from kernel.ports import Step
from kernel.proposal import Priority, Proposal

SECOND = 1_000_000_000


class Counts:
    """Proposes the number of its looks."""

    name = "counts"
    reads = ("a/x",)
    proposes = ("a/y",)

    def start(self, past):
        return 0

    def step(self, view, state):
        said = Proposal(
            agent="counts",
            point="a/y",
            priority=Priority.CONTROL,
            wanted=float(state + 1),
            reason="counted",
            made_at_ns=view.now_ns,
            expires_at_ns=view.now_ns + 120 * SECOND,
        )
        return Step(state=state + 1, proposals=(said,))


def lived(agent, ticks, period_s=60):
    """Return, tick by tick, what was said: (when it was looked, what was wanted)."""
    state, said = agent.start(None), []
    for tick in range(ticks):
        step = agent.step(View(tick=tick, now_ns=tick * period_s * SECOND, readings={}), state)
        state = step.state
        said.append([(one.made_at_ns // SECOND, one.wanted) for one in step.proposals])
    return said


def late(cost_s, spread=0.0, seed=1):
    return LateAgent(Counts(), cost_s=cost_s, spread=spread, deadline_s=60.0, seed=seed)


def test_an_agent_that_takes_no_time_is_itself():
    assert lived(late(0.0), 3) == [[(0, 1.0)], [(60, 2.0)], [(120, 3.0)]]


@pytest.mark.parametrize(
    ("cost_s", "said", "late_steps", "lost"),
    [
        (30.0, [[], [(0, 1.0)], [(60, 2.0)], [(120, 3.0)], [(180, 4.0)]], 0, 0),
        (90.0, [[], [], [(0, 1.0)], [], [(120, 2.0)]], 3, 2),
        (150.0, [[], [], [], [(0, 1.0)], []], 2, 3),
        (1e6, [[], [], [], [], []], 1, 4),
    ],
)
def test_what_was_seen_is_said_when_it_is_done(cost_s, said, late_steps, lost):
    agent = late(cost_s)
    assert lived(agent, 5) == said
    counted = lateness([agent, Counts()])
    assert (counted["late_steps"], counted["lost_steps"]) == (late_steps, lost)
    assert counted["decision_latency_max_s"] == pytest.approx(cost_s)


def test_costs_follow_from_the_seed():
    def costs(seed):
        agent = late(40.0, spread=0.5, seed=seed)
        lived(agent, 20)
        return agent.costs_s

    assert costs(1) == costs(1)
    assert costs(1) != costs(2)
    assert 15.0 < sorted(costs(1))[10] < 100.0


def test_it_declares_what_the_agent_declares_and_its_state_can_be_kept():
    agent = late(90.0)
    assert (agent.name, agent.reads, agent.proposes) == ("counts", ("a/x",), ("a/y",))
    step = agent.step(View(tick=0, now_ns=0, readings={}), agent.start(None))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(step.state))["ready_ns"] == 90 * SECOND


def test_without_a_late_agent_there_is_nothing_to_count():
    assert lateness([Counts()]) == {}
