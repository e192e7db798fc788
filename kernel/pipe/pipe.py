"""The pipe: one tick from inputs to commands, in three pure steps around the gate.

    draft = pipe.draft(state, inputs)            image, agents, arbiter: what should be written
    draft = pipe.redraft(draft, judgement)       a clamp by policy re-arbitrates once
    decided = pipe.conclude(draft, judgements)   permits, safe set, commands

The shell reads the inputs, asks the gate between the steps, and journals before it writes. A replay calls
the same three steps with journalled inputs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from kernel.command import Command
from kernel.decision import Decision
from kernel.image import Reading, empty_image
from kernel.pipe.arbiter import arbitrate
from kernel.pipe.format import FORMAT
from kernel.pipe.intervals import no_intervals
from kernel.pipe.issue import SAME, Issuer, stands, writing_of
from kernel.pipe.modes import Sending, sending
from kernel.pipe.observe import Observed, observe
from kernel.pipe.permits import conclude
from kernel.pipe.plausibility import Rules, no_watch
from kernel.pipe.standing import admitted, by_point
from kernel.pipe.state import LOST, InFlight, PipeState, Posture
from kernel.pipe.tick import Decided, Draft, Inputs, Outputs
from kernel.point import OnLoss, Operation, Point
from kernel.ports import GateRequest, Past
from kernel.proposal import Priority, Proposal
from kernel.quality import INVALID, VALIDITY
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
            limits: lowest and highest value of each writable point, from the assets' ratings.
            run: name of this run; command ids begin with it.
            revision: policy revision that is expected to answer, and that permitted the safe set.
            format: format of the recording that this pipe decides for; a replay gives that of the run.
        """
        self.format = format
        self.site = site
        self.loops = tuple(loops)
        self.limits = dict(limits)
        self.issuer = Issuer(site=site, run=run, revision=revision)
        self._rules = Rules.of(site.points)
        self._context = {point.asset: _chain(site, point.asset) for point in site.writable}

    def begin(
        self,
        past: Past,
        *,
        now_ns: int,
        in_flight: Mapping[str, InFlight] | None = None,
        sequences: Mapping[str, int] | None = None,
        before: Mapping[str, Command] | None = None,
    ) -> PipeState:
        """Return the state before the first tick; every point is a hole, every agent starts.

        Args:
            past: what the agents start from.
            now_ns: operational time; the first tick comes later.
            in_flight: commands that a run before left open.
            sequences: last sequence number used on each point.
            before: set-points that a run before left standing: each is decided anew, or goes safe.
        """
        count = len(self.site.points)
        return PipeState(
            tick=-1,
            image=empty_image(count, now_ns=now_ns),
            watch=no_watch(count),
            intervals=no_intervals(count, now_ns=now_ns),
            agents={loop.name: loop.agent.start(past) for loop in self.loops if not loop.in_worker},
            in_flight=in_flight or {},
            sequences=sequences or {},
            postures=self._left_standing(before or {}, now_ns),
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

    def draft(self, before: PipeState, inputs: Inputs) -> Draft:
        """See, arbitrate, and say which commands need a permit."""
        seen = observe(self.site, self.loops, self._rules, before, inputs)
        may_wish = admitted(seen.state.standing, seen.state.refusals, now_ns=inputs.now_ns)
        wishes = by_point(may_wish)
        decisions = self._arbitrate(wishes, seen.state)
        return self._draft(before, seen, decisions)

    def redraft(self, draft: Draft, judgement: Judgement) -> Draft | None:
        """Arbitrate once more under the bounds that policy set; None where it set none."""
        clamped = [
            _as_proposal(verdict, command, draft.outputs.now_ns)
            for command in draft.candidates
            if isinstance(verdict := judgement.verdicts.get(command.id), Clamp)
        ]
        if not clamped or judgement.failure or judgement.revision != self.issuer.revision:
            return None
        may_wish = admitted(draft.after.standing, draft.after.refusals, now_ns=draft.outputs.now_ns)
        standing = may_wish | {(p.agent, p.point): p for p in clamped}
        points = {p.point for p in clamped}
        wishes = {point: p for point, p in by_point(standing).items() if point in points}
        decisions = draft.decisions | self._arbitrate(wishes, draft.after)
        return self._candidates(replace(draft, decisions=decisions))

    def conclude(
        self, draft: Draft, judgements: Sequence[Judgement], *, journal_failure: str = ""
    ) -> Decided:
        """Permit, refuse or go safe; the last judgement counts, and a second one must allow all.

        Args:
            draft: what should be written.
            judgements: what the gate answered.
            journal_failure: why nothing could be journalled; then only the safe set is written.
        """
        return conclude(self.issuer, self.limits, draft, judgements, journal_failure=journal_failure)

    def _arbitrate(self, wishes: Mapping[str, Sequence[Proposal]], state: PipeState) -> dict[str, Decision]:
        tick = state.image.tick
        decided = {
            name: arbitrate(
                self.site.point(name),
                proposals,
                limits=self.limits[name],
                tick=tick,
                trace=self.issuer.trace(tick, name),
            )
            for name, proposals in wishes.items()
        }
        return {name: decision for name, decision in decided.items() if decision is not None}

    def _draft(self, before: PipeState, seen: Observed, decisions: dict[str, Decision]) -> Draft:
        image = seen.state.image
        return self._candidates(
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
                    instructions=seen.instructions,
                ),
                jobs=seen.jobs,
                decisions=decisions,
                candidates=(),
                orphans=(),
                request=None,
            )
        )

    def _orphans(self, draft: Draft, commands: Sequence[Command]) -> tuple[str, ...]:
        """Name the set-points that must go safe: those that lost their owner, and those lost on the wire."""
        asked = {command.point for command in commands}
        return tuple(
            point
            for point, posture in sorted(draft.after.postures.items())
            if (posture.authority == "gate" and point not in draft.decisions)
            or (posture.authority == LOST and point not in asked and self._may_retry(posture, point, draft))
        )

    def _may_retry(self, posture: Posture, point: str, draft: Draft) -> bool:
        """Tell whether a lost set-point can be made safe now: its device answers, no command is open."""
        state = draft.after
        is_open = any(flight.command.point == point for flight in state.in_flight.values())
        is_time = draft.outputs.now_ns >= posture.renew_at_ns
        return is_time and not is_open and self._is_there(self.site.point(point), state)

    def _candidates(self, draft: Draft) -> Draft:
        """Write the commands that the decisions call for, and the question to the gate."""
        wanted = [d for d in draft.decisions.values() if self._needs_command(d, draft.after)]
        commands = tuple(
            self.issuer.command(
                draft.after,
                self.site.point(decision.point),
                decision.value,
                number=number,
                authority="gate",
                reason=decision.narrowed_by[-1].reason,
            )
            for number, decision in enumerate(sorted(wanted, key=lambda d: d.point))
        )
        request = None
        if commands:
            request = GateRequest(
                tick=draft.outputs.tick,
                now_ns=draft.wall_ns,
                commands=commands,
                readings=self._readings(commands, draft.after),
            )
        orphans = self._orphans(draft, commands)
        return replace(draft, candidates=commands, orphans=orphans, request=request)

    def _needs_command(self, decision: Decision, state: PipeState) -> bool:
        """Tell whether a decision changes what stands, and the device is there to hear it."""
        point, now_ns = self.site.point(decision.point), state.image.now_ns
        if any(flight.command.point == point.name for flight in state.in_flight.values()):
            return False
        if not self._is_there(point, state) or sending(state.modes, point) is Sending.NONE:
            return False
        refusal = state.refusals.get((decision.chosen_by, point.name))
        if refusal is not None and abs(refusal.value - decision.value) <= SAME and now_ns < refusal.until_ns:
            return decision.once
        if decision.once != (writing_of(point).operation is Operation.PULSE):
            return False  # a pulse is asked for once or not at all; a set-point stands
        posture = state.postures.get(point.name)
        return (
            decision.once
            or posture is None
            or not stands(state, point, decision.value)
            or posture.revision != self.issuer.revision
            or now_ns >= posture.renew_at_ns
        )

    def _is_there(self, point: Point, state: PipeState) -> bool:
        """Tell whether the device answers: the feedback point has a value that is not invalid."""
        row = self.site.row[writing_of(point).feedback or point.name]
        return int(state.image.quality[row]) & VALIDITY != INVALID

    def _readings(self, commands: Sequence[Command], state: PipeState) -> dict[str, Reading]:
        """Collect what policy may look at: the commanded assets and all that feed them."""
        rows = {row for c in commands for row in self._context[self.site.point(c.point).asset]}
        return {self.site.points[row].name: state.image.reading(row) for row in sorted(rows)}


def _chain(site: Site, asset: str) -> tuple[int, ...]:
    """Rows of the points of an asset and of all that feed it."""
    names = set()
    while asset and asset not in names:
        names.add(asset)
        asset = site.asset[asset].upstream if asset in site.asset else ""
    return tuple(row for row, point in enumerate(site.points) if point.asset in names)


def _as_proposal(clamp: Clamp, command: Command, now_ns: int) -> Proposal:
    return Proposal(
        agent=f"policy:{clamp.rule}",
        point=command.point,
        priority=Priority.POLICY,
        low=clamp.low,
        high=clamp.high,
        reason=clamp.reason,
        made_at_ns=now_ns,
        expires_at_ns=now_ns + 1,
    )
