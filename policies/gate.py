"""Belief: only a well-formed document of the expected revision yields verdicts; anything else denies all.

The step is pure and the same for every evaluator. Undefined, `{}`, a wrong type, a wrong revision and a
verdict for a command that nobody asked about are all failures, and a failure denies every command.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final, TypeVar

import msgspec

from kernel.command import Command
from kernel.ports import GateRequest
from kernel.verdict import Allow, Ask, Clamp, Deny, Judgement, Verdict
from policies.asking import Question, asked, wrong_question
from policies.reads import Reads

DEFAULT_DENY: Final = "default_deny"
"""Rule of a command that stands in no list."""

_UNDEFINED: Final = "the policy answer is undefined"

_encoder: Final = msgspec.json.Encoder()


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of `deny`."""

    command: str
    rule: str
    reason: str


class Bound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of `clamp`; a missing end does not bound."""

    command: str
    rule: str
    reason: str
    low: float | None
    high: float | None


Line = TypeVar("Line", Entry, Bound, Question)


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The document of `data.aios.gate.document`."""

    revision: str
    allow: frozenset[str]
    deny: list[Entry]
    clamp: list[Bound]
    ask: list[Question]


_decoder: Final = msgspec.json.Decoder(Answer)


def encode_request(request: GateRequest, reads: Reads | None = None) -> bytes:
    """Encode the input document: tick, now_ns, commands, readings and approvals.

    Args:
        request: what is asked.
        reads: of which quantities the readings go along; None means all.
    """
    if reads is None:
        return _encoder.encode(request)
    looked_up = reads.of(request.commands)
    read = {name: one for name, one in request.readings.items() if name.rpartition("/")[2] in looked_up}
    usable = {name: value for name, value in request.usable.items() if name in read}
    return _encoder.encode(msgspec.structs.replace(request, readings=read, usable=usable))


def believe(raw: object, *, expected_revision: str, commands: Sequence[Command]) -> Judgement:
    """Turn what an evaluator answered into exactly one verdict a command, or into a failure.

    Deny goes before ask, ask before clamp, clamp before allow. A command in no list is denied.

    Args:
        raw: the decoded document, from whoever claims to have evaluated.
        expected_revision: the revision the gateway has loaded.
        commands: the N commands of the request, ids unique.

    >>> believe({}, expected_revision="1-abc", commands=()).failure[:37]
    'the policy answer has the wrong form:'
    """
    if raw is None:
        return Judgement(failure=_UNDEFINED)
    try:
        answer = msgspec.convert(raw, Answer)
    except msgspec.ValidationError as error:
        return _misshapen(error)
    return _believed(answer, expected_revision, commands)


def believe_text(text: str | bytes, *, expected_revision: str, commands: Sequence[Command]) -> Judgement:
    """Do what `believe` does with an answer that is still JSON; `null` is undefined.

    >>> believe_text("null", expected_revision="1-abc", commands=()).failure
    'the policy answer is undefined'
    """
    if text in {"null", b"null"}:
        return Judgement(failure=_UNDEFINED)
    try:
        answer = _decoder.decode(text)
    except msgspec.ValidationError as error:
        return _misshapen(error)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Judgement(failure=f"the policy answer is no JSON: {error}")
    return _believed(answer, expected_revision, commands)


def _misshapen(error: msgspec.ValidationError) -> Judgement:
    return Judgement(failure=f"the policy answer has the wrong form: {error}")


def _believed(answer: Answer, expected_revision: str, commands: Sequence[Command]) -> Judgement:
    wrong = _wrong(answer, expected_revision, commands)
    if wrong:
        return Judgement(failure=wrong)
    return Judgement(revision=answer.revision, verdicts=_verdicts(answer, commands))


def check_judgement(judgement: Any, *, expected_revision: str, commands: Sequence[Command]) -> Judgement:
    """Return a judgement as it is where it can be believed, else a failure that says why not.

    The second look behind any gate: it asks for the expected revision in the judgement and in every
    verdict, and for exactly one verdict a command.
    """
    if not isinstance(judgement, Judgement):
        return Judgement(failure=f"the gate answered with {type(judgement).__name__}, not with a judgement")
    why = judgement.failure or _unbelievable(judgement, expected_revision, commands)
    return Judgement(failure=why) if why else judgement


