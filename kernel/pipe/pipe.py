"""The pipe: one tick from inputs to commands, in three pure steps around the gate.

    draft = pipe.draft(state, inputs)            image, agents, arbiter: what should be written
    draft = pipe.redraft(draft, judgement)       a clamp by policy re-arbitrates once
    decided = pipe.conclude(draft, judgements)   permits, safe set, commands

The shell reads the inputs, asks the gate between the steps, and journals before it writes. A replay calls
the same three steps with journalled inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from kernel.command import Command
from kernel.decision import Decision
from kernel.image import empty_image
from kernel.instruction import Override, PointMode
from kernel.pipe.arbitration import Arbitration
from kernel.pipe.asking import follow
from kernel.pipe.candidates import Candidates, seen_by_policy
from kernel.pipe.dispatching import changed
from kernel.pipe.expecting import looked_back
from kernel.pipe.format import FORMAT
from kernel.pipe.intervals import no_intervals
from kernel.pipe.issue import Issuer, writing_of
from kernel.pipe.ladder import LADDER_SINCE, Ladder
from kernel.pipe.observe import Observed, observe
from kernel.pipe.operations import operations_left
from kernel.pipe.permits import Terms, conclude
from kernel.pipe.plausibility import Rules, no_watch
from kernel.pipe.probing import probed
from kernel.pipe.requests import heard
from kernel.pipe.selecting import follow_selections
from kernel.pipe.shaping import shapes_left
from kernel.pipe.state import LOST, InFlight, Operated, PipeState, Posture
from kernel.pipe.stepping import always
from kernel.pipe.taking_back import taken_back
from kernel.pipe.tick import Decided, Draft, Inputs, Outputs
from kernel.point import OnLoss
from kernel.ports import Past
from kernel.request import Requested
from kernel.schedule.loop import ControlLoop
from kernel.site import Site
from kernel.verdict import Clamp, Judgement


class Pipe:
    """What is fixed for a run: the site, its loops, its limits. It keeps no state of its own."""

    def __init__(
        self,
        site: Site,
        loops: Sequence[ControlLoop],
        *,
        limits: Mapping[str, tuple[float, float]],
        run: str,
        revision: str,
        format: int = FORMAT,  # noqa: A002 - the word of a recording's header
    ) -> None:
        """Fix a run.

        Args:
            site: the substation.
            loops: its control loops.
            limits: lowest and highest value of each writable point, from the assets' ratings, and of sums.
            run: name of this run; command ids begin with it.
            revision: policy revision that is expected to answer, and that permitted the safe set.
            format: format of the recording that this pipe decides for; a replay gives that of the run.
        """
        self.format = format
        self.site = site
        self.loops = tuple(loops)
        self.limits = dict(limits)
        self.issuer = Issuer(site=site, run=run, revision=revision)
        self.arbitration = Arbitration.of(self.issuer, self.limits)
        self._rules = Rules.of(site.points)
        self._candidates = Candidates(surroundings=seen_by_policy(site), format=format)

    @property
    def loops(self) -> tuple[ControlLoop, ...]:
        """The control loops; each set of them has its ladder."""
        return self._loops

    @loops.setter
    def loops(self, loops: tuple[ControlLoop, ...]) -> None:
        self._loops = loops
        self.ladder = Ladder(self.site, loops) if self.format >= LADDER_SINCE else None

    def begin(  # noqa: PLR0913  # all that runs before have left
        self,
        past: Past,
        *,
        now_ns: int,
        in_flight: Mapping[str, InFlight] | None = None,
        sequences: Mapping[str, int] | None = None,
        before: Mapping[str, Command] | None = None,
        written: Mapping[str, Sequence[tuple[Command, bool]]] | None = None,
        modes: Mapping[str, PointMode] | None = None,
        overrides: Mapping[str, Override] | None = None,
        operated: Sequence[Operated] = (),
    ) -> PipeState:
        """Return the state before the first tick; every point is a hole, every agent starts.

        Args:
            past: what the agents start from.
            now_ns: operational time; the first tick comes later.
            in_flight: commands that a run before left open.
            sequences: last sequence number used on each point.
            before: set-points that a run before left standing: each is decided anew, or goes safe.
            written: what runs before wrote on each set-point, the newest first, and whether it was read back:
                from there set-points with limits of movement go on.
            modes: modes of points that hold from an earlier run.
            overrides: overrides that hold from an earlier run.
            operated: what runs before have operated of what wears.
        """
        starts = {loop.name: loop.agent.start(past) for loop in self.loops if not loop.in_worker}
        count = len(self.site.points)
        return PipeState(
            tick=-1,
            image=empty_image(count, now_ns=now_ns),
            watch=no_watch(count),
            intervals=no_intervals(count, now_ns=now_ns),
            agents=starts,
            starts=starts,
            in_flight=in_flight or {},
            sequences=sequences or {},
            postures=self._left_standing(before or {}, now_ns),
            footings={} if self.ladder is None else self.ladder.begin(now_ns),
            modes={name: mode for name, mode in (modes or {}).items() if name in self.site.row},
            overrides=dict(overrides or {}),
            shapes=shapes_left(self.site, written or {}, now_ns=now_ns),
            operated=operations_left(self.site, operated, now_ns=now_ns),
        )

    def _left_standing(self, before: Mapping[str, Command], now_ns: int) -> dict[str, Posture]:
        """Count what a run before wrote as lost, where the device would keep it without an owner."""
        return {
            name: Posture(
                value=command.value,
                authority=LOST,
                revision=command.revision,
                renew_at_ns=now_ns,
                command=command.id,
            )
            for name, command in before.items()
            if name in self.limits and writing_of(self.site.point(name)).on_loss is OnLoss.WRITE_SAFE
        }

    def draft(self, before: PipeState, inputs: Inputs, may_start: Callable[[str], bool] = always) -> Draft:
        """See, arbitrate, and say which commands need a permit.

        Args:
            before: the state that the tick before left.
            inputs: everything the tick may look at.
            may_start: asked by the name of each activated agent whether there is time left for it; an
                agent that may not start is left out of `Draft.stepped`, which is what a recording keeps.
        """
        seen = observe(
            self.site,
            self.loops,
            self._rules,
            before,
            inputs,
            may_start,
            ladder=self.ladder,
            run=self.issuer.run,
        )
        seen = self._followed(before, seen)
        requests: tuple[Requested, ...] = ()
        if inputs.requests or inputs.turned_away:
            state, requests = heard(self.site, seen.state, inputs)
            seen = msgspec.structs.replace(seen, state=state)
        decisions = self.arbitration.decide(seen.state, before.image.now_ns)
        state, hindsights = looked_back(self.site, seen.state, decisions)
        seen = msgspec.structs.replace(seen, state=state, hindsights=hindsights)
        if seen.state.selections:
            drafted = self._draft_selected(before, seen, decisions, requests)
        else:
            drafted = self._draft(before, seen, decisions, requests)
        if not before.gate_failure or self.ladder is None:
            return drafted
        return probed(drafted, self.issuer.of(drafted.after).revision)

    def _draft_selected(
        self,
        before: PipeState,
        seen: Observed,
        decisions: dict[str, Decision],
        requests: tuple[Requested, ...],
    ) -> Draft:
        """Draft a tick in which devices are reserved, or are being reserved."""
        selections, lapses = follow_selections(seen.state, decisions, seen.receipts)
        seen = msgspec.structs.replace(seen, state=msgspec.structs.replace(seen.state, selections=selections))
        return msgspec.structs.replace(self._draft(before, seen, decisions, requests), lapses=lapses)

    def _followed(self, before: PipeState, seen: Observed) -> Observed:
        """Move the questions to people on, where there are any."""
        if not seen.state.asked:
            return seen
        state, questions = follow(self.issuer.of(seen.state), before, seen.state)
        return msgspec.structs.replace(seen, state=state, questions=questions)

    def issuer_of(self, draft: Draft) -> Issuer:
        """Return who makes the commands of a tick: it names the policies that are expected to permit them."""
        return self.issuer.of(draft.after)

    def redraft(self, draft: Draft, judgement: Judgement) -> Draft | None:
        """Arbitrate once more under the bounds that policy set; None where it set none."""
        clamps = [
            (verdict, command)
            for command in draft.candidates
            if isinstance(verdict := judgement.verdicts.get(command.id), Clamp)
        ]
        issuer = self.issuer_of(draft)
        if not clamps or judgement.failure or judgement.revision != issuer.revision:
            return None
        again = self.arbitration.clamped(draft, clamps)
        return self._candidates.of(
            issuer, again if self.format > 1 else msgspec.structs.replace(again, unclamped={})
        )

    def conclude(
        self, draft: Draft, judgements: Sequence[Judgement], *, journal_failure: str = ""
    ) -> Decided:
        """Permit, refuse or go safe; the last judgement counts, and a second one must allow all.

        Args:
            draft: what should be written.
            judgements: what the gate answered.
            journal_failure: why nothing could be journalled; then only the safe set is written.
        """
        terms = Terms(
            issuer=self.issuer_of(draft),
            limits=self.limits,
            surroundings=self._candidates.surroundings,
            without=self.arbitration.without if self.format > 1 else None,
            sums=self.arbitration.sums,
        )
        decided = conclude(terms, draft, judgements, journal_failure=journal_failure)
        return self.arbitration.remembered(draft, decided)

    def _draft(
        self,
        before: PipeState,
        seen: Observed,
        decisions: dict[str, Decision],
        requests: tuple[Requested, ...],
    ) -> Draft:
        image = seen.state.image
        return self._candidates.of(
            self.issuer.of(seen.state),
            Draft(
                before=before,
                after=seen.state,
                wall_ns=seen.inputs.wall_ns or image.now_ns,
                outputs=Outputs(
                    tick=image.tick,
                    now_ns=image.now_ns,
                    sent=seen.inputs.sent,
                    receipts=seen.receipts,
                    published=seen.published,
                    rungs=seen.rungs,
                    jobs=tuple(job.agent for job in seen.jobs),
                    stored=() if seen.served is None else tuple(seen.served.stored),
                    asked=() if seen.served is None else tuple(seen.served.asked),
                    denied=() if seen.served is None else tuple(seen.served.denied),
                    instructions=seen.instructions,
                    questions=seen.questions,
                    requests=requests,
                    heartbeats=seen.inputs.heartbeats,
                    lapsed=seen.lapsed,
                    dispatches=changed(before.dispatches, seen.state.dispatches),
                    hindsights=seen.hindsights,
                    taken_back=taken_back(self.site, seen.state),
                ),
                jobs=seen.jobs,
                decisions=decisions,
                candidates=(),
                orphans=(),
                request=None,
                stepped=seen.activated,
            ),
        )
