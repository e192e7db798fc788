"""The lineage of a command: where it came from, and what became of it."""

from __future__ import annotations

import msgspec

from kernel.command import Command, Receipt
from kernel.confidence import Confidence
from kernel.decision import Decision
from kernel.forecast import Forecast
from kernel.measurement import Measurement
from kernel.proposal import Proposal
from kernel.question import Question
from kernel.remote import Signed
from kernel.verdict import Verdict


class Lineage(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """The way of one command: inputs, forecast, proposals, decision, verdict, write, read-back."""

    command: Command | None
    decision: Decision | None
    proposals: tuple[Proposal, ...]
    measurements: tuple[Measurement, ...]
    forecasts: tuple[Forecast, ...]
    verdict: Verdict | None
    receipt: Receipt | None
    revision: str
    written_at_ns: int | None
    decided_at_ns: int | None = None
    """When it was decided, permitted or refused, nanoseconds since 1970 UTC; None where it is not known."""
    signed: Signed | None = None
    """The token of the remote command that it came of; None where it came of none."""
    question: Question | None = None
    """What people were asked about it, with what they answered; None where nobody was."""
    confidence: Confidence | None = None
    """What policy saw of the chosen wish's confidence; None where the wish does not say how sure it is."""
    missing: str = ""
    """Why parts are not there, or why the command is not known."""