def _unbelievable(judgement: Judgement, expected_revision: str, commands: Sequence[Command]) -> str:
    """Say why a judgement cannot be believed; empty where it can."""
    if set(judgement.verdicts) != {command.id for command in commands}:
        return "the verdicts do not belong to the commands that were asked about"
    strange = [
        item for item in judgement.verdicts.values() if not isinstance(item, Allow | Clamp | Deny | Ask)
    ]
    if strange:
        return f"{type(strange[0]).__name__} is no verdict"
    for revision in (judgement.revision, *(verdict.revision for verdict in judgement.verdicts.values())):
        if not expected_revision or revision != expected_revision:
            return _other_revision(revision, expected_revision)
    return ""


def _wrong(answer: Answer, expected_revision: str, commands: Sequence[Command]) -> str:
    """Say why a well-formed answer cannot be believed; empty where it can."""
    requested = {command.id for command in commands}
    if len(requested) != len(commands):
        return "two commands of the request carry the same id"
    if not expected_revision or answer.revision != expected_revision:
        return _other_revision(answer.revision, expected_revision)
    named = {
        *answer.allow,
        *(line.command for lines in (answer.deny, answer.clamp, answer.ask) for line in lines),
    }
    if not named <= requested:
        strange = ", ".join(sorted(named - requested))
        return f"the policy answer judges commands that were not asked about: {strange}"
    for bound in answer.clamp:
        ends = [end for end in (bound.low, bound.high) if end is not None]
        if not ends or not all(math.isfinite(end) for end in ends):
            return f"the clamp of {bound.command} by {bound.rule} bounds nothing"
    return wrong_question(answer.ask)


def _other_revision(got: str, expected: str) -> str:
    return f"policy revision {got or 'none'} answered, {expected or 'none'} is expected"


def _verdicts(answer: Answer, commands: Sequence[Command]) -> dict[str, Verdict]:
    """Give each command the strictest that was said of it; what stands in no list is denied."""
    revision = answer.revision
    allowed = Allow(revision=revision)
    silence = f"no policy of revision {revision} permits it in so many words"
    unspoken = Deny(rule=DEFAULT_DENY, reason=silence, revision=revision)
    verdicts: dict[str, Verdict] = {
        command.id: allowed if command.id in answer.allow and math.isfinite(command.value) else unspoken
        for command in commands
    }
    for command, bounds in _by_command(answer.clamp).items():
        verdicts[command] = _narrowed(bounds, revision)
    for command, questions in _by_command(answer.ask).items():
        rule, reason = _words(questions)
        verdicts[command] = asked(questions, rule=rule, reason=reason, revision=revision)
    for command, denials in _by_command(answer.deny).items():
        rule, reason = _words(denials)
        verdicts[command] = Deny(rule=rule, reason=reason, revision=revision)
    return verdicts


def _by_command(lines: Sequence[Line]) -> dict[str, list[Line]]:
    """Gather the lines of each command."""
    gathered: dict[str, list[Line]] = {}
    for line in lines:
        gathered.setdefault(line.command, []).append(line)
    return gathered


def _narrowed(bounds: Sequence[Bound], revision: str) -> Clamp | Deny:
    """Intersect the bounds; an empty intersection is a denial."""
    low = max((bound.low for bound in bounds if bound.low is not None), default=None)
    high = min((bound.high for bound in bounds if bound.high is not None), default=None)
    rule, reason = _words(bounds)
    if low is not None and high is not None and low > high:
        return Deny(rule=rule, reason=f"no value is left: {reason}", revision=revision)
    return Clamp(rule=rule, reason=reason, revision=revision, low=low, high=high)


def _words(lines: Sequence[Entry | Bound | Question]) -> tuple[str, str]:
    """Name the first rule and give all reasons, in an order that does not hang on the evaluator."""
    ordered = sorted(lines, key=lambda line: (line.rule, line.reason))
    return ordered[0].rule, "; ".join(dict.fromkeys(line.reason for line in ordered))
