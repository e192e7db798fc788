"""Postures after receipts: a set-point whose command did not get through is decided anew.

Pure. Nobody knows then what stands on the device.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from kernel.command import Outcome, Receipt
from kernel.pipe.state import LOST, InFlight, Posture
from kernel.point import NANOSECONDS

SAFE_AGAIN_NS: Final = 10 * NANOSECONDS
"""A safe value that did not get through is written again after this time."""


def postures_after(
    postures: Mapping[str, Posture],
    receipts: Sequence[Receipt],
    in_flight: Mapping[str, InFlight],
    now_ns: int,
) -> Mapping[str, Posture]:
    """Mark a set-point whose command did not get through: nobody knows what stands on the device now.

    It will be decided anew, with a new id; where nobody wants a value any more, it goes safe. A command in
    test was never to get through: its posture stands, as far as it goes.
    """
    failed = {
        receipt.command
        for receipt in receipts
        if receipt.outcome is not Outcome.DONE and not in_flight[receipt.command].command.test
    }
    if not failed:
        return postures
    return {point: _lost(p, now_ns) if p.command in failed else p for point, p in postures.items()}


def _lost(posture: Posture, now_ns: int) -> Posture:
    again_ns = now_ns + (SAFE_AGAIN_NS if posture.authority == "safe_set" else 0)
    return msgspec.structs.replace(posture, authority=LOST, renew_at_ns=again_ns)
