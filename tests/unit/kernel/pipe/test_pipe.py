"""One value through the whole pipe."""

from __future__ import annotations

from kernel.command import Command, Outcome, Sent, Transmission
from kernel.measurement import block
from kernel.pipe.pipe import Pipe
from kernel.pipe.state import PipeState
from kernel.pipe.tick import Decided, Inputs
from kernel.testing import EmptyPast
from kernel.verdict import Allow, Deny, Judgement, Verdict
from tests.unit.kernel.conftest import BATTERY, METER, S, make_pipe, make_site

ALLOW = Allow(revision="test")


def tick(
    pipe: Pipe,
    state: PipeState,
    number: int,
    *,
    verdict: Verdict | str = ALLOW,
    sent: tuple[Sent, ...] = (),
    **values: float,
) -> Decided:
    rows = {"meter": METER, "battery": BATTERY, "sequence": "bat/sequence", "position": "cb/position"}
    now_ns = (1000 + number) * S
    read = block(
        [pipe.site.row[rows[k]] for k in values], list(values.values()), [0] * len(values), at_ns=now_ns
    )
    draft = pipe.draft(state, Inputs(tick=number, now_ns=now_ns, blocks=(read,), sent=sent))
    if draft.request is None:
        return pipe.conclude(draft, [])
    if isinstance(verdict, str):
        judgement = Judgement(failure=verdict)
    else:
        judgement = Judgement(revision="test", verdicts={c.id: verdict for c in draft.request.commands})
    return pipe.conclude(draft, [judgement])


def start(pipe: Pipe) -> PipeState:
    return pipe.begin(EmptyPast(), now_ns=999 * S)


def written(command: Command, number: int) -> tuple[Sent, ...]:
    return (Sent(command=command.id, transmission=Transmission.WRITTEN, at_ns=(1000 + number) * S),)


def test_a_measurement_becomes_a_command_and_its_read_back_a_receipt(pipe: Pipe) -> None:
    first = tick(pipe, start(pipe), 0, meter=80.0, battery=0.0)
    (command,) = first.outputs.commands
    assert (command.point, command.value, command.authority) == (BATTERY, 30.0, "gate")
    assert first.outputs.bases[0].measurements[0].value == 80.0
    second = tick(pipe, first.state, 1, meter=80.0, battery=30.0, sent=written(command, 0))
    (receipt,) = second.outputs.receipts
    assert (receipt.command, receipt.outcome, receipt.value) == (command.id, Outcome.DONE, 30.0)
    assert second.outputs.commands == ()


def test_an_unchanged_decision_is_not_asked_again_before_its_renewal(pipe: Pipe) -> None:
    decided = tick(pipe, start(pipe), 0, meter=80.0, battery=0.0)
    sent = written(decided.outputs.commands[0], 0)
    commands = 0
    for number in range(1, 60):
        decided = tick(pipe, decided.state, number, meter=80.0, battery=30.0, sent=sent)
        commands += len(decided.outputs.commands)
    assert commands == 0
    renewed = tick(pipe, decided.state, 60, meter=80.0, battery=30.0)
    assert [c.renewal for c in renewed.outputs.commands] == [True]


def test_no_command_is_built_on_an_old_measurement(pipe: Pipe) -> None:
    decided = tick(pipe, start(pipe), 0, meter=80.0, battery=0.0)
    for number in range(1, 5):
        decided = tick(pipe, decided.state, number, battery=30.0)
    assert decided.state.rungs["shaver"].rung == "hold"


def test_a_failed_gate_writes_the_safe_value_in_the_same_tick(pipe: Pipe) -> None:
    decided = tick(pipe, start(pipe), 0, meter=80.0, battery=0.0)
    later = tick(
        pipe,
        decided.state,
        1,
        meter=90.0,
        battery=30.0,
        sent=written(decided.outputs.commands[0], 0),
        verdict="gate is slow",
    )
    (safe,) = later.outputs.commands
    assert (safe.value, safe.authority) == (0.0, "safe_set")
    assert later.outputs.refused[0].reason == "gate is slow"
    assert later.outputs.gate_failure == "gate is slow"


def test_a_gate_that_stays_away_writes_the_safe_value_once_and_tells_once(pipe: Pipe) -> None:
    state, commands, refused = start(pipe), 0, 0
    for number in range(5):
        decided = tick(pipe, state, number, meter=80.0, battery=0.0, verdict="gate is off")
        state, commands = decided.state, commands + len(decided.outputs.commands)
        refused += len(decided.outputs.refused)
    assert (commands, refused) == (1, 1)


def test_a_denied_set_point_goes_safe_and_names_the_rule(pipe: Pipe) -> None:
    deny = Deny(rule="xfmr_loading", reason="too hot", revision="test")
    decided = tick(pipe, start(pipe), 0, meter=80.0, battery=0.0, verdict=deny)
    assert decided.outputs.refused[0].rule == "xfmr_loading"
    assert [c.authority for c in decided.outputs.commands] == ["safe_set"]


def test_a_permit_beyond_the_rating_does_not_pass() -> None:
    site = make_site()
    pipe = make_pipe(site)
    pipe.limits[BATTERY] = (-100.0, 100.0)
    draft = pipe.draft(
        start(pipe),
        Inputs(tick=0, now_ns=1001 * S, blocks=(block([0, 1], [80.0, 0.0], [0, 0], at_ns=1001 * S),)),
    )
    pipe.limits[BATTERY] = (-10.0, 10.0)  # the rating behind the gate is narrower than before it
    allow = Judgement(revision="test", verdicts={c.id: Allow(revision="test") for c in draft.candidates})
    decided = pipe.conclude(draft, [allow])
    assert decided.outputs.refused[0].rule == "envelope"


def test_a_set_point_that_nobody_wants_any_more_goes_safe(pipe: Pipe) -> None:
    decided = tick(pipe, start(pipe), 0, meter=80.0, battery=0.0)
    sent = written(decided.outputs.commands[0], 0)
    authorities = []
    for number in range(1, 12):
        decided = tick(pipe, decided.state, number, battery=30.0, sent=sent)
        authorities += [c.authority for c in decided.outputs.commands]
    assert authorities == ["safe_set"]


def test_an_unknown_outcome_of_a_set_point_is_decided_anew_with_a_new_id(pipe: Pipe) -> None:
    first = tick(pipe, start(pipe), 0, meter=80.0, battery=0.0)
    lost = (Sent(command=first.outputs.commands[0].id, transmission=Transmission.NO_ANSWER, at_ns=1000 * S),)
    state, receipts, commands = first.state, [], []
    for number in range(1, 7):
        decided = tick(pipe, state, number, meter=80.0, battery=0.0, sent=lost if number == 1 else ())
        state = decided.state
        receipts += decided.outputs.receipts
        commands += decided.outputs.commands
    assert [r.outcome for r in receipts] == [Outcome.TIMED_OUT]
    assert commands[0].id != first.outputs.commands[0].id


def test_policy_is_asked_about_the_time_on_the_wall_and_control_goes_by_its_own(pipe: Pipe) -> None:
    read = block([0, 1], [80.0, 0.0], [0, 0], at_ns=1001 * S)
    draft = pipe.draft(start(pipe), Inputs(tick=0, now_ns=1001 * S, wall_ns=9_000_000 * S, blocks=(read,)))
    assert draft.request is not None
    assert draft.request.now_ns == 9_000_000 * S
    assert draft.request.commands[0].issued_at_ns == 1001 * S
