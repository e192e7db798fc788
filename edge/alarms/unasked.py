"""Are there more questions than the shift answers?

While as many wait as may (`questions_at_most` of the site file) the gateway refuses what else policy would
ask people about. Nothing is done for lack of an answer; that nobody was asked is what this alarm tells.
"""

from __future__ import annotations

from edge.alarms.definition import Definition, defined
from edge.alarms.family import Frame, Overs, SeenAtOnce, Words
from kernel.finding import Finding
from kernel.site import Site

CONDITION = "questions_unasked"
SUBJECT = "gateway"


class Unasked(SeenAtOnce):
    """What policy would ask people about and nobody is asked."""

    period_s = 5.0

    def __init__(self, site: Site) -> None:
        """Watch a site where anything can be commanded."""
        self._most = site.questions_at_most
        self.definitions: tuple[Definition, ...] = (defined(CONDITION, SUBJECT),) if site.writable else ()

    def look(self, frame: Frame) -> Overs:
        """Return how many wishes are refused unseen."""
        return {0: float(frame.unasked)} if frame.unasked else {}

    def words(self, number: int, frame: Frame) -> Words:  # noqa: ARG002  # there is one alarm
        """Say how many."""
        text = (
            f"more questions than the shift answers: {frame.unasked} refused unasked, {self._most} may wait"
        )
        evidence = Finding(
            asset=SUBJECT,
            name=CONDITION,
            text=text,
            value=float(frame.unasked),
            unit="1",
            limit=0.0,
            at_ns=frame.image.now_ns,
        )
        return Words(text=text, evidence=(evidence,))
