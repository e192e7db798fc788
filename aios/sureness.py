"""Sureness in words: how sure a wish is, and how far its maker's outcomes let that be believed."""

from __future__ import annotations

from collections.abc import Iterator

from kernel.confidence import Confidence


def sureness(one: Confidence | None) -> tuple[str, ...]:
    """Say how sure a wish is, by what, and from where on few enough outcomes were wrong; nothing of None.

    >>> sureness(Confidence(said=0.62, basis="a guess", outcomes=0, wrong=0, thresholds=()))
    ('62 % sure: a guess', 'no outcome yet to believe it by')
    """
    if one is None:
        return ()
    basis = f": {one.basis}" if one.basis else ""
    return (f"{one.said:.0%} sure{basis}".replace("%", " %", 1), *_believed(one))


def _believed(one: Confidence) -> Iterator[str]:
    if not one.outcomes:
        yield "no outcome yet to believe it by"
        return
    yield f"{one.wrong} of {one.outcomes} outcomes of the same agent were wrong"
    known = [
        f"{t.at_most_wrong * 100:g} % wrong from {t.from_confidence * 100:.0f} % on"
        for t in one.thresholds
        if t.from_confidence is not None
    ]
    yield f"at most {', '.join(known)}" if known else "no confidence of it is enough now"
