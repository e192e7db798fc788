"""What is asked of a gateway from outside, and what became of it: a refusal is a value, with its reason."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from kernel.command import Outcome, Receipt
from kernel.pipe.tick import Decided, Inputs
from kernel.request import OPEN_REQUESTS, Requested, RequestStage


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One wish of a run's script: what is asked between which steps. A run follows from its script."""

    step: int
    """Steps that were done when it was asked."""
    asked: Requested
    valid_s: float
    """For how long it stands, operational seconds."""


class Answers:
    """Hears every tick, and keeps what became of each request and of its command."""

    def __init__(self) -> None:
        """Begin with none."""
        self.requests: dict[str, Requested] = {}
        """By key, as they stand."""
        self.receipts: dict[str, Receipt] = {}
        """By id of the command."""
        self.fresh: list[Requested] = []
        """Those that changed since somebody emptied the list."""

    def heard(self, inputs: Inputs, decided: Decided) -> None:  # noqa: ARG002 - the role gives them
        """Take note of a tick."""
        for request in decided.outputs.requests:
            self.requests[request.key] = request
            self.fresh.append(request)
        for receipt in decided.outputs.receipts:
            self.receipts[receipt.command] = receipt


class Asked:
    """A command that was asked for; it always says what became of it until now."""

    __slots__ = ("_answers", "key")

    def __init__(self, key: str, answers: Callable[[], Answers]) -> None:
        """Follow a request.

        Args:
            key: under which it was asked.
            answers: gives the answers of the run as it is now.
        """
        self.key = key
        self._answers = answers

    @property
    def request(self) -> Requested:
        """The whole answer."""
        return self._answers().requests[self.key]

    @property
    def stage(self) -> RequestStage:
        """Where it stands: `taken` until the next step, then permitted, refused, asked ..."""
        return self.request.stage

    @property
    def pending(self) -> bool:
        """Whether nothing has been decided yet."""
        return self.stage in OPEN_REQUESTS

    @property
    def permitted(self) -> bool:
        """Whether a command came of it."""
        return self.stage is RequestStage.PERMITTED

    @property
    def refused(self) -> bool:
        """Whether it was refused: at the door, by policy, or because gate or journal failed."""
        return self.stage is RequestStage.REFUSED

    @property
    def why(self) -> str:
        """Why it stands there: rule and reason of a refusal."""
        return self.request.why

    @property
    def outcome(self) -> Outcome | None:
        """What came of its command, found by reading back; None until then, and where there is none."""
        receipt = self._answers().receipts.get(self.request.command)
        return None if receipt is None else receipt.outcome

    def __repr__(self) -> str:
        """Say what was asked, and what became of it."""
        request, outcome = self.request, self.outcome
        words = [f"{request.point} = {request.value:g}" if request.value is not None else request.point]
        words.append(request.stage.value if outcome is None else f"{request.stage.value}, {outcome.value}")
        return ": ".join([*words, request.why] if request.why else words)
